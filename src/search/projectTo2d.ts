/** The map of a collection: vectors laid out in a plane, what is alike close together. */
import { UMAP } from 'umap-js';
import { checkKeys, expected, expectedInWords } from '../errors.js';
import { mixSeeds, randomBits } from '../random.js';

export interface ProjectTo2dOptions {
  /** Decides the layout; the same seed gives the same map. Default 0 */
  seed?: number;
  /** Vectors that each is kept close to, >= 2; fewer where there are fewer. Default 15 */
  neighbors?: number;
  /** Numbers of each vector that are looked at: those of a catalogue come with the most telling first. Default 50 */
  dimensions?: number;
  /** Vectors that the layout is computed from, chosen by the seed; the others are placed into it. Default 5000 */
  sample?: number;
  /** Called between steps. */
  onProgress?: (done: number, total: number) => void;
  /** Stops between steps. */
  signal?: AbortSignal;
}

/** Steps between two looks at the clock of the page. */
const stepsAtOnce = 10;

/** Below that many there is nothing to lay out by neighbours. */
const fewest = 5;

/** A turn of the event loop, so that a page stays alive. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** Scaled into the square from 0 to 1, its proportions kept. */
function intoSquare(places: readonly (readonly number[])[]): Float32Array {
  const [low, high] = [Math.min, Math.max].map((most) =>
    [0, 1].map((axis) => places.reduce((found, place) => most(found, place[axis]), places[0]?.[axis] ?? 0)),
  );
  const side = Math.max(high[0] - low[0], high[1] - low[1]) || 1;
  return Float32Array.from(
    places.flatMap((place) =>
      [0, 1].map((axis) => (place[axis] - low[axis]) / side + (1 - (high[axis] - low[axis]) / side) / 2),
    ),
  );
}

/**
 * Lays vectors out in a plane by UMAP (McInnes, Healy and Melville 2018): neighbours stay neighbours.
 *
 * @param vectors of one length, such as those that a catalogue stores
 * @returns x and y of each, one after the other, from 0 to 1
 * @throws WeldonError for vectors of different lengths, numbers that are not finite, options out of their range
 *
 * @example
 * const places = await projectTo2d(rows, { seed: 1 }); // places[2 * i], places[2 * i + 1]
 */
export async function projectTo2d(
  vectors: readonly Float32Array[],
  options: ProjectTo2dOptions = {},
): Promise<Float32Array> {
  checkKeys(options, 'seed neighbors dimensions sample onProgress signal', 'projectTo2d');
  const { seed = 0, neighbors = 15, dimensions = 50, sample = 5000, onProgress, signal } = options;
  for (const [name, value, least] of [
    ['neighbors', neighbors, 2],
    ['dimensions', dimensions, 1],
    ['sample', sample, 50],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw expected(`${name} for projectTo2d`, `a whole number >= ${least}`, value);
    }
  }
  const length = vectors[0]?.length ?? 0;
  const points = vectors.map((vector, i) => {
    if (vector.length !== length) {
      throw expectedInWords(`vector ${i} for projectTo2d`, `of ${length} numbers, as the first is`, `${vector.length}`);
    }
    if (vector.some((value) => !Number.isFinite(value))) {
      throw expectedInWords(`vector ${i} for projectTo2d`, 'of finite numbers', 'one that is not');
    }
    return Array.from(vector.subarray(0, dimensions));
  });
  if (points.length < fewest) {
    return intoSquare(points.map((_, i) => [i, 0]));
  }
  const draw = randomBits(mixSeeds(seed));
  const random = () => draw() / 2 ** 32;
  const order = points.map((_, i) => i);
  if (points.length > sample) {
    for (let i = 0; i < sample; i++) {
      const other = i + Math.floor(random() * (points.length - i));
      [order[i], order[other]] = [order[other], order[i]];
    }
  }
  const chosen = order.slice(0, sample);
  const umap = new UMAP({ nComponents: 2, nNeighbors: Math.min(neighbors, chosen.length - 1), random });
  const total = umap.initializeFit(chosen.map((i) => points[i]));
  for (let step = 0; step < total; step++) {
    if (step % stepsAtOnce === 0) {
      onProgress?.(step, total);
      await turn();
      signal?.throwIfAborted();
    }
    umap.step();
  }
  const places = new Array<number[]>(points.length);
  umap.getEmbedding().forEach((place, at) => (places[chosen[at]] = place));
  const others = order.slice(sample);
  for (let at = 0; at < others.length; at += 1000) {
    signal?.throwIfAborted();
    const part = others.slice(at, at + 1000);
    umap.transform(part.map((i) => points[i])).forEach((place, i) => (places[part[i]] = place));
    await turn();
  }
  onProgress?.(total, total);
  return intoSquare(places);
}
