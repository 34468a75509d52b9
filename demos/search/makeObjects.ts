import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { WeldonError } from '../../src/index.js';
import { allObjects, distractors, rooms } from '../objects/objectKinds.js';
import type { EmojiObject } from '../objects/objectKinds.js';
import type { Placed } from '../objects/scene.js';
import { drawing, mixSeeds, paintScene, placeFreely } from '../objects/scene.js';
import { makeSprite, readRoom } from '../objects/sprites.js';
import type { MakeOptions } from '../objects/unfinishedFolder.js';
import { makeEach, makeFolder } from '../objects/unfinishedFolder.js';

export interface SearchObjectsOptions extends MakeOptions {
  /** Decides everything about the queries; the same seed gives the same bytes. Default 0. */
  seed?: number;
  /** Queries, each with another object. Default 120. */
  queries?: number;
}

const what = 'objects to search for';

/** Side of the queries, pixels. */
const size = 448;
/** Long side of the sought object and of the things around it, as parts of the side. */
const objectSide = [0.15, 0.35] as const;
const otherSide = [0.12, 0.3] as const;
const others = [3, 5] as const;

const emoji = (code: string) => fileURLToPath(new URL(`../objects/images/emoji/${code}.webp`, import.meta.url));
const fileOf = ({ name, group }: EmojiObject) =>
  `catalogue/${group.replaceAll(' ', '-')}/${name.replaceAll(' ', '-')}.jpg`;

/** The object, alone on white. */
function catalogueImage({ code }: EmojiObject): Promise<Buffer> {
  return sharp(emoji(code))
    .flatten({ background: '#ffffff' })
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** Objects in an order that the seed decides. */
function shuffled(objects: readonly EmojiObject[], seed: number): EmojiObject[] {
  const { whole } = drawing(mixSeeds(seed, 0));
  const order = [...objects];
  for (let i = order.length - 1; i > 0; i--) {
    const j = whole(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** A room with the object at a place that is drawn, turned and lit anew, and things of which none is in the catalogue. */
async function arrange(code: string, seed: number) {
  const { between, whole, pick } = drawing(seed);
  const room = pick(rooms);
  const view = { yaw: between(0, 360), pitch: between(-12, 12), fieldOfView: between(75, 95) };
  const placed: Placed[] = [];
  const put = async (each: string, [small, large]: readonly [number, number]) => {
    const angle = between(-20, 20);
    const longSide = Math.round(between(small, large) * size);
    const sprite = await makeSprite(each, { angle, longSide, light: between(0.8, 1.2) });
    placeFreely(sprite, placed, size, whole);
  };
  await put(code, objectSide);
  for (let i = whole(...others); i > 0; i--) {
    await put(pick(distractors), otherSide);
  }
  return { room, view, placed };
}

/**
 * Makes a catalogue to search and queries for it, of what this package holds: 431 objects, each alone on white, and rooms
 * in which one of them lies at a known place, 15 to 35 % of the side long, turned by up to 20°, up to a fifth brighter or
 * darker, among things that are not in the catalogue.
 *
 * Objects are Fluent emoji (Microsoft, MIT), rooms are panoramas from Poly Haven (CC0); see `../objects/images/README.md`.
 *
 * @param folder gets `catalogue/GROUP/NAME.jpg`, `items.csv` (path, name, group), `queries/*.jpg` and `truth.csv` (query,
 *   relevant, x0, y0, x1, y1), all at once: until then they are in a hidden folder beside it, where a run that is stopped
 *   or killed is gone on with. A folder that was made with the same options stays as it is
 * @returns whether it was made now
 * @throws WeldonError for options out of range, a folder that holds something else or cannot be written, or a stopped run
 *
 * @example
 * await makeObjects('objects', { seed: 1 });
 * await indexImages(['objects/catalogue'], { out: 'objects/index', meta: 'objects/items.csv' });
 */
export async function makeObjects(folder: string, options: SearchObjectsOptions = {}): Promise<boolean> {
  const { seed = 0, queries = 120 } = options;
  const objects = await allObjects();
  for (const [name, value, least, most] of [
    ['seed', seed, 0, 2 ** 32 - 1],
    ['queries', queries, 1, objects.length],
  ] as const) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new WeldonError(
        `Expected ${name} for makeObjects to be a whole number from ${least} to ${most} but received ${String(value)}`,
      );
    }
  }
  const asked = shuffled(objects, seed).slice(0, queries);
  const groups = [...new Set(objects.map((object) => `catalogue/${object.group.replaceAll(' ', '-')}`))];
  const folders = ['queries', ...groups];
  return makeFolder(folder, { what, options: { seed, queries } }, folders, async (unfinished) => {
    const panoramas = new Map(await Promise.all(rooms.map(async (name) => [name, await readRoom(name)] as const)));
    const isThere = (file: string) => stat(join(unfinished.place, file)).then(Boolean, () => false);
    const makeObject = (object: EmojiObject) => async () => {
      const file = fileOf(object);
      if (!(await isThere(file))) {
        await unfinished.write(file, await catalogueImage(object));
      }
      return `${file},${object.name},${object.group}`;
    };
    const makeQuery = (object: EmojiObject, i: number) => async () => {
      const file = `queries/${String(i).padStart(3, '0')}.jpg`;
      const scene = await arrange(object.code, mixSeeds(seed, 1, i));
      if (!(await isThere(file))) {
        await unfinished.write(file, await paintScene(scene, panoramas.get(scene.room)!, size, { quality: 85 }));
      }
      const { x, y, width, height } = scene.placed[0].box;
      return `${file},${fileOf(object)},${x},${y},${x + width},${y + height}`;
    };
    const makers = [...objects.map(makeObject), ...asked.map(makeQuery)];
    const lines = await makeEach(makers, (make) => make(), what, options);
    const table = (head: string, rows: readonly string[]) => `${[head, ...rows].join('\n')}\n`;
    await unfinished.write('items.csv', table('path,name,group', lines.slice(0, objects.length)));
    await unfinished.write('truth.csv', table('query,relevant,x0,y0,x1,y1', lines.slice(objects.length)));
  });
}
