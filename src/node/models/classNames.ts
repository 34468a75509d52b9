import { join } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { embeddedModelFolder } from '../packageRoot.js';
import { readText } from '../readText.js';
import { readModelJson } from './fileHandler.js';

/** The word for the names that come with the embedded network, in the order of ImageNet-1k. */
const imagenet = 'imagenet';

async function imagenetClassNames(): Promise<string[]> {
  const { userDefinedMetadata } = await readModelJson(join(embeddedModelFolder('efficientnet-lite0'), 'model.json'));
  return (userDefinedMetadata as { weldon: RecipeParts }).weldon.classNames!;
}

function namesIn(path: string, text: string): unknown {
  if (!text.trimStart().startsWith('[')) {
    return text
      .trimEnd()
      .split(/\r?\n/)
      .map((line) => line.trim());
  }
  try {
    return JSON.parse(text);
  } catch {
    throw expectedInWords(path, 'one class name per line, or a JSON array of them', 'text that is not JSON');
  }
}

/**
 * Reads class names: a text file with one per line, a JSON array, or the word `imagenet` for the standard 1000.
 *
 * @param count how many there must be
 * @throws WeldonError for a file that cannot be read, another number of names, an empty or a repeated one
 */
export async function readClassNames(path: string, count: number): Promise<string[]> {
  let names: unknown;
  if (path === imagenet) {
    names = await imagenetClassNames();
  } else {
    names = namesIn(path, (await readText(path, 'a file of class names')).replace(/^\ufeff/, ''));
  }
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw expectedInWords(path, 'one class name per line, or a JSON array of them', 'other JSON');
  }
  if (names.length !== count) {
    throw expectedInWords(`class names in ${path}`, `${count}, as the classifier has outputs`, String(names.length));
  }
  const empty = names.indexOf('');
  if (empty >= 0) {
    throw expectedInWords(`class name ${empty + 1} in ${path}`, 'a name', 'an empty one');
  }
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw expectedInWords(
      `class names in ${path}`,
      'different from each other',
      `${names[twice]} as number ${names.indexOf(names[twice]) + 1} and ${twice + 1}`,
    );
  }
  return names as string[];
}
