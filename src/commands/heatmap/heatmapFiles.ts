import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import { classHeatmaps } from '../../heatmaps/classHeatmaps.js';
import type { ClassHeatmaps } from '../../heatmaps/classHeatmaps.js';
import { gradCam } from '../../heatmaps/gradCam.js';
import type { GradCam } from '../../heatmaps/gradCam.js';
import type { ClassMap, ClassRegions } from '../../heatmaps/types.js';
import { mapGeometry, regionsInPixels } from '../../heatmaps/regionsInPixels.js';
import type { ImageForModel } from '../../node/images/readForModel.js';
import type { ReadResult } from '../../node/images/readImages.js';
import { toStderr } from '../../node/notice.js';
import { makeRoomFor, meetsAllFiles } from '../../node/storage/atomicWrite.js';
import { lockRun, resultsLock } from '../../node/storage/lock.js';
import { openLedger, seen } from '../../node/storage/ownFiles.js';
import type { SeenFile } from '../../node/storage/ownFiles.js';
import { removeDeadParts } from '../../node/storage/unfinished.js';
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
import { planResults, refuseTaken } from './earlierResults.js';
import { checkHeatmapOptions } from './options.js';
import type { HeatmapFilesOptions, HeatmapFormat, PreparedHeatmapModel } from './options.js';

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
 *   results cannot be written, as on a full disk; a result whose place is taken by another file is that image's error
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
  const out = resolve(options.out ?? 'heatmaps');
  await makeRoomFor(join(out, 'any'));
  const unlock = await lockRun(out, resultsLock);
  try {
    await removeDeadParts(out);
    yield* runInto(out, paths, options, prepared, encoder);
  } finally {
    await unlock();
  }
}

/** Hash of all that decides how results look, but for the image. */
function hashOfOptions(
  options: HeatmapFilesOptions,
  { sha256, recipe, pooling, gradCam: gradients }: PreparedHeatmapModel,
): string {
  const { classes, top = 5 } = options;
  const made = [1, gradients !== undefined, sha256, recipe, pooling, classes ?? top, lookOf(options)];
  return createHash('sha256').update(JSON.stringify(made)).digest('hex');
}

async function* runInto(
  out: string,
  paths: readonly string[],
  options: HeatmapFilesOptions,
  prepared: PreparedHeatmapModel,
  encoder: HeatmapEncoder,
): AsyncGenerator<HeatmapFileResult, void, undefined> {
  const { formats = ['png'], top = 5, classes, maxPixels, resume = false, signal, notice = toStderr } = options;
  const { model, recipe } = prepared;
  const ledger = await openLedger(out);
  const made = hashOfOptions(options, prepared);
  const found = await findImages(paths);
  const passedOver = passedOverInWords([...paths].join(', '), found.passedOver);
  if (passedOver !== null) {
    notice(passedOver);
  }
  const single = formats.filter((format): format is HeatmapFormat => format !== 'html');
  const { wanted, there } = await planResults(found.files, ledger, { out, formats: single, made, resume });
  if (there > 0) {
    notice(`${there} of ${there + wanted.size} images have their results already`);
  }
  const inputs = new Set(found.files.map((path) => resolve(path)));
  const contents = new Map<string, SeenFile | null>();
  const read = async (path: string): Promise<ImageForModel> => {
    await refuseTaken(wanted.get(path)!, inputs, ledger);
    const image = await readForModel(path, recipe.resize, maxPixels === undefined ? {} : { maxPixels });
    contents.set(path, await seen(path).catch(() => null));
    return image;
  };

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
    const { input, name, files } = wanted.get(heatmap.path)!;
    const done = await Promise.allSettled([
      ...files.map(({ path, format }) => writeHeatmap(path, heatmap, { ...lookOf(options), format, encoder, ledger })),
      report?.add(heatmap),
    ]);
    const failed = done.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
    const written = files.map((file) => file.path);
    const content = contents.get(heatmap.path);
    if (content != null) {
      await ledger.record({ input, image: content, made, name }, written);
    }
    contents.delete(heatmap.path);
    return written;
  };
  /** What concerns one file's name must not end the run of all. */
  const refuseOne = (path: string, error: unknown): Promise<HeatmapFileResult> => {
    if (error instanceof WeldonError && !meetsAllFiles(error)) {
      return refuse(path, error);
    }
    throw error;
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
    const readings =
      prepared.gradCam === undefined
        ? await classHeatmaps(model, raw, settings)
        : withPeaks(await gradCam(prepared.gradCam, raw, settings));
    const recognised = performance.now();
    const { heatmap, summary } = imageOf(image, prepared, readings);
    queue(
      write(heatmap).then(
        (files) => ({
          path,
          width: image.image.originalWidth,
          height: image.image.originalHeight,
          classes: summary,
          files,
          seconds: { network: (recognised - start) / 1000, draw: (performance.now() - recognised) / 1000 },
        }),
        (reason: unknown) => refuseOne(path, reason),
      ),
    );
  };

  let whole = false;
  try {
    options.onStart?.(wanted.size, prepared, there);
    for (const { path, error } of found.errors) {
      yield await refuse(path, error);
    }
    for await (const image of readAhead(wanted.keys(), read)) {
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
    whole = signal?.aborted !== true;
  } finally {
    await Promise.allSettled(waiting);
    await (whole ? report?.close() : report?.abandon());
  }
}
