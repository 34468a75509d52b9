import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { WeldonError } from '../../../src/index.js';
import type { Box } from '../../../src/index.js';
import type { DataMaker, ImageDataSet, ImagesToMake } from '../../../src/index.node.js';
import { distractors, objectKinds, rooms } from './objectKinds.js';
import type { Panorama, View } from './panorama.js';
import { viewOf } from './panorama.js';
import type { Sprite } from './sprites.js';
import { boxAt, makeSprite, readRoom } from './sprites.js';
import { unfinishedFolder } from './unfinishedFolder.js';

export interface ScatteredObjectsOptions {
  /** Decides everything; the same seed gives the same images. Default 0. */
  seed?: number;
  /** Images of each of the ten classes to train on. Default 20. */
  trainPerClass?: number;
  /** Images of each class to measure on. Default 20. */
  testPerClass?: number;
  /** Side of the images, pixels. Default 448. */
  size?: number;
  /** Long side of the object that names an image, smallest and largest, as parts of the size. Default 0.12 and 0.25. */
  objectSide?: readonly [number, number];
  /** Other things in an image, fewest and most. Default 4 and 7. */
  distractors?: readonly [number, number];
  signal?: AbortSignal;
  onImage?: (done: number, total: number) => void;
}

type Resolved = Required<Omit<ScatteredObjectsOptions, 'signal' | 'onImage'>>;

const madeFrom = 'made.json';
const marked = (resolved: Resolved) => `${JSON.stringify({ dataSet: 'scattered objects', version: 1, ...resolved })}\n`;

const refused = (what: string, rule: string, value: unknown) =>
  new WeldonError(`Expected ${what} to be ${rule} but received ${JSON.stringify(value)}`);

function resolve(options: ScatteredObjectsOptions): Resolved {
  const {
    seed = 0,
    trainPerClass = 20,
    testPerClass = 20,
    size = 448,
    objectSide = [0.12, 0.25],
    distractors: others = [4, 7],
  } = options;
  for (const [name, value, least] of [
    ['seed', seed, 0],
    ['trainPerClass', trainPerClass, 1],
    ['testPerClass', testPerClass, 1],
    ['size', size, 64],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw refused(`${name} for makeScatteredObjects`, `a whole number >= ${least}`, value);
    }
  }
  const [small, large] = objectSide;
  if (!(small > 0 && small <= large && large <= 0.5)) {
    throw refused(
      'objectSide for makeScatteredObjects',
      'two parts of the size with 0 < smallest <= largest <= 0.5',
      objectSide,
    );
  }
  const [fewest, most] = others;
  if (![fewest, most].every(Number.isInteger) || !(fewest >= 0 && fewest <= most && most <= 12)) {
    throw refused('distractors for makeScatteredObjects', 'two whole numbers with 0 <= fewest <= most <= 12', others);
  }
  return { seed, trainPerClass, testPerClass, size, objectSide: [small, large], distractors: [fewest, most] };
}

/** Mixes numbers into one of 32 bits, each bit of which depends on all of theirs (finaliser of MurmurHash3). */
function mixSeeds(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** Numbers of 32 bits from a seed (mulberry32): part of what the data set is, whatever the library draws by. */
function randomBits(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** Numbers of one image, drawn in order. */
function drawing(seed: number) {
  const bits = randomBits(seed);
  const between = (low: number, high: number) => low + (high - low) * (bits() / 2 ** 32);
  return {
    between,
    whole: (low: number, high: number) => Math.floor(between(low, high + 1)),
    pick: <T>(list: readonly T[]) => list[Math.floor(between(0, list.length))],
  };
}

/** How much of `box` another one covers. */
function covered(box: Box, by: Box): number {
  const width = Math.min(box.x + box.width, by.x + by.width) - Math.max(box.x, by.x);
  const height = Math.min(box.y + box.height, by.y + by.height) - Math.max(box.y, by.y);
  return (Math.max(0, width) * Math.max(0, height)) / (box.width * box.height);
}

/** A sprite at its place. */
interface Placed {
  sprite: Sprite;
  left: number;
  top: number;
  box: Box;
}

/** What an image shows: a room, the object that names it, and other things at places where they do not hide each other. */
interface Scene {
  room: string;
  view: View;
  /** the object is the first */
  placed: Placed[];
}

/**
 * Draws by chance all that decides an image.
 *
 * @param alone the object alone, where it would be among others
 */
async function arrange(
  { kind, part, seed }: { kind: string; part: 'train' | 'test'; seed: number },
  options: Resolved,
  alone: boolean,
): Promise<Scene> {
  const {
    size,
    objectSide: [small, large],
  } = options;
  const { between, whole, pick } = drawing(seed);
  // Each room is seen to one side in train and to the other in test.
  const yaw = part === 'train' ? between(0, 120) : between(180, 300);
  const room = pick(rooms);
  const view = { yaw, pitch: between(-12, 12), fieldOfView: between(75, 95) };
  const things: { folder: string; code: string }[] = [{ folder: kind, code: pick(objectKinds[kind]) }];
  for (let i = whole(...options.distractors); i > 0; i--) {
    things.push({ folder: 'distractors', code: pick(distractors) });
  }
  const placed: Placed[] = [];
  for (const { folder, code } of alone ? things.slice(0, 1) : things) {
    const sprite = await makeSprite(folder, code, {
      angle: between(-35, 35),
      mirrored: between(0, 1) < 0.5,
      longSide: Math.max(8, Math.round(between(small, large) * size)),
    });
    for (let attempt = 0; attempt < 60; attempt++) {
      const left = whole(0, size - sprite.width);
      const top = whole(0, size - sprite.height);
      const box = boxAt(sprite, left, top);
      if (placed.every((other) => covered(other.box, box) < 0.05 && covered(box, other.box) < 0.3)) {
        placed.push({ sprite, left, top, box });
        break;
      }
    }
  }
  return { room, view, placed };
}

/** The image of a scene, JPEG. */
async function paint({ view, placed }: Scene, room: Panorama, size: number): Promise<Buffer> {
  // Panoramas are coarser than images by far, so half the side loses nothing.
  const half = Math.ceil(size / 2);
  const seen = viewOf(room, view, half);
  const background = await sharp(seen, { raw: { width: half, height: half, channels: 3 } })
    .resize(size, size)
    .raw()
    .toBuffer();
  return sharp(background, { raw: { width: size, height: size, channels: 3 } })
    .composite(
      placed.map(({ sprite: { data, width, height }, left, top }) => ({
        input: data,
        raw: { width, height, channels: 4 },
        left,
        top,
      })),
    )
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** The images by part and kind, each with the seed that decides it. */
function imagesOf({ seed, trainPerClass, testPerClass }: Resolved) {
  return (['train', 'test'] as const).flatMap((part, p) =>
    Object.keys(objectKinds).flatMap((kind, k) =>
      Array.from({ length: part === 'train' ? trainPerClass : testPerClass }, (_, i) => ({
        part,
        kind,
        file: `${part}/${kind}/${String(i).padStart(4, '0')}.jpg`,
        seed: mixSeeds(seed, p, k, i),
      })),
    ),
  );
}

/**
 * What `makeScatteredObjects` would make in a folder, without making it: the data set with the images' names, and what it
 * takes; `null` if it is there already.
 *
 * @throws WeldonError as `makeScatteredObjects`
 */
export async function planScatteredObjects(
  folder: string,
  options: ScatteredObjectsOptions = {},
): Promise<{ train: ImageDataSet; test: ImageDataSet; making: ImagesToMake } | null> {
  const resolved = resolve(options);
  if (await madeAlready(folder, marked(resolved))) {
    return null;
  }
  const classes = Object.keys(objectKinds);
  const all = imagesOf(resolved);
  const setOf = (wanted: 'train' | 'test'): ImageDataSet => ({
    name: folder,
    classes,
    multiLabel: false,
    images: all
      .filter(({ part }) => part === wanted)
      .map(({ file, kind }) => ({ path: join(folder, file), labels: [classes.indexOf(kind)] })),
  });
  const area = (resolved.size / 448) ** 2;
  return {
    train: setOf('train'),
    test: setOf('test'),
    making: { images: all.length, seconds: 3 + 0.08 * all.length * area, bytes: 46_000 * all.length * area },
  };
}

/** Whether the folder holds just what the options ask for; whatever else it holds is not touched. */
async function madeAlready(folder: string, wanted: string): Promise<boolean> {
  const found = await readFile(join(folder, madeFrom), 'utf8').catch(() => null);
  if (found !== null && found !== wanted) {
    throw new WeldonError(
      `Expected ${folder} to be a new folder, or one with scattered objects made with the same options but received one made with ${found.trim()}`,
    );
  }
  return found === wanted;
}

/**
 * Makes the data set "scattered objects": images of rooms in which one small object of ten kinds lies at a random place,
 * turned, mirrored and scaled at random, among other things. The image's label is that object's kind: what MIT67 is
 * difficult for, in the purest form, and its exact box is known. Rooms are seen to different sides in train and test, and
 * places, turns and scales are drawn anew.
 *
 * Objects are Fluent emoji (Microsoft, MIT), rooms are panoramas from Poly Haven (CC0); see `images/README.md`.
 *
 * @param folder gets `train/<class>/*.jpg`, `test/<class>/*.jpg` and `boxes.csv`, all at once: until then they are in a
 *   hidden folder beside it, where a run that is stopped or killed is gone on with. A folder that was made with the same
 *   options stays as it is
 * @returns whether it was made now
 * @throws WeldonError for options out of range, a folder that holds something else or cannot be written, or a stopped run
 *
 * @example
 * await makeScatteredObjects('scattered', { seed: 1 });
 * const { splits: [{ train, test }], annotations } = await readFolder('scattered');
 */
export async function makeScatteredObjects(folder: string, options: ScatteredObjectsOptions = {}): Promise<boolean> {
  const resolved = resolve(options);
  const wanted = marked(resolved);
  if (await madeAlready(folder, wanted)) {
    return false;
  }
  try {
    await fill(folder, wanted, resolved, options);
    return true;
  } catch (error) {
    // Another process has been at it, too, and was first.
    if (await madeAlready(folder, wanted)) {
      return false;
    }
    throw error;
  }
}

async function fill(
  folder: string,
  mark: string,
  options: Resolved,
  { signal, onImage }: ScatteredObjectsOptions,
): Promise<void> {
  const panoramas = new Map(await Promise.all(rooms.map(async (name) => [name, await readRoom(name)] as const)));
  const images = imagesOf(options);
  const unfinished = await unfinishedFolder(folder, madeFrom, mark, [
    ...new Set(images.map(({ file }) => dirname(file))),
  ]);
  let done = 0;
  const make = async (image: (typeof images)[number]) => {
    if (signal?.aborted === true) {
      throw new WeldonError(`Stopped after ${done} of ${images.length} images of scattered objects`);
    }
    const there = (await stat(join(unfinished.place, image.file)).catch(() => null)) !== null;
    const scene = await arrange(image, options, there);
    if (!there) {
      await unfinished.write(image.file, await paint(scene, panoramas.get(scene.room) as Panorama, options.size));
    }
    onImage?.(++done, images.length);
    const [
      {
        box: { x, y, width, height },
      },
    ] = scene.placed;
    return `${image.file},${image.kind},${x},${y},${x + width},${y + height}`;
  };
  const boxes: string[] = [];
  for (let from = 0; from < images.length; from += 4) {
    // All four come to their end before a failure is thrown: nothing is written after it.
    for (const result of await Promise.allSettled(images.slice(from, from + 4).map(make))) {
      if (result.status === 'rejected') {
        throw result.reason;
      }
      boxes.push(result.value);
    }
  }
  await unfinished.write('boxes.csv', `file,label,x0,y0,x1,y1\n${boxes.join('\n')}\n`);
  await unfinished.finish();
}

/** Scattered objects for `runExperiment`, with the options that its config has. */
export const scatteredObjects: DataMaker = {
  plan: (folder, { kind: _, ...options }) => planScatteredObjects(folder, options),
  make: (folder, { kind: _, ...options }, onImage) => makeScatteredObjects(folder, { ...options, onImage }),
};
