import { encodeImage } from '../../node/images/encodePixels.js';
import { inParallel } from '../../node/images/readImages.js';
import { readImage, rgbaPixels } from '../../node/images/readImage.js';
import { fileName } from '../../render/composite.js';
import { percentText } from '../../render/text.js';
import type { FileTag, TaggedFile } from '../tag/tagList.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { card, dataUri, failure } from './imageCard.js';
import { pageFoot, pageHead, searchScript } from './page.js';

/** Long side of the images on pages of tags and themes, pixels. */
const thumbnailSide = 280;

/** A browser opens no more; the other files have all. */
const mostImages = 5000;

/** An image in small, for pages with many. */
export async function thumbnail(path: string, side = thumbnailSide): Promise<string | Error> {
  try {
    return dataUri(await encodeImage(rgbaPixels(await readImage(path, { maxSide: side })), side, 72));
  } catch (error) {
    return error as Error;
  }
}

/** What pages of tags and of themes have. */
export const tagStyle = html`
:root { --wide: 1400px; }
header { padding: 28px 0 14px; }
.bar { padding: 6px 0; color: var(--muted); }
.bar input { width: 18em; max-width: 100%; font: inherit; padding: 4px 10px; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); color: var(--ink); }
.needs-script { display: none; }
.scripted .needs-script { display: inline; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(280px, 100%), 1fr)); gap: 16px;
  padding: 14px 0; align-items: start; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px; }
h2, h3 { margin: 0 0 8px; font-size: 14px; overflow-wrap: anywhere; }
h2 small { font-weight: normal; color: var(--muted); white-space: nowrap; }
.frame { position: relative; }
.frame img { display: block; width: 100%; height: auto; border-radius: 4px; background: var(--line); }
.frame svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.frame rect { fill: none; stroke: var(--top); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.frame .casing { stroke: var(--casing); stroke-opacity: 0.7; stroke-width: 4px; }
.tags { list-style: none; margin: 8px 0 0; padding: 0; font-size: 13.5px; }
.tags li { display: flex; gap: 8px; justify-content: space-between; padding: 2px 8px; border-radius: 6px;
  margin-top: 3px; background: linear-gradient(to right, var(--fill) var(--share, 0%), transparent 0); }
.tags span { overflow-wrap: anywhere; }
.tags small { color: var(--muted); white-space: nowrap; font-variant-numeric: tabular-nums; }
.none { margin: 8px 0 0; color: var(--muted); font-size: 13.5px; overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); padding: 14px 0 32px; }
`;

function boxes(tags: readonly FileTag[], width: number, height: number): Html | null {
  const shown = tags.flatMap(({ tag, box }) => (box === undefined ? [] : [{ tag, box }])).reverse();
  if (shown.length === 0) {
    return null;
  }
  const side = (value: number) => value.toFixed(2);
  const drawn = shown.map(({ tag, box }) => {
    const at = html`x="${side(box.x * width)}" y="${side(box.y * height)}" width="${side(box.width * width)}"
 height="${side(box.height * height)}"`;
    return html`<g><title>${tag}</title><rect class="casing" ${at}/><rect ${at}/></g>`;
  });
  return html`<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg>`;
}

function tagLine({ tag, p, models, parentOf, object }: FileTag): Html {
  const from = parentOf === undefined ? models.join(', ') : `with ${parentOf}`;
  const place = object === undefined ? '' : ` · object ${object + 1}`;
  return html`<li style="--share:${(100 * p).toFixed(1)}%" title="${from}"><span>${tag}</span><small>${percentText(p)}${place}</small></li>`;
}

async function imageCard({ image, width, height, tags, reason }: TaggedFile, path: string): Promise<Html> {
  const name = fileName(image);
  const found = await thumbnail(path);
  const frame =
    found instanceof Error
      ? failure(found.message)
      : html`<div class="frame"><img alt="Image ${name}" loading="lazy" width="${width}" height="${height}" src="${found}">${boxes(
          tags.slice(0, 1),
          width,
          height,
        )}</div>`;
  const list =
    tags.length === 0 ? html`<p class="none">No tag: ${reason}</p>` : html`<ul class="tags">${tags.map(tagLine)}</ul>`;
  const words = tags.map(({ tag }) => tag);
  return card({ path: image, name, detail: `${width} × ${height}`, words, level: 2 }, html`${frame}${list}`);
}

/**
 * One self-contained page of images and their tags; where regions are known, that of the best tag is drawn.
 *
 * @param paths of the images
 */
export async function tagReport(
  report: {
    models: readonly { name: string; classes: number; size: number; engine: string }[];
    images: readonly TaggedFile[];
    failed: readonly { image: string; error: string }[];
  },
  paths: readonly string[],
  notice: (sentence: string) => void,
): Promise<string> {
  const { models, images, failed } = report;
  if (images.length > mostImages) {
    notice(`The page shows the first ${mostImages} of ${images.length} images: the other formats have all`);
  }
  const shown = images.slice(0, mostImages);
  const cards = await inParallel(shown, (image, i) => imageCard(image, paths[i]), 8);
  const without = images.filter(({ tags }) => tags.length === 0).length;
  const facts = models.map(({ name, classes, size, engine }) => `${name} (${classes} classes, ${size} px, ${engine})`);
  const refused = failed.map(({ image, error }) =>
    card({ path: image, name: fileName(image), level: 2 }, failure(error)),
  );
  const count = [
    `${images.length} ${images.length === 1 ? 'image' : 'images'}`,
    ...(shown.length < images.length ? [`the first ${shown.length} shown`] : []),
    ...(without > 0 ? [`${without} without a tag`] : []),
    ...(failed.length > 0 ? [`${failed.length} could not be used`] : []),
  ];
  return String(html`${pageHead('Tags of images', tagStyle, 'tags')}
<div class="page"><header><h1>Tags of images</h1><p>${facts.join(' · ')}</p></header>
<div class="bar"><label class="needs-script">Find <input type="search" id="filter" placeholder="file or tag"></label></div>
<main>
${refused}${cards}</main><footer>${count.join(' · ')} · made with tfjs-weldon</footer></div>${pageFoot(searchScript)}`);
}
