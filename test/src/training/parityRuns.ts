/** The same short trainings wherever they run: Node, a process with TensorFlow, a page. Nothing of Node or mocha in here. */
import * as tfl from '@tensorflow/tfjs-layers';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import type { FineTuneOptions } from '../../../src/training/fineTuneOptions.js';
import { fineTune } from '../../../src/training/fineTune.js';
import { memoryCheckpoints } from '../../../src/training/checkpoint.js';
import { chain, seedWeights } from '../models/smallModels.js';
import { toyData } from './toyTask.js';

/** What trainings gave on one backend. */
export interface ParityRecord {
  /** losses of the steps, by strategy */
  losses: Record<string, number[]>;
  /** losses of a run that was stopped half-way and taken up by a fresh model */
  resumed: number[];
}

/** How far losses may lie apart, on every backend. */
export const lossTolerance = 1e-4;

/** Two residual blocks, the second with stride 2, symmetric padding and a projection; batch normalisation throughout. */
function smallResnet(): tfl.LayersModel {
  const image = tfl.input({ shape: [8, 8, 2], name: 'image' });
  const convolution = (name: string, filters: number, strides = 1, kernelSize = 3) => [
    ...(strides > 1 && kernelSize > 1
      ? [
          tfl.layers.zeroPadding2d({
            padding: [
              [1, 1],
              [1, 1],
            ],
            name: `${name}_pad`,
          }),
        ]
      : []),
    tfl.layers.conv2d({ filters, kernelSize, strides, padding: strides > 1 ? 'valid' : 'same', useBias: false, name }),
    tfl.layers.batchNormalization({ name: `${name}_norm` }),
  ];
  const relu = (name: string, maxValue?: number) => tfl.layers.reLU({ maxValue, name });
  const add = (name: string, a: tfl.SymbolicTensor, b: tfl.SymbolicTensor) =>
    tfl.layers.add({ name }).apply([a, b]) as tfl.SymbolicTensor;
  const stem = chain(image, ...convolution('stem', 6), relu('stem_relu'));
  const first = add(
    'first_sum',
    chain(stem, ...convolution('first_1', 6), relu('first_relu', 6), ...convolution('first_2', 6)),
    stem,
  );
  const middle = chain(first, relu('first'));
  const branch = chain(middle, ...convolution('second_1', 8, 2), relu('second_relu'), ...convolution('second_2', 8));
  const sum = add('second_sum', branch, chain(middle, ...convolution('projection', 8, 2, 1)));
  return seedWeights(tfl.model({ inputs: image, outputs: chain(sum, relu('second')), name: 'small_resnet' }), 9, 0.4);
}

const common = {
  learningRate: 5e-3,
  weightDecay: 0.01,
  schedule: { kind: 'cosine', warmUp: 2 },
  clipNorm: 2,
  labelSmoothing: 0.1,
  seed: 4,
} as const;

/** 20 steps from scratch, and a few of each other strategy; both optimisers, both ways of batch normalisation. */
const runs: Record<string, FineTuneOptions> = {
  scratch: { ...common, strategy: 'scratch', epochs: 4 },
  features: { ...common, strategy: 'features', epochs: 1, optimizer: { kind: 'adam' } },
  fineTune: {
    ...common,
    strategy: 'fineTune',
    epochs: 1,
    optimizer: { kind: 'adamW' },
    accumulate: 2,
    batchNorm: 'train',
  },
  twoPhase: { ...common, strategy: 'twoPhase', headEpochs: 1, epochs: 1, trainFrom: 'first' },
};

function freshModel(): tfl.LayersModel {
  const backbone = smallResnet();
  const model = attachWeldon(backbone, {
    classes: 3,
    maps: 2,
    kMax: 0.25,
    alpha: 0.7,
    normalize: 'regions',
    dropMap: 0.2,
    dropout: 0.2,
    seed: 3,
  });
  backbone.dispose();
  return model;
}

async function lossesOf(options: FineTuneOptions, stopAfter?: number): Promise<number[]> {
  const model = freshModel();
  const losses: number[] = [];
  const controller = new AbortController();
  await fineTune(
    model,
    { train: toyData({ count: 20 }) },
    {
      ...options,
      signal: controller.signal,
      onStep: ({ loss, step }) => {
        losses.push(loss);
        if (step === stopAfter) {
          controller.abort();
        }
      },
    },
  );
  model.dispose();
  return losses;
}

/** All trainings on the active backend. */
export async function trainEverything(): Promise<ParityRecord> {
  const losses: ParityRecord['losses'] = {};
  for (const [name, options] of Object.entries(runs)) {
    losses[name] = await lossesOf(options);
  }
  const checkpoints = memoryCheckpoints();
  const first = await lossesOf({ ...runs.twoPhase, checkpoints }, 7);
  const second = await lossesOf({ ...runs.twoPhase, checkpoints, resume: true });
  return { losses, resumed: [...first, ...second] };
}
