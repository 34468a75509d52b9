import { readFileSync } from 'node:fs';
import { forEachBackend } from '../backends.js';
import { describeWithShared } from '../shared.js';
import { gradientTolerances, tolerances } from '../tolerances.js';
import { backendFeatures } from './backendFeatures.js';
import type { ConformanceCase } from './conformance.js';
import type { GoldenFile } from './goldenVectors.js';
import { goldenCases } from './goldenVectors.js';
import { poolingCases } from './poolingCases.js';

forEachBackend('pooling kernels', (backend) => {
  const context = { tolerance: tolerances[backend], gradientTolerance: gradientTolerances[backend], tellsNaN: backendFeatures[backend].nan };
  const declare = (cases: readonly ConformanceCase[]) => {
    for (const group of new Set(cases.map((each) => each.group))) {
      describe(group, () => {
        for (const each of cases.filter((candidate) => candidate.group === group)) {
          it(each.title, () => each.run(context));
        }
      });
    }
  };
  declare(poolingCases);
  describeWithShared('pooling.json', 'golden/pooling.json', (path) =>
    declare(goldenCases(JSON.parse(readFileSync(path, 'utf8')) as GoldenFile)));
});
