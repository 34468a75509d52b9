import { readFile } from 'node:fs/promises';
import { expectedInWords } from '../../errors.js';
import type { TrainOptions } from './options.js';
import { checkTrainOptions } from './optionRules.js';

/**
 * Options of a run from a JSON file: an object with the names of {@link TrainOptions}. The `config.json` of a run folder
 * is one too; its options are taken. Paths in it are used as they stand, from where the command is run.
 *
 * @throws WeldonError for a file that cannot be read, text that is no JSON object, an unknown option (with the nearest
 *   names), and a value out of range
 */
export async function readTrainConfig(path: string): Promise<Partial<TrainOptions>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw expectedInWords(
      path,
      'a configuration file',
      code === 'ENOENT' ? 'no file of that name' : code === 'EISDIR' ? 'a folder' : message,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw expectedInWords(path, 'a configuration in JSON', `text that is not JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw expectedInWords(path, 'a JSON object with options of a run', Array.isArray(json) ? 'an array' : `${json}`);
  }
  const { weldonRun, options } = json as { weldonRun?: unknown; options?: Record<string, unknown> };
  const named = weldonRun !== undefined && options !== undefined ? options : (json as Record<string, unknown>);
  checkTrainOptions(named, path);
  return named as Partial<TrainOptions>;
}
