import type { EpochRecord } from '../../training/checkpoint.js';
import { atomicWrite } from '../../node/storage/atomicWrite.js';
import { encodePng } from '../../node/images/encodePixels.js';
import type { CurvePanel } from './drawCurves.js';
import { drawCurves } from './drawCurves.js';

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

const trainColor = '#2563c9';
const validationColor = '#d3541b';

/** More points than pixels say nothing; means of neighbours do. */
function thinned(steps: readonly (readonly [number, number])[], most = 600): [number, number][] {
  const group = Math.max(1, Math.ceil(steps.length / most));
  return Array.from({ length: Math.floor(steps.length / group) }, (_, i) => {
    const members = steps.slice(i * group, (i + 1) * group);
    const mean = (axis: 0 | 1) => members.reduce((sum, point) => sum + point[axis], 0) / members.length;
    return [mean(0), mean(1)];
  });
}

/** Loss and metric over the epochs. */
export function curvePanels({ epochs, history, steps, best, metric }: RunCurves): CurvePanel[] {
  const at = ({ epoch }: EpochRecord) => epoch + 1;
  const measured = history.filter(({ validation }) => validation !== undefined);
  const marked = best === null ? -1 : measured.findIndex(({ epoch }) => epoch === best.epoch);
  const loss: CurvePanel = {
    title: 'Loss',
    xLabel: 'epoch',
    yLabel: 'loss',
    xEnd: epochs,
    curves: [
      { name: 'steps', color: trainColor, faint: true, points: thinned(steps) },
      { name: 'training', color: trainColor, points: history.map((record) => [at(record), record.loss]) },
      {
        name: 'validation',
        color: validationColor,
        points: measured.map((record) => [at(record), record.validation!.loss]),
      },
    ],
  };
  if (measured.length === 0) {
    return [loss];
  }
  return [
    loss,
    {
      title: metric === 'mAP' ? 'mAP' : 'Accuracy',
      xLabel: 'epoch',
      yLabel: `${metric}, %`,
      xEnd: epochs,
      yLimits: [0, 100],
      curves: [
        {
          name: marked < 0 ? 'validation' : 'validation (ring: the epoch that is kept)',
          color: validationColor,
          points: measured.map((record) => [at(record), 100 * record.validation!.metric]),
          marked: marked < 0 ? undefined : marked,
        },
      ],
    },
  ];
}

/** Draws a run's curves as a PNG file, whole or not at all. */
export async function writeRunCurves(path: string, curves: RunCurves): Promise<void> {
  await atomicWrite(path, await encodePng(drawCurves(curves.title, curvePanels(curves))));
}
