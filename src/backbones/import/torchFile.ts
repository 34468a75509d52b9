import type { PickleValue } from './pickle.js';

/** A checkpoint's object, and the bytes of each storage its tensors refer to. */
export interface TorchFile {
  root: PickleValue;
  /** The storage's bytes (a view, not a copy), or `undefined` where the file lacks it. */
  storage(key: string): Uint8Array | undefined;
}
