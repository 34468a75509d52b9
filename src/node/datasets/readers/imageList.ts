import { expectedInWords } from '../../../errors.js';
import { readText } from '../../readText.js';
import { someOf } from '../imageDataSet.js';

/**
 * The lines of a list of images: any line ends, none at the end of the file needed, blanks inside names kept.
 *
 * @throws WeldonError for a list that cannot be read, is empty, or names an image twice
 */
export async function readImageList(path: string): Promise<string[]> {
  const text = await readText(path, 'a list of images');
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) {
    throw expectedInWords(path, 'a list of images', 'one without lines');
  }
  const seen = new Set<string>();
  const twice = lines.filter((line) => seen.size === seen.add(line).size);
  if (twice.length > 0) {
    throw expectedInWords(path, 'a list that has every image once', `${twice.length} twice: ${someOf(twice)}`);
  }
  return lines;
}
