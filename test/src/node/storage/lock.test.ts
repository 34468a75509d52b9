import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { lockRun, refuseLocked } from '../../../../src/node/storage/lock.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('the lock of a run folder', () => {
  const folder = temporaryFolder();
  const lockOf = (run: string) => folder.path(`${run}/lock`);
  const holder = (parts: object) =>
    JSON.stringify({ pid: process.pid, host: hostname(), started: null, since: '2020-01-01T00:00:00.000Z', ...parts });
  const child = fileURLToPath(new URL('lockChild.ts', import.meta.url));

  /** A process that holds the lock until it is told to go on. */
  async function startHolder(run: string) {
    const started = spawn(process.execPath, ['--import', 'tsx', child, folder.path(run)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await once(started.stdout, 'data')) as [Buffer];
    expect(line.toString()).to.equal('locked\n');
    return started;
  }

  it('feature: held once in this process, free again afterwards', async () => {
    const unlock = await lockRun(folder.path('own'));
    expect(await rejection(lockRun(folder.path('own')))).to.match(
      /own to be trained by one process at a time but received one that this process has been/,
    );
    await unlock();
    expect(existsSync(lockOf('own'))).to.equal(false);
    await (
      await lockRun(folder.path('own'))
    )();
  });

  it('feature: of runs that begin at once in this process, one has it', async () => {
    const begun = await Promise.allSettled(Array.from({ length: 4 }, () => lockRun(folder.path('atOnce'))));
    expect(begun.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected', 'rejected', 'rejected']);
    for (const each of begun) {
      if (each.status === 'fulfilled') {
        await each.value();
      } else {
        expect(String(each.reason)).to.match(/this process has been training since/);
      }
    }
    expect(existsSync(lockOf('atOnce'))).to.equal(false);
  });

  it("feature: another process's is respected, and gone when that ends", async () => {
    const other = await startHolder('other');
    const sentence = new RegExp(
      `one that process ${other.pid} has been training since 2\\d+-.*: wait for its end, or choose another folder`,
    );
    expect(await rejection(lockRun(folder.path('other')))).to.match(sentence);
    expect(await rejection(refuseLocked(folder.path('other')))).to.match(sentence);
    other.stdin.end();
    await once(other, 'exit');
    expect(existsSync(lockOf('other'))).to.equal(false);
  });

  it('feature: that of a killed process is taken over', async () => {
    const killed = await startHolder('killed');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(lockOf('killed'))).to.equal(true);
    await refuseLocked(folder.path('killed'));
    const unlock = await lockRun(folder.path('killed'));
    expect(JSON.parse(readFileSync(lockOf('killed'), 'utf8'))).to.include({ pid: process.pid });
    await unlock();
  });

  const stale: [title: string, text: string][] = [
    ["this process's number, from before a restart", holder({})],
    ['half of one', '{"pi'],
    ['one that a power cut left empty', '\0\0\0'],
  ];
  for (const [title, text] of stale) {
    it(`feature: taken over: ${title}`, async () => {
      mkdirSync(folder.path('stale'), { recursive: true });
      folder.write('stale/lock', text);
      await (
        await lockRun(folder.path('stale'))
      )();
      expect(existsSync(lockOf('stale'))).to.equal(false);
    });
  }

  it("exception: a file of that name that is the user's stays", async () => {
    mkdirSync(folder.path('foreign'));
    folder.write('foreign/lock', 'mine');
    expect(await rejection(lockRun(folder.path('foreign')))).to.contain('a file that it did not make');
    expect(readFileSync(lockOf('foreign'), 'utf8')).to.equal('mine');
  });

  it('feature: a number that has been given to another process since is none', async function () {
    if (!existsSync('/proc/self/stat')) {
      this.skip();
    }
    mkdirSync(folder.path('reused'));
    folder.write('reused/lock', holder({ pid: process.ppid, started: '1' }));
    await (
      await lockRun(folder.path('reused'))
    )();
  });

  it('exception: of another machine nothing is known', async () => {
    mkdirSync(folder.path('remote'));
    folder.write('remote/lock', holder({ pid: 1, host: 'elsewhere' }));
    expect(await rejection(lockRun(folder.path('remote')))).to.match(
      /process 1 on elsewhere has been .* or remove .*remote\/lock where no such process trains/,
    );
  });

  it("exception: a number of which nothing tells whether it is another process's by now", async () => {
    mkdirSync(folder.path('unsure'));
    folder.write('unsure/lock', holder({ pid: process.ppid }));
    expect(await rejection(lockRun(folder.path('unsure')))).to.match(
      /process \d+ has been .* or remove .*unsure\/lock where no such process trains/,
    );
  });

  it('exception: a folder that cannot be made', async () => {
    folder.write('file', '');
    expect(await rejection(lockRun(folder.path('file/run')))).to.match(/a folder to write into/);
  });
});
