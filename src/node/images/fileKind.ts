/** First bytes of files that people mistake for images, or whose format sharp's prebuilt library leaves out. */
const signatures: readonly [kind: string, bytes: string | readonly number[], offset?: number][] = [
  ['a PDF document', '%PDF'],
  ['a ZIP archive or an office document', 'PK\x03\x04'],
  ['a gzip archive', [0x1f, 0x8b]],
  ['a BMP image', 'BM'],
  ['a Photoshop document', '8BPS'],
  ['a HEIC image', 'ftypheic', 4],
  ['a HEIC image', 'ftypheix', 4],
  ['a video', 'ftypisom', 4],
  ['a video', 'ftypmp4', 4],
  ['a video', 'ftypqt', 4],
  ['a video', [0x1a, 0x45, 0xdf, 0xa3]],
  ['a Git LFS pointer in place of the image', 'version https://git-lfs'],
  ['an SVG drawing', '<svg'],
  ['a web page', '<!doctype html'],
  ['a web page', '<html'],
];

function startsWith(head: Buffer, bytes: string | readonly number[], offset: number): boolean {
  return typeof bytes === 'string'
    ? head.toString('latin1', offset, offset + bytes.length).toLowerCase() === bytes.toLowerCase()
    : bytes.every((byte, i) => head[offset + i] === byte);
}

function isText(head: Buffer): boolean {
  return (
    head.length > 0 && head.every((byte) => (byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13))
  );
}

/**
 * What a file without a readable image is, in words, as far as its first bytes tell. Only for error sentences:
 * whether a file is an image is decided by the decoder, never by its name.
 */
export function describeFile(head: Buffer): string {
  const found = signatures.find(([, bytes, offset = 0]) => startsWith(head, bytes, offset));
  return found?.[0] ?? (isText(head) ? 'a text file' : 'data in no format it knows');
}
