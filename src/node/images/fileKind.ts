import { isZip } from '../../formats/zip.js';

/** Texts, which file-type does not tell apart, by how they begin (in lower case). */
const beginnings: readonly [kind: string, text: string][] = [
  ['a Git LFS pointer in place of the image', 'version https://git-lfs'],
  ['an SVG drawing', '<svg'],
  ['a web page', '<!doctype html'],
  ['a web page', '<html'],
];

/** Formats that people mistake for images, or that sharp's prebuilt library leaves out, by file-type's extension. */
const kinds: Record<string, string> = {
  pdf: 'a PDF document',
  gz: 'a gzip archive',
  bmp: 'a BMP image',
  psd: 'a Photoshop document',
  heic: 'a HEIC image',
};

/** Bytes that file-type needs; a large file is not searched for the sake of a sentence. */
const headBytes = 4100;

function isText(head: Buffer): boolean {
  return (
    head.length > 0 && head.every((byte) => (byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13))
  );
}

/**
 * What a file that cannot be decoded is, in words for an error sentence, judged by its first bytes. Whether a file is an
 * image is for the decoder to say.
 */
export async function describeFile(bytes: Buffer): Promise<string> {
  const start = bytes.toString('latin1', 0, 64).toLowerCase();
  const known = beginnings.find(([, text]) => start.startsWith(text));
  if (known !== undefined) {
    return known[0];
  }
  if (isZip(bytes)) {
    return 'a ZIP archive or an office document';
  }
  const { fileTypeFromBuffer } = await import('file-type');
  const { ext, mime } = (await fileTypeFromBuffer(bytes.subarray(0, headBytes)).catch(() => undefined)) ?? {};
  if (ext === undefined || mime === undefined || /^image\/(jpeg|png|webp|gif|avif|tiff)$/.test(mime)) {
    return isText(bytes.subarray(0, 64)) ? 'a text file' : 'data in no format it knows';
  }
  return kinds[ext] ?? (mime.startsWith('video/') ? 'a video' : `a file of the type ${mime}`);
}
