import { expectedInWords } from '../../errors.js';
import type { Notice } from '../notice.js';
import { cleanName } from './imageDataSet.js';

/** A list as Python, numpy and JSON write it: `['a', "b"]`, `['a' 'b']`, `{'a', 'b'}`, `[]`. */
const isList = (cell: string) => /^\[.*\]$/s.test(cell) || /^(\(\s*['"].*\)|\{\s*['"].*\}|set\(\))$/s.test(cell);

/** The beginning of such a list, or its end, without the other: a cell that was cut. */
const isHalfList = (cell: string) => !isList(cell) && (/^\[\s*['"]/.test(cell) || /['"]\s*\]$/.test(cell));

const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

/** `\\u00e9`, `\\xe9`, `\\n` and `\\'` as what they stand for. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gis, (_, wide?: string, short?: string, one = '') => {
    const code = wide ?? short;
    return code === undefined ? (escapes[one as string] ?? (one as string)) : String.fromCharCode(parseInt(code, 16));
  });
}

function listItems(file: string, cell: string): string[] {
  const inside = cell === 'set()' ? '' : cell.slice(1, -1);
  const item = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"[\]{}()]+(?: +[^\s,'"[\]{}()]+)*)/gsu;
  const rest = inside.replace(item, '').replace(/[\s,]/g, '');
  if (rest !== '') {
    throw expectedInWords(`the labels of ${file}`, "lists like ['hat', 'shoes'] or words", cell);
  }
  return [...inside.matchAll(item)].map(([, single, double, bare]) => unescaped(single ?? double ?? bare));
}

/**
 * Whether labels have blanks between them rather than in them: some of the words stand alone elsewhere, and there are no
 * more words than there are different cells.
 */
function areWords(cells: readonly string[]): boolean {
  const different = new Set(cells.filter((cell) => cell !== ''));
  const words = new Set([...different].flatMap((cell) => cell.split(/\s+/)));
  return (
    words.size <= different.size &&
    [...different].some((cell) => /\s/.test(cell) && cell.split(/\s+/).some((word) => different.has(word)))
  );
}

/**
 * The labels of cells. Several in a cell are a list in Python's writing, or have the separator between them: the one given,
 * `;` or `|`, and where the header speaks of labels in the plural also commas, or blanks if the cells show them to be
 * between labels. A label of several words stays one otherwise.
 *
 * @param plural whether the header says labels, classes, tags or categories
 * @returns the labels of each cell, and whether any cell is a list
 * @throws WeldonError for a list that is broken
 */
export function splitLabels(
  file: string,
  cells: readonly string[],
  { plural, separator, notice }: { plural: boolean; separator?: string; notice: Notice },
): { labels: string[][]; lists: boolean } {
  const lists = separator === undefined && cells.some(isList);
  const half = separator === undefined ? cells.find(isHalfList) : undefined;
  if (half !== undefined) {
    throw expectedInWords(`the labels of ${file}`, "lists like ['hat', 'shoes'] or words", half);
  }
  const plain = cells.filter((cell) => !(lists && isList(cell)));
  let between: string | RegExp = separator ?? /[;|]/;
  if (separator === undefined && plural && !plain.some((cell) => /[;|]/.test(cell))) {
    const spaced = plain.find((cell) => /\s/.test(cell));
    if (plain.some((cell) => cell.includes(','))) {
      between = ',';
    } else if (spaced !== undefined) {
      const apart = areWords(plain);
      between = apart ? /\s+/ : between;
      notice(
        apart
          ? `The labels of ${file} have blanks between them ("${spaced}" is ${spaced.split(/\s+/).join(' and ')}): ` +
              'call the column label if each is one'
          : `The labels of ${file} have blanks in them ("${spaced}" is one): put ; between several labels`,
      );
    }
  }
  const labels = cells.map((cell) =>
    (lists && isList(cell) ? listItems(file, cell) : cell.split(between)).map(cleanName).filter((name) => name !== ''),
  );
  return { labels, lists };
}
