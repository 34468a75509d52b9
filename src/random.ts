import * as tf from '@tensorflow/tfjs-core';

/** Numbers from a normal distribution of mean 0 that a seed decides (Box and Muller 1958). */
export function normalDraws(count: number, deviation: number, seed: number): Float32Array {
  const draw = randomBits(mixSeeds(seed));
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log((draw() + 1) / (2 ** 32 + 1)));
    return deviation * radius * Math.cos(2 * Math.PI * (draw() / 2 ** 32));
  });
}

/** Mixes numbers into one of 32 bits, each bit of which depends on all of theirs (finaliser of MurmurHash3). */
export function mixSeeds(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A stream of 32-bit numbers from a seed: mulberry32, the same on every machine and backend. */
export function randomBits(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** Which part of a layer's input is dropped, and by which draw. */
export interface DropDraw {
  /** part dropped, 0 <= rate < 1 */
  rate: number;
  /** extents of the mask; 1 where one draw holds for the whole axis. Default: the input's, every number by itself */
  maskShape?: number[];
  seed: number;
  /** number of the draw: training step, or batch where several make a step */
  step: number;
}

/** Whether the one draw that holds for a whole input keeps it. */
export function isKept({ rate, seed, step }: Pick<DropDraw, 'rate' | 'seed' | 'step'>): boolean {
  return randomBits(mixSeeds(seed, step))() >= rate * 2 ** 32;
}

/**
 * Drops a part of `x` and scales the rest by 1 / (1 − rate), so that the mean stays. What is dropped depends on the
 * seed, the step and the shape alone, and is the same on every backend.
 */
export function dropBySeed(x: tf.Tensor, { rate, maskShape, seed, step }: DropDraw): tf.Tensor {
  if (rate === 0) {
    return tf.clone(x);
  }
  const shape = maskShape ?? x.shape;
  const mask = new Float32Array(tf.util.sizeFromShape(shape));
  const draw = randomBits(mixSeeds(seed, step));
  const threshold = rate * 2 ** 32;
  const scale = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) {
    mask[i] = draw() >= threshold ? scale : 0;
  }
  return tf.tidy(() => tf.mul(x, tf.tensor(mask, shape)));
}
