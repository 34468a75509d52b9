import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallImage } from '../../node/smallImages.js';
import { buildCommand, jsonLines, weldon } from '../builtCommand.js';
import { writeTinyModel } from '../tinyModel.js';

describe('weldon bake, the command', () => {
  let folder: string;
  before(async () => {
    buildCommand();
    folder = await mkdtemp(join(tmpdir(), 'weldon-bake-built-'));
    await writeTinyModel(join(folder, 'model'));
    await mkdir(join(folder, 'photos'));
    for (let i = 0; i < 5; i++) {
      await smallImage(join(folder, 'photos', `${i}.png`), ['blue'], i);
    }
    await writeFile(join(folder, 'photos', 'bad.png'), '');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('smoke: lists, goes on with two workers on the engine that it was begun on, tells and collects', async () => {
    const begin = [
      'bake',
      'photos',
      '--task',
      'scores',
      '--model',
      'model',
      '--chunk',
      '2',
      '--backend',
      'cpu',
      '--list',
    ];
    const listed = weldon(begin, folder);
    expect(listed.code, listed.stderr).to.equal(0);
    expect(listed.stderr).to.match(/6 images: 0 with scores, 6 to be done, 0 shards: .*bake \(only listed\)\n$/);
    const done = weldon(['bake', '--workers', '2', '--json'], folder);
    expect(done.code, done.stderr).to.equal(0);
    expect(jsonLines(done.stdout)[0]).to.include({ rows: 5, bad: 1, missing: 0, computed: 6, engine: 'cpu' });
    expect(done.stderr).to.match(/bad.png to be .* but received an empty file/);
    const status = weldon(['bake', 'status', 'bake', '--check', '--json'], folder);
    expect([status.code, jsonLines(status.stdout)[0].shards]).to.deep.equal([0, 3]);
    const collected = weldon(['bake', 'collect', 'bake', '--to', 'scores.jsonl'], folder);
    expect(collected.code, collected.stderr).to.equal(0);
    expect(jsonLines(await readFile(join(folder, 'scores.jsonl'), 'utf8'))).to.have.length(6);
    expect(collected.stderr).to.equal('5 images, 1 that cannot be read: scores.jsonl\n');
    const other = weldon(['bake', '--size', '64'], folder);
    expect(other.code).to.equal(1);
    expect(other.stderr).to.match(/^weldon: Expected size for bakeImages to be 32, as .* but received 64\n$/);
  });
});
