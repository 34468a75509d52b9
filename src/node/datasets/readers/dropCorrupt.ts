import { relative } from 'node:path';
import { checkImages } from '../index.js';
import type { ProtocolData } from './splits.js';
import { refuseUntested } from './splits.js';

/**
 * A data set without the images that cannot be read; how many, and which and why, is a notice for the report. Every
 * image is decoded once.
 *
 * @param root the data set's folder, for the names of images
 * @throws WeldonError for a class that loses all its images to train or to measure on
 */
export async function withoutCorrupt(
  data: ProtocolData,
  root: string,
  onProgress?: (done: number, total: number) => void,
): Promise<ProtocolData> {
  const all = new Map(
    data.splits.flatMap(({ train, test }) => [...train.images, ...test.images]).map((image) => [image.path, image]),
  );
  const { unreadable } = await checkImages(
    { ...data.splits[0].train, images: [...all.values()] },
    { notice: () => undefined, onProgress },
  );
  if (unreadable.length === 0) {
    return data;
  }
  const gone = new Set(unreadable.map(({ path }) => path));
  const left = <T extends ProtocolData['splits'][number]['train']>(set: T): T => ({
    ...set,
    images: set.images.filter(({ path }) => !gone.has(path)),
  });
  const splits = data.splits.map(({ train, test }) => ({ train: left(train), test: left(test) }));
  if (data.missing.length === 0) {
    splits.forEach(refuseUntested);
  }
  const names = unreadable.map(({ path }) => relative(root, path));
  return {
    ...data,
    splits,
    notices: [
      ...data.notices,
      `Images that cannot be read, ${unreadable.length} of ${all.size}, are left out (--skip-corrupt): ${names.join(', ')}`,
    ],
  };
}
