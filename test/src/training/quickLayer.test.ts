import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { registerGradientKernels } from '../../../kernels/gradients/registerGradientKernels.js';
import { forEachBackend } from '../../backends.js';
import { expectNative, nativeEnvironment } from '../../native.js';
import type { BackendName } from '../../tolerances.js';
import { tolerances } from '../../tolerances.js';
import { withoutKernelLeakCheck } from './kernelLeakCheck.js';
import type { QuickLayerRecord } from './quickLayerCases.js';
import { compareLayer, isQuick, leftToStock, quickLayers } from './quickLayerCases.js';

function expectSame({ stock, quick, leaked }: QuickLayerRecord, backend: BackendName): void {
  expect(quick).to.have.length(stock.length);
  quick.forEach((values, place) => {
    const scale = Math.max(1, ...stock[place].map(Math.abs));
    expect(values).to.have.length(stock[place].length);
    const farthest = Math.max(...values.map((value, i) => Math.abs(value - stock[place][i])));
    expect(farthest, `result ${place}`).to.be.at.most(tolerances[backend] * scale);
  });
  expect(leaked, 'tensors left').to.equal(0);
}

forEachBackend('layers as training runs them', (backend) => {
  withoutKernelLeakCheck(backend);
  before(() => {
    registerGradientKernels();
  });

  for (const [name, make] of Object.entries(quickLayers)) {
    it(`feature: ${name}: values and gradients as of the layer itself`, () => {
      expectSame(compareLayer(make, true), backend);
    });
  }
  for (const [name, make] of Object.entries(leftToStock)) {
    it(`cardinality: ${name} is left to the layer itself`, () => {
      expect(isQuick(make)).to.equal(false);
    });
  }
});

describe('layers as training runs them [tensorflow]', () => {
  let records: Record<string, QuickLayerRecord> = {};
  before(async function () {
    try {
      expectNative();
    } catch (error) {
      if (process.env.CI) {
        throw error;
      }
      console.log(`      skipped: ${(error as Error).message}`);
      this.skip();
    }
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('quickLayerChild.ts', import.meta.url))],
      { env: nativeEnvironment, maxBuffer: 2 ** 26 },
    );
    const answer = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {
      backend: string;
      records: typeof records;
    };
    expect(answer.backend).to.equal('tensorflow');
    ({ records } = answer);
  });

  for (const name of Object.keys(quickLayers)) {
    for (const place of ['', ', first']) {
      it(`feature: ${name}${place}: values and gradients as of the layer itself`, () => {
        expectSame(records[name + place], 'tensorflow');
      });
    }
  }
});
