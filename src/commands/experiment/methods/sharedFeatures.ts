import { rm } from 'node:fs/promises';
import { expectedInWords, WeldonError } from '../../../errors.js';
import type { ResizeRule } from '../../../models/recipe.js';
import { computeFeatures, loadFeatures } from '../../../node/features/computeFeatures.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import type { FrozenNetwork } from '../../../node/features/frozenNetwork.js';
import type { FeatureSet } from '../../../training/heads/featureSet.js';
import type { DiskFeatureStore } from '../../../node/features/diskFeatureStore.js';
import type { Split } from '../../../node/datasets/readers/splits.js';
import type { FrozenTask } from './linearHead.js';
import type { HeadReply, TestedHeads } from './headJobs.js';
import type { HeadLanes } from './headThreads.js';
import { openHeadLanes, sharedOut } from './headThreads.js';
import type { Choice, HeadWants, MethodOutcome, SeedOutcome } from '../outcome.js';
import type { ExperimentConfig, HeadMethod, NormalizeWord, SvmMethod } from '../config.js';
import { headChoiceKey, headTestKey, svmKey } from '../cache/cacheKeys.js';
import type { FeaturesKey } from '../cache/cacheKeys.js';
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

/** Heads of a group that are trained: where, on what, and what is told of it. */
interface HeadTraining {
  lanes: HeadLanes;
  group: GroupTask;
  frozen: FrozenTask;
  /** what tells the group's features from others, in keys */
  key: FeaturesKey;
}

const choiceKeyOf = ({ key, frozen }: HeadTraining, method: HeadMethod) => headChoiceKey(key, method, frozen.protocol);

/** A training of its own: heads that train together depend on what is on the disk already, and on the threads. */
const jobOf = (training: HeadTraining, together: readonly HeadMethod[]) => ({
  task: training.frozen,
  name: `Heads at ${training.group.group.size} px`,
  checkpoints: {
    folder: training.group.checkpoints,
    key: [training.key, together.map((method) => choiceKeyOf(training, method))],
  },
});

/** What is told as a job is done, and its checkpoints, which are no longer wanted once all it gave is kept. */
async function afterJob({ group }: HeadTraining, { notices, folders }: HeadReply): Promise<void> {
  notices.forEach((sentence) => group.notice(sentence));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Chooses rates and epochs for methods; each choice is kept before a method without one ends the run. */
async function choose(
  training: HeadTraining,
  open: readonly HeadMethod[],
  keep: (method: HeadMethod, choice: Choice) => Promise<void>,
): Promise<void> {
  const { lanes, group, frozen } = training;
  const parts = sharedOut(open, lanes.lanes);
  const lost: HeadMethod[] = [];
  await lanes.run(
    parts.map((part) => ({ ...jobOf(training, part), choose: part })),
    (done, total) => group.tell(`heads at ${group.group.size} px, choosing`, done, total),
    async (reply, at) => {
      for (const [i, method] of parts[at].entries()) {
        const choice = reply.choices[i];
        if (choice === null) {
          lost.push(method);
        } else {
          await keep(method, choice);
        }
      }
      await afterJob(training, reply);
    },
  );
  if (lost.length > 0) {
    throw expectedInWords(
      `the rates for method ${lost[0].id}`,
      'some that it can be trained with',
      `${frozen.protocol.rates.join(', ')}, with all of which its loss becomes NaN or infinite: name lower ones`,
    );
  }
}

/** Methods to train with a seed and to test. */
interface SeedPart {
  seed: number;
  methods: TestedHeads['methods'];
}

/**
 * As many whole seeds as there are lanes for; what is left is shared out by methods. One seed's heads together read
 * their features once.
 */
function partsOf(seeds: readonly SeedPart[], lanes: number): SeedPart[] {
  const whole = Math.floor(seeds.length / lanes) * lanes;
  const rest = seeds.slice(whole);
  return [
    ...seeds.slice(0, whole),
    ...rest.flatMap(({ seed, methods }) =>
      sharedOut(methods, Math.ceil(lanes / rest.length)).map((part) => ({ seed, methods: part })),
    ),
  ];
}

/** Trains and tests methods with their seeds; what came of each is kept before a head that is lost ends the run. */
async function trainSeeds(
  training: HeadTraining,
  seeds: readonly SeedPart[],
  features: FeatureSet,
  keep: (seed: number, method: HeadMethod, outcome: SeedOutcome) => Promise<void>,
): Promise<void> {
  const { lanes, group } = training;
  const { test } = group.split;
  const parts = partsOf(seeds, lanes.lanes);
  await lanes.run(
    parts.map(({ seed, methods }) => ({
      ...jobOf(
        training,
        methods.map(({ method }) => method),
      ),
      test: { methods, images: test, features: lanes.share(features), seed },
    })),
    (done, total) => group.tell(`heads at ${group.group.size} px, all seeds`, done, total),
    async (reply, at) => {
      const { seed, methods } = parts[at];
      const lost: string[] = [];
      for (const [i, { method, choice }] of methods.entries()) {
        const outcome = reply.outcomes[i];
        if ('lost' in outcome) {
          lost.push(
            `method ${method.id} to have a finite loss on all training images with seed ${seed} but received NaN or an infinite one in ` +
              `epoch ${outcome.lost}, at the rate ${choice.rate} that was chosen: name lower rates`,
          );
        } else {
          await keep(seed, method, outcome);
        }
      }
      await afterJob(training, reply);
      if (lost.length > 0) {
        throw new WeldonError(`Expected ${lost[0]}`);
      }
    },
  );
}

/** Trains and tests a group's methods on one split; what has been done before is taken from the disk. */
export async function runGroup(task: GroupTask): Promise<Map<string, MethodOutcome>> {
  const { config, group, split, network, store, resultCache } = task;
  const { protocol } = config;
  const key = { source: task.source, size: group.size, normalize: group.normalize };
  const featuresOf = ({ images }: ImageDataSet) => loadFeatures(network, store, images, warp(group.size));

  await fill(task, split.train, 'training');
  const [one] = split.train.images;
  const { rows, columns, depth } = await featuresOf({ ...split.train, images: [one] });
  const images = Math.max(split.train.images.length, split.test.images.length);
  const lanes = openHeadLanes({ rows, columns, depth }, images, task.jobs);
  try {
    let train: FeatureSet | null = null;
    const trainFeatures = async () => (train ??= lanes.share(await featuresOf(split.train)));
    const training = async (): Promise<HeadTraining> => ({
      lanes,
      group: task,
      key,
      frozen: { train: split.train, features: await trainFeatures(), normalize: group.normalize, protocol },
    });

    const choices = new Map<string, Choice>();
    const open: HeadMethod[] = [];
    for (const method of group.heads) {
      const known = await resultCache.find<Choice>(`${method.id}-choice`, headChoiceKey(key, method, protocol));
      if (known === null) {
        open.push(method);
      } else {
        choices.set(method.id, known);
      }
    }
    if (open.length > 0) {
      await choose(await training(), open, async (method, choice) => {
        choices.set(method.id, choice);
        await resultCache.save(`${method.id}-choice`, headChoiceKey(key, method, protocol), choice);
      });
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
    const testFeatures = async () => (read ??= lanes.share(await featuresOf(split.test)));
    const seedKey = (seed: number, method: HeadMethod) =>
      headTestKey(key, method, protocol, choices.get(method.id) as Choice, seed, task.wants(method.id, seed));
    const found = new Map<string, SeedOutcome>();
    const nameOf = (seed: number, { id }: HeadMethod) => `${id}-seed${seed}`;
    const waiting: SeedPart[] = [];
    for (const seed of protocol.seeds) {
      const methods: SeedPart['methods'] = [];
      for (const method of group.heads) {
        const known = await resultCache.find<SeedOutcome>(nameOf(seed, method), seedKey(seed, method));
        if (known === null) {
          methods.push({ method, choice: choices.get(method.id) as Choice, wants: task.wants(method.id, seed) });
        } else {
          found.set(nameOf(seed, method), known);
        }
      }
      if (methods.length > 0) {
        waiting.push({ seed, methods });
      }
    }
    if (waiting.length > 0) {
      await trainSeeds(await training(), waiting, await testFeatures(), async (seed, method, outcome) => {
        found.set(nameOf(seed, method), outcome);
        await resultCache.save(nameOf(seed, method), seedKey(seed, method), outcome);
      });
    }
    const outcomes = new Map(
      group.heads.map((method): [string, MethodOutcome] => [
        method.id,
        {
          choice: choices.get(method.id) as Choice,
          grid: [rows, columns],
          seeds: protocol.seeds.map((seed) => found.get(nameOf(seed, method)) as SeedOutcome),
        },
      ]),
    );
    for (const method of group.svms) {
      const result = await resultCache.once(method.id, svmKey(key, method), async () =>
        svmMethod(method, split.train, await trainFeatures(), await testFeatures()),
      );
      outcomes.set(method.id, { choice: result.choice, grid: null, seeds: [result.outcome], scoreKind: 'margins' });
    }
    return outcomes;
  } finally {
    await lanes.close();
  }
}
