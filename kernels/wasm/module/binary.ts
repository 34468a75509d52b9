import * as tf from '@tensorflow/tfjs-core';
import type { DataType } from '@tensorflow/tfjs-core';

/** Bytes of a tensor in wasm memory; bool is one byte. */
export function bytesOf(shape: number[], dtype: DataType): number {
  return tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
}

/** One compiled variant of a module, as written by build/assembly.mjs. */
export interface WasmBytes {
  /** Byte offset of the section that imports the memory. */
  memoryImport: number;
  /** The module for plain, unshared memory; see `bytesOfText`. */
  text: string;
}

/** A module of ours: no data, no stack, no memory of its own, everything passed as numbers and pointers. */
export interface WasmBinary {
  name: string;
  scalar: WasmBytes;
  simd: WasmBytes;
}

/** `(import "env" "memory" (memory 0))` as a section, without the memory's limits. */
const importPrefix = [1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2];
const plainSection = [2, importPrefix.length + 2, ...importPrefix, 0, 0];
/** Shared memories must state a largest size: 65 536 pages, which every memory fits in. */
const sharedSection = [2, importPrefix.length + 5, ...importPrefix, 3, 0, 0x80, 0x80, 4];

/**
 * The bytes that build/assembly.mjs wrote as text. A character stands for the number 0 … 91 from `#` on (`!` for the
 * backslash, which source text doubles). Numbers below 90 are a byte each, less 5, so that the bytes that modules are
 * made of take one character; 90 and 91 take the next character to them and are the other bytes.
 */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code === 33 ? 57 : code - 35;
    if (before === 0 && value >= 90) {
      before = 90 + (value - 90) * 92;
    } else {
      bytes.push((before + value - 5) & 255);
      before = 0;
    }
  }
  return Uint8Array.from(bytes);
}

/**
 * The bytes to compile. A module for shared memory (the threaded builds of TensorFlow.js) differs from
 * the plain one in its memory import alone, so that section is swapped instead of shipping both.
 */
export function wasmBytes({ memoryImport, text }: WasmBytes, shared: boolean): Uint8Array<ArrayBuffer> {
  const plain = bytesOfText(text);
  if (!shared) {
    return plain;
  }
  const tail = memoryImport + plainSection.length;
  const bytes = new Uint8Array(plain.length + sharedSection.length - plainSection.length);
  bytes.set(plain.subarray(0, memoryImport));
  bytes.set(sharedSection, memoryImport);
  bytes.set(plain.subarray(tail), memoryImport + sharedSection.length);
  return bytes;
}
