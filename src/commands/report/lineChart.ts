import { niceTicks } from '../../heatmaps/legend.js';
import { escapeHtml } from './html.js';

export interface ChartPoint {
  x: number;
  /** shown at the axis in place of the number */
  label?: string;
  y: number;
  low?: number | null;
  high?: number | null;
  /** what the pointer is told */
  told: string;
  /** drawn with a ring */
  chosen?: boolean;
}

export interface LineChart {
  title: string;
  x: string;
  y: string;
  logarithmic?: boolean;
  lines: { name: string; points: ChartPoint[] }[];
}

const [width, height] = [460, 270];
const frame = { left: 46, right: 12, top: 26, bottom: 44 };
const number = (value: number) => String(Math.round(value * 10) / 10);

/** Colours of the style sheet; lines that have one a second time are dashed. */
const colours = 6;
const strokeClass = (line: number) => (line < colours ? 'stroke' : 'stroke dashed');

/** Marks that differ in shape, so that lines are told apart without colour. */
function mark(line: number, x: number, y: number): string {
  const r = 4;
  const shapes = [
    `<circle cx="${number(x)}" cy="${number(y)}" r="${r}"/>`,
    `<path d="M${number(x - r)} ${number(y - r)}h${2 * r}v${2 * r}h${-2 * r}z"/>`,
    `<path d="M${number(x)} ${number(y - r - 1)}l${r + 1} ${2 * r + 1}h${-2 * r - 2}z"/>`,
    `<path d="M${number(x)} ${number(y - r - 1)}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z"/>`,
  ];
  return shapes[line % shapes.length];
}

/** Labels from left to right that do not touch, in the largest letters that the style sheet gives them. */
function roomy<T extends { label: string; at: number }>(labels: readonly T[]): T[] {
  const kept: T[] = [];
  [...labels]
    .sort((a, b) => a.at - b.at)
    .forEach((one) => {
      const last = kept.at(-1);
      if (last === undefined || one.at - last.at >= 5 * (one.label.length + last.label.length) + 6) {
        kept.push(one);
      }
    });
  return kept;
}

/** Lines over one axis with intervals as bars, as one figure with its own legend. */
export function lineChart({ title, x: xName, y: yName, logarithmic = false, lines }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    return '';
  }
  const place = (value: number) => (logarithmic ? Math.log(Math.max(value, 1e-9)) : value);
  const spread = (values: number[], margin: number): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const by = (high - low || Math.abs(high) || 1) * margin;
    return [low - by, high + by];
  };
  const [left, right] = spread(
    points.map(({ x }) => place(x)),
    0.04,
  );
  const [bottom, top] = spread(
    points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]),
    0.06,
  );
  const [edge, floor] = [width - frame.right, height - frame.bottom];
  const atX = (value: number) => frame.left + ((place(value) - left) / (right - left)) * (edge - frame.left);
  const atY = (value: number) => floor - ((value - bottom) / (top - bottom)) * (floor - frame.top);
  const grid = niceTicks(bottom, top, 5)
    .map(
      ({ value, label }) =>
        `<path class="grid" d="M${frame.left} ${number(atY(value))}H${edge}"/>` +
        `<text x="${frame.left - 6}" y="${number(atY(value) + 4)}" text-anchor="end">${escapeHtml(label)}</text>`,
    )
    .join('');
  const known = new Map(points.map(({ x, label }) => [x, label]));
  const labels =
    known.size <= 9
      ? [...known].map(([value, label]) => ({ value, label: label ?? String(value) }))
      : niceTicks(Math.min(...known.keys()), Math.max(...known.keys()), 6);
  const across = roomy(labels.map(({ value, label }) => ({ label, at: atX(value) })))
    .map(
      ({ label, at }) => `<text x="${number(at)}" y="${floor + 17}" text-anchor="middle">${escapeHtml(label)}</text>`,
    )
    .join('');
  const hidden = (x: number, y: number) => `<circle class="unseen" cx="${number(x)}" cy="${number(y)}" r="5"/>`;
  const drawn = lines
    .map(({ points: own }, i) => {
      const sorted = [...own].sort((a, b) => a.x - b.x);
      const path = sorted.map(({ x, y }) => `${number(atX(x))} ${number(atY(y))}`).join('L');
      const bars = sorted
        .map(({ x, low, high }) =>
          low == null || high == null
            ? ''
            : `<path class="bar" d="M${number(atX(x))} ${number(atY(low))}V${number(atY(high))}"/>`,
        )
        .join('');
      // Where points are close, marks would hide the line; the pointer finds them all the same.
      const marks = sorted
        .map(({ x, y, told, chosen }) => {
          const shape = own.length > 30 ? hidden(atX(x), atY(y)) : mark(i, atX(x), atY(y));
          const ring =
            chosen !== true ? '' : `<circle class="ring" cx="${number(atX(x))}" cy="${number(atY(y))}" r="8"/>`;
          return `<g><title>${escapeHtml(told)}</title>${shape}${ring}</g>`;
        })
        .join('');
      return `<g class="line c${i % colours}"><path class="${strokeClass(i)}" d="M${path}"/>${bars}${marks}</g>`;
    })
    .join('');
  const sample = (i: number) =>
    `<svg viewBox="0 0 22 12" class="line c${i % colours}" aria-hidden="true">` +
    `<path class="${strokeClass(i)}" d="M0 6H22"/>${mark(i, 11, 6)}</svg>`;
  const legend =
    lines.length < 2
      ? ''
      : `<ul class="legend">${lines.map(({ name }, i) => `<li>${sample(i)}${escapeHtml(name)}</li>`).join('')}</ul>`;
  const spoken = `${title}: ${points
    .map(({ told }) => told)
    .slice(0, 40)
    .join('; ')}`;
  return (
    `<figure class="chart"><figcaption>${escapeHtml(title)}</figcaption>` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(spoken)}">${grid}${across}` +
    `<path class="axis" d="M${frame.left} ${frame.top}V${floor}H${edge}"/>${drawn}` +
    `<text x="${(frame.left + edge) / 2}" y="${height - 5}" text-anchor="middle">${escapeHtml(xName)}</text>` +
    `<text class="unit" x="4" y="15">${escapeHtml(yName)}</text></svg>${legend}` +
    '<p class="told" aria-live="polite"></p></figure>'
  );
}
