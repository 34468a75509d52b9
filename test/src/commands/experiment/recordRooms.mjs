// With `node --import`: records which room of the experiment is entered from which. ROOMS says the room of each module or
// folder below dist/src/commands, as JSON; the calls between rooms are written to the file that ROOM_LIST names.
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Node runs the hook below on a thread of its own, for which it loads this file again.
if (isMainThread) {
  register(import.meta.url);
  const here = new AsyncLocalStorage();
  const calls = new Set();
  globalThis.enterRoom = (room, work) =>
    Object.defineProperty(
      function (...given) {
        calls.add(`${here.getStore() ?? 'outside'} ${room} ${work.name}`);
        return here.run(room, () => work.apply(this, given));
      },
      'name',
      { value: work.name },
    );
  process.on('exit', () => writeFileSync(process.env.ROOM_LIST, [...calls].join('\n')));
}

const rooms = JSON.parse(process.env.ROOMS);

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const [, path] = /\/dist\/src\/commands\/(.*)\.js$/.exec(url) ?? [];
  const room = rooms[path] ?? rooms[path?.slice(0, path.lastIndexOf('/'))];
  if (room === undefined) {
    return loaded;
  }
  // What a module exports can be set anew within it, and whoever imports it sees that.
  const source = loaded.source.toString().replace(/^export const (?=\w+ = (?:async )?\()/gm, 'export let ');
  const names = [...source.matchAll(/^export (?:(?:async )?function|let) (\w+)/gm)].map(([, name]) => name);
  const wrapped = names.map((name) => `${name} = globalThis.enterRoom(${JSON.stringify(room)}, ${name});`);
  return { ...loaded, source: [source.replace(/\n\/\/# sourceMappingURL.*/, ''), ...wrapped].join('\n') };
}
