import { recognitionMetricsFor } from '../../metrics/recognition.js';
import { mistakes } from '../report/confusionMatrix.js';
import { aligned, intervalText, valueText } from '../report/format.js';
import type { Estimate } from '../report/results.js';
import type { EvaluationReport } from './evaluationReport.js';

/** Wider matrices do not fit a terminal. */
const mostColumns = 16;
const longestName = 24;

function percent(part: number | null): string {
  return part === null ? '–' : `${valueText(part, 'share')} %`;
}

function estimateText(name: string, estimate: Estimate): string {
  const interval = intervalText(estimate, 'share');
  return `${name.padEnd(24)}${percent(estimate.value)}${interval === '' ? '' : `   (${interval})`}`;
}

function short(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName - 1)}…`;
}

function classLines({ perClass, multiLabel }: EvaluationReport): string[] {
  const head = multiLabel
    ? ['class', 'images', 'AP', 'recall', 'precision']
    : ['class', 'images', 'right', 'precision', 'most often taken for'];
  return aligned([
    head,
    ...perClass.map((row) => [
      short(row.name),
      String(row.images),
      percent(multiLabel ? row.averagePrecision : row.recall),
      percent(multiLabel ? row.recall : row.precision),
      multiLabel
        ? percent(row.precision)
        : row.takenFor === null
          ? ''
          : `${short(row.takenFor.name)} (${row.takenFor.images})`,
    ]),
  ]);
}

function confusionLines({ confusion, classes }: EvaluationReport): string[] {
  if (confusion === null) {
    return [];
  }
  if (classes.length <= mostColumns) {
    const letters = classes.map((_, c) => String(c + 1));
    const rows = classes.map((name, c) => [
      `${letters[c]} ${short(name)}`,
      ...confusion[c].map((n) => (n === 0 ? '·' : String(n))),
    ]);
    return [
      '',
      'confusion: rows are what images show, columns what they are taken for',
      ...aligned([['', ...letters], ...rows]),
    ];
  }
  const pairs = mistakes(confusion, 10);
  return pairs.length === 0
    ? []
    : [
        '',
        'most frequent confusions',
        ...aligned(
          pairs.map(({ n, from, to }) => [`${short(classes[from])} taken for ${short(classes[to])}`, String(n)]),
        ),
      ];
}

function worstLines({ worst, multiLabel }: EvaluationReport, most: number): string[] {
  if (worst.length === 0) {
    return [];
  }
  return [
    '',
    'images that went wrong most clearly',
    ...worst
      .slice(0, most)
      .map(
        ({ path, missed, takenFor, missedValue, takenForValue }) =>
          `${path}: ${short(missed)} ${missedValue.toFixed(2)}, ${multiLabel ? 'not there but' : 'taken for'} ${short(takenFor)} ${takenForValue.toFixed(2)}`,
      ),
  ];
}

/** A report for the terminal. */
export function evaluationText(report: EvaluationReport): string {
  return [
    ...recognitionMetricsFor(report.classes.length, report.multiLabel).map(({ id, name }) =>
      estimateText(name.charAt(0).toLowerCase() + name.slice(1), report.estimates[id]),
    ),
    `${String(report.images)} images; in brackets 95 % intervals over the choice of images (bootstrap)`,
    '',
    ...classLines(report),
    ...confusionLines(report),
    ...worstLines(report, 5),
    '',
  ].join('\n');
}
