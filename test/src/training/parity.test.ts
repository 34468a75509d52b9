import { expect } from 'chai';
import { forEachBackend } from '../../backends.js';
import { cpuRecord, expectParity } from './expectParity.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import { trainEverything } from './parityRuns.js';
import { tidyGradientKernels } from './toyTask.js';

forEachBackend('training a small ResNet', (backend) => {
  withoutKernelLeakCheck(backend);
  tidyGradientKernels(backend);

  it('feature: every strategy as on cpu; a resumed run as an uninterrupted one, bit for bit', async function () {
    const record = backend === 'cpu' ? await cpuRecord() : await trainEverything();
    expect(record.resumed).to.deep.equal(record.losses.twoPhase);
    await expectParity(record);
  });
});
