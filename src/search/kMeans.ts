/** Seeded k-means: the few vectors that stand for a catalogue. */
import { expected } from '../errors.js';
import { mixSeeds, randomBits } from '../random.js';
import { fastProducts } from './fastProducts.js';

export interface KMeansOptions {
  /** Decides the start. Default 0 */
  seed?: number;
  /** Rounds at most; it ends earlier where nothing moves. Default 12 */
  rounds?: number;
}

/**
 * Centres of vectors by Lloyd's rounds from a k-means++ start (Arthur and Vassilvitskii 2007). A centre that no vector is
 * nearest to stays where it was.
 *
 * @param vectors of one length
 * @param count centres; fewer where there are fewer vectors that differ
 */
export function kMeans(vectors: readonly Float32Array[], count: number, options: KMeansOptions = {}): Float32Array[] {
  const { seed = 0, rounds = 12 } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw expected('count for kMeans', 'a whole number >= 1', count);
  }
  if (vectors.length === 0) {
    return [];
  }
  const width = vectors[0].length;
  const points = new Float64Array(vectors.length * width);
  vectors.forEach((vector, i) => points.set(vector, i * width));
  const squares = vectors.map((vector) => vector.reduce((sum, value) => sum + value * value, 0));
  const draw = randomBits(mixSeeds(seed));
  const chance = () => draw() / 2 ** 32;

  const nearest = new Float64Array(vectors.length).fill(Infinity);
  const starts = [Math.floor(chance() * vectors.length)];
  const dots = new Float64Array(vectors.length);
  for (;;) {
    const last = starts[starts.length - 1];
    fastProducts(points.slice(last * width, (last + 1) * width), 1, points, vectors.length, width, dots);
    let total = 0;
    for (let i = 0; i < vectors.length; i++) {
      nearest[i] = Math.min(nearest[i], Math.max(0, squares[i] + squares[last] - 2 * dots[i]));
      total += nearest[i];
    }
    if (starts.length === count || total < 1e-12 * vectors.length) {
      break;
    }
    let left = chance() * total;
    let next = 0;
    while (next < vectors.length - 1 && left >= nearest[next]) {
      left -= nearest[next++];
    }
    starts.push(next);
  }

  const centres = new Float64Array(starts.length * width);
  starts.forEach((point, i) => centres.set(points.subarray(point * width, (point + 1) * width), i * width));
  const products = new Float64Array(vectors.length * starts.length);
  const owner = new Int32Array(vectors.length).fill(-1);
  for (let round = 0; round < rounds; round++) {
    fastProducts(points, vectors.length, centres, starts.length, width, products);
    const lengths = starts.map((_, c) => {
      let sum = 0;
      for (let i = c * width; i < (c + 1) * width; i++) {
        sum += centres[i] * centres[i];
      }
      return sum;
    });
    let moved = 0;
    for (let i = 0; i < vectors.length; i++) {
      let best = 0;
      for (let c = 1; c < starts.length; c++) {
        const far = (which: number) => lengths[which] - 2 * products[i * starts.length + which];
        best = far(c) < far(best) ? c : best;
      }
      moved += owner[i] === best ? 0 : 1;
      owner[i] = best;
    }
    if (moved === 0) {
      break;
    }
    const members = new Float64Array(starts.length);
    const sums = new Float64Array(centres.length);
    owner.forEach((c, i) => {
      members[c]++;
      for (let k = 0; k < width; k++) {
        sums[c * width + k] += points[i * width + k];
      }
    });
    for (let i = 0; i < centres.length; i++) {
      const own = members[Math.floor(i / width)];
      centres[i] = own > 0 ? sums[i] / own : centres[i];
    }
  }
  return starts.map((_, c) => Float32Array.from(centres.subarray(c * width, (c + 1) * width)));
}
