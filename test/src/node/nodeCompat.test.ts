import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectNative, nativeEnvironment, nodeProgram } from '../../native.js';

interface ChildResult {
  node: string;
  indices: number[];
  losses: number[];
  error?: string;
}

/** Runs tfjs-node-gpu on another Node, with the module under test imported before it, after it or not at all. */
async function runOn(major: 22 | 24, moment: 'before' | 'after' | 'never'): Promise<ChildResult> {
  const child = fileURLToPath(new URL('nodeCompatChild.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    nodeProgram(major),
    ['--no-deprecation', '--import', 'tsx', child, moment],
    { env: nativeEnvironment },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as ChildResult;
}

describe('tfjs-weldon/node-compat', () => {
  before(function () {
    try {
      expectNative();
    } catch (error) {
      if (process.env.CI) {
        throw error;
      }
      console.log(`      skipped: ${(error as Error).message}`);
      this.skip();
    }
  });

  it('Node 24 does not run tfjs-node-gpu without it', async () => {
    expect((await runOn(24, 'never')).error).to.match(/isNullOrUndefined\) is not a function/);
  });

  for (const [major, moment] of [
    [22, 'before'],
    [24, 'before'],
    [24, 'after'],
  ] as const) {
    it(`Node ${major} selects and trains on tfjs-node-gpu, with the import ${moment} it`, async () => {
      const { node, indices, losses, error } = await runOn(major, moment);
      expect(error).to.equal(undefined);
      expect(node).to.match(new RegExp(`^v${major}\\.`));
      expect(indices).to.deep.equal([1, 2]);
      expect(losses[0]).to.equal(36 ** 2);
      expect(losses[1]).to.be.below(losses[0]);
    });
  }
});
