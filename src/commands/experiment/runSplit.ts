import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import type { ModelRecipe } from '../../models/index.js';
import { hashFile } from '../../node/loading/imageTask.js';
import { drawFirstWeights } from '../../backbones/weights/initialWeights.js';
import { openBackbone } from '../train/backbone.js';
import { hashOfModel } from '../../training/index.js';
import type { Split } from '../../node/datasets/readers/index.js';
import { openFrozenNetwork } from '../../node/features/experimentNetwork.js';
import { loadFeatures } from '../../node/features/loadFeatures.js';
import { packedFeatureStore } from '../../node/features/packedFeatureStore.js';
import { ensembleOf, objectBankOf } from './methods/ensemble.js';
import type { EvaluateOptions } from './runExperiment.js';
import { explainTrained, networksWanted } from './faithfulness/explainTrained.js';
import { faithfulnessOf } from './faithfulness/faithfulness.js';
import { frozenGroups, runGroup } from './methods/sharedFeatures.js';
import type { HeadWants } from './methods/linearHead.js';
import { gradCamRow } from './methods/gradCam.js';
import type { FaithfulnessOutcome, RowOutcome } from './scores/outcome.js';
import type { RunConfig, TrainedRow } from './config.js';
import type { StageStore } from './cache/resultCache.js';
import { trainedRow } from './methods/fineTuned.js';

async function dataKey({ train, test }: Split): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([train.classes, train.multiLabel]));
  for (const set of [train, test]) {
    for (const { path, labels } of set.images) {
      hash.update(JSON.stringify([await hashFile(path), labels]));
    }
  }
  return hash.digest('hex');
}

/** A trained row opens its backbone anew for each training; from scratch, the training's seed draws the first weights. */
export function opener(
  { config, weights }: Pick<EvaluateOptions, 'config' | 'weights'>,
  kind: 'fineTune' | 'scratch',
): (seed: number) => Promise<{ model: tfl.LayersModel; input: ModelRecipe['input']; layer: string }> {
  return async (seed) => {
    const opened = await openBackbone({ weights: kind === 'scratch' ? undefined : weights, strategy: kind });
    if (kind === 'scratch') {
      drawFirstWeights(opened.model, seed);
    }
    const input = opened.recipe.input ?? config.backbone.input;
    if (input === undefined) {
      opened.model.dispose();
      throw expectedInWords(
        'the backbone',
        'one that says how it takes images',
        'one without a recipe: say it in the config, as input',
      );
    }
    return { model: opened.model, input: input as ModelRecipe['input'], layer: config.backbone.layer };
  };
}

/** What a training starts from, by what is in it; first weights that are drawn are told by the training's seed. */
export async function startOf(kind: TrainedRow['kind'], open: ReturnType<typeof opener>): Promise<unknown> {
  const { model, input, layer } = await open(0);
  try {
    return [kind === 'scratch' ? ['drawn by seed', layer] : await hashOfModel(model, layer), input];
  } finally {
    model.dispose();
  }
}

/** What is wanted of heads beside their scores, by row and seed. */
function wantsOf({ config, data }: EvaluateOptions, first: boolean): (row: string, seed: number) => HeadWants {
  const { rows } = config;
  const banked = new Set(rows.flatMap((row) => (row.kind === 'objectBank' ? row.of : [])));
  const altered = config.protocol.faithfulness?.rows ?? [];
  const explained = new Set([...altered, ...rows.flatMap((row) => (row.kind === 'gradCam' ? [row.of] : []))]);
  const judged = judgedRow(config);
  return (row, seed) => ({
    // Without places maps can be looked at, but not measured: of one row that is enough.
    maps: data.annotations !== undefined || (first && row === judged && seed === config.protocol.seeds[0]),
    train: banked.has(row),
    head: explained.has(row),
  });
}

/** The row whose images are shown. */
export const judgedRow = ({ comparisons }: RunConfig): string | undefined => comparisons[0]?.[0];

/**
 * Trains and tests all rows on one split; what has been done before is taken from the disk.
 *
 * @param first whether it is the first of the splits, of which images are shown
 */
export async function runSplit(
  options: EvaluateOptions,
  stages: StageStore,
  split: Split,
  first: boolean,
): Promise<Map<string, RowOutcome>> {
  const { config, cache, data, jobs, tell, notice } = options;
  const { rows } = config;
  const store = packedFeatureStore(join(cache, 'features'));
  const outcomes = new Map<string, RowOutcome>();
  const withMaps = data.annotations !== undefined;
  const images = await dataKey(split);
  const wants = wantsOf(options, first);
  const keeps = networksWanted(config, first);
  try {
    for (const group of frozenGroups(config)) {
      const network = await openFrozenNetwork({
        folder: options.weights,
        layers: [group.layer],
        input: config.backbone.input,
      });
      const source = [images, network.hashes, network.input];
      try {
        const found = await runGroup({
          config,
          group,
          split,
          network,
          store,
          stages,
          source,
          wants,
          jobs,
          tell,
          notice,
          checkpoints: join(cache, 'checkpoints', data.name),
        });
        found.forEach((outcome, id) => outcomes.set(id, outcome));
        const features = () =>
          loadFeatures(network, store, split.test.images, {
            layer: group.layer,
            resize: { rule: 'warp', size: group.size },
          });
        for (const row of rows) {
          const explained = row.kind === 'gradCam' ? found.get(row.of) : undefined;
          if (row.kind === 'gradCam' && explained !== undefined) {
            outcomes.set(row.id, await gradCamRow(row, explained, split.test, features, stages, [source, group.size]));
          }
        }
        if (first && config.protocol.faithfulness !== undefined) {
          const { images: count, steps, rows: named } = config.protocol.faithfulness;
          const inGroup = rows.filter(
            (row) => named.includes(row.id) && found.has(row.kind === 'gradCam' ? row.of : row.id),
          );
          const judged =
            inGroup.length === 0
              ? new Map<string, FaithfulnessOutcome>()
              : await faithfulnessOf({
                  setup: {
                    folder: options.weights,
                    layer: group.layer,
                    input: config.backbone.input,
                    size: group.size,
                    multiLabel: data.multiLabel,
                    steps,
                  },
                  rows: inGroup.map(({ id, kind }) => ({
                    id,
                    head: outcomes.get(id)!.seeds[0].head!,
                    gradCam: kind === 'gradCam',
                  })),
                  test: split.test,
                  images: count,
                  stages,
                  key: source,
                  jobs,
                  tell,
                });
          judged.forEach((outcome, id) => {
            outcomes.get(id)!.faithfulness = outcome;
          });
        }
      } finally {
        network.dispose();
      }
    }
    const starts = new Map<TrainedRow['kind'], unknown>();
    for (const row of rows) {
      if (row.kind === 'fineTune' || row.kind === 'scratch') {
        const open = opener(options, row.kind);
        const start = starts.get(row.kind) ?? (await startOf(row.kind, open));
        starts.set(row.kind, start);
        const { choice, seeds, grid } = await trainedRow({
          row,
          ...split,
          heldOut: config.protocol.heldOut,
          seeds: config.protocol.seeds,
          open,
          resize: { rule: 'warp', size: row.size ?? config.size },
          store,
          stages,
          source: [images, start],
          folder: join(cache, 'checkpoints', data.name, row.id, images.slice(0, 12)),
          withMaps,
          networks: { folder: join(cache, 'networks', data.name), wanted: (seed) => keeps(row.id, seed) },
          onProgress: (what, done, epochs, loss) => tell(what, done, epochs, `loss ${loss.toFixed(3)}`),
          notice,
        });
        outcomes.set(row.id, { choice, seeds, grid });
      } else if (row.kind === 'ensemble' || row.kind === 'objectBank') {
        const members = row.of.map((id) => outcomes.get(id) as RowOutcome);
        outcomes.set(
          row.id,
          row.kind === 'ensemble'
            ? { choice: null, grid: null, ...ensembleOf(members, data.classes.length, data.multiLabel) }
            : { grid: null, ...objectBankOf(members, split.train, row.of) },
        );
      }
    }
    await explainTrained({ config, first, test: split.test, stages, jobs, tell }, outcomes);
  } finally {
    store.close();
  }
  return outcomes;
}
