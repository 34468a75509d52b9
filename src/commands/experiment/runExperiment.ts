import { join } from 'node:path';
import { ConfusionMatrix } from '../../metrics/index.js';
import type { ProtocolData, Split } from '../../node/datasets/readers/index.js';
import type { Comparison, EvaluationResults, Figure, ResultRow, TrainingCurve } from '../report/results.js';
import { madeFrom } from './selectMethods.js';
import type { TrueRegions } from './openData.js';
import { readRegions } from './openData.js';
import type { Measured } from './scores/estimates.js';
import { differenceOf, figureOf, mcNemar, testDefinitions, testWords } from './scores/estimates.js';
import { examplesOf } from './scores/examples.js';
import { classPrecisions, measuredOf, measuresFor, rightOnes } from './scores/metricTable.js';
import type { Choice, RowOutcome } from './scores/outcome.js';
import type { RowConfig, RunConfig } from './config.js';
import { judgedRow, runSplit } from './runSplit.js';
import { stageStore } from './cache/resultCache.js';
import { sweepOverRates, sweepOverRegions, sweepOverSizes } from './scores/sweeps.js';

export interface EvaluateOptions {
  config: RunConfig;
  data: ProtocolData;
  /** folder of the backbone; default: the one of this package */
  weights?: string;
  /** where features and stages are kept */
  cache: string;
  jobs?: number;
  made: EvaluationResults['made'];
  /** how an image is named in the results */
  pathOf(path: string): string;
  tell(what: string, done: number, total: number, note?: string): void;
  notice(sentence: string): void;
}

/** What was tried and chosen for a row, beside its figures. */
export interface EvaluatedRun {
  results: EvaluationResults;
  choices: Record<string, Choice[]>;
}

const slow = new Set(['map', 'map07', 'pointwise', 'miou', 'maxBoxAcc', 'maxBoxAccV2']);
const samplesFor = (measure: string) => (slow.has(measure) ? 300 : 1000);

/** Sizes of images that a row goes by: its own, or those of the rows that it is made from. */
function sizesOf(row: RowConfig, run: Pick<RunConfig, 'rows' | 'size'>): number[] {
  if (!('of' in row)) {
    return [row.size ?? run.size];
  }
  const ids = madeFrom(row);
  return [...new Set(run.rows.filter(({ id }) => ids.includes(id)).flatMap((one) => sizesOf(one, run)))];
}

/** What was chosen may differ from split to split. */
function detailsOf(row: RowConfig, choices: (Choice | null)[], config: RunConfig): string[] {
  const chosen = (name: 'rate' | 'epochs' | 'c') =>
    [...new Set(choices.flatMap((choice) => choice?.[name] ?? []))].sort((a, b) => a - b).join(' or ');
  const [rate, epochs, c] = [chosen('rate'), chosen('epochs'), chosen('c')];
  return [
    `${sizesOf(row, config).join(', ')} px`,
    ...(rate === '' ? [] : [`rate ${rate}`, `${epochs} epochs`]),
    ...(c === '' ? [] : [`C ${c}`]),
  ];
}

const strategyNames: Record<RowConfig['kind'], string> = {
  head: 'features',
  svm: 'features',
  fineTune: 'fine-tuned',
  scratch: 'from scratch',
  ensemble: 'combined',
  objectBank: 'combined',
  gradCam: 'features',
};

/** Grad-CAM belongs to what it explains. */
function strategyOf(row: RowConfig, rows: readonly RowConfig[]): string {
  const own = row.kind === 'gradCam' ? (rows.find(({ id }) => id === row.of) ?? row) : row;
  return strategyNames[own.kind];
}

/** All that was found out in one split. */
interface FinishedSplit {
  split: Split;
  outcomes: Map<string, RowOutcome>;
  places: TrueRegions[] | null;
  /** by row, then by measure */
  measured: Map<string, Record<string, Measured>>;
}

/**
 * Runs an experiment: choices on held-out training images, training on all of them, one look at the test images.
 *
 * @throws WeldonError for data, weights or a cache that cannot be used
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluatedRun> {
  const { config, data } = options;
  const { rows } = config;
  const stages = stageStore(join(options.cache, 'stages', data.name), options.notice);
  const bySplit: FinishedSplit[] = [];
  for (const [i, split] of data.splits.entries()) {
    const outcomes = await runSplit(options, stages, split, i === 0);
    const places = await readRegions(
      data,
      split.test.images.map(({ path }) => path),
    );
    const measured = new Map(
      rows.map(({ id, kind }, r) => {
        options.tell(`measuring rows${data.splits.length > 1 ? `, split ${i + 1}` : ''}`, r, rows.length);
        return [id, measuredOf(split.test, outcomes.get(id) as RowOutcome, places, kind !== 'gradCam', data.leftOut)];
      }),
    );
    bySplit.push({ split, outcomes, places, measured });
  }
  const [{ split: first, places: firstPlaces, outcomes: firstOutcomes }] = bySplit;
  const choices: Record<string, Choice[]> = {};
  const resultRows = rows.map((row, i): ResultRow => {
    options.tell('figures', i + 1, rows.length);
    const outcomes = bySplit.map((one) => one.outcomes.get(row.id) as RowOutcome);
    const chosen = outcomes.map(({ choice }) => choice);
    if (row.kind !== 'gradCam') {
      choices[row.id] = chosen.filter((choice) => choice !== null);
    }
    const figures = Object.fromEntries(
      Object.keys(bySplit[0].measured.get(row.id)!).map((id) => [
        id,
        figureOf(measuredIn(bySplit, row.id, id), samplesFor(id)),
      ]),
    );
    const result: ResultRow = {
      id: row.id,
      name: row.name,
      strategy: strategyOf(row, rows),
      details: detailsOf(row, chosen, config),
      figures,
    };
    if (data.multiLabel && row.kind !== 'gradCam') {
      result.perClass = classPrecisions(first.test, firstOutcomes.get(row.id)!, data.leftOut);
    } else if (row.kind !== 'gradCam') {
      const matrix = new ConfusionMatrix(data.classes.length);
      bySplit.forEach((one) =>
        matrix.update(
          one.outcomes.get(row.id)!.seeds[0].scores,
          one.split.test.images.map(({ labels }) => labels[0]),
        ),
      );
      const { counts, classAccuracies } = matrix.summary();
      result.confusion = counts;
      result.perClass = classAccuracies.map((value) => (Number.isNaN(value) ? null : value));
    }
    return result;
  });
  const judged = judgedRow(config);
  const measures = measuresFor(first.test, firstPlaces, config.protocol.faithfulness, bySplit.length);
  const published = [
    ...rows
      .filter(({ reference }) => reference !== undefined)
      .map((row): ResultRow => ({
        id: `${row.id}-reference`,
        name: row.name,
        strategy: 'reference',
        details: ['the same in PyTorch'],
        published: { source: 'reference run of the same protocol in PyTorch' },
        figures: plainFigures(row.reference!),
      })),
    ...(config.published ?? []).map(({ name, source, figures }, i): ResultRow => ({
      id: `published-${i}`,
      name,
      strategy: 'published',
      details: [],
      published: { source },
      figures: plainFigures(figures),
    })),
  ];
  return {
    choices,
    results: {
      version: 1,
      title: config.title,
      made: options.made,
      dataSet: {
        name: data.name,
        classes: [...data.classes],
        multiLabel: data.multiLabel,
        train: first.train.images.length,
        validation: Math.round(first.train.images.length * config.protocol.heldOut),
        test: first.test.images.length,
        ...(data.splits.length > 1 ? { splits: data.splits.length } : {}),
        ...((data.terms ?? config.terms) ? { terms: data.terms ?? config.terms } : {}),
      },
      measures,
      rows: [...resultRows, ...published],
      comparisons: config.comparisons.flatMap(([row, against]) => compare(bySplit, row, against, data.multiLabel)),
      tests: testDefinitions(bySplit.length, data.multiLabel),
      sweeps: [
        ...measures.flatMap(({ id, name }) => sweepOverRegions(id, name, rows, resultRows, firstOutcomes)),
        ...measures.flatMap(({ id, name }) => sweepOverSizes(id, name, rows, resultRows)),
        ...sweepOverRates(measures[0], rows, firstOutcomes),
      ],
      curves: rows.flatMap((row) => curveOf(row, firstOutcomes.get(row.id) as RowOutcome)),
      images:
        judged === undefined
          ? { worst: [], best: [] }
          : await examplesOf(judged, first.test, firstOutcomes.get(judged) as RowOutcome, firstPlaces, options.pathOf),
      notices: [...data.notices],
    },
  };
}

const plainFigures = (figures: Record<string, number>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(figures).map(([id, value]) => [id, { value, low: null, high: null }]));

/** Images are altered in the first split alone. */
const measuredIn = (splits: readonly FinishedSplit[], row: string, measure: string): Measured[] =>
  splits.flatMap(({ measured }) => measured.get(row)![measure] ?? []);

/** Training with what was chosen, in the first split. */
function curveOf(row: RowConfig, { choice }: RowOutcome): TrainingCurve[] {
  if (row.kind === 'gradCam' || choice?.curve === undefined) {
    return [];
  }
  const { losses, heldOut } = choice.curve;
  const last = Math.max(losses.length, ...heldOut.map(({ epoch }) => epoch));
  return [
    {
      row: row.id,
      best: choice.epochs ?? null,
      epochs: Array.from({ length: last }, (_, i) => ({
        epoch: i + 1,
        loss: losses[i] ?? null,
        validation: heldOut.find(({ epoch }) => epoch === i + 1)?.value ?? null,
      })),
    },
  ];
}

function compare(splits: readonly FinishedSplit[], row: string, against: string, multiLabel: boolean): Comparison[] {
  const [
    {
      split: { test },
      outcomes,
      measured,
    },
  ] = splits;
  const [a, b] = [measured.get(row)!, measured.get(against)!];
  const words = testWords(splits.length);
  const comparisons = Object.keys(a)
    .filter((id) => id in b && id !== 'map07')
    .map((id): Comparison => ({
      row,
      against,
      measure: id,
      test: words.paired,
      ...differenceOf(measuredIn(splits, row, id), measuredIn(splits, against, id), samplesFor(id)),
    }));
  if (!multiLabel && 'accuracy' in a && 'accuracy' in b) {
    const [mine, theirs] = [row, against].map((id) => rightOnes(test, outcomes.get(id)!));
    const ofFirstSeed = ({ each, images }: Measured): Measured => ({ each: each.slice(0, 1), images });
    comparisons.push({
      row,
      against,
      measure: 'accuracy',
      difference: differenceOf([ofFirstSeed(a.accuracy)], [ofFirstSeed(b.accuracy)], samplesFor('accuracy')).difference,
      p: mcNemar(mine, theirs).p,
      test: words.mcNemar,
    });
  }
  return comparisons;
}
