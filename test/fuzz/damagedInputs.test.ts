import { expect } from 'chai';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildCommand, weldon } from '../src/commands/builtCommand.js';
import { smallImage } from '../src/node/smallImages.js';
import { temporaryFolder } from '../src/node/temporaryFolder.js';
import { damaged, damagedJson, damagedTable, drawFrom } from './mutate.js';
import { runFuzz } from './runFuzz.js';
import type { Kind } from './subjects.js';

/** Cases of the short run; `npm run fuzz` makes ten times as many of another seed. */
const counts: Record<Kind, number> = { images: 300, checkpoints: 120, models: 60, texts: 60 };

describe('damaged inputs', () => {
  for (const [kind, count] of Object.entries(counts) as [Kind, number][]) {
    it(`${count} ${kind}: a sentence or a sound result, nothing else written, nothing left`, async () => {
      // A minute, since this machine may be busy; the long run allows 10 seconds.
      const { faults, taken, refused } = await runFuzz(kind, 1, [0, count], 60_000);
      expect(faults).to.deep.equal([]);
      expect(taken + refused).to.equal(count);
      expect(taken, 'damage that is too coarse tests nothing').to.be.above(0);
    });
  }

  const folder = temporaryFolder();

  it('the command says one sentence for each damaged image, list and recipe, and leaves them as they are', async () => {
    buildCommand();
    const photos = folder.path('photos');
    mkdirSync(photos);
    await smallImage(folder.path('whole.png'), ['red'], 3);
    const whole = Uint8Array.from(readFileSync(folder.path('whole.png')));
    for (let i = 0; i < 12; i++) {
      writeFileSync(join(photos, `${i}\u001b[31m.png`), damaged(drawFrom(5, i), whole));
    }
    const list = 'image,label\n0.png,tabby\n1.png,goldfish\n';
    folder.write('labels.csv', damagedTable(drawFrom(6), list));
    folder.write('recipe.json', damagedJson(drawFrom(7), { resize: { rule: 'warp', size: 64 } }));
    const kept = () =>
      [photos, folder.path('')].map((place) =>
        readdirSync(place, { withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ name }) => `${name} ${readFileSync(join(place, name), 'base64')}`),
      );
    const before = kept();
    const model = new URL('../../models/efficientnet-lite0', import.meta.url).pathname;
    for (const args of [
      ['heatmap', photos, '--out', folder.path('out'), '--size', '64', '--json'],
      ['heatmap', photos, '--out', folder.path('out2'), '--recipe', folder.path('recipe.json'), '--size', '64'],
      ['evaluate', model, folder.path('labels.csv'), '--images', photos, '--out', join(folder.path('out'), 'r.json')],
    ]) {
      const { code, stdout, stderr } = weldon([...args, '--backend', 'wasm']);
      expect(code, stderr).to.be.oneOf([0, 1]);
      expect(stderr, args[0]).to.not.match(/\n {4}at |\u001b|--verbose prints where/);
      expect(stdout).to.not.match(/\u001b/);
    }
    expect(kept()).to.deep.equal(before);
  });
});
