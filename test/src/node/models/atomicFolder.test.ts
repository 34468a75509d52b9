import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { atomicFolder } from '../../../../src/node/models/atomicFolder.js';
import { fileRanges } from '../../../../src/node/models/fileRanges.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

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
    const module = new URL('../../../../src/node/models/atomicFolder.ts', import.meta.url);
    const script = temporary.write('run.mts', `
      import { writeFile } from 'node:fs/promises';
      import { atomicFolder } from ${JSON.stringify(module.href)};
      void atomicFolder(${JSON.stringify(temporary.path('interrupted/model'))}, async (folder) => {
        await writeFile(folder + '/one', '1');
        console.log('ready');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`);
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(readdirSync(temporary.path('interrupted'))).to.have.length(1);
    child.kill('SIGINT');
    const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
    expect(signal).to.equal('SIGINT');
    expect(readdirSync(temporary.path('interrupted'))).to.deep.equal([]);
  });
});

describe('fileRanges', () => {
  const temporary = temporaryFolder();

  it('reads pieces, into memory that is given where there is some', async () => {
    const file = await fileRanges(temporary.write('ten', Uint8Array.from({ length: 10 }, (_, i) => i)));
    expect(file.size).to.equal(10);
    expect([...await file.read(3, 4)]).to.deep.equal([3, 4, 5, 6]);
    const scratch = new Uint8Array(2);
    expect(await file.read(8, 2, scratch)).to.equal(scratch);
    expect([...scratch]).to.deep.equal([8, 9]);
    await file.close();
  });

  it('says what is wrong', async () => {
    expect(await rejection(fileRanges(temporary.path('none')))).to.equal(
      `Expected ${temporary.path('none')} to be a file to read but received no file of that name`);
    expect(await rejection(fileRanges(temporary.path('.')))).to.contain('but received a folder');
    const cut = temporary.write('cut', new Uint8Array(10));
    const file = await fileRanges(cut);
    writeFileSync(cut, new Uint8Array(6));
    expect(await rejection(file.read(4, 4)))
      .to.contain('10 bytes long while it is read but received a file that ends at 6');
    await file.close();
    if (process.getuid?.() !== 0) {
      chmodSync(cut, 0);
      expect(await rejection(fileRanges(cut))).to.contain('check its permissions');
    }
  });
});
