import type { PickleValue } from './pickle.js';

/** Where a storage's bytes lie in the file. */
export interface StoragePlace {
  offset: number;
  /** In bytes. */
  length: number;
}

/** A checkpoint's object, and the place of each storage its tensors refer to. */
export interface TorchFile {
  root: PickleValue;
  /** `undefined` where the file lacks it. */
  locate(key: string): Promise<StoragePlace | undefined>;
}
