/** A search as a page and as a picture: the query, and what was found, matching places outlined. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { paintOutlines } from '../../heatmaps/paintOutlines.js';
import type { Pixels } from '../../heatmaps/types.js';
import type { Box } from '../../models/resizeMapping.js';
import { drawPiece, font } from '../../node/canvas/nodeCanvas.js';
import { encodeImage, encodePng } from '../../node/images/encodePixels.js';
import { readImage, rgbaPixels } from '../../node/images/readImage.js';
import type { DecodedImage } from '../../node/images/readImage.js';
import { resample } from '../../node/images/resample.js';
import { writeError } from '../../node/storage/atomicWrite.js';
import { openLedger } from '../../node/storage/ownFiles.js';
import { fileName } from '../../render/composite.js';
import { html } from '../report/html.js';
import type { Html } from '../report/html.js';
import { dataUri, marks } from '../report/imageCard.js';
import { pageFoot, pageHead } from '../report/page.js';
import { searchStyle } from '../report/style.js';
import type { FoundImage, SearchReport } from './searchReport.js';

/** Long side of images on the page, and of those in the picture, pixels. */
const pageSide = 480;
const pictureSide = 240;
/** Hits in the picture, and in a row of it. */
const pictured = 9;
const across = 3;
const gap = 16;
const line = 20;

/** An image to be shown, with the place that is outlined in it. */
interface Shown {
  title: string;
  detail: string;
  image: Pixels | null;
  /** pixels of the file, which the box is in */
  width: number;
  height: number;
  box: Box | null;
}

const number = (value: number) => value.toFixed(3).replace('-', '\u2212');

async function shownHit(hit: FoundImage, rank: number): Promise<Shown> {
  const { id, path, similarity, itemBox, width, height } = hit;
  const image = path === null ? null : await readImage(path, { maxSide: pageSide }).catch(() => null);
  return {
    title: `${rank}. ${id}`,
    detail: `similarity ${number(similarity)}${image === null ? ' \u00b7 its file cannot be read any more' : ''}`,
    image: image && rgbaPixels(image),
    width,
    height,
    box: itemBox,
  };
}

async function shrunk(image: Pixels, side: number): Promise<Pixels> {
  const scale = Math.min(1, side / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((extent) => Math.max(1, Math.round(extent * scale)));
  const { data } = await resample({ ...image, channels: 4 }, width, height);
  return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength), width, height };
}

function figure({ title, detail, width, height, box }: Shown, source: string | null): Html {
  const outline = box === null ? null : marks({ width, height }, [{ end: 'top', boxes: [box] }]);
  return html`<article><figure>${
    source === null
      ? html`<div class="frame missing">no image</div>`
      : html`<div class="frame"><img alt="${title}" width="${width}" height="${height}" src="${source}">${outline}</div>`
  }<figcaption><b>${title}</b> <span>${detail}</span></figcaption></figure></article>
`;
}

/** What was found, in a sentence. */
export function resultInWords({ nothingSimilar, similarity, threshold, hits, ranking }: SearchReport): string {
  if (hits.length === 0) {
    return 'Nothing was found.';
  }
  const best = `the best similarity is ${number(similarity)}, the catalogue's threshold ${number(threshold)}`;
  return nothingSimilar
    ? `Nothing similar is in the catalogue: ${best}. These are the least unlike.`
    : `${ranking === 'class' ? 'The whole image is like items, which are ranked by class' : 'Found by parts of the image'}: ${best}.`;
}

async function pageOf(report: SearchReport, query: Shown | null, hits: readonly Shown[]): Promise<string> {
  const source = async ({ image }: Shown) => (image === null ? null : dataUri(await encodeImage(image, pageSide)));
  const title = report.query === null ? 'Items like the examples' : `Found for ${query!.title}`;
  const figures: Html[] = [];
  for (const hit of hits) {
    figures.push(figure(hit, await source(hit)));
  }
  return String(html`${pageHead(title, searchStyle, 'search')}
<div class="page"><header><h1>${title}</h1><p>${resultInWords(report)}</p></header>
<main>${query !== null && html`<section class="query">${figure(query, await source(query))}</section>`}
<section class="hits">${figures}</section></main>
<footer>${hits.length} of the catalogue \u00b7 made with tfjs-weldon</footer></div>${pageFoot(html``)}`);
}

function blit(to: Pixels, from: Pixels, left: number, top: number): void {
  for (let row = 0; row < from.height; row++) {
    const start = 4 * ((top + row) * to.width + left);
    to.data.set(from.data.subarray(4 * row * from.width, 4 * (row + 1) * from.width), start);
  }
}

/** A line of text, cut to the width of an image. */
function caption(text: string): Pixels {
  return drawPiece(pictureSide, line, '#ffffff', (context) => {
    context.font = font(13);
    context.fillStyle = '#16181d';
    context.textBaseline = 'middle';
    let shown = text;
    while (shown.length > 4 && context.measureText(shown).width > pictureSide) {
      shown = `${shown
        .slice(0, -2)
        .trimEnd()
        .replace(/\u2026$/, '')}\u2026`;
    }
    context.fillText(shown, 0, line / 2);
  });
}

/** The query at the left, the best hits in rows beside it. */
async function pictureOf(query: Shown | null, hits: readonly Shown[]): Promise<Pixels> {
  const shown = hits.slice(0, pictured);
  const cell = pictureSide + 2 * line + gap;
  const rows = Math.max(1, Math.ceil(shown.length / across));
  const columns = Math.min(across, Math.max(1, shown.length)) + (query === null ? 0 : 1);
  const width = gap + columns * (pictureSide + gap);
  const height = gap + rows * cell;
  const picture = { data: new Uint8ClampedArray(4 * width * height).fill(255), width, height };
  const put = async ({ image, title, detail, box, width: of }: Shown, column: number, row: number) => {
    const [left, top] = [gap + column * (pictureSide + gap), gap + row * cell];
    if (image !== null) {
      const small = await shrunk(image, pictureSide);
      if (box !== null) {
        const scale = small.width / of;
        const { x, y } = box;
        const scaled = { x: x * scale, y: y * scale, width: box.width * scale, height: box.height * scale };
        paintOutlines(small, [scaled], 'top');
      }
      blit(picture, small, left, top);
    }
    blit(picture, caption(title), left, top + pictureSide);
    blit(picture, caption(detail), left, top + pictureSide + line);
  };
  if (query !== null) {
    await put(query, 0, 0);
  }
  for (const [i, hit] of shown.entries()) {
    await put(hit, (i % across) + (query === null ? 0 : 1), Math.floor(i / across));
  }
  return picture;
}

/**
 * Writes `index.html` and `search.png` into a folder.
 *
 * @returns their paths
 * @throws WeldonError for a folder that cannot be written, and files of these names that this program did not make
 */
export async function writeSearchPage(
  folder: string,
  report: SearchReport,
  image: DecodedImage | null,
): Promise<string[]> {
  const out = resolve(folder);
  try {
    await mkdir(out, { recursive: true });
  } catch (error) {
    throw writeError(join(out, 'index.html'), error);
  }
  const query: Shown | null = image && {
    title: fileName(report.query!.path),
    detail: report.nothingSimilar ? 'nothing similar' : 'the query',
    image: await shrunk(rgbaPixels(image), pageSide),
    width: image.width,
    height: image.height,
    box: report.hits[0]?.queryBox ?? null,
  };
  const hits: Shown[] = [];
  for (const [i, hit] of report.hits.entries()) {
    hits.push(await shownHit(hit, i + 1));
  }
  const ledger = await openLedger(out);
  const files = [join(out, 'search.png'), join(out, 'index.html')];
  for (const path of files) {
    await ledger.refuseForeign(path);
  }
  await ledger.write(
    { path: files[0], content: await encodePng(await pictureOf(query, hits)) },
    { path: files[1], content: await pageOf(report, query, hits) },
  );
  return files;
}
