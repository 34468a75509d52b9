import { mixSeeds, randomBits } from '../../random.js';

/** Numbers from a normal distribution of mean 0 that a seed decides (Box and Muller 1958). */
export function normalDraws(count: number, deviation: number, seed: number): Float32Array {
  const draw = randomBits(mixSeeds(seed));
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log((draw() + 1) / (2 ** 32 + 1)));
    return deviation * radius * Math.cos(2 * Math.PI * (draw() / 2 ** 32));
  });
}
