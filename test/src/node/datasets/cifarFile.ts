import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBits } from '../../../../src/random.js';

/** Writes a file in CIFAR's format: a class is a colour in noise. */
export function writeCifar(path: string, labels: readonly number[], { labelBytes = 1, seed = 1 } = {}): void {
  const draw = randomBits(seed);
  const records = labels.map((label) => {
    const record = Buffer.alloc(labelBytes + 3072);
    record[labelBytes - 1] = label;
    for (let i = 0; i < 3072; i++) {
      record[labelBytes + i] = (draw() % 128) + (Math.floor(i / 1024) === label % 3 ? 100 : 0);
    }
    return record;
  });
  writeFileSync(path, Buffer.concat(records));
}

/** Makes a folder, and gives its path. */
export function newFolder(path: string): string {
  mkdirSync(path);
  return path;
}
