import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openResultCache } from '../../../../../src/commands/experiment/cache/resultCache.js';
import { temporaryFolder } from '../../../node/temporaryFolder.js';

describe('openResultCache', () => {
  const folder = temporaryFolder();

  it('computes a result once, and anew after one sentence when what decides it has changed', async () => {
    const told: string[] = [];
    let computed = 0;
    const run = (key: unknown) =>
      openResultCache(folder.path('cache'), (sentence) => told.push(sentence)).once('choice', key, async () => ({
        value: ++computed,
      }));
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
    expect(told).to.deep.equal([]);
    expect(await run({ rate: 2 })).to.deep.equal({ value: 2 });
    expect(told).to.deep.equal(['What decides result choice has changed since it was saved: it is computed anew']);
    // the older result is still there
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
  });

  it('takes a result of the same run under another key, as several splits have it, for no change', async () => {
    const told: string[] = [];
    const splits = async () => {
      const store = openResultCache(folder.path('splits'), (sentence) => told.push(sentence));
      for (const split of [1, 2]) {
        await store.once('choice', { split }, async () => split);
      }
    };
    await splits();
    await splits();
    expect(told).to.deep.equal([]);
  });

  it('says that a result is damaged where its file is cut short or cannot be read, and computes it anew', async () => {
    const place = folder.path('damaged');
    const told: string[] = [];
    const run = () =>
      openResultCache(place, (sentence) => told.push(sentence)).once('choice', 1, async () => ({ value: 7 }));
    await run();
    const [file] = readdirSync(place);
    writeFileSync(join(place, file), '{"val');
    expect(await run()).to.deep.equal({ value: 7 });
    expect(told).to.deep.equal([
      `Result choice is damaged and computed anew: ${join(place, file)} has no check sum, as those of earlier versions`,
    ]);
    expect(readFileSync(join(place, file), 'utf8')).to.equal('{"crc32":"b98b4554","value":{"value":7}}');
    expect(await run()).to.deep.equal({ value: 7 });
    expect(told).to.have.length(1);
    writeFileSync(join(place, file), '');
    await run();
    expect(told).to.have.length(2);
    // A digit is a number like any other: only the check sum tells.
    writeFileSync(join(place, file), readFileSync(join(place, file), 'utf8').replace(':7}', ':9}'));
    expect(await run()).to.deep.equal({ value: 7 });
    expect(told.pop()).to.equal(
      `Result choice is damaged and computed anew: ${join(place, file)} has another check sum`,
    );
    // A folder in its place cannot be read, nor written over.
    rmSync(join(place, file));
    mkdirSync(join(place, file));
    const refused = await run().then(
      () => '',
      (error: Error) => error.message,
    );
    expect(told[2]).to.match(/^Result choice cannot be read and is computed anew \(it is a folder\)/);
    expect(refused).to.contain(file);
  });
});
