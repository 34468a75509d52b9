import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expectedInWords } from '../../errors.js';
import { writeError } from './atomicWrite.js';

/**
 * Makes the folder of a file that is written hours later, if it is not there.
 *
 * @throws WeldonError where the file could not be written then: a folder of its name, a folder that may not be written to
 */
export async function makeRoomFor(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case 'EEXIST':
      case 'ENOTDIR':
        throw expectedInWords(
          folder,
          'a folder to write into',
          'a file of that name, or a path through a file: choose another',
        );
      // A disk that may only be read says so of folders within folders.
      case 'ENOENT':
        throw expectedInWords(folder, 'a folder to write into', 'one that cannot be made there: choose another');
      default:
        throw writeError(path, error);
    }
  }
  if ((await stat(path).catch(() => null))?.isDirectory() === true) {
    throw expectedInWords(path, 'a file to write', 'a folder of that name: choose another name');
  }
}
