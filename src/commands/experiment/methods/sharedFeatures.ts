import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedInWords, WeldonError } from '../../../errors.js';
import type { ResizeRule } from '../../../models/recipe.js';
import { computeFeatures, loadFeatures } from '../../../node/features/computeFeatures.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import type { FrozenNetwork } from '../../../node/features/frozenNetwork.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { DiskFeatureStore } from '../../../node/features/diskFeatureStore.js';
import type { Split } from '../../../node/datasets/readers/splits.js';
import { diskCheckpoints } from '../../../node/storage/diskCheckpoints.js';
import { chooseForHeads, testHeads } from './linearHead.js';
import type { Choice, HeadWants, MethodOutcome, SeedOutcome } from '../outcome.js';
import { keyHash } from '../cache/resultCache.js';
import type { ExperimentConfig, HeadMethod, NormalizeWord, SvmMethod } from '../config.js';
import { headChoiceKey, headTestKey, svmKey } from '../cache/cacheKeys.js';
import type { ResultCache } from '../cache/resultCache.js';
import { svmMethod } from './linearSvm.js';

/** Methods that are trained on the same features. */
export interface FrozenGroup {
  layer: string;
  size: number;
  normalize: NormalizeWord;
  heads: HeadMethod[];
  svms: SvmMethod[];
}

/** Which methods share features, in the order of the first of each. */
export function frozenGroups(config: ExperimentConfig): FrozenGroup[] {
  const groups = new Map<string, FrozenGroup>();
  for (const method of config.methods) {
    if (method.kind !== 'head' && method.kind !== 'svm') {
      continue;
    }
    const layer = method.layer ?? config.backbone.layer;
    const size = method.size ?? config.size;
    const normalize = method.normalize ?? config.normalize;
    const key = JSON.stringify([layer, size, normalize]);
    const group = groups.get(key) ?? { layer, size, normalize, heads: [], svms: [] };
    groups.set(key, group);
    if (method.kind === 'head') {
      group.heads.push(method);
    } else {
      group.svms.push(method);
    }
  }
  return [...groups.values()];
}

export interface GroupTask {
  config: ExperimentConfig;
  group: FrozenGroup;
  split: Split;
  network: FrozenNetwork;
  store: DiskFeatureStore;
  resultCache: ResultCache;
  /** what tells this split's images and the network's layer, in cache keys; see `FeaturesKey` */
  source: unknown;
  wants(method: string, seed: number): HeadWants;
  jobs?: number;
  /** folder of the checkpoints of heads */
  checkpoints: string;
  notice(sentence: string): void;
  tell(what: string, done: number, total: number): void;
}

const warp = (size: number): ResizeRule => ({ rule: 'warp', size });

/** All images' features are computed; what is in the store already is not. */
async function fill({ network, store, group, jobs, tell }: GroupTask, set: ImageDataSet, part: string): Promise<void> {
  await computeFeatures(network.model, set, {
    recipe: { input: network.input, resize: warp(group.size) },
    batchSize: 8,
    shuffle: null,
    layer: group.layer,
    store,
    pass: network.pass,
    workers: jobs,
    onProgress: (done, total) => tell(`features of the ${part} images at ${group.size} px`, done, total),
  });
}

/** Trains and tests a group's methods on one split; what has been done before is taken from the disk. */
export async function runGroup(task: GroupTask): Promise<Map<string, MethodOutcome>> {
  const { config, group, split, network, store, resultCache, tell } = task;
  const { protocol } = config;
  const key = { source: task.source, size: group.size, normalize: group.normalize };
  const choiceKey = (method: HeadMethod) => headChoiceKey(key, method, protocol);
  const outcomes = new Map<string, MethodOutcome>();

  await fill(task, split.train, 'training');
  let features: FeatureSet | null = null;
  const trainFeatures = async () =>
    (features ??= await loadFeatures(network, store, split.train.images, warp(group.size)));
  // Heads that train together are a training of their own: which they are depends on what is on the disk already.
  const folders: string[] = [];
  const frozen = async (together: readonly HeadMethod[]) => ({
    train: split.train,
    features: await trainFeatures(),
    normalize: group.normalize,
    protocol,
    checkpoints: (what: string) => {
      const hash = keyHash([key, what, together.map(choiceKey)]);
      const folder = join(task.checkpoints, `heads-${hash}`);
      folders.push(folder);
      return diskCheckpoints(folder, { notice: task.notice });
    },
    onResume: (what: string, done: number, total: number) =>
      task.notice(`Heads at ${group.size} px, ${what}: goes on after batch ${done} of ${total}`),
    onBatch: (what: string, done: number, total: number) => tell(`heads at ${group.size} px, ${what}`, done, total),
  });
  const removeCheckpoints = async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  };

  const choices = new Map<string, Choice>();
  const open: HeadMethod[] = [];
  for (const method of group.heads) {
    const known = await resultCache.find<Choice>(`${method.id}-choice`, choiceKey(method));
    if (known === null) {
      open.push(method);
    } else {
      choices.set(method.id, known);
    }
  }
  if (open.length > 0) {
    const found = await chooseForHeads(open, await frozen(open));
    for (const [i, method] of open.entries()) {
      const choice = found[i];
      if (choice !== null) {
        choices.set(method.id, choice);
        await resultCache.save(`${method.id}-choice`, choiceKey(method), choice);
      }
    }
    await removeCheckpoints();
    // What the others gave is saved first.
    const lost = open.find((_, i) => found[i] === null);
    if (lost !== undefined) {
      throw expectedInWords(
        `the rates for method ${lost.id}`,
        'some that it can be trained with',
        `${protocol.rates.join(', ')}, with all of which its loss becomes NaN or infinite: name lower ones`,
      );
    }
  }
  for (const { id } of group.heads) {
    (choices.get(id) as Choice).tried
      .filter(({ heldOut }) => heldOut === null)
      .forEach(({ rate, epochs }) =>
        task.notice(
          `Rate ${rate} of method ${id} cannot be chosen for ${epochs} epochs: its loss becomes NaN or infinite`,
        ),
      );
  }

  // Test images are read for the first time here, when nothing is left to be chosen.
  await fill(task, split.test, 'test');
  let read: FeatureSet | null = null;
  const testFeatures = async () => (read ??= await loadFeatures(network, store, split.test.images, warp(group.size)));
  for (const seed of protocol.seeds) {
    const seedKey = (method: HeadMethod) =>
      headTestKey(key, method, protocol, choices.get(method.id) as Choice, seed, task.wants(method.id, seed));
    const missing: HeadMethod[] = [];
    for (const method of group.heads) {
      const known = await resultCache.find<SeedOutcome>(`${method.id}-seed${seed}`, seedKey(method));
      if (known === null) {
        missing.push(method);
      } else {
        add(outcomes, method.id, choices.get(method.id) as Choice, known);
      }
    }
    if (missing.length > 0) {
      const methods = missing.map((method) => ({
        method,
        choice: choices.get(method.id) as Choice,
        wants: task.wants(method.id, seed),
      }));
      const results = await testHeads(methods, await frozen(missing), split.test, await testFeatures(), seed);
      const lost: string[] = [];
      for (const [i, method] of missing.entries()) {
        const result = results[i];
        if ('lost' in result) {
          lost.push(
            `method ${method.id} to have a finite loss on all training images with seed ${seed} but received NaN or an infinite one in ` +
              `epoch ${result.lost}, at the rate ${methods[i].choice.rate} that was chosen: name lower rates`,
          );
          continue;
        }
        await resultCache.save(`${method.id}-seed${seed}`, seedKey(method), result);
        add(outcomes, method.id, methods[i].choice, result);
      }
      await removeCheckpoints();
      if (lost.length > 0) {
        throw new WeldonError(`Expected ${lost[0]}`);
      }
    }
  }
  for (const method of group.svms) {
    const result = await resultCache.once(method.id, svmKey(key, method), async () =>
      svmMethod(method, split.train, await trainFeatures(), await testFeatures()),
    );
    outcomes.set(method.id, { choice: result.choice, grid: null, seeds: [result.outcome], scoreKind: 'margins' });
  }
  const { rows, columns } = await loadFeatures(network, store, split.train.images.slice(0, 1), warp(group.size));
  group.heads.forEach(({ id }) => {
    (outcomes.get(id) as MethodOutcome).grid = [rows, columns];
  });
  return outcomes;
}

function add(outcomes: Map<string, MethodOutcome>, id: string, choice: Choice, seed: SeedOutcome): void {
  const outcome = outcomes.get(id) ?? { choice, grid: null, seeds: [] };
  outcome.seeds.push(seed);
  outcomes.set(id, outcome);
}
