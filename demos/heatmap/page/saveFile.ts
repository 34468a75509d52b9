import { element } from './element.js';

/** Hands a file to the browser's downloads. */
export function saveFile(name: string, content: Blob | Uint8Array | string): void {
  const blob = content instanceof Blob ? content : new Blob([content as BlobPart]);
  const url = URL.createObjectURL(blob);
  element('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
