/**
 * What a gradient kernel makes sure of before it hands addresses to wasm, where nothing else would notice that
 * shapes do not belong together.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../../src/errors.js';

export function requireFloat32(kernel: string, tensors: Record<string, TensorInfo>): void {
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (dtype !== 'float32') {
      throw expected(`the data type of ${name} for ${kernel}`, '"float32"', dtype);
    }
  }
}

/** The shape of a tensor that must have rank 4. */
export function tensor4d(kernel: string, name: string, { shape }: TensorInfo): [number, number, number, number] {
  if (shape.length !== 4) {
    throw expected(`the shape of ${name} for ${kernel}`, 'of rank 4', shape);
  }
  return shape as [number, number, number, number];
}

/** `null` stands for any size. */
export function requireShape(kernel: string, name: string, { shape }: TensorInfo, pattern: Array<number | null>): void {
  if (shape.length !== pattern.length || pattern.some((size, axis) => size !== null && size !== shape[axis])) {
    const wanted = pattern.map((size) => size ?? 'any').join(', ');
    throw expectedInWords(`the shape of ${name} for ${kernel}`, `[${wanted}]`, `[${shape.join(', ')}]`);
  }
}
