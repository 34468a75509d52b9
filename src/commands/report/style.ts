import { html } from './html.js';

/** Of the lines of a chart, on white paper. */
export const lineColors = ['#2458c5', '#b34700', '#1a7a4c', '#8a3ab9', '#a1225c', '#4d5968'] as const;

/** The palette and what all pages have; `--wide` is set by each. */
export const sharedStyle = html`
:root { color-scheme: light dark; --ink: #16181d; --muted: #5b6270; --paper: #f4f5f7; --card: #fff; --line: #dcdfe5;
  --accent: #2458c5; --fill: #e3eafa; --good: #1a7a4c; --bad: #b3261e; --top: #f7e94b; --bottom: #7cc8f5;
  --casing: #16181d;${lineColors.map((color, i) => html` --c${i}: ${color};`)} }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eceef2; --muted: #a2a9b6; --paper: #131519; --card: #1c1f25; --line: #343944; --accent: #8fb4ff;
    --fill: #27395f; --good: #6fd3a0; --bad: #ff8a80; --c0: #8fb4ff; --c1: #ffb27a; --c2: #6fd3a0; --c3: #d3a3f2;
    --c4: #ff9bc2; --c5: #b6c0cf; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.page { max-width: var(--wide); margin: 0 auto; padding: 0 20px; }
h1 { margin: 0 0 6px; font-size: 26px; line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 0; color: var(--muted); overflow-wrap: anywhere; }
article { min-width: 0; }
.frame .marks, .layer .marks { position: absolute; inset: 0; width: 100%; height: 100%; }
.marks path { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.marks .casing { stroke: var(--casing); stroke-opacity: 0.85; stroke-width: 4.4px; }
.marks .top { stroke: var(--top); stroke-width: 2px; }
.marks .bottom { stroke: var(--bottom); stroke-width: 2px; stroke-dasharray: 8px 5px; }
.bad { margin: 0; color: var(--bad); overflow-wrap: anywhere; }
footer { color: var(--muted); }
@media print {
  :root { color-scheme: light; --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --line: #bbb; --accent: #000;
    --fill: #eee; --good: #000; --bad: #000; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  @page { margin: 14mm; }
  .page { max-width: none; padding: 0; }
  article { break-inside: avoid; }
}
`;

/** What only the heat maps' page has; `--opacity`, `--saturation` and `--strip` are set by the page. */
export const heatmapStyle = html`
:root { --wide: 1480px; }
header { padding: 28px 0 14px; }
.bar { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--line); }
.bar .page { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 24px; padding-top: 10px;
  padding-bottom: 10px; }
.bar label { display: inline-flex; align-items: center; gap: 8px; color: var(--muted); }
.bar input[type=search] { width: 15em; max-width: 100%; font: inherit; padding: 4px 10px;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--ink); }
.bar input[type=range] { width: 110px; accent-color: var(--accent); }
.bar input[type=checkbox] { width: 16px; height: 16px; accent-color: var(--accent); }
.key { display: inline-flex; align-items: center; gap: 7px; color: var(--muted); }
.key svg { width: 26px; height: 16px; }
.needs-script { display: none !important; }
.scripted .needs-script { display: inline-flex !important; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 20px;
  padding: 20px 0; align-items: start; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px;
  content-visibility: auto; contain-intrinsic-size: auto 460px; }
h2 { margin: 0 0 10px; font-size: 15px; line-height: 1.35; overflow-wrap: anywhere; }
h2 small { font-weight: normal; font-size: 13px; color: var(--muted); white-space: nowrap; }
.view { position: relative; display: flex; flex-wrap: wrap; gap: 6px; }
.image { display: block; width: 100%; height: auto; border-radius: 4px; margin-bottom: 44px; background: var(--line); }
.view:has(input:checked + label + .layer) .image { filter: saturate(var(--saturation)); }
.view input { position: absolute; opacity: 0; pointer-events: none; }
.view label { position: relative; display: inline-flex; gap: 8px; align-items: baseline; max-width: 100%;
  padding: 3px 11px; border: 1px solid var(--line); border-radius: 999px; cursor: pointer; font-size: 13.5px;
  background: linear-gradient(to right, var(--fill) var(--share, 0%), transparent 0); }
.view label span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.view label span + span { color: var(--muted); white-space: nowrap; font-variant-numeric: tabular-nums; }
.view label:hover { border-color: var(--accent); }
.view input:checked + label { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.view input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.layer { display: none; position: absolute; left: 0; top: 0; width: 100%; }
.view input:checked + label + .layer { display: block; }
.layer img { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 4px; opacity: var(--opacity); }
.marks .outside { fill: var(--casing); fill-opacity: 0.55; stroke: none; }
body:has(#outlines:not(:checked)) .marks .line { display: none; }
.legend { position: absolute; top: calc(100% + 7px); left: 0; right: 0; display: grid;
  grid-template-columns: auto 1fr auto; gap: 1px 8px; align-items: center; font-size: 12px; color: var(--muted);
  font-variant-numeric: tabular-nums; }
.legend i { height: 9px; border-radius: 2px; background: var(--strip); }
.legend .words { grid-column: 1 / -1; display: flex; justify-content: space-between; font-size: 11.5px; }
footer { border-top: 1px solid var(--line); padding: 14px 0 32px; }
footer strong { color: var(--bad); font-weight: 600; }
@media (max-width: 520px) { .page { padding: 0 12px; } .bar { position: static; } main { gap: 12px; padding: 12px 0; }
  header { padding-top: 18px; } }
@media print {
  .bar { position: static; border: 0; }
  .scripted .bar label, .bar label, .view label[for$=none] { display: none !important; }
  main { grid-template-columns: 1fr 1fr; gap: 12px; }
  article { content-visibility: visible; }
}
`;

/** What only the experiment's page has. */
export const experimentStyle = html`
:root { --wide: 1280px; }
header { padding: 28px 0 4px; }
h2 { margin: 0 0 12px; font-size: 19px; }
h3 { margin: 0 0 8px; font-size: 15px; overflow-wrap: anywhere; }
section > h3:not(:first-of-type) { margin-top: 26px; }
h3 small { font-weight: normal; color: var(--muted); }
.note { margin: 8px 0 4px; color: var(--muted); font-size: 13px; max-width: 70em; }
code { overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; margin: 16px 0; }
.notices { border-left: 4px solid var(--bad); }
.notices ul { margin: 0; padding-left: 18px; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(220px, 100%), 1fr)); gap: 8px 20px;
  margin: 0; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.scroll th:first-child { position: sticky; left: 0; background: var(--card); }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child { text-align: left; min-width: 13em; font-weight: 600; text-wrap: balance; }
thead th { vertical-align: bottom; font-size: 13px; }
th small, td small { display: block; font-weight: normal; font-size: 12px; color: var(--muted); white-space: nowrap; }
th[scope=row] small { white-space: normal; }
td b { font-weight: 500; }
td.best b { font-weight: 700; }
td.best b::after { content: " ●"; color: var(--accent); font-size: 10px; vertical-align: 2px; }
.group th { padding-top: 14px; color: var(--muted); font-size: 13.5px; font-weight: 600; }
.group th::first-letter { text-transform: uppercase; }
.group i { font-weight: normal; font-style: normal; }
.results { width: auto; min-width: min(620px, 100%); }
.differences .group th { color: var(--ink); }
.published th, .published td { font-style: italic; font-weight: normal; color: var(--muted); }
.yes { color: var(--good); }
.no { color: var(--bad); }
.meanings { margin: 10px 0 0; font-size: 13px; color: var(--muted); max-width: 80em; }
.meanings div { margin: 2px 0; }
.meanings dt, .meanings dd { display: inline; margin: 0; }
.meanings dt { font-weight: 600; }
.meanings dt::after { content: ": "; }
summary { cursor: pointer; color: var(--accent); }
small.apart { color: var(--bad); }
.each { margin-top: 10px; font-size: 13px; }
.each .scroll { margin-top: 8px; }
.each td { white-space: nowrap; }
.missing { max-height: 24em; overflow: auto; margin-top: 8px; font-size: 13px; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 18px; }
.chart { margin: 0; }
.chart figcaption { font-weight: 600; margin-bottom: 4px; }
.chart svg { width: 100%; height: auto; max-width: 560px; }
.chart text, .confusion text { fill: var(--muted); font-size: 12px; }
.chart .grid { stroke: var(--line); }
.chart .axis { stroke: var(--muted); }
.told { margin: 2px 0 8px; min-height: 1.45em; font-size: 13px; color: var(--ink); }
${lineColors.map(
  (_, i) => html`.c${i} { fill: var(--c${i}); stroke: var(--c${i}); }
`,
)}.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 4px 0 0; padding: 0;
  font-size: 13px; }
.legend svg { width: 22px; height: 12px; margin-right: 6px; vertical-align: -1px; }
.matrix { display: flex; flex-wrap: wrap; gap: 20px; }
.matrix > .scroll { flex: 0 1 auto; max-width: 100%; }
.matrix > div:last-child { flex: 1 1 240px; min-width: 0; }
.matrix ul { margin: 0; padding-left: 18px; }
.confusion { display: block; }
.confusion .right rect { fill: var(--c0); }
.confusion .wrong rect { fill: var(--c1); }
.confusion g text { fill: var(--ink); }
.confusion g text.on { fill: var(--card); }
.confusion g:hover rect { stroke: var(--ink); stroke-width: 2; }
.confusion > text { fill: var(--ink); }
.chooser { display: none; align-items: center; gap: 8px; color: var(--muted); }
.scripted .chooser { display: flex; margin-bottom: 12px; }
select { font: inherit; min-width: 0; max-width: 100%; padding: 4px 8px; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); color: var(--ink); }
.bars { list-style: none; margin: 0; padding: 0; columns: 2 340px; column-gap: 28px; }
.bars li { display: grid; grid-template-columns: minmax(9.5em, 34%) 1fr 3.4em; gap: 10px; align-items: center;
  break-inside: avoid; font-size: 13.5px; padding: 1px 0; }
.bars span { overflow-wrap: anywhere; }
.bars i { height: 11px; border-radius: 3px;
  background: linear-gradient(to right, var(--c0) var(--share, 0%), var(--line) 0); }
.bars b { text-align: right; font-weight: 500; font-variant-numeric: tabular-nums; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(520px, 100%), 1fr)); gap: 18px; }
.pairs { grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); }
.pairs .maps { grid-template-columns: repeat(2, 1fr); }
.maps { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.maps figure { margin: 0; min-width: 0; }
.frame { position: relative; }
.frame img { display: block; width: 100%; height: auto; border-radius: 4px; background: var(--line); }
.maps figcaption { font-size: 12.5px; overflow-wrap: anywhere; }
.maps span { color: var(--muted); }
.maps .bad { grid-column: 1 / -1; }
footer { padding: 8px 0 32px; }
@media (max-width: 560px) {
  .page { padding: 0 10px; }
  section { padding: 12px; border-radius: 10px; }
  h1 { font-size: 22px; }
  .chart svg text { font-size: 17px; }
  th:first-child { min-width: 9.5em; }
  .differences th:first-child { min-width: 7em; }
  th, td { padding: 5px 7px; }
}
@media print {
  body { font-size: 10.5pt; }
  section { border: 0; padding: 0; margin: 14px 0; }
  .notices { border-left: 3px solid #000; border-radius: 0; padding-left: 10px; }
  .scripted .chooser { display: none; }
  h2, h3, .group { break-after: avoid; }
  figure, tr, .matrix, .bars li, .facts div, .note, .meanings div { break-inside: avoid; }
  .meanings, .note { break-before: avoid; }
  .scroll { overflow: visible; }
  .scroll th:first-child { position: static; }
  table { font-size: 8.5pt; }
  th small, td small, thead th { font-size: 7.5pt; }
  th, td { padding: 3px 4px; }
  .results th:first-child { min-width: 0; }
  .confusion { max-width: 100%; height: auto; }
  .matrix { display: block; }
  .charts, .cards { grid-template-columns: 1fr 1fr; break-before: avoid; }
  .chart svg text { font-size: 17px; }
  .pairs { grid-template-columns: 1fr 1fr 1fr; }
  .bars { columns: 2 260px; }
  .told, details:not([open]) { display: none; }
  section:has(> details:not([open]) > .missing) { display: none; }
  small.apart { font-weight: 600; }
  summary { list-style: none; font-weight: 600; break-after: avoid; }
  .each { font-size: 8.5pt; }
  .each td, .each th { white-space: normal; font-size: 7.5pt; }
  .scroll:focus-visible { outline: 0; }
}
`;

/** What only the page of a search has. */
export const searchStyle = html`
:root { --wide: 1280px; }
header { padding: 28px 0 8px; }
.found { display: grid; grid-template-columns: minmax(220px, 1fr) 3fr; gap: 24px; padding: 16px 0; align-items: start; }
.found + .found { border-top: 1px solid var(--line); }
h2 { font-size: 18px; margin: 24px 0 4px; }
.note { color: var(--muted); max-width: 75ch; }
.scroll { overflow-x: auto; }
.results { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.results th, .results td { padding: 6px 14px 6px 0; text-align: left; border-bottom: 1px solid var(--line); }
.results small { display: block; color: var(--muted); font-weight: 400; }
.hits { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(200px, 100%), 1fr)); gap: 16px; }
figure { margin: 0; }
.frame { position: relative; }
.frame img { display: block; width: 100%; height: auto; border-radius: 6px; background: var(--line); }
.missing { padding: 40px 0; text-align: center; color: var(--muted); border: 1px dashed var(--line); border-radius: 6px; }
figcaption { margin-top: 6px; font-size: 13px; overflow-wrap: anywhere; }
figcaption b { display: block; font-weight: 600; }
figcaption span { color: var(--muted); font-variant-numeric: tabular-nums; }
footer { border-top: 1px solid var(--line); padding: 14px 0 32px; }
@media (max-width: 720px) { .found { grid-template-columns: 1fr; } }
`;
