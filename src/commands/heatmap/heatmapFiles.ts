import { access, constants, mkdir } from 'node:fs/promises';
import { existsSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { WeldonError } from '../../errors.js';
import { classHeatmaps } from '../../heatmaps/classHeatmaps.js';
import type { ClassHeatmaps } from '../../heatmaps/classHeatmaps.js';
import { gradCam } from '../../heatmaps/gradCam.js';
import type { GradCam } from '../../heatmaps/gradCam.js';
import type { ClassMap, ClassRegions } from '../../heatmaps/types.js';
import { mapGeometry, regionsInPixels } from '../../heatmaps/regionsInPixels.js';
import type { ImageForModel } from '../../node/images/readForModel.js';
import type { ReadResult } from '../../node/images/readImages.js';
import { toStderr } from '../../node/notice.js';
import { findImages } from '../../node/images/findImages.js';
import { passedOverInWords } from '../../node/images/passedOver.js';
import { readAhead } from '../../node/images/readImages.js';
import { readForModel } from '../../node/images/readForModel.js';
import { rgbaPixels } from '../../node/images/readImage.js';
import type { DrawnClass, HeatmapImage, HeatmapStyle } from '../../render/composite.js';
import type { HtmlReport } from '../report/heatmapReport.js';
import type { HeatmapEncoder } from './heatmapEncoder.js';
import { openReport } from '../report/heatmapReport.js';
import { startEncoderThread } from './encoderThread.js';
import { writeHeatmap } from './writeHeatmap.js';
import { prepareHeatmapModel } from './heatmapModel.js';
import { checkHeatmapOptions } from './options.js';
import type { HeatmapFilesOptions, PreparedHeatmapModel } from './options.js';

/**
 * Names for the files of each image: the image's own, without its ending. Images of the same name in different folders
 * get `-2`, `-3` … in the order in which they come, also where a disk does not tell `A` from `a`.
 */
function outputNames(folder: string): (image: string) => string {
  const taken = new Set<string>();
  return (image) => {
    const stem = basename(image, extname(image)) || basename(image);
    let name = stem;
    for (let copy = 2; taken.has(name.toLowerCase()); copy++) {
      name = `${stem}-${copy}`;
    }
    taken.add(name.toLowerCase());
    return join(folder, name);
  };
}

/** What was read from one class of one image. */
export interface HeatmapFileClass {
  name: string;
  index: number;
  /** raw, before the activation */
  score: number;
  probability?: number;
  /** the strongest region: its cell in pixels of the image, and its evidence */
  strongest: { x: number; y: number; width: number; height: number; value: number } | null;
}

/** What became of one path. */
export type HeatmapFileResult =
  | {
      path: string;
      width: number;
      height: number;
      classes: HeatmapFileClass[];
      files: string[];
      /** in the network, and from then until everything is written */
      seconds: { network: number; draw: number };
      error?: undefined;
    }
  | { path: string; error: WeldonError };

/** At most so many images wait to be drawn: each is in memory decoded. */
const mostWaiting = 3;

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw expectedInWords(
      folder,
      'a folder to write into',
      code === 'EEXIST' || code === 'ENOTDIR'
        ? 'a file of that name: choose another'
        : 'one that may not be written to: check its permissions or choose another',
    );
  }
}

function isCurrent(image: string, files: readonly string[]): boolean {
  try {
    const age = statSync(image).mtimeMs;
    return files.every((file) => existsSync(file) && statSync(file).mtimeMs >= age);
  } catch {
    return false;
  }
}

/** Grad-CAM's maps with their strongest place, as those of a network with class maps have their regions. */
function withPeaks(read: GradCam): ClassHeatmaps {
  const peakOf = ({ data, columns }: ClassMap): ClassRegions => {
    const index = data.reduce((best, value, i) => (value > data[best] ? i : best), 0);
    const peak = { index, row: Math.floor(index / columns), column: index % columns, value: data[index] };
    return { top: data[index] > 0 ? [peak] : [], bottom: [] };
  };
  return { ...read, regions: read.maps.map((list) => list.map(peakOf)) };
}

/** One image's results as the painter and the report take them. */
function imageOf(
  { image, input }: ImageForModel,
  prepared: PreparedHeatmapModel,
  read: ClassHeatmaps,
): { heatmap: HeatmapImage; summary: HeatmapFileClass[] } {
  const { model, recipe, pooling } = prepared;
  const size = { width: image.originalWidth, height: image.originalHeight };
  const places = { recipe: { resize: recipe.resize } };
  const summary: HeatmapFileClass[] = [];
  const classes = read.classes[0].map(({ index, name }, j): DrawnClass => {
    const regions = read.regions[0][j];
    const { top, bottom } = regionsInPixels(model, regions, size, places);
    const probability = read.probabilities?.[0][index];
    const score = read.scores[0][index];
    summary.push({
      name,
      index,
      score,
      probability,
      strongest: top.length === 0 ? null : { ...top[0].cell, value: top[0].value },
    });
    // A receptive field is unknown for GraphModels only, which do not come here.
    const boxes = {
      top: top.map(({ field, cell }) => field ?? cell),
      bottom: bottom.map(({ field, cell }) => field ?? cell),
    };
    return { name, index, score, probability, map: read.maps[0][j], regions, boxes };
  });
  const { scaleX, scaleY, offsetX, offsetY } = input.toImage;
  return {
    summary,
    heatmap: {
      path: image.path,
      image: rgbaPixels(image),
      originalWidth: size.width,
      originalHeight: size.height,
      geometry: mapGeometry(model, size, places),
      window: { x: offsetX, y: offsetY, width: input.width * scaleX, height: input.height * scaleY },
      classes,
      model: nameOf(prepared),
      pooling: prepared.gradCam === undefined ? pooling : undefined,
    },
  };
}

/**
 * Heat maps of images as files: reads images and folders, runs the network, draws and writes while the next image is
 * in the network. An image that cannot be read becomes a result with its error, and the others go on; the generator
 * throws only for what concerns all of them.
 *
 * A backend must be active: see `startRuntime`.
 *
 * @param paths images and folders, which are searched with their subfolders
 * @throws WeldonError for a model, class, option or folder that cannot be used, before any image is read, and when
 *   results cannot be written
 *
 * @example
 * await startRuntime();
 * for await (const { path, classes, error } of heatmapFiles(['images'], { out: 'maps', formats: ['png', 'npy'] })) {
 *   console.log(path, error?.message ?? classes[0].name);
 * }
 */
export async function* heatmapFiles(
  paths: readonly string[],
  options: HeatmapFilesOptions = {},
): AsyncGenerator<HeatmapFileResult, void, undefined> {
  checkHeatmapOptions(options);
  // The thread loads its libraries while this one loads the model.
  const encoder = startEncoderThread();
  let prepared: PreparedHeatmapModel | null = null;
  try {
    prepared = await prepareHeatmapModel(options);
    if (prepared.gradCam !== undefined) {
      (options.notice ?? toStderr)(
        'The model has hidden layers behind its pooling and no class maps of its own: Grad-CAM makes its maps, with a ' +
          'pass back for each class.',
      );
    }
    yield* run(paths, options, prepared, encoder);
  } finally {
    await encoder.close();
    prepared?.dispose();
  }
}

/** Opens the page for all images, where one is wanted. */
async function reportFor(
  options: HeatmapFilesOptions,
  prepared: PreparedHeatmapModel,
  out: string,
  encoder: HeatmapEncoder,
): Promise<HtmlReport | null> {
  if (!(options.formats ?? []).includes('html')) {
    return null;
  }
  const { recipe } = prepared;
  const pooling = prepared.gradCam === undefined ? prepared.pooling : undefined;
  const details = [...(options.details ?? []), `${recipe.resize.rule} ${recipe.resize.size} px`];
  return openReport(join(out, 'index.html'), {
    ...lookOf(options),
    model: nameOf(prepared),
    pooling,
    details,
    encoder,
  });
}

function nameOf({ recipe, gradCam: own }: PreparedHeatmapModel): string | undefined {
  return own === undefined ? recipe.name : `${recipe.name ?? own.name} (Grad-CAM)`;
}

function lookOf({ range, ownRange, colors, opacity, saturation, fade, method, outlines }: HeatmapStyle): HeatmapStyle {
  return { range, ownRange, colors, opacity, saturation, fade, method, outlines };
}

async function* run(
  paths: readonly string[],
  options: HeatmapFilesOptions,
  prepared: PreparedHeatmapModel,
  encoder: HeatmapEncoder,
): AsyncGenerator<HeatmapFileResult, void, undefined> {
  const { formats = ['png'], top = 5, classes, maxPixels, resume = false, signal } = options;
  const { model, recipe } = prepared;
  const out = resolve(options.out ?? 'heatmaps');
  await makeFolder(out);
  const found = await findImages(paths);
  const passedOver = passedOverInWords([...paths].join(', '), found.passedOver);
  if (passedOver !== null) {
    (options.notice ?? toStderr)(passedOver);
  }
  const nameFor = outputNames(out);
  const filesFor = new Map(
    found.files.map((path) => {
      const base = nameFor(path);
      return [
        path,
        formats.filter((format) => format !== 'html').map((format) => ({ path: `${base}.${format}`, format })),
      ];
    }),
  );
  const wanted = resume
    ? found.files.filter(
        (path) =>
          !isCurrent(
            path,
            filesFor.get(path)!.map((file) => file.path),
          ),
      )
    : found.files;

  const report = await reportFor(options, prepared, out, encoder);
  const waiting: Promise<HeatmapFileResult>[] = [];
  const queue = (result: Promise<HeatmapFileResult>) => {
    result.catch(() => undefined); // thrown when its turn comes
    waiting.push(result);
  };
  const refuse = async (path: string, error: WeldonError): Promise<HeatmapFileResult> => {
    await report?.addError(path, error.message);
    return { path, error };
  };
  const write = async (heatmap: HeatmapImage): Promise<string[]> => {
    const files = filesFor.get(heatmap.path)!;
    await Promise.all([
      ...files.map(({ path, format }) => writeHeatmap(path, heatmap, { ...lookOf(options), format, encoder })),
      report?.add(heatmap),
    ]);
    return files.map((file) => file.path);
  };
  const recognise = async ({ path, image, error }: ReadResult<ImageForModel>): Promise<void> => {
    if (error !== undefined) {
      queue(refuse(path, error));
      return;
    }
    const start = performance.now();
    const { pixels, width, height } = image.input;
    const settings = { prepared: true, recipe, classes, top };
    const raw = { data: pixels, width, height };
    const read =
      prepared.gradCam === undefined
        ? await classHeatmaps(model, raw, settings)
        : withPeaks(await gradCam(prepared.gradCam, raw, settings));
    const recognised = performance.now();
    const { heatmap, summary } = imageOf(image, prepared, read);
    queue(
      write(heatmap).then((files) => ({
        path,
        width: image.image.originalWidth,
        height: image.image.originalHeight,
        classes: summary,
        files,
        seconds: { network: (recognised - start) / 1000, draw: (performance.now() - recognised) / 1000 },
      })),
    );
  };

  try {
    options.onStart?.(wanted.length, prepared);
    for (const { path, error } of found.errors) {
      yield await refuse(path, error);
    }
    const images = readAhead(wanted, (path) =>
      readForModel(path, recipe.resize, maxPixels === undefined ? {} : { maxPixels }),
    );
    for await (const image of images) {
      if (signal?.aborted) {
        break;
      }
      await recognise(image);
      while (waiting.length >= mostWaiting) {
        yield await waiting.shift()!;
      }
    }
    while (waiting.length > 0) {
      yield await waiting.shift()!;
    }
  } finally {
    await Promise.allSettled(waiting);
    await report?.close();
  }
}
