import { ConfusionMatrix } from '../../../metrics/confusionMatrix.js';
import type { Comparison, Estimate, ExperimentResults, MethodResult, TrainingCurve } from '../../report/results.js';
import { exampleMethod, madeFrom } from '../config.js';
import type { ImageTruth } from './groundTruth.js';
import { readGroundTruth } from './groundTruth.js';
import type { SplitStatistic } from './estimates.js';
import { differenceOf, estimateOf, mcNemar, testDefinitions, testWords } from './estimates.js';
import { examplesOf } from './examples.js';
import { metricsFor, samplesFor, statisticsOf } from './metricTable.js';
import { shownPrecisions, rightOnes } from './recognition.js';
import type { ExperimentTask } from '../options.js';
import type { Choice, FinishedSplit, MethodOutcome } from '../outcome.js';
import type { ExperimentConfig, MethodConfig } from '../config.js';
import { sweepOverRates, sweepOverRegions, sweepOverSizes } from './sweeps.js';

/** What was tried and chosen for a method, beside its estimates. */
export interface FinishedExperiment {
  results: ExperimentResults;
  choices: Record<string, Choice[]>;
}

/** Sizes of images that a method goes by: its own, or those of the methods that it is made from. */
function sizesOf(method: MethodConfig, run: Pick<ExperimentConfig, 'methods' | 'size'>): number[] {
  if (!('of' in method)) {
    return [method.size ?? run.size];
  }
  const ids = madeFrom(method);
  return [...new Set(run.methods.filter(({ id }) => ids.includes(id)).flatMap((one) => sizesOf(one, run)))];
}

/** What was chosen may differ from split to split. */
function detailsOf(method: MethodConfig, choices: (Choice | null)[], config: ExperimentConfig): string[] {
  const chosen = (name: 'rate' | 'epochs' | 'c') =>
    [...new Set(choices.flatMap((choice) => choice?.[name] ?? []))].sort((a, b) => a - b).join(' or ');
  const [rate, epochs, c] = [chosen('rate'), chosen('epochs'), chosen('c')];
  return [
    `${sizesOf(method, config).join(', ')} px`,
    ...(rate === '' ? [] : [`rate ${rate}`, `${epochs} epochs`]),
    ...(c === '' ? [] : [`C ${c}`]),
  ];
}

const strategyNames: Record<MethodConfig['kind'], string> = {
  head: 'features',
  svm: 'features',
  fineTune: 'fine-tuned',
  scratch: 'from scratch',
  ensemble: 'combined',
  objectBank: 'combined',
  gradCam: 'features',
};

/** Grad-CAM belongs to what it explains. */
function strategyOf(method: MethodConfig, methods: readonly MethodConfig[]): string {
  const own = method.kind === 'gradCam' ? (methods.find(({ id }) => id === method.of) ?? method) : method;
  return strategyNames[own.kind];
}

/** A split with what was measured on it. */
interface MeasuredSplit extends FinishedSplit {
  groundTruth: ImageTruth[] | null;
  /** by method, then by metric */
  statistics: Map<string, Record<string, SplitStatistic>>;
}

async function measure(
  { config, data, tell }: ExperimentTask,
  finished: readonly FinishedSplit[],
): Promise<MeasuredSplit[]> {
  const { methods } = config;
  const measured: MeasuredSplit[] = [];
  for (const [i, { split, outcomes }] of finished.entries()) {
    const groundTruth = await readGroundTruth(
      data,
      split.test.images.map(({ path }) => path),
    );
    const statistics = new Map(
      methods.map(({ id, kind }, m) => {
        tell(`measuring methods${data.splits.length > 1 ? `, split ${i + 1}` : ''}`, m, methods.length);
        return [
          id,
          statisticsOf(split.test, outcomes.get(id) as MethodOutcome, groundTruth, kind !== 'gradCam', data.leftOut),
        ];
      }),
    );
    measured.push({ split, outcomes, groundTruth, statistics });
  }
  return measured;
}

/** Metrics, intervals, tests, sweeps and examples of what methods gave on all splits. */
export async function experimentResults(
  task: ExperimentTask,
  finished: readonly FinishedSplit[],
): Promise<FinishedExperiment> {
  const { config, data } = task;
  const { methods } = config;
  const bySplit = await measure(task, finished);
  const [{ split: first, groundTruth: firstTruth, outcomes: firstOutcomes }] = bySplit;
  const choices: Record<string, Choice[]> = {};
  const methodResults = methods.map((method, i): MethodResult => {
    task.tell('estimates', i + 1, methods.length);
    const outcomes = bySplit.map((one) => one.outcomes.get(method.id) as MethodOutcome);
    const chosen = outcomes.map(({ choice }) => choice);
    if (method.kind !== 'gradCam') {
      choices[method.id] = chosen.filter((choice) => choice !== null);
    }
    const estimates = Object.fromEntries(
      Object.keys(bySplit[0].statistics.get(method.id)!).map((id) => [
        id,
        estimateOf(statisticsIn(bySplit, method.id, id), samplesFor(id)),
      ]),
    );
    const result: MethodResult = {
      id: method.id,
      name: method.name,
      strategy: strategyOf(method, methods),
      details: detailsOf(method, chosen, config),
      estimates,
    };
    if (data.multiLabel && method.kind !== 'gradCam') {
      result.perClass = shownPrecisions(first.test, firstOutcomes.get(method.id)!, data.leftOut);
    } else if (method.kind !== 'gradCam') {
      const matrix = new ConfusionMatrix(data.classes.length);
      bySplit.forEach((one) =>
        matrix.update(
          one.outcomes.get(method.id)!.seeds[0].scores,
          one.split.test.images.map(({ labels }) => labels[0]),
        ),
      );
      const { counts, classAccuracies } = matrix.summary();
      result.confusion = counts;
      result.perClass = classAccuracies.map((value) => (Number.isNaN(value) ? null : value));
    }
    return result;
  });
  const exampleId = exampleMethod(config);
  const metrics = metricsFor(first.test, firstTruth, config.protocol.faithfulness, bySplit.length);
  const published = [
    ...methods
      .filter(({ reference }) => reference !== undefined)
      .map((method): MethodResult => ({
        id: `${method.id}-reference`,
        name: method.name,
        strategy: 'reference',
        details: ['the same in PyTorch'],
        published: { source: 'reference run of the same protocol in PyTorch' },
        estimates: plainEstimates(method.reference!),
      })),
    ...(config.published ?? []).map(({ name, source, estimates }, i): MethodResult => ({
      id: `published-${i}`,
      name,
      strategy: 'published',
      details: [],
      published: { source },
      estimates: plainEstimates(estimates),
    })),
  ];
  return {
    choices,
    results: {
      version: 1,
      title: config.title,
      made: task.made,
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
      metrics,
      methods: [...methodResults, ...published],
      comparisons: config.comparisons.flatMap(([row, against]) => compare(bySplit, row, against, data.multiLabel)),
      tests: testDefinitions(bySplit.length, data.multiLabel),
      sweeps: [
        ...metrics.flatMap(({ id, name }) => sweepOverRegions(id, name, methods, methodResults, firstOutcomes)),
        ...metrics.flatMap(({ id, name }) => sweepOverSizes(id, name, methods, methodResults)),
        ...sweepOverRates(metrics[0], methods, firstOutcomes),
      ],
      curves: methods.flatMap((method) => curveOf(method, firstOutcomes.get(method.id) as MethodOutcome)),
      examples:
        exampleId === undefined
          ? { worst: [], best: [] }
          : await examplesOf(
              exampleId,
              first.test,
              firstOutcomes.get(exampleId) as MethodOutcome,
              firstTruth,
              task.pathOf,
            ),
      notices: [...data.notices],
    },
  };
}

const plainEstimates = (estimates: Record<string, number>): Record<string, Estimate> =>
  Object.fromEntries(Object.entries(estimates).map(([id, value]) => [id, { value, low: null, high: null }]));

/** Images are perturbed in the first split alone. */
const statisticsIn = (splits: readonly MeasuredSplit[], method: string, metric: string): SplitStatistic[] =>
  splits.flatMap(({ statistics }) => statistics.get(method)![metric] ?? []);

/** Training with what was chosen, in the first split. */
function curveOf(method: MethodConfig, { choice }: MethodOutcome): TrainingCurve[] {
  if (method.kind === 'gradCam' || choice?.curve === undefined) {
    return [];
  }
  const { losses, heldOut } = choice.curve;
  const last = Math.max(losses.length, ...heldOut.map(({ epoch }) => epoch));
  return [
    {
      method: method.id,
      best: choice.epochs ?? null,
      epochs: Array.from({ length: last }, (_, i) => ({
        epoch: i + 1,
        loss: losses[i] ?? null,
        validation: heldOut.find(({ epoch }) => epoch === i + 1)?.value ?? null,
      })),
    },
  ];
}

function compare(splits: readonly MeasuredSplit[], method: string, against: string, multiLabel: boolean): Comparison[] {
  const [
    {
      split: { test },
      outcomes,
      statistics,
    },
  ] = splits;
  const [a, b] = [statistics.get(method)!, statistics.get(against)!];
  const words = testWords(splits.length);
  const comparisons = Object.keys(a)
    .filter((id) => id in b && id !== 'map07')
    .map((id): Comparison => ({
      method,
      against,
      metric: id,
      test: words.paired,
      ...differenceOf(statisticsIn(splits, method, id), statisticsIn(splits, against, id), samplesFor(id)),
    }));
  if (!multiLabel && 'accuracy' in a && 'accuracy' in b) {
    const [mine, theirs] = [method, against].map((id) => rightOnes(test, outcomes.get(id)!));
    const ofFirstSeed = ({ each, images }: SplitStatistic): SplitStatistic => ({ each: each.slice(0, 1), images });
    comparisons.push({
      method,
      against,
      metric: 'accuracy',
      difference: differenceOf([ofFirstSeed(a.accuracy)], [ofFirstSeed(b.accuracy)], samplesFor('accuracy')).difference,
      p: mcNemar(mine, theirs).p,
      test: words.mcNemar,
    });
  }
  return comparisons;
}
