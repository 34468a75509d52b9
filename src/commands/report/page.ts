import { defaultColors } from '../../heatmaps/colorMaps.js';
import { paintTable } from '../../heatmaps/colorizeMap.js';
import type { PoolingOptions } from '../../pooling/options.js';
import { escapeHtml } from './html.js';
import { poolingText } from '../../render/composite.js';
import type { ResolvedHeatmapStyle } from '../../render/composite.js';
import { reportStyle } from './style.js';

/** What stands at the top of a report. */
export interface ReportHeader {
  /** Default `'Class heat maps'`. */
  title?: string;
  model?: string;
  pooling?: PoolingOptions;
  /** further facts, for example the input size or the backend, shown in one line */
  details?: string[];
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

const script = `
document.documentElement.classList.add('scripted');
document.getElementById('opacity').addEventListener('input', (event) =>
  document.documentElement.style.setProperty('--opacity', event.target.value));
document.getElementById('filter').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\\s+/);
  for (const card of document.querySelectorAll('article')) {
    card.hidden = !words.every((word) => card.dataset.words.includes(word));
  }
});`.trim();

function key(end: 'top' | 'bottom', text: string): string {
  return (
    `<span class="key"><svg class="marks" viewBox="0 0 26 16" aria-hidden="true"><path class="casing" d="M3 3H23V13H3Z"/>` +
    `<path class="${end}" d="M3 3H23V13H3Z"/></svg>${text}</span>`
  );
}

/** Everything before the first image. */
export function reportHead(header: ReportHeader, options: ResolvedHeatmapStyle): string {
  const { title = 'Class heat maps', model, pooling, details = [] } = header;
  const facts = [
    ...(model === undefined ? [] : [model]),
    ...(pooling === undefined ? [] : [poolingText(pooling).join(', ')]),
    ...details,
  ];
  const outlined = options.outlines !== 'none';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${reportStyle}
:root { --opacity: ${options.opacity}; --saturation: ${options.saturation}; --strip: ${strip(options)}; }
</style>
</head>
<body>
<div class="page"><header><h1>${escapeHtml(title)}</h1><p>${facts.map(escapeHtml).join(' · ')}</p></header></div>
<div class="bar"><div class="page">
<label class="needs-script">Find <input type="search" id="filter" placeholder="file or class"></label>
<label class="needs-script">Opacity <input type="range" id="opacity" min="0" max="1" step="0.05" value="${options.opacity}"></label>
${outlined ? `<label><input type="checkbox" id="outlines" checked> Regions</label>${key('top', 'most evidence')}${key('bottom', 'least evidence')}` : ''}
</div></div>
<div class="page"><main>
`;
}

/** Everything after the last image; a report that is still growing says so. */
export function reportFoot(images: number, failures: number, finished: boolean): string {
  const count = (n: number, one: string, several: string) => `${n} ${n === 1 ? one : several}`;
  return `</main><footer>${finished ? '' : '<strong>Unfinished: the run was interrupted or is still going on.</strong> '}${count(
    images,
    'image',
    'images',
  )}${failures === 0 ? '' : ` · ${count(failures, 'file', 'files')} could not be used`} · made with tfjs-weldon</footer></div>
<script>
${script}
</script>
</body>
</html>
`;
}
