import { join } from 'node:path';
import { displayRange } from '../../heatmaps/displayRange.js';
import { overlayMap } from '../../heatmaps/overlayMap.js';
import type { Pixels } from '../../heatmaps/types.js';
import { readImage, rgbaPixels } from '../../node/images/index.js';
import { encodeImage } from '../../node/images/encodePixels.js';
import { escapeHtml } from './html.js';
import { percentText, scoreText } from '../../render/numberText.js';
import type { ExampleMap, Example } from './results.js';

/** Long side of the images in the report, pixels. */
const side = 300;

const roles = { true: 'shows', predicted: 'taken for', both: 'found', own: 'looks like' } as const;

async function dataUri(pixels: Pixels): Promise<string> {
  return `data:image/webp;base64,${(await encodeImage(pixels, side, 74)).toString('base64')}`;
}

function boxes({ boxes: all = [], width, height }: Example): string {
  const drawn = all
    .map((box) => {
      const place = `x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}"`;
      return `<rect class="casing" ${place}/><rect ${place}/>`;
    })
    .join('');
  return all.length === 0
    ? ''
    : `<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg>`;
}

function caption({ className, role, probability, score }: ExampleMap): string {
  const figure = probability === null ? `score ${scoreText(score)}` : percentText(probability);
  return `<figcaption><span>${roles[role]}</span> <b>${escapeHtml(className)}</b> ${figure.replaceAll(
    ' ',
    '\u00a0',
  )}</figcaption>`;
}

/**
 * One image with a heat map for each class; colours share one range, so that maps of an image can be compared.
 *
 * @param methodName where images beside it are of other rows
 */
export async function imageCard(example: Example, root: string, methodName?: string): Promise<string> {
  const { path, maps, classes } = example;
  let image: Pixels | null = null;
  let failure = '';
  try {
    image = rgbaPixels(await readImage(join(root, path), { maxSide: side }));
  } catch (error) {
    failure = `<p class="bad">${escapeHtml((error as Error).message)}</p>`;
  }
  let shown = failure;
  if (image !== null) {
    const found = maps.map(({ values, rows, columns }) => ({ data: Float32Array.from(values), rows, columns }));
    const range = found.length === 0 ? undefined : displayRange(found);
    const images = [await dataUri(image)];
    for (const map of found) {
      images.push(await dataUri(overlayMap(image, map, { range, opacity: 0.75, saturation: 0.25 })));
    }
    shown = images
      .map((uri, i) => {
        const map = maps[i - 1];
        const alt = map === undefined ? `Image ${path}` : `Evidence for ${map.className} in ${path}`;
        return `<figure><div class="frame"><img alt="${escapeHtml(alt)}" src="${uri}">${boxes(example)}</div>${
          map === undefined ? '<figcaption><span>example</span></figcaption>' : caption(map)
        }</figure>`;
      })
      .join('');
  }
  return `<article><h3 title="${escapeHtml(path)}">${escapeHtml(classes.join(', '))} <small>${escapeHtml(
    methodName === undefined ? path : `${path} · ${methodName}`,
  )}</small></h3><div class="maps">${shown}</div></article>`;
}
