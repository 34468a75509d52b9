import { scaleLinear } from 'd3-scale';
import type { EpochRecord } from '../../training/checkpoint.js';
import { atomicWrite } from '../../node/storage/atomicWrite.js';
import { encodePng } from '../../node/images/encodePixels.js';
import { drawSvg, font, fontFamily, measuringContext } from '../../node/canvas/nodeCanvas.js';
import { ellipsize } from '../../render/text.js';
import { chartFile } from '../report/chart.js';
import type { ChartPoint, LineChart } from '../report/chart.js';

/** What the curves of a run show. */
export interface RunCurves {
  title: string;
  epochs: number;
  history: readonly EpochRecord[];
  /** loss of single steps, with the time in epochs; perhaps thinned out */
  steps: readonly (readonly [number, number])[];
  best: { epoch: number } | null;
  /** of the metric: `accuracy` or `mAP` */
  metric: string;
}

/** More points than pixels say nothing; means of neighbours do. */
function thinned(steps: readonly (readonly [number, number])[], most = 600): [number, number][] {
  const group = Math.max(1, Math.ceil(steps.length / most));
  return Array.from({ length: Math.floor(steps.length / group) }, (_, i) => {
    const members = steps.slice(i * group, (i + 1) * group);
    const mean = (axis: 0 | 1) => members.reduce((sum, point) => sum + point[axis], 0) / members.length;
    return [mean(0), mean(1)];
  });
}

/** What y goes over: the points, from 0 on, and up to a quarter more for the single steps; round numbers at the ends. */
function lossRange(epochs: readonly ChartPoint[], steps: readonly ChartPoint[]): [number, number] {
  const finite = (points: readonly ChartPoint[]) => points.map(({ y }) => y).filter(Number.isFinite);
  const counted = finite(epochs.length > 0 ? epochs : steps);
  const low = Math.min(0, ...counted);
  const high = Math.max(low, ...counted);
  const top = Math.min(Math.max(high, ...finite(steps)), high + (high - low) / 4);
  const [from, to] = scaleLinear([low, top > low ? top : low + 1], [0, 1])
    .nice(6)
    .domain();
  return [from, to];
}

/** Loss and metric over the epochs. */
function curveCharts({ epochs, history, steps, best, metric }: RunCurves): LineChart[] {
  const x = 'epoch';
  const xRange = [0, epochs] as const;
  const measured = history.filter(({ validation }) => validation !== undefined);
  const point = ({ epoch }: EpochRecord, y: number): ChartPoint => ({ x: epoch + 1, y });
  const each = thinned(steps).map(([at, y]): ChartPoint => ({ x: at, y }));
  const training = history.map((record) => point(record, record.loss));
  const validation = measured.map((record) => point(record, record.validation!.loss));
  const loss: LineChart = {
    title: 'Loss',
    x,
    xRange,
    y: 'loss',
    yRange: lossRange([...training, ...validation], each),
    lines: [
      { name: 'steps', color: 0, faint: true, points: each },
      { name: 'training', color: 0, points: training },
      { name: 'validation', color: 1, points: validation },
    ],
  };
  if (measured.length === 0) {
    return [loss];
  }
  const values = measured.map((record) => ({
    ...point(record, 100 * record.validation!.metric),
    chosen: record.epoch === best?.epoch,
  }));
  const ring = values.some(({ chosen }) => chosen) ? ' (ring: the epoch that is saved)' : '';
  const extent = [Math.min(...values.map(({ y }) => y)), Math.max(...values.map(({ y }) => y))];
  const [from, to] = scaleLinear(extent, [0, 1]).nice(6).domain();
  return [
    loss,
    {
      title: metric === 'mAP' ? 'mAP' : 'Accuracy',
      x,
      xRange,
      y: `${metric}, %`,
      yRange: from < to ? [from, to] : [Math.max(0, from - 5), Math.min(100, to + 5)],
      lines: [{ name: `validation${ring}`, color: 1, points: values }],
    },
  ];
}

/** Draws a run's curves as a PNG file, whole or not at all. */
export async function writeRunCurves(path: string, curves: RunCurves): Promise<void> {
  const charts = curveCharts(curves);
  const context = measuringContext();
  context.font = font(19, 'bold');
  const title = ellipsize(context, curves.title, 640 * charts.length - 40);
  const { svg, width, height } = chartFile(title, charts, fontFamily);
  await atomicWrite(path, await encodePng(await drawSvg(svg, width, height)));
}
