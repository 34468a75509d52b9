import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../../src/errors.js';
import { ConfusionMatrix } from '../../../src/metrics/index.js';
import type { ModelRecipe } from '../../../src/models/index.js';
import { hashFile } from '../../../src/node/dataSets/pictureTask.js';
import { openBackbone } from '../../../src/node/trainingRuns/trainingBackbone.js';
import { openFrozenNetwork } from '../features/frozenNetwork.js';
import { packedFeatureStore } from '../features/packedFeatureStore.js';
import type { ProtocolData, Split } from '../dataSets/index.js';
import type { Comparison, EvaluationResults, Figure, ResultRow } from '../report/results.js';
import { ensembleOf, objectBankOf } from './combinedRow.js';
import type { TrueRegions } from './experimentData.js';
import { readRegions } from './experimentData.js';
import { frozenGroups, runGroup } from './frozenGroups.js';
import { judgedPictures } from './judgedPictures.js';
import { mcNemar } from './mcNemar.js';
import type { Measuring } from './measures.js';
import { differenceOf, figureOf, maxBoxAccuracy, measuresFor, measurings, rightOnes } from './measures.js';
import type { Choice, RowOutcome } from './outcome.js';
import type { RowConfig, RunConfig } from './runConfig.js';
import { stageStore } from './stageStore.js';
import { sweepOverRegions } from './sweepOverRegions.js';
import { trainedRow } from './trainedRow.js';

export interface EvaluateOptions {
  config: RunConfig;
  data: ProtocolData;
  /** folder of the backbone; default: the one of this package */
  weights?: string;
  /** where features and stages are kept */
  cache: string;
  jobs?: number;
  /** ids of the rows wanted; default all */
  rows?: readonly string[];
  made: EvaluationResults['made'];
  /** how a picture is named in the results */
  pathOf(path: string): string;
  tell(what: string, done: number, total: number, note?: string): void;
  notice(sentence: string): void;
}

/** What was tried and chosen for a row, beside its figures. */
export interface EvaluatedRun {
  results: EvaluationResults;
  choices: Record<string, Choice[]>;
}

async function dataKey({ train, test }: Split): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([train.classes, train.multiLabel]));
  for (const set of [train, test]) {
    for (const { path, labels } of set.images) {
      hash.update(JSON.stringify([await hashFile(path), labels]));
    }
  }
  return hash.digest('hex');
}

/** A trained row opens its backbone anew for each training. */
function opener(
  { config, weights }: EvaluateOptions, kind: 'fineTune' | 'scratch',
): () => Promise<{ model: tfl.LayersModel; input: ModelRecipe['input']; layer: string }> {
  return async () => {
    const opened = await openBackbone({ weights: kind === 'scratch' ? undefined : weights, strategy: kind });
    const input = opened.recipe.input ?? config.backbone.input;
    if (input === undefined) {
      throw expectedInWords('the backbone', 'one that says how it takes pictures', 'one without a recipe: say it in the config, as input');
    }
    return { model: opened.model, input: input as ModelRecipe['input'], layer: config.backbone.layer };
  };
}

async function runSplit(options: EvaluateOptions, split: Split, rows: readonly RowConfig[]): Promise<Map<string, RowOutcome>> {
  const { config, cache, data, jobs, tell, notice } = options;
  const store = packedFeatureStore(join(cache, 'features'));
  const stages = stageStore(join(cache, 'stages', data.name), notice);
  const outcomes = new Map<string, RowOutcome>();
  const withMaps = data.annotations !== undefined;
  const pictures = await dataKey(split);
  const banked = new Set(rows.flatMap((row) => (row.kind === 'objectBank' ? row.of : [])));
  try {
    for (const group of frozenGroups({ ...config, rows: [...rows] })) {
      const network = await openFrozenNetwork({ folder: options.weights, layers: [group.layer], input: config.backbone.input });
      try {
        const found = await runGroup({
          config, group, split, network, store, stages, key: [pictures, network.hashes], withMaps, jobs, tell, notice,
          checkpoints: join(cache, 'checkpoints', data.name),
          withTrain: group.heads.some(({ id }) => banked.has(id)),
        });
        found.forEach((outcome, id) => outcomes.set(id, outcome));
      } finally {
        network.dispose();
      }
    }
    for (const row of rows) {
      if (row.kind === 'fineTune' || row.kind === 'scratch') {
        const open = opener(options, row.kind);
        const size = row.size ?? config.size;
        const { choice, seeds, grid } = await trainedRow({
          row, ...split, heldOut: config.protocol.heldOut, seeds: config.protocol.seeds, open, resize: { rule: 'warp', size },
          store, stages, key: [pictures, config.backbone, options.weights ?? 'embedded', size],
          folder: join(cache, 'checkpoints', data.name, row.id, pictures.slice(0, 12)), withMaps,
          onProgress: (what, done, epochs, loss) => tell(what, done, epochs, `loss ${loss.toFixed(3)}`),
        });
        outcomes.set(row.id, { choice, seeds, grid });
      } else if (row.kind === 'ensemble' || row.kind === 'objectBank') {
        const members = row.of.map((id) => outcomes.get(id) as RowOutcome);
        outcomes.set(row.id, row.kind === 'ensemble'
          ? { choice: null, grid: null, seeds: ensembleOf(members, data.classes.length, data.multiLabel) }
          : { grid: null, ...objectBankOf(members, split.train, row.of) });
      }
    }
  } finally {
    store.close();
  }
  return outcomes;
}

const slow = new Set(['map', 'map07', 'miou']);
const samplesFor = (measure: string) => (slow.has(measure) ? 300 : 1000);

function detailsOf(row: RowConfig, choices: (Choice | null)[], config: RunConfig): string[] {
  const size = 'size' in row && row.size !== undefined ? row.size : config.size;
  const parts = [`${size} px`];
  const [choice] = choices;
  if (choice?.rate !== undefined) {
    parts.push(`rate ${choice.rate}`, `${choice.epochs} epochs`);
  }
  if (choice?.c !== undefined) {
    parts.push(`C ${choice.c}`);
  }
  return parts;
}

const strategyNames: Record<RowConfig['kind'], string> = {
  head: 'features', svm: 'features', fineTune: 'fine-tuned', scratch: 'from scratch', ensemble: 'combined', objectBank: 'combined',
};

/** Mean of a figure over splits; the interval is over splits' test pictures one after the other. */
function joined(figures: Figure[]): Figure {
  if (figures.length === 1) {
    return figures[0];
  }
  const mean = (pick: (figure: Figure) => number | null) =>
    figures.reduce((sum, figure) => sum + (pick(figure) ?? NaN), 0) / figures.length;
  return {
    value: mean(({ value }) => value), low: mean(({ low }) => low), high: mean(({ high }) => high),
    each: figures.map(({ value }) => value as number),
  };
}

/**
 * Runs an experiment: choices on held-out training pictures, training on all of them, one look at the test pictures.
 *
 * @throws WeldonError for data, weights or a cache that cannot be used
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluatedRun> {
  const { config, data } = options;
  const rows = config.rows.filter(({ id }) => options.rows === undefined || options.rows.includes(id));
  const bySplit: { split: Split; outcomes: Map<string, RowOutcome>; places: TrueRegions[] | null; measured: Map<string, Record<string, Measuring[]>> }[] = [];
  for (const split of data.splits) {
    const outcomes = await runSplit(options, split, rows);
    const places = await readRegions(data, split.test.images.map(({ path }) => path));
    const measured = new Map([...outcomes].map(([id, outcome]) => [id, measurings(split.test, outcome, places)]));
    bySplit.push({ split, outcomes, places, measured });
  }
  const [{ split: first, places: firstPlaces }] = bySplit;
  const choices: Record<string, Choice[]> = {};
  const resultRows = rows.map((row, i): ResultRow => {
    options.tell('figures', i + 1, rows.length);
    const outcomes = bySplit.map((one) => one.outcomes.get(row.id) as RowOutcome);
    const chosen = outcomes.map(({ choice }) => choice);
    choices[row.id] = chosen.filter((choice) => choice !== null);
    const ids = Object.keys(bySplit[0].measured.get(row.id)!);
    const figures = Object.fromEntries(ids.map((id) => [id, joined(bySplit.map((one) =>
      figureOf(one.measured.get(row.id)![id], one.split.test.images.length, samplesFor(id))))]));
    // Takes a minute a row, so only those that are compared get it.
    const compared = config.comparisons[0]?.includes(row.id) === true;
    if (compared && firstPlaces?.some(({ boxes }) => boxes !== undefined) && outcomes[0].grid !== null && outcomes[0].seeds[0].maps.length > 0) {
      const { maxBoxAcc } = maxBoxAccuracy(first.test, outcomes[0], firstPlaces);
      figures.maxBoxAcc = { value: maxBoxAcc, low: null, high: null };
    }
    const result: ResultRow = {
      id: row.id, name: row.name, strategy: strategyNames[row.kind], details: detailsOf(row, chosen, config), figures,
    };
    if (!data.multiLabel) {
      const matrix = new ConfusionMatrix(data.classes.length);
      bySplit.forEach((one) => matrix.update(one.outcomes.get(row.id)!.seeds[0].scores, one.split.test.images.map(({ labels }) => labels[0])));
      const { counts, classAccuracies } = matrix.summary();
      result.confusion = counts;
      result.perClass = classAccuracies.map((value) => (Number.isNaN(value) ? null : value));
    }
    return result;
  });
  const judged = config.comparisons.map(([row]) => row).find((id) => rows.some((row) => row.id === id));
  const published = [
    ...rows.filter(({ reference }) => reference !== undefined).map((row): ResultRow => ({
      id: `${row.id}-reference`, name: row.name, strategy: 'reference', details: ['the same in PyTorch'],
      published: { source: 'reference run of the same protocol in PyTorch' }, figures: plainFigures(row.reference!),
    })),
    ...(config.published ?? []).map(({ name, source, figures }, i): ResultRow => ({
      id: `published-${i}`, name, strategy: 'published', details: [], published: { source }, figures: plainFigures(figures),
    })),
  ];
  return {
    choices,
    results: {
      version: 1, title: config.title, made: options.made,
      dataSet: {
        name: data.name, classes: [...data.classes], multiLabel: data.multiLabel, train: first.train.images.length,
        validation: Math.round(first.train.images.length * config.protocol.heldOut), test: first.test.images.length,
        ...(data.splits.length > 1 ? { splits: data.splits.length } : {}), ...(data.terms ?? config.terms ? { terms: data.terms ?? config.terms } : {}),
      },
      measures: measuresFor(first.test, firstPlaces), rows: [...resultRows, ...published],
      comparisons: config.comparisons.filter((pair) => pair.every((id) => rows.some((row) => row.id === id)))
        .flatMap(([row, against]) => compare(bySplit[0], row, against, data.multiLabel)),
      sweeps: measuresFor(first.test, firstPlaces).flatMap(({ id, name }) => sweepOverRegions(id, name, rows, resultRows, bySplit[0].outcomes)), curves: [],
      pictures: judged === undefined || firstPlaces === null ? { worst: [], best: [] } : judgedPictures(judged,
        first.test, bySplit[0].outcomes.get(judged) as RowOutcome, firstPlaces, options.pathOf),
      notices: [...data.notices],
    },
  };
}

const plainFigures = (figures: Record<string, number>): Record<string, Figure> =>
  Object.fromEntries(Object.entries(figures).map(([id, value]) => [id, { value, low: null, high: null }]));

function compare(
  { split: { test }, outcomes, measured }: { split: Split; outcomes: Map<string, RowOutcome>; measured: Map<string, Record<string, Measuring[]>> },
  row: string, against: string, multiLabel: boolean,
): Comparison[] {
  const [a, b] = [measured.get(row)!, measured.get(against)!];
  const comparisons = Object.keys(a).filter((id) => id in b && id !== 'map07').map((id): Comparison => ({
    row, against, measure: id, test: 'paired bootstrap over pictures, mean of the seeds',
    ...differenceOf(a[id], b[id], test.images.length, samplesFor(id)),
  }));
  if (!multiLabel) {
    const { p } = mcNemar(rightOnes(test, outcomes.get(row)!), rightOnes(test, outcomes.get(against)!));
    const { difference } = differenceOf(a.accuracy.slice(0, 1), b.accuracy.slice(0, 1), test.images.length, 1000);
    comparisons.push({ row, against, measure: 'accuracy', difference, p, test: 'exact McNemar, first seed' });
  }
  return comparisons;
}
