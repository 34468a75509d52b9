import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { WeldonError } from '../../errors.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { resolvePictureOptions } from '../../render/composite.js';
import type { HeatmapPicture, PictureOptions } from '../../render/composite.js';
import { pictureEncoder } from '../heatmap/heatmapEncoder.js';
import type { PictureEncoder } from '../heatmap/heatmapEncoder.js';
import { reportErrorCard } from './heatmapCard.js';
import { reportFoot, reportHead } from './page.js';
import type { ReportHeader } from './page.js';

export interface ReportOptions extends ReportHeader, PictureOptions {
  /** Long side of the photos in the report, pixels. Default 720. */
  photoSide?: number;
  /** Where photos and maps are encoded: by default in this thread, or in another one by `startPictureThread`. */
  encoder?: PictureEncoder;
}

/** A page that grows by one photo at a time; see `openReport`. */
export interface HtmlReport {
  readonly path: string;
  /** Appends a photo; photos appear in the order of the calls. */
  add(picture: HeatmapPicture): Promise<void>;
  /** Appends a file that gave no heat map, with the sentence that says why. */
  addError(path: string, message: string): Promise<void>;
  /** Writes the end of the page. Nothing can be added afterwards. */
  close(): Promise<void>;
}

/**
 * Starts one self-contained HTML page for any number of photos: no external request, light and dark, printable,
 * classes chosen without a script. Photos are stored as WebP, about 50 kB each with five classes, and written as they
 * come, so that the memory used does not grow.
 *
 * The page on disk is complete after every photo: a run that is interrupted leaves a page with all photos so far, and
 * a remark that it is unfinished.
 *
 * @throws WeldonError for a folder that is missing or may not be written to
 *
 * @example
 * const report = await openReport('out/index.html', { model: 'EfficientNet-Lite0', pooling });
 * for (const picture of pictures) {
 *   await report.add(picture);
 * }
 * await report.close();
 */
export async function openReport(path: string, options: ReportOptions = {}): Promise<HtmlReport> {
  const { photoSide = 720, encoder = pictureEncoder } = options;
  const resolved = resolvePictureOptions(options);
  const head = Buffer.from(reportHead(options, resolved));
  await atomicWrite(path, Buffer.concat([head, Buffer.from(reportFoot(0, 0, false))]));
  let file: FileHandle;
  try {
    file = await open(path, 'r+');
  } catch (error) {
    throw writeError(path, error);
  }

  let end = head.length; // where the next card goes; the foot stands there and is written anew behind it
  let photos = 0;
  let failures = 0;
  let cards = 0;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();

  const writeAt = async (content: string, finished: boolean) => {
    const card = Buffer.from(content);
    const bytes = Buffer.concat([card, Buffer.from(reportFoot(photos, failures, finished))]);
    try {
      for (let written = 0; written < bytes.length;) {
        written += (await file.write(bytes, written, bytes.length - written, end + written)).bytesWritten;
      }
      await file.truncate(end + bytes.length);
    } catch (error) {
      await file.truncate(end).catch(() => undefined); // without the torn card the page is still readable
      throw writeError(path, error);
    }
    end += card.length;
  };
  /** Cards are made at once but written in the order of the calls. */
  const append = (card: Promise<string>, failed: boolean) => {
    if (closed) {
      return Promise.reject(
        new WeldonError(`Expected the report ${path} to be open but received a photo after close()`),
      );
    }
    card.catch(() => undefined); // reported when its turn comes
    const result = queue.then(async () => {
      const content = await card;
      if (failed) {
        failures++;
      } else {
        photos++;
      }
      await writeAt(content, false);
    });
    queue = result.catch(() => undefined);
    return result;
  };
  return {
    path,
    add: (picture) => append(encoder.card(picture, cards++, resolved, photoSide), false),
    addError: (failedPath, message) => append(Promise.resolve(reportErrorCard(failedPath, message)), true),
    async close() {
      if (closed) {
        return;
      }
      closed = true;
      await queue;
      try {
        await writeAt('', true);
      } finally {
        await file.close();
      }
    },
  };
}
