/** Runs exported files in ONNX Runtime, and measures how far it is from the product. */
import type * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { mulberry32 } from '../backbones/formulaWeights.js';

export interface Numbers {
  shape: readonly number[];
  data: Float32Array | Int32Array;
}

/** Outputs of a file for one input, by their names. */
export async function runOnnx(bytes: Uint8Array, input: Float32Array, shape: readonly number[]) {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    return await runSession(session, input, shape);
  } finally {
    await session.release();
  }
}

export async function runSession(session: InferenceSession, input: Float32Array, shape: readonly number[]) {
  const outputs = await session.run({ [session.inputNames[0]]: new Tensor('float32', input, [...shape]) });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, dims }]): [string, Numbers] => [
      name,
      { data: data as Float32Array | Int32Array, shape: dims },
    ]),
  );
}

/** max|a − b| / rms(b); Infinity for other shapes. */
export function relativeError(a: Numbers, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) {
    return Infinity;
  }
  const wanted = b.dataSync();
  let [most, squares] = [0, 0];
  wanted.forEach((value, i) => {
    const far = Math.abs(a.data[i] - value);
    most = far > most || Number.isNaN(far) ? far : most;
    squares += value * value;
  });
  return most === 0 ? 0 : most / Math.sqrt(squares / wanted.length);
}

/** Whole numbers from 0 to 255, the same at every run. */
export function randomPixels<Shape extends readonly number[]>(shape: Shape): { data: Float32Array; shape: Shape } {
  const next = mulberry32(7);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { data: Float32Array.from({ length: count }, () => Math.floor(256 * next())), shape };
}
