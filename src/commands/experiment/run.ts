import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import type { ModelRecipe } from '../../models/index.js';
import { hashFile } from '../../node/loading/imageTask.js';
import { drawInitialWeights } from '../../backbones/weights/initialWeights.js';
import { openBackbone } from '../train/backbone.js';
import { hashOfModel } from '../../training/index.js';
import type { Split } from '../../node/datasets/readers/index.js';
import { loadFeatures } from '../../node/features/computeFeatures.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import type { DiskFeatureStore } from '../../node/features/index.js';
import { ensembleOf, objectBankOf } from './methods/ensemble.js';
import type { ExperimentTask } from './scores/results.js';
import { explainTrained, networksWanted } from './faithfulness/explainTrained.js';
import { faithfulnessOf } from './faithfulness/faithfulness.js';
import { frozenGroups, runGroup } from './methods/sharedFeatures.js';
import type { HeadWants } from './methods/linearHead.js';
import { gradCamMethod } from './methods/gradCam.js';
import type { FaithfulnessOutcome, MethodOutcome } from './outcome.js';
import type { ExperimentConfig, TrainedMethod } from './config.js';
import type { ResultCache } from './cache/resultCache.js';
import { trainedMethod } from './methods/fineTuned.js';

async function dataKey({ train, test }: Split): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([train.classes, train.multiLabel]));
  for (const set of [train, test]) {
    for (const { path, labels } of set.images) {
      hash.update(JSON.stringify([await hashFile(path), labels]));
    }
  }
  return hash.digest('hex');
}

/** A trained method opens its backbone anew for each training; from scratch, the training's seed draws the initial weights. */
export function opener(
  { config, weights }: Pick<ExperimentTask, 'config' | 'weights'>,
  kind: 'fineTune' | 'scratch',
): (seed: number) => Promise<{ model: tfl.LayersModel; input: ModelRecipe['input']; layer: string }> {
  return async (seed) => {
    const opened = await openBackbone({ weights: kind === 'scratch' ? undefined : weights, strategy: kind });
    if (kind === 'scratch') {
      drawInitialWeights(opened.model, seed);
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

/** What a training starts from, by what is in it; initial weights that are drawn are told by the training's seed. */
export async function startOf(kind: TrainedMethod['kind'], open: ReturnType<typeof opener>): Promise<unknown> {
  const { model, input, layer } = await open(0);
  try {
    return [kind === 'scratch' ? ['drawn by seed', layer] : await hashOfModel(model, layer), input];
  } finally {
    model.dispose();
  }
}

/** What is wanted of heads beside their scores, by method and seed. */
function wantsOf({ config, data }: ExperimentTask, first: boolean): (method: string, seed: number) => HeadWants {
  const { methods } = config;
  const banked = new Set(methods.flatMap((method) => (method.kind === 'objectBank' ? method.of : [])));
  const perturbed = config.protocol.faithfulness?.methods ?? [];
  const explained = new Set([
    ...perturbed,
    ...methods.flatMap((method) => (method.kind === 'gradCam' ? [method.of] : [])),
  ]);
  const exampleId = exampleMethod(config);
  return (method, seed) => ({
    // Without ground truth maps can be shown, but not measured: those of one method are enough.
    maps: data.annotations !== undefined || (first && method === exampleId && seed === config.protocol.seeds[0]),
    train: banked.has(method),
    head: explained.has(method),
  });
}

/** The method whose images are shown. */
export const exampleMethod = ({ comparisons }: ExperimentConfig): string | undefined => comparisons[0]?.[0];

/**
 * Trains and tests all methods on one split; what has been done before is taken from the disk.
 *
 * @param first whether it is the first of the splits, of which images are shown
 */
export async function runSplit(
  options: ExperimentTask,
  { resultCache, store }: { resultCache: ResultCache; store: DiskFeatureStore },
  split: Split,
  first: boolean,
): Promise<Map<string, MethodOutcome>> {
  const { config, cache, data, jobs, tell, notice } = options;
  const { methods } = config;
  const outcomes = new Map<string, MethodOutcome>();
  const withMaps = data.annotations !== undefined;
  const images = await dataKey(split);
  const wants = wantsOf(options, first);
  const savesNetwork = networksWanted(config, first);
  for (const group of frozenGroups(config)) {
    const network = await openFrozenNetwork({
      folder: options.weights,
      layer: group.layer,
      input: config.backbone.input,
    });
    const source = [images, [network.hash], network.input];
    try {
      const found = await runGroup({
        config,
        group,
        split,
        network,
        store,
        resultCache,
        source,
        wants,
        jobs,
        tell,
        notice,
        checkpoints: join(cache, 'checkpoints', data.name),
      });
      found.forEach((outcome, id) => outcomes.set(id, outcome));
      const features = () => loadFeatures(network, store, split.test.images, { rule: 'warp', size: group.size });
      for (const method of methods) {
        const explained = method.kind === 'gradCam' ? found.get(method.of) : undefined;
        if (method.kind === 'gradCam' && explained !== undefined) {
          outcomes.set(
            method.id,
            await gradCamMethod(method, explained, split.test, features, resultCache, [source, group.size]),
          );
        }
      }
      if (first && config.protocol.faithfulness !== undefined) {
        const { images: count, steps, methods: named } = config.protocol.faithfulness;
        const inGroup = methods.filter(
          (method) => named.includes(method.id) && found.has(method.kind === 'gradCam' ? method.of : method.id),
        );
        const scored =
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
                methods: inGroup.map(({ id, kind }) => ({
                  id,
                  head: outcomes.get(id)!.seeds[0].head!,
                  gradCam: kind === 'gradCam',
                })),
                test: split.test,
                images: count,
                resultCache,
                key: source,
                jobs,
                tell,
              });
        scored.forEach((outcome, id) => {
          outcomes.get(id)!.faithfulness = outcome;
        });
      }
    } finally {
      network.dispose();
    }
  }
  const starts = new Map<TrainedMethod['kind'], unknown>();
  for (const method of methods) {
    if (method.kind === 'fineTune' || method.kind === 'scratch') {
      const open = opener(options, method.kind);
      const start = starts.get(method.kind) ?? (await startOf(method.kind, open));
      starts.set(method.kind, start);
      const { choice, seeds, grid } = await trainedMethod({
        method,
        ...split,
        heldOut: config.protocol.heldOut,
        seeds: config.protocol.seeds,
        open,
        resize: { rule: 'warp', size: method.size ?? config.size },
        store,
        resultCache,
        source: [images, start],
        folder: join(cache, 'checkpoints', data.name, method.id, images.slice(0, 12)),
        withMaps,
        networks: { folder: join(cache, 'networks', data.name), wanted: (seed) => savesNetwork(method.id, seed) },
        onProgress: (what, done, epochs, loss) => tell(what, done, epochs, `loss ${loss.toFixed(3)}`),
        notice,
      });
      outcomes.set(method.id, { choice, seeds, grid });
    } else if (method.kind === 'ensemble' || method.kind === 'objectBank') {
      const members = method.of.map((id) => outcomes.get(id) as MethodOutcome);
      outcomes.set(
        method.id,
        method.kind === 'ensemble'
          ? { choice: null, grid: null, ...ensembleOf(members, data.classes.length, data.multiLabel) }
          : { grid: null, ...objectBankOf(members, split.train, method.of) },
      );
    }
  }
  await explainTrained({ config, first, test: split.test, resultCache, jobs, tell }, outcomes);
  return outcomes;
}
