/** Maps that make selection hard, deterministic. */

/** A generator of numbers in 0 … 1 (exclusive), mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

type Random = () => number;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** The value of a region; regions of a map are asked for in ascending order. */
export const mapValues: Record<string, (random: Random, region: number, regions: number) => number> = {
  normal: normal,
  'few different values': (random) => Math.floor(random() * 5) - 2,
  constant: () => -0.25,
  rectified: (random) => Math.max(0, normal(random)),
  'zeros of both signs': (random) => (random() < 0.5 ? -0 : 0),
  infinities: (random) => (random() < 0.1 ? Infinity : random() < 0.1 ? -Infinity : normal(random)),
  'nothing but −Infinity': () => -Infinity,
  'nothing but Infinity': () => Infinity,
  'many magnitudes': (random) => normal(random) * 10 ** (random() * 60 - 30),
  denormals: (random) => (Math.floor(random() * 9) - 4) * 2 ** -149,
  ascending: (_, region) => region,
  descending: (_, region) => -region,
  'up and down': (_, region, regions) => Math.min(region, regions - region),
  'long steps': (_, region) => Math.floor(region / 70),
  // What lies at evenly spaced regions, where a sample is likely taken, says nothing of the rest.
  'samples that mislead upwards': (random, region, regions) =>
    region % Math.max(1, Math.floor(regions / 64)) < 2 ? 1000 + region : normal(random),
  'samples that mislead to one value': (random, region, regions) =>
    region % Math.max(1, Math.floor(regions / 64)) < 6 ? 0 : normal(random),
  'some NaN': (random) => (random() < 0.004 ? NaN : normal(random)),
};
