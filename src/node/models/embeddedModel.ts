import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of a model that comes with this package, `models/<name>` at the package's root. */
export function embeddedModelFolder(name: string): string {
  // The same file is three folders deep as source and four as built.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'models', name, 'model.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new Error(`models/${name} is not in this installation`);
    }
    folder = parent;
  }
  return join(folder, 'models', name);
}
