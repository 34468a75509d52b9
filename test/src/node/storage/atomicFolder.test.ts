import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicFolder } from '../../../../src/node/storage/atomicFolder.js';
import { temporaryFolder } from '../temporaryFolder.js';

describe('atomicFolder', () => {
  const temporary = temporaryFolder();

  it('makes the folder whole, folders above it too, and gives what fill gives', async () => {
    const folder = temporary.path('a/b/model');
    const listeners = process.listenerCount('SIGINT');
    const result = await atomicFolder(folder, async (inside) => {
      expect(readdirSync(temporary.path('a/b'))).to.have.length(1);
      await writeFile(join(inside, 'one'), '1');
      return 7;
    });
    expect(result).to.equal(7);
    expect(readdirSync(temporary.path('a/b'))).to.deep.equal(['model']);
    expect(readdirSync(folder)).to.deep.equal(['one']);
    expect(process.listenerCount('SIGINT'), 'signal listeners left').to.equal(listeners);
  });

  it('leaves nothing of a failure', async () => {
    const folder = temporary.path('failed');
    const before = readdirSync(temporary.path('.'));
    const failure = await atomicFolder(folder, async (inside) => {
      await writeFile(join(inside, 'one'), '1');
      throw new Error('the disk is gone');
    }).catch((error: Error) => error.message);
    expect(failure).to.equal('the disk is gone');
    expect(readdirSync(temporary.path('.'))).to.deep.equal(before);
  });

  it('leaves nothing of a run that is interrupted, which ends as the signal says', async () => {
    mkdirSync(temporary.path('interrupted'));
    const module = new URL('../../../../src/node/storage/atomicFolder.ts', import.meta.url);
    const script = temporary.write(
      'run.mts',
      `
      import { writeFile } from 'node:fs/promises';
      import { atomicFolder } from ${JSON.stringify(module.href)};
      void atomicFolder(${JSON.stringify(temporary.path('interrupted/model'))}, async (folder) => {
        await writeFile(folder + '/one', '1');
        console.log('ready');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(readdirSync(temporary.path('interrupted'))).to.have.length(1);
    child.kill('SIGINT');
    const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
    expect(signal).to.equal('SIGINT');
    expect(readdirSync(temporary.path('interrupted'))).to.deep.equal([]);
  });

  it('lets whoever listens to the signal finish the folder in hand', async () => {
    mkdirSync(temporary.path('finished'));
    const module = new URL('../../../../src/node/storage/atomicFolder.ts', import.meta.url);
    const script = temporary.write(
      'finish.mts',
      `
      import { writeFile } from 'node:fs/promises';
      import { atomicFolder } from ${JSON.stringify(module.href)};
      await atomicFolder(${JSON.stringify(temporary.path('finished/model'))}, async (folder) => {
        const busy = setInterval(() => undefined, 1000);
        const told = new Promise((resolve) => process.once('SIGINT', resolve));
        console.log('ready');
        await told;
        clearInterval(busy);
        await writeFile(folder + '/one', '1');
      });`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).to.equal(0);
    expect(readdirSync(temporary.path('finished/model'))).to.deep.equal(['one']);
  });
});
