import { join, resolve } from 'node:path';
import { expectedInWords } from '../../../errors.js';
import { nearestNames } from '../../../models/nearestNames.js';
import { readCsvTable } from '../csvTable.js';
import type { Annotations, LabelledBox } from './annotations.js';

const header = ['file', 'label', 'x0', 'y0', 'x1', 'y1'];

/**
 * Boxes of objects from a CSV file `file,label,x0,y0,x1,y1`: pixels of the picture, x1 and y1 behind the last one. A
 * picture may have several rows.
 *
 * @param root folder that the file names start from
 * @throws WeldonError with the line of a row that is none
 */
export async function readBoxesFile(path: string, root: string, classes: readonly string[]): Promise<Annotations> {
  const [first, ...rows] = await readCsvTable(path);
  if (first.cells.join() !== header.join()) {
    throw expectedInWords(`the first line of ${path}`, header.join(), `"${first.cells.join()}"`);
  }
  const boxes = new Map<string, LabelledBox[]>();
  for (const {
    cells: [file, name, ...numbers],
    line,
  } of rows) {
    const label = classes.indexOf(name);
    if (label < 0) {
      throw expectedInWords(
        `the label on line ${line} of ${path}`,
        `one of the ${classes.length} classes`,
        name + nearestNames(name, classes),
      );
    }
    const [x, y, right, bottom] = numbers.map(Number);
    if (![x, y, right, bottom].every(Number.isFinite) || numbers.includes('') || right <= x || bottom <= y) {
      throw expectedInWords(
        `the box on line ${line} of ${path}`,
        'four numbers with x0 < x1 and y0 < y1',
        numbers.join(),
      );
    }
    const key = resolve(join(root, file));
    boxes.set(key, [...(boxes.get(key) ?? []), { label, x, y, width: right - x, height: bottom - y }]);
  }
  return {
    kind: 'boxes',
    async read(picture) {
      const found = boxes.get(resolve(picture));
      return found === undefined ? null : { boxes: found };
    },
  };
}
