import { createHash } from 'node:crypto';

/** 16 hexadecimal digits that stand for a key in the name of a file or folder. */
export const keyHash = (key: unknown): string =>
  createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
