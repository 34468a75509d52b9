import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeldonError } from '../../src/index.js';
import type { DataMaker, ImageDataSet, ImagesToMake } from '../../src/index.node.js';
import { distractors, objectKinds, rooms } from '../objects/objectKinds.js';
import type { Panorama } from '../objects/panorama.js';
import type { Placed, Scene } from '../objects/scene.js';
import { drawing, mixSeeds, paintScene, placeFreely } from '../objects/scene.js';
import { makeSprite, readRoom } from '../objects/sprites.js';
import type { FolderMark, MakeOptions } from '../objects/unfinishedFolder.js';
import { isMade, makeEach, makeFolder } from '../objects/unfinishedFolder.js';

export interface ScatteredObjectsOptions extends MakeOptions {
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
}

type Resolved = Required<Omit<ScatteredObjectsOptions, keyof MakeOptions>>;

const what = 'scattered objects';
const markOf = (options: Resolved): FolderMark => ({ what, options });

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
  const things = [pick(objectKinds[kind])];
  for (let i = whole(...options.distractors); i > 0; i--) {
    things.push(pick(distractors));
  }
  const placed: Placed[] = [];
  for (const code of alone ? things.slice(0, 1) : things) {
    const sprite = await makeSprite(code, {
      angle: between(-35, 35),
      mirrored: between(0, 1) < 0.5,
      longSide: Math.max(8, Math.round(between(small, large) * size)),
    });
    placeFreely(sprite, placed, size, whole);
  }
  return { room, view, placed };
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
  if (await isMade(folder, markOf(resolved))) {
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
  const images = imagesOf(resolved);
  const folders = [...new Set(images.map(({ file }) => dirname(file)))];
  return makeFolder(folder, markOf(resolved), folders, async (unfinished) => {
    const panoramas = new Map(await Promise.all(rooms.map(async (name) => [name, await readRoom(name)] as const)));
    const make = async (image: (typeof images)[number]) => {
      const there = (await stat(join(unfinished.place, image.file)).catch(() => null)) !== null;
      const scene = await arrange(image, resolved, there);
      if (!there) {
        const room = panoramas.get(scene.room) as Panorama;
        const jpeg = { quality: 92, chromaSubsampling: '4:4:4' };
        await unfinished.write(image.file, await paintScene(scene, room, resolved.size, jpeg));
      }
      const [
        {
          box: { x, y, width, height },
        },
      ] = scene.placed;
      return `${image.file},${image.kind},${x},${y},${x + width},${y + height}`;
    };
    const boxes = await makeEach(images, make, what, options);
    await unfinished.write('boxes.csv', `file,label,x0,y0,x1,y1\n${boxes.join('\n')}\n`);
  });
}

/** Scattered objects for `runExperiment`, with the options that its config has. */
export const scatteredObjects: DataMaker = {
  plan: (folder, { kind: _, ...options }) => planScatteredObjects(folder, options),
  make: (folder, { kind: _, ...options }, onImage) => makeScatteredObjects(folder, { ...options, onImage }),
};
