import { max, min } from 'd3-array';
import { scaleLinear, scaleLog } from 'd3-scale';
import { line as linePath, symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape';
import { niceTicks } from '../../heatmaps/legend.js';
import { html } from './html.js';
import type { Html, HtmlPart } from './html.js';
import { lineColors } from './style.js';

export interface ChartPoint {
  x: number;
  /** shown at the axis in place of the number */
  label?: string;
  /** one that is no finite number leaves a gap */
  y: number;
  low?: number | null;
  high?: number | null;
  /** what the pointer is told */
  told?: string;
  /** drawn with a ring */
  chosen?: boolean;
}

export interface ChartLine {
  name: string;
  points: readonly ChartPoint[];
  /** which of the colours; default the place among the lines, and dashed where a colour comes a second time */
  color?: number;
  /** thin and without marks, and in files cut where it leaves the axes */
  faint?: boolean;
}

export interface LineChart {
  title: string;
  x: string;
  y: string;
  logarithmic?: boolean;
  /** whole numbers that x goes from and to, and whole ones between; default as far as the points, and a little more */
  xRange?: readonly [number, number];
  /** default as far as the points, and a little more */
  yRange?: readonly [number, number];
  lines: readonly ChartLine[];
}

/** Where the axes lie, in pixels. */
interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A drawing, and its size in pixels. */
export interface SvgFile {
  svg: string;
  width: number;
  height: number;
}

/** Of axes and their numbers, where no style sheet says otherwise. */
const quiet = { line: '#dcdfe5', text: '#5b6270' };

const round = (value: number) => Math.round(value * 10) / 10;

/** Marks that differ in shape, so that lines are told apart without colour. */
const marks = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond].map(
  (shape) => symbol(shape, 50).digits(1)() as string,
);

/** More points than these lie so close that marks would hide the line; the pointer finds them all the same. */
const mostMarks = 30;

/** From the least to the greatest and `margin` of that more at both ends. */
function spread(values: readonly number[], margin: number): [number, number] {
  const [low, high] = [min(values) ?? 0, max(values) ?? 1];
  const by = (high - low || Math.abs(high) || 1) * margin;
  return [low - by, high + by];
}

/** Labels from left to right that do not touch, in the largest letters that the style sheet gives them. */
function roomy<T extends { label: string; at: number }>(labels: readonly T[]): T[] {
  const shown: T[] = [];
  [...labels]
    .sort((a, b) => a.at - b.at)
    .forEach((one) => {
      const last = shown.at(-1);
      if (last === undefined || one.at - last.at >= 5 * (one.label.length + last.label.length) + 6) {
        shown.push(one);
      }
    });
  return shown;
}

function xScale({ lines, logarithmic, xRange }: LineChart) {
  const values = lines.flatMap(({ points }) => points.map(({ x }) => x));
  if (logarithmic === true) {
    const [low, high] = spread(
      values.map((value) => Math.log(Math.max(value, 1e-9))),
      0.04,
    );
    return scaleLog().domain([Math.exp(low), Math.exp(high)]);
  }
  return scaleLinear().domain(xRange ?? spread(values, 0.04));
}

/** The numbers below the axis: those of the points where they are few, round ones where they are many. */
function xLabels({ lines, xRange }: LineChart): { value: number; label: string }[] {
  const strong = lines.filter(({ faint, points }) => faint !== true && points.length > 0);
  const points = (strong.length > 0 ? strong : lines).flatMap((line) => line.points);
  const known = new Map(points.map(({ x, label }) => [x, label]));
  if (xRange === undefined && known.size <= 9) {
    return [...known].map(([value, label]) => ({ value, label: label ?? String(value) }));
  }
  const [low, high] = xRange ?? [Math.min(...known.keys()), Math.max(...known.keys())];
  return niceTicks(low, high, xRange === undefined ? 6 : Math.min(8, high - low));
}

/**
 * A group in a line's colour. Colours stand as attributes, which a page's style sheet overrides: so the drawing is whole
 * without one.
 */
function inColor(n: number, content: HtmlPart): Html {
  const paint = lineColors[n % lineColors.length];
  return html`<g class="line c${n % lineColors.length}" fill="${paint}" stroke="${paint}">${content}</g>`;
}

function stroke(d: string, n: number, faint = false): Html {
  return html`<path class="stroke" fill="none" stroke-width="${faint ? 1 : 2}"${faint && html` opacity="0.35" clip-path="url(#plot)"`}${
    n >= lineColors.length && html` stroke-dasharray="6 3"`
  } d="${d}"/>`;
}

function mark(n: number, x: number, y: number): Html {
  return html`<path stroke="none" transform="translate(${x} ${y})" d="${marks[n % marks.length]}"/>`;
}

/** Axes, lines and marks, in a frame. */
function plot(chart: LineChart, { width, height, left, right, top, bottom }: Frame): Html {
  const { lines } = chart;
  const [edge, floor] = [width - right, height - bottom];
  const values = lines.flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]));
  const yRange = chart.yRange ?? spread(values, 0.06);
  const x = xScale(chart).range([left, edge]);
  const y = scaleLinear(yRange, [floor, top]);
  const atX = (value: number) => round(x(chart.logarithmic === true ? Math.max(value, 1e-9) : value));
  const atY = (value: number) => round(y(value));
  const path = linePath<ChartPoint>()
    .x((point) => atX(point.x))
    .y((point) => atY(point.y))
    .defined((point) => Number.isFinite(point.y))
    .digits(1);
  const drawn = lines.map(({ points, color, faint = false }, i) => {
    const n = color ?? i;
    const sorted = [...points].sort((a, b) => a.x - b.x);
    const bars = sorted.map(
      ({ x: at, low, high }) =>
        low != null &&
        high != null &&
        html`<path class="bar" stroke-width="1.5" opacity="0.6" d="M${atX(at)} ${atY(low)}V${atY(high)}"/>`,
    );
    const dots = sorted.map((point) => {
      const [cx, cy] = [atX(point.x), atY(point.y)];
      return (
        !faint &&
        Number.isFinite(point.y) &&
        html`<g><title>${point.told}</title>${
          sorted.length > mostMarks
            ? html`<circle class="unseen" opacity="0" cx="${cx}" cy="${cy}" r="5"/>`
            : mark(n, cx, cy)
        }${
          point.chosen === true &&
          html`<circle class="ring" fill="none" stroke-width="1.5" cx="${cx}" cy="${cy}" r="8"/>`
        }</g>`
      );
    });
    return inColor(n, [stroke(path(sorted) ?? '', n, faint), bars, dots]);
  });
  const up = niceTicks(yRange[0], yRange[1], Math.round(height / 55)).map(({ value, label }) => ({
    label,
    at: atY(value),
  }));
  const across = roomy(xLabels(chart).map(({ value, label }) => ({ label, at: atX(value) })));
  return html`<g class="grid" stroke="${quiet.line}">${up.map(({ at }) => html`<path d="M${left} ${at}H${edge}"/>`)}</g>
<g fill="${quiet.text}" text-anchor="end">${up.map(
    ({ at, label }) => html`<text x="${left - 6}" y="${round(at + 4)}">${label}</text>`,
  )}</g>
<g fill="${quiet.text}" text-anchor="middle">${across.map(
    ({ at, label }) => html`<text x="${at}" y="${floor + 17}">${label}</text>`,
  )}<text x="${(left + edge) / 2}" y="${height - 5}">${chart.x}</text></g>
<text class="unit" fill="${quiet.text}" x="4" y="${top - 11}">${chart.y}</text>
<path class="axis" fill="none" stroke="${quiet.text}" d="M${left} ${top}V${floor}H${edge}"/>${drawn}`;
}

const pageFrame: Frame = { width: 460, height: 270, left: 46, right: 12, top: 26, bottom: 44 };

/** Lines over one axis with intervals as bars, as a figure of a page with its own legend; nothing without a point. */
export function chartFigure(chart: LineChart): HtmlPart {
  const { title, lines } = chart;
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) {
    return null;
  }
  const { width, height } = pageFrame;
  const told = points.slice(0, 40).map((point) => point.told);
  const legend =
    lines.length > 1 &&
    html`<ul class="legend">${lines.map(
      ({ name }, i) =>
        html`<li><svg viewBox="0 0 22 12" aria-hidden="true">${inColor(i, [stroke('M0 6H22', i), mark(i, 11, 6)])}</svg>${name}</li>`,
    )}</ul>`;
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${told.join('; ')}">${plot(chart, pageFrame)}</svg>${
    legend
  }<p class="told" aria-live="polite"></p></figure>`;
}

const fileFrame: Frame = { width: 640, height: 440, left: 64, right: 24, top: 72, bottom: 52 };
const headHeight = 56;

/** Charts side by side under one title, 640 pixels each, as an SVG file in letters of the font `family`. */
export function chartFile(title: string, charts: readonly LineChart[], family: string): SvgFile {
  const { left, top, bottom } = fileFrame;
  const [width, height] = [fileFrame.width * charts.length, headHeight + fileFrame.height];
  const panels = charts.map((chart, i) => {
    const names = chart.lines
      .filter(({ points }) => points.length > 0)
      .map(
        ({ name, color, faint = false }, n) =>
          html`<tspan font-weight="bold" fill="${lineColors[color ?? n]}" fill-opacity="${faint ? 0.5 : 1}">\u2014</tspan>\u00a0${name}\u2003`,
      );
    return html`<g transform="translate(${i * fileFrame.width} ${headHeight})"><text x="${left}" y="30"><tspan
 font-size="17" font-weight="bold">${chart.title}</tspan>\u2003${names}</text>${plot(chart, fileFrame)}</g>`;
  });
  const svg = html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
 font-family="${family}" font-size="14" fill="#16181d"><clipPath id="plot"><rect x="${left}" y="${top - 6}" width="${
   fileFrame.width - left
 }" height="${fileFrame.height - top - bottom + 6}"/></clipPath><rect width="${width}" height="${height}" fill="#fff"/><text
 x="20" y="36" font-size="19" font-weight="bold">${title}</text>${panels}</svg>`;
  return { svg: String(svg), width, height };
}
