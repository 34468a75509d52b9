import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { checkKeys, WeldonError } from '../../errors.js';
import { defaultColors } from '../../heatmaps/colorMaps.js';
import { paintTable } from '../../heatmaps/colorizeMap.js';
import { atomicWrite, writeError } from '../../node/storage/atomicWrite.js';
import { refuseForeignFile } from '../../node/storage/ownFiles.js';
import { beginUnfinished, endUnfinished, partName } from '../../node/storage/unfinished.js';
import type { Pooling } from '../../pooling/kinds.js';
import { poolingText } from '../../pooling/poolingText.js';
import { resolveHeatmapStyle } from '../../render/composite.js';
import type { HeatmapImage, HeatmapStyle, ResolvedHeatmapStyle } from '../../render/composite.js';
import { heatmapEncoder } from '../heatmap/heatmapEncoder.js';
import type { HeatmapEncoder } from '../heatmap/heatmapEncoder.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { failedCard } from './imageCard.js';
import { isOwnPage, pageFoot, pageHead, searchScript } from './page.js';
import { heatmapStyle } from './style.js';

/** What stands at the top of a report. */
export interface ReportHeader {
  /** Default `'Class heat maps'`. */
  title?: string;
  model?: string;
  pooling?: Pooling;
  /** further facts, for example the input size or the backend, shown in one line */
  details?: string[];
}

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
  /**
   * Writes the end of the page. Nothing can be added afterwards. An older report gives way only here, and only to one
   * that has images.
   *
   * @returns whether the file is this page, and not an older one
   */
  close(): Promise<boolean>;
  /** Ends a page whose run has failed: an older report stays, and without one the page stays as it is, unfinished. */
  abandon(): Promise<boolean>;
}

/** The colours of a legend as a CSS gradient; faded ones are transparent, so that they fit light and dark pages. */
function strip({ range, colors, fade }: ResolvedHeatmapStyle): string {
  const rule = typeof range === 'string' ? range : range.rule;
  const { rgb, alpha } = paintTable({
    range: { rule },
    colors: colors ?? defaultColors(rule),
    opacity: 1,
    fade: fade && rule === 'diverging',
  });
  const stops = Array.from({ length: 17 }, (_, i) => {
    const step = Math.round((i * 255) / 16);
    return `rgb(${rgb[3 * step]} ${rgb[3 * step + 1]} ${rgb[3 * step + 2]} / ${alpha[step].toFixed(2)})`;
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

const script = html`
document.getElementById('opacity').addEventListener('input', (event) =>
  document.documentElement.style.setProperty('--opacity', event.target.value));
${searchScript}`;

function key(end: 'top' | 'bottom', text: string): Html {
  const box = 'M3 3H23V13H3Z';
  return html`<span class="key"><svg class="marks" viewBox="0 0 26 16" aria-hidden="true"><path class="casing"
 d="${box}"/><path class="${end}" d="${box}"/></svg>${text}</span>`;
}

/** Everything before the first image. */
function reportHead(header: ReportHeader, options: ResolvedHeatmapStyle): Buffer {
  const { title = 'Class heat maps', model, pooling, details = [] } = header;
  const { opacity, saturation, outlines } = options;
  const facts = [
    ...(model === undefined ? [] : [model]),
    ...(pooling === undefined ? [] : [poolingText(pooling).join(', ')]),
    ...details,
  ];
  const style = html`${heatmapStyle}
:root { --opacity: ${opacity}; --saturation: ${saturation}; --strip: ${strip(options)}; }`;
  const head = html`${pageHead(title, style, 'heat maps')}
<div class="page"><header><h1>${title}</h1><p>${facts.join(' · ')}</p></header></div>
<div class="bar"><div class="page">
<label class="needs-script">Find <input type="search" id="filter" placeholder="file or class"></label>
<label class="needs-script">Opacity <input type="range" id="opacity" min="0" max="1" step="0.05" value="${opacity}"></label>
${
  outlines !== 'none' &&
  html`<label><input type="checkbox" id="outlines" checked> Regions</label>${key('top', 'most evidence')}${key(
    'bottom',
    'least evidence',
  )}`
}
</div></div>
<div class="page"><main>
`;
  return Buffer.from(String(head));
}

/** Everything after the last image; a report that is still growing says so. */
function reportFoot(images: number, failures: number, finished: boolean): Buffer {
  const count = (n: number, one: string, several: string) => `${n} ${n === 1 ? one : several}`;
  const left = failures === 0 ? '' : ` · ${count(failures, 'file', 'files')} could not be used`;
  const foot = html`</main><footer>${
    !finished && html`<strong>Unfinished: the run was interrupted or is still going on.</strong> `
  }${count(images, 'image', 'images')}${left} · made with tfjs-weldon</footer></div>${pageFoot(script)}`;
  return Buffer.from(String(foot));
}

/**
 * Starts one self-contained HTML page for any number of images: no external request, light and dark, printable,
 * classes chosen without a script. Images are stored as WebP, about 50 kB each with five classes, and written as they
 * come, so that the memory used does not grow.
 *
 * The page on disk is complete after every image: a run that is interrupted leaves a page with all images so far, and
 * a remark that it is unfinished. Where there is an older report, that one stays until the new page is closed.
 *
 * @throws WeldonError for a file of that name that is no report, and for a folder that is missing or may not be written to
 *
 * @example
 * const report = await openReport('out/index.html', { model: 'EfficientNet-Lite0', pooling });
 * for (const image of images) {
 *   await report.add(image);
 * }
 * await report.close();
 */
export async function openReport(path: string, options: ReportOptions = {}): Promise<HtmlReport> {
  checkKeys(
    options,
    'title model pooling details range ownRange colors opacity saturation fade method outlines imageSide encoder',
    'openReport',
  );
  const { imageSide = 720, encoder = heatmapEncoder } = options;
  const resolved = resolveHeatmapStyle(options);
  const head = reportHead(options, resolved);
  const older = await refuseForeignFile(path, isOwnPage('heat maps'));
  const target = older ? partName(path) : path;
  if (older) {
    beginUnfinished(target);
  }
  let file: FileHandle;
  try {
    await atomicWrite(target, Buffer.concat([head, reportFoot(0, 0, false)]));
    file = await open(target, 'r+');
  } catch (error) {
    endUnfinished(target);
    throw error instanceof WeldonError ? error : writeError(path, error);
  }
  const leaveOlder = async () => {
    if (older) {
      await rm(target, { force: true });
      endUnfinished(target);
    }
  };

  let end = head.length; // where the next card goes; the foot stands there and is written anew behind it
  let images = 0;
  let failures = 0;
  let cards = 0;
  let closed = false;
  let replaced = false;
  let queue: Promise<unknown> = Promise.resolve();

  const writeAt = async (content: string, finished: boolean) => {
    const card = Buffer.from(content);
    const bytes = Buffer.concat([card, reportFoot(images, failures, finished)]);
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
    addError: (failedPath, message) => append(Promise.resolve(failedCard(failedPath, message)), true),
    async close() {
      if (!closed) {
        closed = true;
        await queue;
        try {
          await writeAt('', true);
          if (older && images > 0) {
            await file.sync();
            await rename(target, path).catch((error: unknown) => {
              throw writeError(path, error);
            });
            replaced = true;
          }
        } finally {
          await file.close();
          await leaveOlder();
        }
      }
      return !older || replaced;
    },
    async abandon() {
      if (!closed) {
        closed = true;
        await queue;
        await file.close();
        await leaveOlder();
      }
      return !older || replaced;
    },
  };
}
