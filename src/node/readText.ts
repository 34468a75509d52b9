import { expectedInWords } from '../errors.js';
import { toStderr } from './notice.js';
import type { Notice } from './notice.js';
import { readPlainFile } from './storage/plainFile.js';

/** Windows-1252 from 0x80 to 0x9F; blanks have no letter. (Node's TextDecoder takes it for Latin-1 in some versions.) */
const from80 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function windows1252(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x80 && byte < 0xa0 ? from80[byte - 0x80] : String.fromCharCode(byte),
  ).join('');
}

/**
 * Whether bytes that are no UTF-8 read like a Western language in Windows-1252: accents are few among the letters of a
 * word, and none inside it is a capital beside small letters. Cyrillic, Greek, Japanese and Mac OS Roman look otherwise.
 */
function looksWestern(bytes: Uint8Array, text: string): boolean {
  const unused = bytes.some((byte) => byte >= 0x80 && byte < 0xa0 && from80[byte - 0x80] === ' ');
  if (unused || /ƒ|\p{L}[‚„†‡ˆ‰•˜¤¦¬¯¸¨]\p{L}/u.test(text)) {
    return false;
  }
  const words = text.match(/\p{L}+/gu) ?? [];
  return words.every((word) => {
    const accents = [...word].filter((letter) => letter > '\x7f').length;
    return (
      accents === 0 ||
      (2 * accents <= word.length + 1 && !/\p{Ll}(?![A-Z])\p{Lu}|\p{L}(?![A-Z])\p{Lu}\p{Ll}/u.test(word))
    );
  });
}

/** UTF-16 by its mark, or by the zero in every other byte of Latin text. */
function utf16Kind(bytes: Uint8Array): 'le' | 'be' | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return 'le';
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return 'be';
  }
  const head = bytes.subarray(0, 200);
  const zeros = (from: number) => head.filter((byte, i) => i % 2 === from && byte === 0).length;
  const half = head.length / 2;
  return head.length < 4 || head.length % 2 > 0
    ? null
    : zeros(1) > 0.8 * half && zeros(0) === 0
      ? 'le'
      : zeros(0) > 0.8 * half && zeros(1) === 0
        ? 'be'
        : null;
}

/** The text of bytes that come piece by piece: UTF-8, or UTF-16 where the first piece reads so; without the mark. */
export async function* decodedPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  for await (const piece of pieces) {
    decoder ??= new TextDecoder(`utf-${{ none: '8', le: '16le', be: '16be' }[utf16Kind(piece) ?? 'none']}`);
    yield decoder.decode(piece, { stream: true });
  }
  yield decoder?.decode() ?? '';
}

/** The text of a file's bytes and their encoding, or `null` for bytes that are no text in one that is read here. */
export function decodeText(bytes: Uint8Array): { text: string; encoding: 'UTF-8' | 'UTF-16' | 'Windows-1252' } | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe && bytes[2] === 0 && bytes[3] === 0) {
    return null; // UTF-32, whose mark begins as UTF-16's
  }
  const wide = utf16Kind(bytes);
  if (wide !== null) {
    return { text: new TextDecoder(`utf-16${wide}`).decode(bytes), encoding: 'UTF-16' };
  }
  if (bytes.includes(0)) {
    return null;
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' };
  } catch {
    const text = windows1252(bytes);
    return looksWestern(bytes, text) ? { text, encoding: 'Windows-1252' } : null;
  }
}

/**
 * Reads a text file: UTF-8, UTF-16 with or without its mark, and Windows-1252, as Excel saves CSV files in Western
 * Europe. The last is a guess and told.
 *
 * @param kind what the file should be, for sentences: `a CSV file of labels`
 * @param remedy what to do with a file that is no text at all
 * @param most bytes that it may have. Default 256 MiB
 * @throws WeldonError for a file that cannot be read, or is no text in these encodings
 */
export async function readText(
  path: string,
  kind: string,
  { notice = toStderr, remedy = 'save it as UTF-8', most }: { notice?: Notice; remedy?: string; most?: number } = {},
): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readPlainFile(path, most);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      kind,
      code === 'ENOENT'
        ? 'no file of that name: check the path'
        : code === 'EISDIR'
          ? 'a folder'
          : `one that cannot be read (${(error as Error).message})`,
    );
  }
  const decoded = decodeText(bytes);
  if (decoded === null) {
    const received = bytes.includes(0)
      ? `a file that is no text in UTF-8: ${remedy}`
      : 'text in an encoding that is neither UTF-8 nor UTF-16 nor Windows-1252: save it as UTF-8';
    throw expectedInWords(path, kind, received);
  }
  const { text, encoding } = decoded;
  if (encoding === 'Windows-1252') {
    const [word] = text.match(/[^\s,;"|]*[\x80-\uffff][^\s,;"|]*/) ?? [''];
    notice(`${path} is no UTF-8 and is read as Windows-1252 ("${word}"): if that is wrong, save it as UTF-8`);
  }
  return text;
}

/**
 * The value in a JSON file.
 *
 * @param kind what the file should be, for sentences: `a themes.json of weldon themes`
 * @param most bytes that it may have. Default 256 MiB
 * @throws WeldonError for a file that cannot be read, is no text, or is no JSON
 */
export async function readJsonFile(path: string, kind: string, most?: number): Promise<unknown> {
  const text = await readText(path, kind, { remedy: 'give one in JSON', most });
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw expectedInWords(path, kind, `text that is not JSON (${(error as Error).message})`);
  }
}
