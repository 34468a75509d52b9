import { expect } from 'chai';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atomicWrite, atomicWriteAll, makeRoomFor, writeError } from '../../../../src/node/storage/atomicWrite.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

describe('atomicWrite', () => {
  const folder = temporaryFolder();
  const leftovers = () => readdirSync(folder.path('')).filter((name) => name.endsWith('.part'));

  it('writes and replaces, and leaves nothing else', async () => {
    await atomicWrite(folder.path('a.txt'), 'first');
    await atomicWrite(folder.path('a.txt'), Buffer.from('second'));
    expect(readFileSync(folder.path('a.txt'), 'utf8')).to.equal('second');
    expect(leftovers()).to.deep.equal([]);
    expect(process.listenerCount('SIGINT')).to.equal(0);
  });

  it('many at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => atomicWrite(folder.path(`many${i % 10}.txt`), String(i))));
    expect(leftovers()).to.deep.equal([]);
    expect(readFileSync(folder.path('many3.txt'), 'utf8')).to.be.oneOf(['3', '13']);
  });

  it('a folder that is missing, a file in place of the folder, a folder in place of the file', async () => {
    expect(await rejection(atomicWrite(folder.path('nowhere/a.txt'), 'x'))).to.equal(
      `Expected ${folder.path('nowhere')} to be a folder to write into but received no folder of that name: create it or choose another`,
    );
    expect(await rejection(atomicWrite(folder.path('a.txt/b.txt'), 'x'))).to.contain('a folder to write into');
    mkdirSync(folder.path('taken.png'));
    folder.write('taken.png/inside', 'x');
    expect(await rejection(atomicWrite(folder.path('taken.png'), 'x'))).to.contain(
      'taken.png to be a file to write but received a folder of that name',
    );
    expect(leftovers()).to.deep.equal([]);
  });

  it('a folder that may not be written to', async function () {
    if (process.getuid?.() === 0) {
      console.log('      skipped: root may write everywhere');
      this.skip();
    }
    mkdirSync(folder.path('closed'));
    chmodSync(folder.path('closed'), 0o555);
    expect(await rejection(atomicWrite(folder.path('closed/a.txt'), 'x'))).to.contain('one that may not be written to');
  });

  it('other failures are sentences too', () => {
    const message = (code: string) =>
      writeError('out/a.png', Object.assign(new Error('EIO: i/o error'), { code })).message;
    expect(message('EACCES')).to.equal(
      'Expected out to be a folder to write into but received one that may not be written to: check its permissions or choose another',
    );
    expect(message('ENOSPC')).to.equal(
      'Expected out/a.png to be written but received a full disk: make room or choose another folder',
    );
    expect(message('EIO')).to.equal('Expected out/a.png to be written but received EIO: i/o error');
  });

  it('Ctrl-C in the middle of a write leaves whole files only', async () => {
    mkdirSync(folder.path('interrupted'));
    const module = fileURLToPath(new URL('../../../../src/node/storage/atomicWrite.ts', import.meta.url));
    const size = 128 * 2 ** 20;
    const program = `
      const { atomicWrite } = await import(${JSON.stringify(module)});
      const content = Buffer.alloc(${size});
      for (let i = 0; ; i++) {
        await atomicWrite(${JSON.stringify(folder.path('interrupted/'))} + (i % 3) + '.bin', content);
      }`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: 'inherit',
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)));
    const names = () => readdirSync(folder.path('interrupted'));
    const waitFor = async (wanted: () => boolean) => {
      while (!wanted()) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await waitFor(() => names().includes('0.bin'));
    await waitFor(() => names().some((name) => name.endsWith('.part')));
    child.kill('SIGINT');
    expect(await ended).to.equal('SIGINT');
    expect(names().filter((name) => name.endsWith('.part'))).to.deep.equal([]);
    names().forEach((name) => expect(statSync(folder.path(`interrupted/${name}`)).size).to.equal(size));
  });

  it('the bytes are on the disk before the file takes its name, unless it can be made anew', async () => {
    const probe = await open(folder.path('probe'), 'w');
    const handles = Object.getPrototypeOf(probe) as { sync(): Promise<void> };
    await probe.close();
    const sync = handles.sync;
    const named: boolean[] = [];
    handles.sync = async function (this: unknown) {
      named.push(readdirSync(folder.path('')).includes('durable.txt'));
      await sync.call(this);
    };
    try {
      await atomicWrite(folder.path('durable.txt'), 'x');
      await atomicWrite(folder.path('anew.txt'), 'x', { durable: false });
    } finally {
      handles.sync = sync;
    }
    expect(named).to.deep.equal([false]);
  });

  it('a disk that fills in the middle: an error, the older file stays, nothing else is left', function () {
    const disk = folder.path('disk');
    mkdirSync(disk);
    const mount = 'mount -t tmpfs -o size=400k none "$0"';
    if (spawnSync('unshare', ['-rm', 'sh', '-c', mount, disk]).status !== 0) {
      console.log('      skipped: no small disk can be mounted here');
      this.skip();
    }
    const module = fileURLToPath(new URL('../../../../src/node/storage/atomicWrite.ts', import.meta.url));
    const program = `
      const { readdirSync, readFileSync } = await import('node:fs');
      const { atomicWrite } = await import(${JSON.stringify(module)});
      const path = ${JSON.stringify(`${disk}/a.bin`)};
      await atomicWrite(path, 'old');
      const failure = await atomicWrite(path, Buffer.alloc(600_000)).catch(({ message }) => message);
      console.log(JSON.stringify([failure, readFileSync(path, 'utf8'), readdirSync(${JSON.stringify(disk)})]));`;
    const { stdout } = spawnSync(
      'unshare',
      [
        '-rm',
        'sh',
        '-c',
        `${mount} && exec "$1" --import tsx --input-type=module -e "$2"`,
        disk,
        process.execPath,
        program,
      ],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(stdout)).to.deep.equal([
      `Expected ${disk}/a.bin to be written but received a full disk: make room or choose another folder`,
      'old',
      ['a.bin'],
    ]);
  }).timeout(60_000);

  it('files that belong together: none takes its name before all are complete', async () => {
    await atomicWrite(folder.path('pair.bin'), 'old');
    const failure = await rejection(
      atomicWriteAll([
        { path: folder.path('pair.bin'), content: 'new' },
        { path: folder.path('nowhere/pair.json'), content: '{}' },
      ]),
    );
    expect(failure).to.contain(folder.path('nowhere'));
    expect(readFileSync(folder.path('pair.bin'), 'utf8')).to.equal('old');
    await atomicWriteAll([
      { path: folder.path('pair.bin'), content: 'new' },
      { path: folder.path('pair.json'), content: '{}' },
    ]);
    expect(readFileSync(folder.path('pair.bin'), 'utf8')).to.equal('new');
    expect(leftovers()).to.deep.equal([]);
  });

  it('room for a file is made and tried before the hours of work that give its content', async () => {
    await makeRoomFor(folder.path('new/and/deep.json'));
    expect(readdirSync(folder.path('new/and'))).to.deep.equal([]);
    mkdirSync(folder.path('taken'));
    for (const [path, words] of [
      [folder.path('taken'), 'a folder of that name'],
      [folder.path('x'.repeat(300)), 'a name that is too long here'],
      [folder.path(`${'x'.repeat(300)}/y`), 'a name that is too long here'],
      ...(existsSync('/proc/self') ? [['/proc/x', 'a folder to write into'] as const] : []),
      ...(existsSync('/proc/self') ? [['/proc/x/y', 'one that cannot be made there'] as const] : []),
    ]) {
      expect(await rejection(makeRoomFor(path))).to.contain(words);
    }
  });

  it('hidden files of dead processes are removed, those of living ones and of the user stay', async () => {
    const target = folder.path('swept');
    mkdirSync(target);
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const id = createHash('sha256').update(hostname()).digest('hex').slice(0, 4);
    const part = (name: string, process: number) => `.${name}.${id}-${process}-0123456789ab.part`;
    const names = [part('dead.png', pid), part('living.png', process.ppid), '.mine.part', `.old.0123456789ab.part`];
    names.forEach((name) => writeFileSync(join(target, name), 'x'));
    await atomicWrite(join(target, 'a.txt'), 'x');
    expect(readdirSync(target).sort()).to.deep.equal([...names.slice(1), 'a.txt'].sort());
  });

  it('a name as long as the disk allows is written, a longer one is a sentence', async () => {
    const longest = `${'é'.repeat(125)}.json`;
    await atomicWrite(folder.path(longest), 'x');
    expect(readdirSync(folder.path(''))).to.contain(longest);
    expect(await rejection(atomicWrite(folder.path('é'.repeat(128)), 'x'))).to.match(/a name that is too long here/);
  });
});
