import { resolve } from 'node:path';
import { inParallel } from '../../node/images/readImages.js';
import { fileName } from '../../render/composite.js';
import { percentText } from '../../render/text.js';
import type { Cooccurrence } from '../../tagging/cooccurrence.js';
import type { Theme } from '../../tagging/themes.js';
import { html } from './html.js';
import type { Html } from './html.js';
import { pageFoot, pageHead, searchScript } from './page.js';
import { lineColors } from './style.js';
import { tagGraph } from './tagGraph.js';
import { tagStyle, thumbnail } from './tagReport.js';

const tagsShown = 8;

const style = html`${tagStyle}
main { grid-template-columns: repeat(auto-fill, minmax(min(430px, 100%), 1fr)); }
h2 { font-size: 16px; }
.images { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; margin-top: 10px; }
.images img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 4px;
  background: var(--line); }
.graph { width: 100%; height: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.graph line { stroke: var(--muted); stroke-opacity: 0.45; }
.graph text { fill: var(--ink); stroke: none; font-size: 12px; text-anchor: middle; }
${lineColors.map(
  (_, i) => html`.graph .c${i} circle { fill: var(--c${i}); }
`,
)}`;

async function themeCard({ name, words, share, tags, images }: Theme, folder: string): Promise<Html> {
  const found = await inParallel(
    images,
    async ({ image }) => ({ image, shown: await thumbnail(resolve(folder, image)) }),
    4,
  );
  const missing = found.filter(({ shown }) => shown instanceof Error).length;
  const pictures = found.flatMap(({ image, shown }) =>
    shown instanceof Error
      ? []
      : [html`<img alt="Image ${fileName(image)}" title="${image}" loading="lazy" src="${shown}">`],
  );
  const lines = tags
    .slice(0, tagsShown)
    .map(
      ({ tag, weight }) =>
        html`<li style="--share:${(100 * weight).toFixed(1)}%"><span>${tag}</span><small>${weight.toFixed(2)}</small></li>`,
    );
  const more = tags.length > tagsShown && html`<p class="none">and ${tags.length - tagsShown} weaker ones</p>`;
  const all = [name, words, ...tags.map(({ tag }) => tag)].join(' ').toLowerCase();
  return html`<article data-words="${all}"><h2>${name} <small>${percentText(share)} of all weight</small></h2>${
    name !== words && html`<p class="none">${words}</p>`
  }<ul class="tags">${lines}</ul>${more}<div class="images">${pictures}</div>${
    missing > 0 && html`<p class="none">${missing} of its images are not where they were</p>`
  }</article>
`;
}

/**
 * One self-contained page: themes with their tags and images, and the graph of tags that stand together.
 *
 * @param folder that the images' paths are seen from
 */
export async function themeReport(
  themes: readonly Theme[],
  graph: Cooccurrence,
  folder: string,
  images: number,
): Promise<string> {
  const cards: Html[] = [];
  for (const theme of themes) {
    cards.push(await themeCard(theme, folder));
  }
  const { svg, shown } = tagGraph(graph);
  const all = graph.tags.length;
  return String(html`${pageHead('Themes of images', style, 'themes')}
<div class="page"><header><h1>Themes of images</h1><p>${themes.length} themes of ${images} images with ${all} tags · look at the
 images before the words, and give themes names in names.json</p></header>
<div class="bar"><label class="needs-script">Find <input type="search" id="filter" placeholder="theme or tag"></label></div>
<main>
${cards}</main>
<h2>Tags that stand together</h2><p class="none">${
    shown < all ? `The ${shown} of ${all} tags with most images` : `All ${all} tags`
  }, each joined with those that it goes with most; colours are ${graph.communities.length} communities, modularity ${graph.modularity.toFixed(2)}; all pairs are in themes.json.</p>
${svg}
<footer>made with tfjs-weldon</footer></div>${pageFoot(searchScript)}`);
}
