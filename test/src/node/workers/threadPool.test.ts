import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { WeldonError } from '../../../../src/errors.js';
import { startThreadPool } from '../../../../src/node/workers/threadPool.js';
import { rejection } from '../temporaryFolder.js';

describe('startThreadPool', function () {
  const start = () =>
    startThreadPool<number, Float32Array>(new URL('./echoWorker.js', import.meta.url), { threads: 2 });
  const ended = 'Expected the threads to be running but they have ended';

  it('feature: answers come to whoever asked; refusals come back as refusals, failures as failures, and the rest goes on', async () => {
    const pool = start();
    const outcomes = await Promise.allSettled([1, -5, 13, 2, 3].map((value) => pool.run(value)));
    expect(
      outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value[0] : (outcome.reason as Error).message,
      ),
    ).to.deep.equal([2, 'Expected the number to be a number >= 0 but received -5', 'unlucky', 4, 6]);
    const refused = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? outcome.reason instanceof WeldonError : null,
    );
    expect(refused).to.deep.equal([null, true, false, null, null]);
    expect((await pool.run(21))[0]).to.equal(42);
    await pool.close();
    expect(await rejection(pool.run(1))).to.equal(ended);
  });

  it('exception: a thread that ends refuses what is under way, and what comes later', async () => {
    const pool = start();
    await pool.run(1);
    expect(await rejection(pool.run(99))).to.equal(ended);
    expect(await rejection(pool.run(1))).to.equal(ended);
    await pool.close();
  });

  it('exception: a module that cannot be loaded is named to every caller', async () => {
    const pool = startThreadPool<number, number>(new URL('./noWorker.js', import.meta.url), { threads: 2 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((value) => pool.run(value)));
    outcomes.push(...(await Promise.allSettled([pool.run(4)])));
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'answered'));
    reasons.forEach((reason) => expect(reason).to.match(/Cannot find module .*noWorker|have ended/));
    expect(reasons[0]).to.match(/noWorker/);
    expect(reasons[3]).to.match(/noWorker/);
    await pool.close();
  });

  it('feature: a call under way keeps a bare process alive, in whichever folder it runs; an idle thread does not', async () => {
    const child = fileURLToPath(new URL('waitingChild.ts', import.meta.url));
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', tsx, child], { cwd: tmpdir() });
    expect(stdout).to.equal('100\n');
  });
});
