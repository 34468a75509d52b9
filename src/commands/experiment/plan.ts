import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { NumberArray, PixelBatch } from '../../models/frozenPass.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import { startRuntime } from '../../node/runtime/startRuntime.js';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import type { ExperimentData } from '../../node/datasets/readers/splits.js';
import { durationText } from '../report/format.js';
import type { ImagesToMake } from './options.js';
import { frozenGroups } from './methods/sharedFeatures.js';
import type { ExperimentConfig, HeadMethod, MethodConfig } from './config.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { openFrozenNetwork } from '../../node/features/frozenNetwork.js';
import { softmaxCrossEntropy } from '../../training/losses/softmaxCrossEntropy.js';
import type { HeadSpec } from '../../training/heads/headSpec.js';
import { trainHeads } from '../../training/heads/trainHeads.js';
import { computesInCaller } from '../../node/runtime/backendNames.js';

/** Seconds that a step of these heads takes side by side, from three steps on features of nothing. */
async function measureHeads(
  specs: readonly HeadSpec[],
  classes: number,
  batchSize: number,
  { rows, columns, depth }: { rows: number; columns: number; depth: number },
): Promise<number> {
  const empty = new Uint16Array(rows * columns * depth);
  const multiHot = Float32Array.from({ length: classes }, (_, c) => (c === 0 ? 1 : 0));
  const members = Array.from({ length: batchSize }, () => 0);
  let [first, last] = [0, 0];
  await trainHeads(specs, {
    features: { rows, columns, depth, examples: [empty] },
    members,
    multiHot: [multiHot],
    classes,
    normalise: 'none',
    loss: softmaxCrossEntropy(),
    epochs: 3,
    batchSize,
    weightDecay: 0,
    initial: 0.01,
    seed: 0,
    onBatch: (done) => {
      first = done === 1 ? performance.now() : first;
      last = performance.now();
    },
  });
  return (last - first) / 2000;
}

/** What a layer gives for one square image. */
export interface MeasuredFeatures {
  rows: number;
  columns: number;
  depth: number;
  /** that all of the network takes on the disk */
  networkBytes: number;
  /** that an image takes, with as many threads as features are computed with */
  seconds: number;
}

/** Runs the network on a few empty images, fewer where they are large; twice, for the first time makes ready. */
async function measureFeatures(
  layer: string,
  size: number,
  {
    weights,
    input,
    engine,
    jobs = Math.min(16, availableParallelism()),
  }: { weights?: string; input?: RecipeParts['input']; engine: FrozenEngine; jobs?: number },
): Promise<MeasuredFeatures> {
  const network = await openFrozenNetwork({ folder: weights, layer, input, engine, threads: 1 });
  const batch = Math.max(1, Math.min(4, Math.floor(4 * (448 / size) ** 2)));
  try {
    const run = async () => {
      const began = performance.now();
      const pixels = { data: new Uint8Array(batch * size * size * 3), shape: [batch, size, size, 3] } as PixelBatch;
      const { shape } = (await network.pass.run(pixels)).features as NumberArray;
      return { shape, seconds: (performance.now() - began) / 1000 / batch };
    };
    await run();
    const {
      shape: [, rows, columns, depth],
      seconds,
    } = await run();
    const alone = network.pass.name === 'tensorflow' || network.pass.name === 'webgpu';
    // Reading and scaling an image besides, by threads of their own.
    return {
      rows,
      columns,
      depth,
      networkBytes: 4 * network.model.countParams(),
      seconds: 0.01 + (alone ? seconds : seconds / Math.max(1, jobs)),
    };
  } finally {
    await network.dispose();
  }
}

/**
 * Seconds per image of 448 × 448 and epoch on two cores with native TensorFlow: fine-tuning from a late part on; all
 * of a small network. Where the whole network is trained nothing is cached, and reading an image costs the same at any size.
 */
const perTrained = { part: 0.045, whole: 0.5, reading: 0.025 };
/**
 * Seconds of a linear SVM per training image, with five values of C in three folds; where images show several classes,
 * per class too.
 */
const perVector = { alone: 0.02, several: 0.003 };
/** Time of Grad-CAM of an image, as a multiple of a pass forward; one thread does it. */
const perGradCam = 1.5;
/** Seconds of a method's estimates and their intervals, per 1 000 test images: accuracy, mean average precision, localisation. */
const perEstimates = { accuracy: 0.3, precision: 10, localisation: 25 };

const idsOf = (methods: readonly MethodConfig[]) => methods.map(({ id }) => id).join(', ');

const megabytes = (bytes: number) => (bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

export interface PlanOptions {
  weights?: string;
  cache: string;
  jobs?: number;
  backend: 'auto' | RuntimeBackend;
  /** images that a run would make first */
  making?: ImagesToMake;
}

/**
 * What a run would do, with time and disk, nothing cached yet. The network and the heads run a few times on nothing, so
 * that the times are those of this machine; nothing is written.
 */
export async function planText(config: ExperimentConfig, data: ExperimentData, options: PlanOptions): Promise<string> {
  const { protocol } = config;
  const { backend, engine } = await startRuntime({ backend: options.backend });
  const threads = computesInCaller(backend) ? Math.max(1, options.jobs ?? Math.min(16, availableParallelism())) : 1;
  const [{ train, test }] = data.splits;
  const all = data.splits.flatMap((split) => [...split.train.images, ...split.test.images]);
  const images = new Set(all.map(({ path }) => path)).size;
  const splits = data.splits.length;
  const classes = data.classes.length;
  const lines = [
    `${config.title}: ${data.name}, ${classes} classes, ${train.images.length} training and ` +
      `${test.images.length} test images${splits > 1 ? `, ${splits} splits` : ''}`,
  ];
  let [seconds, bytes] = [0, 0];
  const add = (what: string, took: number, disk = 0) => {
    seconds += took;
    bytes += disk;
    lines.push(`  ${what}: about ${durationText(took)}${disk > 0 ? `, ${megabytes(disk)} on the disk` : ''}`);
  };
  if (options.making !== undefined) {
    add(`making ${options.making.images} images`, options.making.seconds, options.making.bytes);
  }
  const steps = (count: number, epochs: number) => Math.ceil(count / protocol.batchSize) * epochs;
  const mostEpochs = Math.max(...protocol.epochs);
  const known = new Map<string, MeasuredFeatures>();
  const measure = async (layer: string, size: number) => {
    const found =
      known.get(`${layer} ${size}`) ??
      (await measureFeatures(layer, size, { ...options, engine, input: config.backbone.input }));
    known.set(`${layer} ${size}`, found);
    return found;
  };
  const { images: sample = 0, steps: changes = 0, methods: explaining = [] } = protocol.faithfulness ?? {};
  const perturbed = Math.min(sample, test.images.length);
  for (const group of frozenGroups(config)) {
    const measured = await measure(group.layer, group.size);
    const { rows, columns, depth } = measured;
    add(
      `features of ${images} images at ${group.size} px (layer ${group.layer}, ${rows}×${columns}×${depth})`,
      images * measured.seconds,
      images * rows * columns * depth * 2,
    );
    if (group.heads.length > 0) {
      const step = (rates: readonly number[]) =>
        measureHeads(
          group.heads.flatMap(({ pooling, maps = 1 }: HeadMethod) =>
            rates.map((rate) => ({ pooling, maps, rate, seed: 1 })),
          ),
          classes,
          protocol.batchSize,
          measured,
        );
      const choosing =
        protocol.repeats *
        protocol.epochs.reduce((sum, epochs) => sum + steps(train.images.length * (1 - protocol.heldOut), epochs), 0);
      add(
        `choosing among ${protocol.rates.length * protocol.epochs.length} candidates for ${idsOf(group.heads)}, ` +
          `on ${Math.round(100 * protocol.heldOut)} % of the training images`,
        splits * choosing * (await step(protocol.rates)),
      );
      add(
        `training on all of them and one test, seeds ${protocol.seeds.join(', ')}`,
        splits * protocol.seeds.length * steps(train.images.length, mostEpochs) * (await step([1e-3])),
      );
    }
    const ids = new Set(group.heads.map(({ id }) => id));
    const own = config.methods.filter(
      (method) => explaining.includes(method.id) && ids.has(method.kind === 'gradCam' ? method.of : method.id),
    );
    if (own.length > 0) {
      add(
        `${perturbed} test images perturbed to measure the maps of ${idsOf(own)}`,
        perturbed * (own.length * (2 * changes + 1) + 1) * measured.seconds,
      );
    }
    if (group.svms.length > 0) {
      add(
        `linear SVM for ${idsOf(group.svms)}`,
        splits *
          group.svms.length *
          train.images.length *
          (data.multiLabel ? classes * perVector.several : perVector.alone),
      );
    }
  }
  for (const method of config.methods) {
    if (method.kind === 'fineTune' || method.kind === 'scratch') {
      const area = ((method.size ?? config.size) / 448) ** 2;
      const perImage =
        method.trainFrom === undefined ? perTrained.whole * area + perTrained.reading : perTrained.part * area;
      const candidates = method.rates.length * method.epochs.length;
      const { headEpochs = 0 } = method;
      const chosen =
        candidates === 1
          ? 0
          : method.epochs.reduce((sum, count) => sum + count + headEpochs, 0) *
            method.rates.length *
            (1 - protocol.heldOut);
      const epochs = chosen + protocol.seeds.length * (Math.max(...method.epochs) + headEpochs);
      const explained = config.methods.filter((other) => other.kind === 'gradCam' && other.of === method.id);
      const own = [method, ...explained].filter(({ id }) => explaining.includes(id));
      const networks = explained.length > 0 ? splits * protocol.seeds.length : Math.min(1, own.length);
      const { seconds: forward, networkBytes } =
        networks === 0
          ? { seconds: 0, networkBytes: 0 }
          : await measure(config.backbone.layer, method.size ?? config.size);
      const choosing = candidates === 1 ? '' : `${candidates} candidates, then `;
      add(
        `${method.name} (${method.id}): ${choosing}seeds ${protocol.seeds.join(', ')}`,
        splits * epochs * train.images.length * perImage,
        networks * networkBytes,
      );
      if (explained.length > 0) {
        add(
          `Grad-CAM of ${method.id}`,
          explained.length * splits * protocol.seeds.length * test.images.length * perGradCam * forward * threads,
        );
      }
      if (own.length > 0) {
        add(
          `${perturbed} test images perturbed to measure the maps of ${idsOf(own)}`,
          perturbed * own.length * (2 * changes + 2) * forward,
        );
      }
    }
  }
  const each =
    (data.multiLabel ? perEstimates.precision : perEstimates.accuracy) +
    (data.annotations === undefined ? 0 : perEstimates.localisation);
  add(
    `estimates of ${config.methods.length === 1 ? 'one method with its' : `${config.methods.length} methods with their`} intervals`,
    (config.methods.length * splits * each * test.images.length) / 1000,
  );
  lines.push(
    `In all about ${durationText(seconds)} with backend ${engine.isTensor ? backend : `${engine.name}, ${backend}`}, and ${megabytes(bytes)} below ` +
      `${resolve(options.cache)}; what is there already is not done again.`,
  );
  return lines.join('\n');
}
