import { basename, extname } from 'node:path';
import { resultsLock } from '../storage/lock.js';
import { ledgerName } from '../storage/ownFiles.js';

/** A file or folder inside a folder that was searched and not taken. */
export interface PassedOver {
  path: string;
  /** what it is, in the singular: `'HEIC image'`, `'.txt file'`, `'hidden file'`, `'system folder'` */
  kind: string;
}

/** Folders that systems and network disks make, with small copies or remains of images; in lower case. */
const systemFolders = new Set([
  '@eadir',
  '@recycle',
  '@recently-snapshot',
  '@tmp',
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'recycler',
  'lost+found',
  '__macosx',
  'system volume information',
]);

/** Small files that systems leave in every folder, not worth a word. */
const systemFiles = new Set([
  '.ds_store',
  'thumbs.db',
  'desktop.ini',
  'ehthumbs.db',
  '.directory',
  '.gitkeep',
  ledgerName,
  resultsLock.file,
]);

const toJpeg = 'convert them to JPEG';
const kinds: [kind: string, remedy: string, extensions: string][] = [
  ['HEIC image', `${toJpeg}, on a Mac with sips -s format jpeg, elsewhere with heif-convert`, 'heic heif hif heics'],
  [
    'raw photo',
    'export them as JPEG',
    'dng cr2 cr3 crw nef nrw arw srf sr2 orf rw2 raf pef srw x3f raw 3fr iiq kdc dcr',
  ],
  ['BMP image', toJpeg, 'bmp dib'],
  ['JPEG XL image', toJpeg, 'jxl'],
  ['JPEG 2000 image', toJpeg, 'jp2 j2k jpf jpx jpm j2c jph'],
  ['DICOM image', 'export them as PNG', 'dcm dicom'],
  ['SVG drawing', 'export them as PNG', 'svg svgz'],
  ['Photoshop document', toJpeg, 'psd psb'],
  ['image of another format', toJpeg, 'ico tga pcx ppm pgm pbm pnm exr hdr jxr wdp qoi dds pict xcf ai eps'],
  ['PDF document', '', 'pdf'],
  ['video', '', 'mp4 mov m4v avi mkv webm mpg mpeg 3gp wmv mts'],
];
const kindOf = new Map(kinds.flatMap(([kind, , list]) => list.split(' ').map((extension) => [`.${extension}`, kind])));

/** Whether a folder is none of the user's: made by a system, or hidden. */
export function folderKind(name: string): string | null {
  return systemFolders.has(name.toLowerCase()) ? 'system folder' : name.startsWith('.') ? 'hidden folder' : null;
}

/** What a file is that is not taken for an image, by its name; `null` where it is not worth a word. */
export function fileKind(name: string): string | null {
  if (systemFiles.has(name.toLowerCase())) {
    return null;
  }
  const extension = extname(name).toLowerCase();
  return name.startsWith('.')
    ? 'hidden file'
    : (kindOf.get(extension) ?? (extension === '' ? 'file without an extension' : `${extension} file`));
}

function plural(count: number, kind: string): string {
  const [first, ...rest] = kind.split(' ');
  const wordy = rest[0] === 'of' || rest[0] === 'without' || rest[0] === 'that';
  return count === 1 ? kind : wordy ? [`${first}s`, ...rest].join(' ') : `${kind}s`;
}

/**
 * One sentence about what was passed over, counted by kind, images that may be converted first; `null` for nothing.
 *
 * @example
 * passedOverInWords('photos', passedOver);
 * // Passed over in photos: 5 HEIC images (IMG_1.HEIC, IMG_2.HEIC, IMG_3.HEIC and 2 more): convert them to JPEG, …; 1 .txt file (a.txt)
 */
export function passedOverInWords(where: string, passedOver: readonly PassedOver[]): string | null {
  const byKind = new Map<string, string[]>();
  for (const { path, kind } of passedOver) {
    byKind.set(kind, [...(byKind.get(kind) ?? []), basename(path)]);
  }
  const order = kinds.map(([kind]) => kind);
  const place = (kind: string) => (order.includes(kind) ? order.indexOf(kind) : order.length);
  const parts = [...byKind]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([kind, names]) => {
      const different = [...new Set(names)];
      const more = different.length > 3 ? ` and ${different.length - 3} more` : '';
      const remedy = kinds.find(([other]) => other === kind)?.[1] ?? '';
      const what = `${names.length} ${plural(names.length, kind)} (${different.slice(0, 3).join(', ')}${more})`;
      return remedy === '' ? what : `${what}: ${names.length === 1 ? remedy.replace('them', 'it') : remedy}`;
    });
  return parts.length === 0 ? null : `Passed over in ${where}: ${parts.join('; ')}`;
}
