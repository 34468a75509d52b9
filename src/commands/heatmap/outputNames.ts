import { basename, extname, join } from 'node:path';

/**
 * Names for the files of each photo: the photo's own, without its ending. Photos of the same name in different folders
 * get `-2`, `-3` … in the order in which they come, also where a disk does not tell `A` from `a`.
 */
export function outputNames(folder: string): (photo: string) => string {
  const taken = new Set<string>();
  return (photo) => {
    const stem = basename(photo, extname(photo)) || basename(photo);
    let name = stem;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) {
      name = `${stem}-${copy}`;
    }
    taken.add(name.toLowerCase());
    return join(folder, name);
  };
}
