/** The report's style sheet; `--opacity`, `--saturation` and `--strip` are set by the page. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #16181d; --muted: #5b6270; --paper: #f4f5f7; --card: #fff; --line: #dcdfe5; --accent: #2458c5; --fill: #e3eafa; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --muted: #a2a9b6; --paper: #131519; --card: #1c1f25; --line: #343944; --accent: #8fb4ff; --fill: #27395f; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.page { max-width: 1480px; margin: 0 auto; padding: 0 20px; }
header { padding: 28px 0 14px; }
h1 { margin: 0 0 4px; font-size: 26px; line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 0; color: var(--muted); overflow-wrap: anywhere; }
.bar { position: sticky; top: 0; z-index: 2; background: var(--paper); border-bottom: 1px solid var(--line); }
.bar .page { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 24px; padding-top: 10px; padding-bottom: 10px; }
.bar label { display: inline-flex; align-items: center; gap: 8px; color: var(--muted); }
.bar input[type=search] { width: 15em; max-width: 100%; font: inherit; padding: 4px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--ink); }
.bar input[type=range] { width: 110px; accent-color: var(--accent); }
.bar input[type=checkbox] { width: 16px; height: 16px; accent-color: var(--accent); }
.key { display: inline-flex; align-items: center; gap: 7px; color: var(--muted); }
.key svg { width: 26px; height: 16px; }
.needs-script { display: none !important; }
.scripted .needs-script { display: inline-flex !important; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 20px; padding: 20px 0; align-items: start; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px; min-width: 0; content-visibility: auto; contain-intrinsic-size: auto 460px; }
article[hidden] { display: none; }
h2 { margin: 0 0 10px; font-size: 15px; line-height: 1.35; overflow-wrap: anywhere; }
h2 small { font-weight: normal; font-size: 13px; color: var(--muted); white-space: nowrap; }
.view { position: relative; display: flex; flex-wrap: wrap; gap: 6px; }
.photo { display: block; width: 100%; height: auto; border-radius: 4px; margin-bottom: 44px; background: var(--line); }
.view:has(input:checked + label + .layer) .photo { filter: saturate(var(--saturation)); }
.view input { position: absolute; opacity: 0; pointer-events: none; }
.view label { position: relative; display: inline-flex; gap: 8px; align-items: baseline; max-width: 100%; padding: 3px 11px; border: 1px solid var(--line); border-radius: 999px; cursor: pointer; font-size: 13.5px; background: linear-gradient(to right, var(--fill) var(--share, 0%), transparent 0); }
.view label span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.view label span + span { color: var(--muted); white-space: nowrap; font-variant-numeric: tabular-nums; }
.view label:hover { border-color: var(--accent); }
.view input:checked + label { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.view input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.layer { display: none; position: absolute; left: 0; top: 0; width: 100%; }
.view input:checked + label + .layer { display: block; }
.layer img, .layer svg { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 4px; }
.layer img { opacity: var(--opacity); }
.marks path { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.casing { stroke: #16181d; stroke-opacity: 0.85; stroke-width: 4.4px; }
.top { stroke: #f7e94b; stroke-width: 2px; }
.bottom { stroke: #7cc8f5; stroke-width: 2px; stroke-dasharray: 8px 5px; }
.outside { fill: #16181d; fill-opacity: 0.55; stroke: none; }
body:has(#outlines:not(:checked)) .marks .line { display: none; }
.legend { position: absolute; top: calc(100% + 7px); left: 0; right: 0; display: grid; grid-template-columns: auto 1fr auto; gap: 1px 8px; align-items: center; font-size: 12px; color: var(--muted); font-variant-numeric: tabular-nums; }
.legend i { height: 9px; border-radius: 2px; background: var(--strip); }
.legend .words { grid-column: 1 / -1; display: flex; justify-content: space-between; font-size: 11.5px; }
.failed p { margin: 0; color: var(--bad); overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); padding: 14px 0 32px; color: var(--muted); }
footer strong { color: var(--bad); font-weight: 600; }
@media (max-width: 520px) { .page { padding: 0 12px; } .bar { position: static; } main { gap: 12px; padding: 12px 0; } header { padding-top: 18px; } }
@media print {
  :root { color-scheme: light; --ink: #000; --muted: #444; --paper: #fff; --card: #fff; --line: #bbb; --accent: #000; --fill: #eee; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .bar { position: static; border: 0; } .scripted .bar label, .bar label, .view label[for$=none] { display: none !important; }
  main { grid-template-columns: 1fr 1fr; gap: 12px; } article { break-inside: avoid; content-visibility: visible; }
}
`.trim();
