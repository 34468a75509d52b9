import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { allCases, goldenPath } from './kernels/allCases.js';
import { nameOf } from './kernels/conformance.js';
import type { RunName } from './kernels/conformanceRuns.js';
import { conformanceRuns } from './kernels/conformanceRuns.js';
import { featuresPage, passedBy } from './kernels/featuresPage.js';
import { readObserved } from './kernels/observed.js';
import { gradientTolerances, tolerances } from './tolerances.js';

describe('FEATURES.md', () => {
  it('is what npm run features writes', () => {
    expect(readFileSync(new URL('../FEATURES.md', import.meta.url), 'utf8')).to.equal(featuresPage());
  });

  describe('what the conformance suite observed', () => {
    const observed = readObserved();
    const golden = 'golden vectors: ';
    const checkable = (name: string) => goldenPath !== null || !name.startsWith(golden);
    if (goldenPath === null) {
      it.skip('golden vectors skipped: no ../shared');
    }

    it('is of the cases that there are', () => {
      expect(observed.cases.filter(checkable)).to.deep.equal(allCases.map(nameOf));
      expect(Object.keys(observed.runs)).to.have.members(Object.keys(conformanceRuns));
    });

    for (const run of Object.keys(conformanceRuns) as RunName[]) {
      it(`${run}: every case that can hold there passed, within the bounds`, () => {
        const { backend, choose } = conformanceRuns[run];
        const wanted = allCases.filter((each) => choose(each) === true).map(nameOf);
        expect(passedBy(observed, run).filter(checkable)).to.deep.equal(wanted);
        expect(observed.runs[run]?.scoreError).to.be.at.most(tolerances[backend]);
        expect(observed.runs[run]?.gradientError).to.be.at.most(gradientTolerances[backend]);
      });
    }
  });
});
