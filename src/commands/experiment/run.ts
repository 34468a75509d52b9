import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { diskFeatureStore } from '../../node/features/diskFeatureStore.js';
import type { DiskFeatureStore } from '../../node/features/diskFeatureStore.js';
import { loadFeatures } from '../../node/features/computeFeatures.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import { hashFile } from '../../node/loading/imageTask.js';
import type { Split } from '../../node/datasets/readers/splits.js';
import { openResultCache } from './cache/resultCache.js';
import type { ResultCache } from './cache/resultCache.js';
import { exampleMethod } from './config.js';
import { explainTrained, networksWanted } from './faithfulness/explainTrained.js';
import { faithfulnessOf } from './faithfulness/faithfulness.js';
import { ensembleOf, objectBankOf } from './methods/ensemble.js';
import { trainedMethod } from './methods/fineTuned.js';
import { gradCamMethod } from './methods/gradCam.js';
import { frozenGroups, runGroup } from './methods/sharedFeatures.js';
import type { FrozenGroup } from './methods/sharedFeatures.js';
import { opener, startOf } from './methods/startNetwork.js';
import type { ExperimentTask } from './options.js';
import type { FinishedSplit, HeadWants, MethodOutcome } from './outcome.js';

/** What all methods of a split are run with. */
interface SplitTask extends ExperimentTask {
  split: Split;
  /** whether it is the first of the splits, of which images are shown and perturbed */
  first: boolean;
  /** tells the split's images and labels */
  images: string;
  store: DiskFeatureStore;
  resultCache: ResultCache;
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

/** What is wanted of heads beside their scores, by method and seed. */
function wantsOf({ config, data, first }: SplitTask): (method: string, seed: number) => HeadWants {
  const { methods, protocol } = config;
  const banked = new Set(methods.flatMap((method) => (method.kind === 'objectBank' ? method.of : [])));
  const explained = new Set([
    ...(protocol.faithfulness?.methods ?? []),
    ...methods.flatMap((method) => (method.kind === 'gradCam' ? [method.of] : [])),
  ]);
  const exampleId = exampleMethod(config);
  return (method, seed) => ({
    // Without ground truth maps can be shown, but not measured: those of one method are enough.
    maps: data.annotations !== undefined || (first && method === exampleId && seed === protocol.seeds[0]),
    train: banked.has(method),
    head: explained.has(method),
  });
}

/** Methods on features of one frozen network: heads and SVMs, Grad-CAM of the heads, what perturbed images tell of them. */
async function runFrozen(task: SplitTask, group: FrozenGroup): Promise<Map<string, MethodOutcome>> {
  const { config, data, weights, cache, split, images, first, store, resultCache, jobs, tell, engine, notice } = task;
  const { input } = config.backbone;
  const { layer, size } = group;
  const network = await openFrozenNetwork({ folder: weights, layer, input, engine, threads: jobs, notice });
  const source = [images, [network.hash], network.input];
  try {
    const outcomes = await runGroup({
      ...task,
      group,
      network,
      source,
      wants: wantsOf(task),
      checkpoints: join(cache, 'checkpoints', data.name),
    });
    const features = () => loadFeatures(network, store, split.test.images, { rule: 'warp', size });
    for (const method of config.methods) {
      const explained = method.kind === 'gradCam' ? outcomes.get(method.of) : undefined;
      if (method.kind === 'gradCam' && explained !== undefined) {
        const key = [source, size];
        outcomes.set(method.id, await gradCamMethod(method, explained, split.test, features, resultCache, key));
      }
    }
    const { faithfulness } = config.protocol;
    const perturbed = config.methods.filter(({ id }) => faithfulness?.methods.includes(id) && outcomes.has(id));
    if (first && faithfulness !== undefined && perturbed.length > 0) {
      const found = await faithfulnessOf({
        setup: { folder: weights, layer, input, size, multiLabel: data.multiLabel, steps: faithfulness.steps },
        methods: perturbed.map(({ id, kind }) => ({
          id,
          head: outcomes.get(id)!.seeds[0].head!,
          gradCam: kind === 'gradCam',
        })),
        test: split.test,
        images: faithfulness.images,
        resultCache,
        key: source,
        jobs,
        engine,
        tell,
      });
      found.forEach((outcome, id) => {
        outcomes.get(id)!.faithfulness = outcome;
      });
    }
    return outcomes;
  } finally {
    await network.dispose();
  }
}

/** Methods with a network of their own, and those that others are combined to, in the order of the config. */
async function runTrained(task: SplitTask, outcomes: Map<string, MethodOutcome>): Promise<void> {
  const { config, data, cache, split, images, first, tell } = task;
  const { heldOut, seeds: allSeeds } = config.protocol;
  const savesNetwork = networksWanted(config, first);
  const starts = new Map<string, unknown>();
  for (const method of config.methods) {
    const { id, kind } = method;
    if (kind === 'fineTune' || kind === 'scratch') {
      const open = opener(task, method);
      const from = `${kind} ${method.network ?? ''}`;
      const start = starts.get(from) ?? (await startOf(kind, open));
      starts.set(from, start);
      const { choice, seeds, grid } = await trainedMethod({
        ...task,
        method,
        ...split,
        heldOut,
        seeds: allSeeds,
        open,
        resize: { rule: 'warp', size: method.size ?? config.size },
        source: [images, start],
        folder: join(cache, 'checkpoints', data.name, id, images.slice(0, 12)),
        withMaps: data.annotations !== undefined,
        networks: { folder: join(cache, 'networks', data.name), wanted: (seed) => savesNetwork(id, seed) },
        onProgress: (what, done, epochs, loss) => tell(what, done, epochs, `loss ${loss.toFixed(3)}`),
      });
      outcomes.set(id, { choice, seeds, grid });
    } else if (kind === 'ensemble' || kind === 'objectBank') {
      const members = method.of.map((of) => outcomes.get(of) as MethodOutcome);
      outcomes.set(
        id,
        kind === 'ensemble'
          ? { choice: null, grid: null, ...ensembleOf(members, data.classes.length, data.multiLabel) }
          : { grid: null, ...objectBankOf(members, split.train, method.of) },
      );
    }
  }
}

/**
 * Trains and tests all methods on every split: choices on held-out training images, training on all of them, one look at
 * the test images. What has been done before is taken from the disk.
 *
 * @throws WeldonError for data, weights or a cache that cannot be used
 */
export async function runSplits(task: ExperimentTask): Promise<FinishedSplit[]> {
  const { config, cache, data, notice, jobs, tell } = task;
  if (existsSync(join(cache, 'stages'))) {
    notice(
      `${join(cache, 'stages')} holds results of an earlier version, which are computed anew: remove it to free its room`,
    );
  }
  const resultCache = openResultCache(join(cache, 'results', data.name), notice);
  const store = diskFeatureStore(join(cache, 'features'), { notice });
  const finished: FinishedSplit[] = [];
  for (const [i, split] of data.splits.entries()) {
    const first = i === 0;
    const splitTask = { ...task, split, first, images: await dataKey(split), store, resultCache };
    const outcomes = new Map<string, MethodOutcome>();
    for (const group of frozenGroups(config)) {
      (await runFrozen(splitTask, group)).forEach((outcome, id) => outcomes.set(id, outcome));
    }
    await runTrained(splitTask, outcomes);
    await explainTrained({ config, first, test: split.test, resultCache, jobs, tell }, outcomes);
    finished.push({ split, outcomes });
  }
  return finished;
}
