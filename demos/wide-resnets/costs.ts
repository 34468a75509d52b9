/** What a network costs: time of a forward pass and of a training step, pair by pair in turn. */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { attachWeldon, fineTune, wideResnet } from '../../src/index.js';
import type { TrainingData } from '../../src/index.js';

/** Deep and thin against shallow and wide, at equal parameters and multiply-adds. */
export const pairs = [
  { deep: [46, 1], wide: [10, 3] },
  { deep: [76, 1], wide: [10, 4] },
] as const;

export type Size = readonly [depth: number, width: number];

export interface Cost {
  size: Size;
  parameters: number;
  /** medians, milliseconds an image */
  forward: number;
  step: number;
}

/** How many times as long the deep one takes: median of the rounds, least and most. */
export interface Ratio {
  median: number;
  least: number;
  most: number;
}

export interface PairCosts {
  deep: Cost;
  wide: Cost;
  forward: Ratio;
  step: Ratio;
}

/** What one engine gave, or why it gave nothing. */
export type EngineCosts = { engine: string } & ({ pairs: PairCosts[] } | { left: string });

const batch = 8;
const side = 32;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

interface Runner {
  size: Size;
  parameters: number;
  forward(): Promise<number>;
  step(): Promise<number>;
  dispose(): void;
}

const newImages = () => tf.randomUniform([batch, side, side, 3], -1, 1, 'float32', 1);

async function runner(size: Size): Promise<Runner> {
  const [depth, width] = size;
  const backbone = await wideResnet({ depth, width, batchNorm: 'train', seed: 1 });
  const model: tfl.LayersModel = attachWeldon(backbone, { classes: 10, pooling: 'gap', seed: 1 });
  return {
    size,
    parameters: model.countParams(),
    async forward() {
      const images = newImages();
      const began = performance.now();
      const scores = model.predict(images) as tf.Tensor;
      await scores.data();
      const took = performance.now() - began;
      tf.dispose([images, scores]);
      return took / batch;
    },
    async step() {
      let began = 0;
      let took = 0;
      const data: TrainingData = {
        batchesPerEpoch: 1,
        async *batches() {
          began = performance.now();
          yield { images: newImages(), labels: tf.tensor1d([0, 1, 2, 3, 4, 5, 6, 7], 'int32') };
        },
      };
      await fineTune(
        model,
        { train: data },
        {
          strategy: 'scratch',
          epochs: 1,
          learningRate: 0.01,
          batchNormAverages: 'moving',
          onStep: () => {
            took = performance.now() - began;
          },
        },
      );
      return took / batch;
    },
    dispose() {
      model.dispose();
      backbone.dispose();
    },
  };
}

const ratio = (deep: readonly number[], wide: readonly number[]): Ratio => {
  const each = deep.map((value, i) => value / wide[i]);
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
};

/**
 * Measures a pair on the active backend: one warm pass, then both in turn.
 *
 * @param onRound told of every round that is done
 */
export async function measurePair(
  deep: Size,
  wide: Size,
  rounds: number,
  onRound: () => void = () => undefined,
): Promise<PairCosts> {
  const both = [await runner(deep), await runner(wide)];
  const times = both.map(() => ({ forward: [] as number[], step: [] as number[] }));
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [i, each] of both.entries()) {
        const [forward, step] = [await each.forward(), await each.step()];
        if (round >= 0) {
          times[i].forward.push(forward);
          times[i].step.push(step);
        }
      }
      onRound();
    }
    const [first, second] = both.map(({ size, parameters }, i): Cost => ({
      size,
      parameters,
      forward: median(times[i].forward),
      step: median(times[i].step),
    }));
    return {
      deep: first,
      wide: second,
      forward: ratio(times[0].forward, times[1].forward),
      step: ratio(times[0].step, times[1].step),
    };
  } finally {
    both.forEach((each) => each.dispose());
  }
}
