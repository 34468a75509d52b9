import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectNative, nativeEnvironment } from '../../native.js';
import { expectParity } from './expectParity.js';
import type { ParityRecord } from './parityRuns.js';

describe('training a small ResNet [tensorflow]', () => {
  it('feature: every strategy as on cpu; a resumed run as an uninterrupted one', async function () {
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
      ['--import', 'tsx', fileURLToPath(new URL('parityChild.ts', import.meta.url))],
      { env: nativeEnvironment },
    );
    const { backend, record } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {
      backend: string;
      record: ParityRecord;
    };
    expect(backend).to.equal('tensorflow');
    await expectParity(record);
  });
});
