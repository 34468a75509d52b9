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
  heic: 'a HEIC image, as iPhones take them',
  jxl: 'a JPEG XL image',
  jp2: 'a JPEG 2000 image',
  jpx: 'a JPEG 2000 image',
  jpm: 'a JPEG 2000 image',
  j2c: 'a JPEG 2000 image',
  dcm: 'a DICOM image',
  ...Object.fromEntries(
    ['dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'rw2', 'raf'].map((extension) => [extension, "a camera's raw photo"]),
  ),
};

/**
 * Whether bytes begin like one of the formats that are promised. The decoder knows more, among them SVG, of which a few
 * bytes can keep it busy for hours; it gets none of them.
 */
function isPromised(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('ftyp', 4)) {
    const size = Math.min(bytes.readUInt32BE(0) || 256, 256);
    const brands: string[] = [...(bytes.toString('latin1', 8, size).match(/.{4}/gs) ?? [])];
    return brands.includes('avif') || brands.includes('avis');
  }
  return /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF.{4}WEBP|II[*+]\0|MM\0[*+])/s.test(start);
}

/** What a file is, and how it comes to be read, where it is in none of the promised formats; else `null`. */
export async function refusedKind(bytes: Buffer): Promise<string | null> {
  if (!isPromised(bytes)) {
    const kind = await describeFile(bytes);
    return kind.includes('HEIC')
      ? `${kind}: convert it to JPEG, on a Mac with sips -s format jpeg, elsewhere with heif-convert`
      : `${kind}: convert it or leave it out`;
  }
  if (/^(II|MM)/.test(bytes.toString('latin1', 0, 2))) {
    // Raw photos are TIFF files whose first image is a thumbnail.
    const { fileTypeFromBuffer } = await import('file-type');
    const { ext } = (await fileTypeFromBuffer(bytes).catch(() => undefined)) ?? {};
    return ext === undefined || ext === 'tif' || !(ext in kinds) ? null : `${kinds[ext]}: export it as JPEG`;
  }
  return null;
}

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
  if (
    /^(\xef\xbb\xbf)?\s*<(svg|\?xml|!--|!doctype svg)/.test(start) &&
    bytes.toString('latin1', 0, headBytes).toLowerCase().includes('<svg')
  ) {
    return 'an SVG drawing';
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
