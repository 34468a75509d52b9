import type { Pixels } from '../../heatmaps/types.js';
import type { Context } from '../../node/canvas/nodeCanvas.js';
import { drawPiece, font } from '../../node/canvas/nodeCanvas.js';
import { ellipsize, ink, muted, paper } from '../../render/text.js';
import { axisTicks, tickLabels } from '../report/axisTicks.js';

/** One line of a panel. */
export interface Curve {
  name: string;
  color: string;
  /** x and y, x rising; y that is no finite number is left out */
  points: readonly (readonly [number, number])[];
  /** drawn thin, behind the others */
  faint?: boolean;
  /** a ring around one of the points */
  marked?: number;
}

/** Axes with curves. */
export interface CurvePanel {
  title: string;
  xLabel: string;
  yLabel: string;
  /** x goes from 0 to this */
  xEnd: number;
  /** limits that y keeps to, such as 0 and 100 for percentages */
  yLimits?: readonly [number, number];
  curves: readonly Curve[];
}

const panelWidth = 640;
const panelHeight = 440;
const headHeight = 56;
const edges = { left: 78, right: 26, top: 52, bottom: 66 };
const grid = '#e3e6eb';

/** The range of y: that of the curves, and a quarter more where faint ones need it, rounded outwards to ticks. */
function yRange({ curves, yLimits }: CurvePanel): { low: number; high: number; ticks: number[] } {
  const strong = curves.filter(({ faint }) => faint !== true);
  const counted = strong.some(({ points }) => points.length > 0) ? strong : curves;
  const values = counted.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  let low = Math.min(...values, yLimits === undefined ? 0 : Infinity);
  let high = Math.max(...values);
  if (values.length === 0) {
    [low, high] = yLimits ?? [0, 1];
  }
  const faintest = Math.max(high, ...curves.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite));
  high = Math.min(faintest, high + (high - low) / 4);
  if (high - low < 1e-9) {
    [low, high] = [low - 0.5, high + 0.5];
  }
  const [step] = [axisTicks(low, high, 6)].map((ticks) => (ticks.length > 1 ? ticks[1] - ticks[0] : high - low));
  low = Math.max(Math.floor(low / step + 1e-9) * step, yLimits?.[0] ?? -Infinity);
  high = Math.min(Math.ceil(high / step - 1e-9) * step, yLimits?.[1] ?? Infinity);
  return { low, high, ticks: axisTicks(low, high, 8) };
}

function drawAxes(
  context: Context,
  panel: CurvePanel,
  toX: (x: number) => number,
  toY: (y: number) => number,
  ticks: number[],
): void {
  const [left, right, top, bottom] = [toX(0), toX(panel.xEnd), edges.top, panelHeight - edges.bottom];
  context.lineWidth = 1;
  context.font = font(14);
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  tickLabels(ticks).forEach((label, i) => {
    const y = Math.round(toY(ticks[i])) + 0.5;
    context.strokeStyle = grid;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
    context.fillStyle = muted;
    context.fillText(label, left - 10, y);
  });
  context.textBaseline = 'top';
  context.textAlign = 'center';
  const across = axisTicks(0, panel.xEnd, 8, true);
  tickLabels(across).forEach((label, i) => {
    const x = Math.round(toX(across[i])) + 0.5;
    context.strokeStyle = muted;
    context.beginPath();
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 6);
    context.stroke();
    context.fillText(label, x, bottom + 10);
  });
  context.strokeStyle = muted;
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left, bottom + 0.5);
  context.lineTo(right, bottom + 0.5);
  context.stroke();
  context.fillStyle = ink;
  context.font = font(15);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.fillText(panel.xLabel, (left + right) / 2, panelHeight - 14);
  context.save();
  context.translate(22, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(panel.yLabel, 0, 0);
  context.restore();
}

function drawCurve(
  context: Context,
  { points, color, faint = false, marked }: Curve,
  toX: (x: number) => number,
  toY: (y: number) => number,
): void {
  context.globalAlpha = faint ? 0.35 : 1;
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = faint ? 1 : 2.5;
  context.lineJoin = 'round';
  context.beginPath();
  let drawing = false;
  for (const [x, y] of points) {
    if (Number.isFinite(y)) {
      context[drawing ? 'lineTo' : 'moveTo'](toX(x), toY(y));
    }
    drawing = Number.isFinite(y);
  }
  context.stroke();
  if (!faint && points.length <= 60) {
    for (const [x, y] of points.filter((point) => Number.isFinite(point[1]))) {
      context.beginPath();
      context.arc(toX(x), toY(y), 3.5, 0, 2 * Math.PI);
      context.fill();
    }
  }
  if (marked !== undefined) {
    context.lineWidth = 2;
    context.strokeStyle = ink;
    context.beginPath();
    context.arc(toX(points[marked][0]), toY(points[marked][1]), 7, 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** Title on the left, names of the curves behind it. */
function drawLegend(context: Context, { title, curves }: CurvePanel): void {
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillStyle = ink;
  context.font = font(17, 'bold');
  context.fillText(title, edges.left, 30);
  let x = edges.left + context.measureText(title).width + 22;
  context.font = font(14);
  for (const { name, color, faint } of curves.filter(({ points }) => points.length > 0)) {
    context.globalAlpha = faint ? 0.5 : 1;
    context.strokeStyle = color;
    context.lineWidth = faint ? 1.5 : 3;
    context.beginPath();
    context.moveTo(x, 25);
    context.lineTo(x + 22, 25);
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = ink;
    context.fillText(name, x + 28, 30);
    x += 28 + context.measureText(name).width + 18;
  }
}

function drawPanel(context: Context, panel: CurvePanel): void {
  const { low, high, ticks } = yRange(panel);
  const toX = (x: number) => edges.left + (x / panel.xEnd) * (panelWidth - edges.left - edges.right);
  const toY = (y: number) =>
    panelHeight - edges.bottom - ((y - low) / (high - low)) * (panelHeight - edges.top - edges.bottom);
  drawAxes(context, panel, toX, toY, ticks);
  context.save();
  context.beginPath();
  context.rect(
    edges.left - 8,
    edges.top - 8,
    panelWidth - edges.left - edges.right + 16,
    panelHeight - edges.top - edges.bottom + 16,
  );
  context.clip();
  [...panel.curves]
    .sort((a, b) => Number(b.faint ?? false) - Number(a.faint ?? false))
    .forEach((curve) => drawCurve(context, curve, toX, toY));
  context.restore();
  drawLegend(context, panel);
}

/** Panels side by side under one title. */
export function drawCurves(title: string, panels: readonly CurvePanel[]): Pixels {
  const width = panelWidth * panels.length;
  return drawPiece(width, headHeight + panelHeight, paper, (context) => {
    context.font = font(19, 'bold');
    context.fillStyle = ink;
    context.textBaseline = 'alphabetic';
    context.fillText(ellipsize(context, title, width - 40), 20, 36);
    panels.forEach((panel, i) => {
      context.save();
      context.translate(i * panelWidth, headHeight);
      drawPanel(context, panel);
      context.restore();
    });
  });
}
