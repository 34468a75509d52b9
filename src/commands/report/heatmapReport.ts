import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { WeldonError } from '../../errors.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { resolveHeatmapStyle } from '../../render/composite.js';
import type { HeatmapImage, HeatmapStyle } from '../../render/composite.js';
import { heatmapEncoder } from '../heatmap/heatmapEncoder.js';
import type { HeatmapEncoder } from '../heatmap/heatmapEncoder.js';
import { reportErrorCard } from './heatmapCard.js';
import { reportFoot, reportHead } from './page.js';
import type { ReportHeader } from './page.js';

export interface ReportOptions extends ReportHeader, HeatmapStyle {
  /** Long side of the images in the report, pixels. Default 720. */
  imageSide?: number;
  /** Where images and maps are encoded: by default in this thread, or in another one by `startEncoderThread`. */
  encoder?: HeatmapEncoder;
}

/** A page that grows by one image at a time; see `openReport`. */
export interface HtmlReport {
  readonly path: string;
  /** Appends an image; images appear in the order of the calls. */
  add(heatmap: HeatmapImage): Promise<void>;
  /** Appends a file that gave no heat map, with the sentence that says why. */
  addError(path: string, message: string): Promise<void>;
  /** Writes the end of the page. Nothing can be added afterwards. */
  close(): Promise<void>;
}

/**
 * Starts one self-contained HTML page for any number of images: no external request, light and dark, printable,
 * classes chosen without a script. Images are stored as WebP, about 50 kB each with five classes, and written as they
 * come, so that the memory used does not grow.
 *
 * The page on disk is complete after every image: a run that is interrupted leaves a page with all images so far, and
 * a remark that it is unfinished.
 *
 * @throws WeldonError for a folder that is missing or may not be written to
 *
 * @example
 * const report = await openReport('out/index.html', { model: 'EfficientNet-Lite0', pooling });
 * for (const image of images) {
 *   await report.add(image);
 * }
 * await report.close();
 */
export async function openReport(path: string, options: ReportOptions = {}): Promise<HtmlReport> {
  const { imageSide = 720, encoder = heatmapEncoder } = options;
  const resolved = resolveHeatmapStyle(options);
  const head = Buffer.from(reportHead(options, resolved));
  await atomicWrite(path, Buffer.concat([head, Buffer.from(reportFoot(0, 0, false))]));
  let file: FileHandle;
  try {
    file = await open(path, 'r+');
  } catch (error) {
    throw writeError(path, error);
  }

  let end = head.length; // where the next card goes; the foot stands there and is written anew behind it
  let images = 0;
  let failures = 0;
  let cards = 0;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();

  const writeAt = async (content: string, finished: boolean) => {
    const card = Buffer.from(content);
    const bytes = Buffer.concat([card, Buffer.from(reportFoot(images, failures, finished))]);
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
        new WeldonError(`Expected the report ${path} to be open but received an image after close()`),
      );
    }
    card.catch(() => undefined); // reported when its turn comes
    const result = queue.then(async () => {
      const content = await card;
      if (failed) {
        failures++;
      } else {
        images++;
      }
      await writeAt(content, false);
    });
    queue = result.catch(() => undefined);
    return result;
  };
  return {
    path,
    add: (heatmap) => append(encoder.card(heatmap, cards++, resolved, imageSide), false),
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
