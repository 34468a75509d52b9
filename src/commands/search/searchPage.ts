/** A search as a page and as a picture: the query, and what was found, matching places outlined. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { paintOutlines } from '../../heatmaps/paintOutlines.js';
import type { Pixels } from '../../heatmaps/types.js';
import type { Box } from '../../models/resizeMapping.js';
import { nodeCanvas } from '../../node/canvas/drawHeatmap.js';
import { drawPiece, font } from '../../node/canvas/nodeCanvas.js';
import { encodeImage, encodePng } from '../../node/images/encodePixels.js';
import { readImage, rgbaPixels } from '../../node/images/readImage.js';
import type { DecodedImage } from '../../node/images/readImage.js';
import { writeError } from '../../node/storage/atomicWrite.js';
import { writeOwnFiles } from '../../node/storage/ownFiles.js';
import { fileName } from '../../render/composite.js';
import { placePiece } from '../../render/drawHeatmap.js';
import { ellipsize, ink, paper } from '../../render/text.js';
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
export interface Shown {
  title: string;
  detail: string;
  image: Pixels | null;
  /** pixels of the file, which the box is in */
  width: number;
  height: number;
  box: Box | null;
  /** where it should be, dashed */
  truth?: readonly Box[];
}

const number = (value: number) => value.toFixed(3).replace('-', '\u2212');

/** A hit, its image read again. */
export async function shownHit(hit: FoundImage, rank: number): Promise<Shown> {
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
  return nodeCanvas.resample(image, width, height);
}

/** An image with its outlines and words. */
export async function figure({ title, detail, image, width, height, box, truth = [] }: Shown): Promise<Html> {
  const source = image === null ? null : dataUri(await encodeImage(image, pageSide));
  const outlines = marks({ width, height }, [
    { end: 'bottom', boxes: truth },
    { end: 'top', boxes: box === null ? [] : [box] },
  ]);
  return html`<article><figure>${
    source === null
      ? html`<div class="frame missing">no image</div>`
      : html`<div class="frame"><img alt="${title}" width="${width}" height="${height}" src="${source}">${outlines}</div>`
  }<figcaption><b>${title}</b> <span>${detail}</span></figcaption></figure></article>
`;
}

/** A query beside what was found for it. */
export async function foundMarkup(query: Shown | null, hits: readonly Shown[]): Promise<Html> {
  const figures: Html[] = [];
  for (const hit of hits) {
    figures.push(await figure(hit));
  }
  return html`<section class="found">${query !== null && html`<div class="query">${await figure(query)}</div>`}
<div class="hits">${figures}</div></section>`;
}

/** What was found, in a sentence. */
export function resultInWords({ nothingSimilar, similarity, threshold, hits, ranking, metric }: SearchReport): string {
  if (hits.length === 0) {
    return 'Nothing was found.';
  }
  const learnt = metric === 'learnt' ? ' Scores are by what was learnt of likes and unlikes.' : '';
  const best = `the best similarity is ${number(similarity)}, the catalogue's threshold ${number(threshold)}`;
  return nothingSimilar
    ? `Nothing similar is in the catalogue: ${best}. These are the least unlike.${learnt}`
    : `${ranking === 'class' ? 'The whole image is like items, which are ranked by class' : 'Found by parts of the image'}: ${best}.${learnt}`;
}

async function pageOf(report: SearchReport, query: Shown | null, hits: readonly Shown[]): Promise<string> {
  const title = report.query === null ? 'Items like the examples' : `Found for ${query!.title}`;
  return String(html`${pageHead(title, searchStyle, 'search')}
<div class="page"><header><h1>${title}</h1><p>${resultInWords(report)}</p></header>
<main>${await foundMarkup(query, hits)}</main>
<footer>${hits.length} of the catalogue \u00b7 made with tfjs-weldon</footer></div>${pageFoot(html``)}`);
}

/** A line of text, cut to the width of an image. */
function caption(text: string): Pixels {
  return drawPiece(pictureSide, line, paper, (context) => {
    context.font = font(13);
    context.fillStyle = ink;
    context.textBaseline = 'middle';
    context.fillText(ellipsize(context, text, pictureSide), 0, line / 2);
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
      placePiece(picture, small, left, top);
    }
    placePiece(picture, caption(title), left, top + pictureSide);
    placePiece(picture, caption(detail), left, top + pictureSide + line);
  };
  if (query !== null) {
    await put(query, 0, 0);
  }
  for (const [i, hit] of shown.entries()) {
    await put(hit, (i % across) + (query === null ? 0 : 1), Math.floor(i / across));
  }
  return picture;
}

/** An image that was searched with. */
export async function shownQuery(
  { path, image }: { path: string; image: DecodedImage },
  words: Pick<Shown, 'detail' | 'box' | 'truth'>,
): Promise<Shown> {
  const { width, height } = image;
  return { title: fileName(path), image: await shrunk(rgbaPixels(image), pageSide), width, height, ...words };
}

/** Makes the folder of a page and writes its files. */
export async function writePage(folder: string, files: readonly { name: string; content: string | Uint8Array }[]) {
  const out = resolve(folder);
  try {
    await mkdir(out, { recursive: true });
  } catch (error) {
    throw writeError(join(out, 'index.html'), error);
  }
  const written = files.map(({ name, content }) => ({ path: join(out, name), content }));
  await writeOwnFiles(out, written);
  return written.map(({ path }) => path);
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
  const detail = report.nothingSimilar ? 'nothing similar' : 'the query';
  const box = report.hits[0]?.queryBox ?? null;
  const query = image && (await shownQuery({ path: report.query!.path, image }, { detail, box }));
  const hits: Shown[] = [];
  for (const [i, hit] of report.hits.entries()) {
    hits.push(await shownHit(hit, i + 1));
  }
  return writePage(folder, [
    { name: 'search.png', content: await encodePng(await pictureOf(query, hits)) },
    { name: 'index.html', content: await pageOf(report, query, hits) },
  ]);
}
