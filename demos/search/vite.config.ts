import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { pageConfig } from '../page/build/pageConfig.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the ready collection lies; `npm run search:page` makes it. */
const collection = process.env.SEARCH_COLLECTION ?? join(root, '.cache/search/collection');

/** The collection's files, below `collection/`. */
function collectionOf(folder: string) {
  if (!existsSync(join(folder, 'collection.json'))) {
    throw new Error(`There is no collection in ${folder}: npm run search:page makes it`);
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return {
        fileName: `collection/${path.slice(folder.length + 1).replaceAll('\\', '/')}`,
        source: readFileSync(path),
      };
    });
}

export default defineConfig(pageConfig({ root, here, page: 'search', more: () => collectionOf(collection) }));
