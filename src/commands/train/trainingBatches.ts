import type { ModelRecipe } from '../../models/recipe.js';
import type { Augmentation } from '../../training/augmentation/augmentation.js';
import type { TrainingData } from '../../training/trainingData.js';
import type { ImageDataSet } from '../../node/datasets/imageDataSet.js';
import type { ImagePlanOptions } from '../../node/loading/batchPlan.js';
import { imageBatches } from '../../node/loading/imageBatches.js';
import type { ResolvedTrainOptions } from './resolveOptions.js';
import type { AugmentationWord } from './options.js';
import type { TrainingSet } from './trainingSet.js';

/** The words of the options as `sampleAugmentation` takes them. */
function augmentationOf(words: readonly AugmentationWord[], size: number): Augmentation | undefined {
  if (words.includes('none')) {
    return undefined;
  }
  const multiple = (side: number) => Math.max(16, 16 * Math.round(side / 16));
  return {
    flip: words.includes('flip'),
    crop: words.includes('crop') ? {} : undefined,
    // 4 of 32 pixels, as small images are trained with.
    padCrop: words.includes('padCrop') ? Math.max(1, Math.round(size / 8)) : undefined,
    color: words.includes('color') ? { brightness: 0.2, contrast: 0.2, saturation: 0.2 } : undefined,
    rotation: words.includes('rotate') ? 10 : undefined,
    sizes: words.includes('scale') ? [multiple(0.8 * size), size, multiple(1.25 * size)] : undefined,
  };
}

/** A set of images, and what is done to them on their way into the network. */
export interface PlannedImages {
  dataSet: ImageDataSet;
  plan: ImagePlanOptions;
}

/** A run's images; those to measure on come as they are, in the order of the data. */
export interface PlannedSet {
  train: PlannedImages;
  validation: PlannedImages | null;
}

/** @param input how the network wants its pixels scaled */
export function planImages(
  { train, validation }: TrainingSet,
  input: ModelRecipe['input'],
  options: ResolvedTrainOptions,
): PlannedSet {
  const { size, resize, batchSize, seed, augment, augmentEpochs } = options;
  const shared = { recipe: { input, resize: { rule: resize, size } }, batchSize };
  return {
    train: {
      dataSet: train,
      plan: {
        ...shared,
        shuffle: seed,
        augmentation: augmentationOf(augment, size),
        epochsOfAugmentation: augmentEpochs,
      },
    },
    validation: validation && { dataSet: validation, plan: { ...shared, shuffle: null } },
  };
}

/** A run's images as batches; threads that read ahead are running until it is closed. */
export interface TrainingBatches {
  train: TrainingData;
  validation?: TrainingData;
  close(): Promise<void>;
}

export function trainingBatches({ train, validation }: PlannedSet): TrainingBatches {
  const opened = {
    train: imageBatches(train.dataSet, train.plan),
    validation: validation === null ? undefined : imageBatches(validation.dataSet, validation.plan),
  };
  return {
    ...opened,
    async close() {
      await Promise.all([opened.train.close(), opened.validation?.close()]);
    },
  };
}
