import * as tf from '@tensorflow/tfjs-core';
import { join, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import { classHeatmaps } from '../../heatmaps/classHeatmaps.js';
import { gradCam } from '../../heatmaps/gradCam.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import type { ImageForModel } from '../../node/images/readForModel.js';
import type { ReadResult } from '../../node/images/readImages.js';
import { toStderr } from '../../node/notice.js';
import { makeRoomFor, meetsAllFiles } from '../../node/storage/atomicWrite.js';
import { lockRun, resultsLock } from '../../node/storage/lock.js';
import { openLedger, readSeen } from '../../node/storage/ownFiles.js';
import type { SeenFile } from '../../node/storage/ownFiles.js';
import { removeDeadParts } from '../../node/storage/unfinished.js';
import type { FoundImages } from '../../node/images/findImages.js';
import { findImages } from '../../node/images/findImages.js';
import { passedOverInWords } from '../../node/images/passedOver.js';
import { readAhead } from '../../node/images/readImages.js';
import { decodeForModel } from '../../node/images/readForModel.js';
import { readImageBytes } from '../../node/images/readImage.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import type { HeatmapImage, HeatmapStyle } from '../../render/composite.js';
import type { HtmlReport } from '../report/heatmapReport.js';
import type { HeatmapEncoder } from './heatmapEncoder.js';
import { heatmapEncoder } from './heatmapEncoder.js';
import { startEncoderThread } from './encoderThread.js';
import { writeHeatmap } from './writeHeatmap.js';
import { prepareHeatmapModel } from './heatmapModel.js';
import { planResults, refuseTaken } from './earlierResults.js';
import type { HeatmapFileClass } from './heatmapImage.js';
import { imageOf, nameOf, withPeaks } from './heatmapImage.js';
import { checkHeatmapOptions } from './options.js';
import type { HeatmapFilesOptions, HeatmapFormat, PreparedHeatmapModel } from './options.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** What became of one path. */
export type HeatmapFileResult =
  | {
      path: string;
      width: number;
      height: number;
      classes: HeatmapFileClass[];
      files: string[];
      /** in the network after the image before it, as several are there at once, and from then until everything is written */
      seconds: { network: number; draw: number };
      error?: undefined;
    }
  | { path: string; error: WeldonError };

/** A file that has been read. */
type RecognisableFile = Extract<ReadResult<ImageForModel>, { error?: undefined }>;

/** At most so many images wait to be drawn: each is in memory decoded. */
const mostWaiting = 3;

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
  // The thread loads its libraries while this one loads the model; numbers alone are written faster than sent there.
  const thread = isDrawn(options) ? startEncoderThread() : null;
  let prepared: PreparedHeatmapModel | null = null;
  let pass: FrozenPass | null = null;
  try {
    const { kMax, kMin, alpha, reduction, model: folder, size, recipe: given, classes } = options;
    const found = await findImages(paths);
    prepared = await prepareHeatmapModel({ kMax, kMin, alpha, reduction, model: folder, size, recipe: given, classes });
    if (prepared.gradCam !== undefined) {
      (options.notice ?? toStderr)(
        'The model has hidden layers behind its pooling and no class maps of its own: Grad-CAM makes its maps, with a ' +
          'pass back for each class.',
      );
    }
    const { model, recipe, gradCam: own } = prepared;
    const spec = {
      model,
      outputs: ['scores', 'maps'] as const,
      input: recipe.input,
      soon: true,
      images: found.files.length,
    };
    pass = own === undefined ? await openPass(options.engine, spec, options.notice) : null;
    yield* run(paths, options, prepared, { found, encoder: thread ?? heatmapEncoder, pass });
  } finally {
    await pass?.dispose();
    await thread?.close();
    prepared?.dispose();
  }
}

function isDrawn({ formats = ['png'] }: HeatmapFilesOptions): boolean {
  return formats.includes('png') || formats.includes('html');
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
  const { openReport } = await import('../report/heatmapReport.js');
  return openReport(join(out, 'index.html'), {
    ...lookOf(options),
    model: nameOf(prepared),
    pooling,
    details,
    encoder,
  });
}

function lookOf({ range, ownRange, colors, opacity, saturation, fade, method, outlines }: HeatmapStyle): HeatmapStyle {
  return { range, ownRange, colors, opacity, saturation, fade, method, outlines };
}

/** What is worked on, and where things happen. */
interface Workshop {
  found: FoundImages;
  /** where images are drawn and encoded */
  encoder: HeatmapEncoder;
  /** what runs the network; `null`: the active backend */
  pass: FrozenPass | null;
}

async function* run(
  paths: readonly string[],
  options: HeatmapFilesOptions,
  prepared: PreparedHeatmapModel,
  at: Workshop,
): AsyncGenerator<HeatmapFileResult, void, undefined> {
  const out = resolve(options.out ?? 'heatmaps');
  await makeRoomFor(join(out, 'any'));
  const unlock = await lockRun(out, resultsLock);
  try {
    await removeDeadParts(out);
    yield* runInto(out, paths, options, prepared, at);
  } finally {
    await unlock();
  }
}

/** Hash of all that decides how results look, but for the image. */
function hashOfOptions(
  options: HeatmapFilesOptions,
  { sha256, recipe, pooling, gradCam: gradients }: PreparedHeatmapModel,
  way: readonly string[],
): string {
  const { classes, top = 5 } = options;
  const made = [2, way, gradients !== undefined, sha256, recipe, pooling, classes ?? top, lookOf(options)];
  return sha256Of(JSON.stringify(made));
}

async function* runInto(
  out: string,
  paths: readonly string[],
  options: HeatmapFilesOptions,
  prepared: PreparedHeatmapModel,
  { found, encoder, pass }: Workshop,
): AsyncGenerator<HeatmapFileResult, void, undefined> {
  const { formats = ['png'], top = 5, classes, maxPixels, resume = false, signal, notice = toStderr } = options;
  const { model, recipe } = prepared;
  const decode = options.decode ?? (pass === null ? 'full' : 'reduced');
  const drawn = isDrawn(options);
  const ledger = await openLedger(out);
  // Less is left out of a JPEG that is drawn, too.
  const decoding = decode === 'reduced' && !drawn ? 'reduced to numbers' : decode;
  const made = hashOfOptions(options, prepared, [pass?.name ?? tf.getBackend(), decoding]);
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
  const contents = new Map<string, SeenFile>();
  const read = async (path: string): Promise<ImageForModel> => {
    await refuseTaken(wanted.get(path)!, inputs, ledger);
    const { bytes, file } = await readSeen(path, readImageBytes);
    contents.set(path, file);
    return decodeForModel(bytes, path, recipe.resize, {
      decode,
      ...(drawn ? {} : { imageSide: 0 }),
      ...(maxPixels === undefined ? {} : { maxPixels }),
    });
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
    await ledger.record({ input, image: contents.get(heatmap.path)!, made, name }, written);
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
  let networkFree = 0;
  const recognise = async ({ path, image }: RecognisableFile): Promise<() => Promise<HeatmapFileResult>> => {
    const start = performance.now();
    const { pixels, width, height } = image.input;
    const settings = { prepared: true, recipe, classes, top };
    const raw = { data: pixels, width, height };
    const readings =
      prepared.gradCam === undefined
        ? await classHeatmaps(model, raw, { ...settings, pass: pass ?? undefined })
        : withPeaks(await gradCam(prepared.gradCam, raw, settings));
    const recognised = performance.now();
    const network = (recognised - Math.max(start, networkFree)) / 1000;
    networkFree = recognised;
    const { heatmap, summary } = imageOf(image, prepared, readings, drawn);
    return async () => {
      try {
        return {
          path,
          width: image.image.originalWidth,
          height: image.image.originalHeight,
          classes: summary,
          files: await write(heatmap),
          seconds: { network, draw: (performance.now() - recognised) / 1000 },
        };
      } catch (reason) {
        return refuseOne(path, reason);
      }
    };
  };
  let turn: Promise<unknown> = Promise.resolve();
  /** Takes an image; results are written in the order of the images, whichever is recognised first. */
  const take = async (image: ReadResult<ImageForModel>): Promise<void> => {
    const before = turn;
    if (image.error !== undefined) {
      queue(before.then(() => refuse(image.path, image.error)));
      return;
    }
    const recognised = recognise(image);
    const mine = before.then(() => recognised);
    turn = mine.catch(() => undefined);
    queue(mine.then((finish) => finish()));
    // Threads take several; tfjs takes one after the other.
    if (pass === null) {
      await recognised;
    }
  };
  const mostInHand = mostWaiting + (pass?.lanes ?? 0);

  let whole = false;
  try {
    options.onStart?.(wanted.size, prepared, there);
    for (const { path, error } of found.errors) {
      yield await refuse(path, error);
    }
    for await (const image of readAhead(wanted.keys(), read, { ahead: pass?.lanes })) {
      if (signal?.aborted) {
        break;
      }
      await take(image);
      while (waiting.length >= mostInHand) {
        yield await waiting.shift()!;
      }
    }
    while (waiting.length > 0) {
      yield await waiting.shift()!;
    }
    whole = signal?.aborted !== true;
  } finally {
    await Promise.allSettled(waiting);
    const isNew = await (whole ? report?.close() : report?.abandon());
    if (isNew === false) {
      notice(
        `${report!.path} is still the report of an earlier run: this one ${whole ? 'has no image' : 'has not ended'}`,
      );
    }
  }
}
