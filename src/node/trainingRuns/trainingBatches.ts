import type { ModelRecipe } from '../../models/recipe.js';
import type { TrainingData } from '../../training/trainingData.js';
import type { Augmentation } from '../../training/augmentation/index.js';
import type { ImageDataSet } from '../dataSets/index.js';
import { imageBatches } from '../dataSets/index.js';
import type { ResolvedTrainOptions } from './resolveTrainOptions.js';
import type { AugmentationWord } from './trainOptions.js';
import type { TrainingSet } from './trainingSet.js';

/** The words of the options as `drawAugmentation` takes them. */
function augmentationOf(words: readonly AugmentationWord[], size: number): Augmentation | undefined {
  if (words.includes('none')) {
    return undefined;
  }
  const multiple = (side: number) => Math.max(16, 16 * Math.round(side / 16));
  return {
    flip: words.includes('flip'),
    crop: words.includes('crop') ? {} : undefined,
    color: words.includes('color') ? { brightness: 0.2, contrast: 0.2, saturation: 0.2 } : undefined,
    rotation: words.includes('rotate') ? 10 : undefined,
    sizes: words.includes('scale') ? [multiple(0.8 * size), size, multiple(1.25 * size)] : undefined,
  };
}

/** A run's photos as batches; threads that read ahead are running until it is closed. */
export interface TrainingBatches {
  train: TrainingData;
  validation?: TrainingData;
  close(): Promise<void>;
}

/** @param input how the network wants its pixels scaled */
export function trainingBatches({ train, validation }: TrainingSet, input: ModelRecipe['input'], options: ResolvedTrainOptions): TrainingBatches {
  const { size, resize, batchSize, seed, augment } = options;
  const recipe = { input, resize: { rule: resize, size } };
  const open = (set: ImageDataSet, training: boolean) => imageBatches(set, {
    recipe, batchSize, shuffle: training ? seed : null,
    augmentation: training ? augmentationOf(augment, size) : undefined,
  });
  const opened = { train: open(train, true), validation: validation === null ? undefined : open(validation, false) };
  return {
    ...opened,
    async close() {
      await Promise.all([opened.train.close(), opened.validation?.close()]);
    },
  };
}
