import { existsSync, readFileSync } from 'node:fs';
import { casesOfGpus, isFor } from '../../browser/conformanceCases.js';
import { sharedPath } from '../../shared.js';
import { gradientTolerances, tolerances } from '../../tolerances.js';
import type { GoldenFile } from '../goldenVectors.js';
import { declareRemoteCases } from '../remoteCases.js';
import type { DawnProcess } from './dawnProcess.js';
import { startDawn } from './dawnProcess.js';

const goldenPath = existsSync(sharedPath('golden/pooling.json')) ? sharedPath('golden/pooling.json') : null;
const cases = casesOfGpus(goldenPath === null ? null : JSON.parse(readFileSync(goldenPath, 'utf8')) as GoldenFile);
const context = {
  tolerance: tolerances.webgpu, gradientTolerance: gradientTolerances.webgpu, tellsNaN: true,
};

let dawn: DawnProcess | null = null;
declareRemoteCases('pooling kernels [webgpu in Node]', cases, context, async () => {
  dawn = await startDawn(goldenPath);
  console.log(`      webgpu: ${dawn.device}`);
  return dawn.run;
}, async () => {
  await dawn?.stop();
}, (each) => isFor('webgpu', each));
