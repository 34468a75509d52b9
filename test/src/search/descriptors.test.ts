import { expect } from 'chai';
import { bestEvidence, cutMap, descriptorOf } from '../../../src/search/descriptors.js';
import { embedImages } from '../../../src/search/embedImages.js';
import { imageOfPixels } from '../../../src/search/pixelImage.js';
import type { FrozenPass } from '../../../src/models/frozenPass.js';
import { refusal } from '../../refusal.js';

describe("a descriptor weighted by WELDON's evidence", () => {
  // Ten cells: two of them count at either end.
  const high = [9, 8, 0, 0, 0, 0, 0, 0, -1, -1];
  const steep = [10, 10, 0, 0, 0, 0, 0, 0, -9, -9];
  const maps = Float32Array.from(high.flatMap((value, i) => [steep[i], value]));

  it('smoke: the best class is that of the highest WELDON score, not of the highest cell', () => {
    // (9 + 8 − 1 − 1) / 2 against (10 + 10 − 9 − 9) / 2
    expect(Array.from(bestEvidence(maps, 2))).to.deep.equal(high);
    expect(Array.from(bestEvidence(Float32Array.from([3, 3, 1, 1]), 2)), 'the first of equal ones').to.deep.equal([
      3, 1,
    ]);
  });

  it('feature: the mean of the cells with most evidence, in windows, too', () => {
    const { pool, outputs, isMean } = descriptorOf('weldon', 'a test');
    expect([outputs, isMean]).to.deep.equal([['features', 'maps'], false]);
    const data = Float32Array.from({ length: 20 }, (_, i) => i);
    const map = { data, rows: 2, columns: 5, depth: 2, evidence: bestEvidence(maps, 2) };
    expect(Array.from(pool(map))).to.deep.equal([(0 + 2) / 2, (1 + 3) / 2]);
    // Cells 1, 2, 6 and 7, of which one counts: cell 1.
    expect(Array.from(pool(cutMap(map, { left: 1, top: 0, width: 2, height: 2 })))).to.deep.equal([2, 3]);
  });

  it('feature: embeds what a pass gives; exception: a pass without maps, or with others', async () => {
    const features = { data: Float32Array.from([1, 0, 0, 1, 1, 1, 1, 1]), shape: [1, 2, 2, 2] };
    const passOf = (cells: number | null): FrozenPass => ({
      name: 'by hand',
      outputs: ['features', 'maps'],
      run: async () => ({
        features,
        ...(cells !== null && {
          maps: { data: new Float32Array(3 * cells).map((_, i) => (i === 3 ? 5 : 0)), shape: [1, 2, 2, 3] },
        }),
      }),
      dispose: () => undefined,
    });
    const image = imageOfPixels({ data: new Uint8Array(32 * 32 * 3), width: 32, height: 32 });
    const embed = (cells: number | null) => embedImages(passOf(cells), [image], { pooling: 'weldon', size: 32 });
    // The first class has most evidence in the second cell.
    expect(Array.from((await embed(4))[0])).to.deep.equal([0, 1]);
    expect(await refusal(embed(null))).to.equal(
      "Expected the pass for pooling 'weldon' to be one that gives features and maps but received one without maps",
    );
    expect(await refusal(embed(3))).to.contain('to be as many cells of maps as of features');
  });
});
