import { extname } from 'node:path';

/** Names by which a folder's files are taken for images; a file that is named itself may be called anything. */
export const imageExtensions: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.jpe',
  '.jfif',
  '.png',
  '.webp',
  '.gif',
  '.avif',
  '.tif',
  '.tiff',
];

export function isImageName(name: string): boolean {
  return imageExtensions.includes(extname(name).toLowerCase());
}
