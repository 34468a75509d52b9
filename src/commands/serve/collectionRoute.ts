/** The catalogue as the page loads it: the files of a collection, at the address where a static page has its own. */
import type { FastifyInstance } from 'fastify';
import { collectionFiles } from '../../search/collection/collection.js';
import { collectionOf } from '../index/writeCollection.js';
import { Refusal } from './requests.js';
import type { ServedCatalogue } from './servedCatalogue.js';

const types: Readonly<Record<string, string>> = { json: 'application/json', webp: 'image/webp' };

/** Adds `/collection/…`; thumbnails are made when they are first asked for, and anew where the catalogue has changed. */
export function collectionRoute(
  server: FastifyInstance,
  { served, name, notice }: { served: ServedCatalogue; name: string; notice: (sentence: string) => void },
): void {
  let made: { revision: number; files: Promise<Map<string, Uint8Array>> } | null = null;

  function files(): Promise<Map<string, Uint8Array>> {
    return served.use(async ({ catalogue: { store } }) => {
      const { revision } = await store.info();
      if (made?.revision !== revision) {
        const fresh = collectionOf(store, (item) => served.imageFile(item), { name, notice }).then(
          (collection) => new Map(collectionFiles(collection).map((file) => [file.name, file.bytes])),
        );
        made = { revision, files: fresh };
        fresh.catch(() => {
          made = null;
        });
      }
      return made.files;
    });
  }

  server.get<{ Params: { file: string } }>('/collection/:file', async ({ params: { file } }, reply) => {
    // Queries to begin with are what a page made beforehand has, and a catalogue has not.
    const bytes = file === 'samples.json' ? new TextEncoder().encode('[]') : (await files()).get(file);
    if (bytes === undefined) {
      throw new Refusal(404, `The collection has no file ${JSON.stringify(file)}`);
    }
    void reply.type(types[file.split('.').at(-1)!] ?? 'application/octet-stream').header('cache-control', 'no-cache');
    return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  });
}
