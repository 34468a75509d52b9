import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { attachWeldon, fineTune, modelFiles, WeldonError } from '../../../../src/index.js';
import type { ModelFile } from '../../../../src/index.js';
import type { Events, HeldOut, Lesson, TrainingReport, TrainingSettings } from '../../messages.js';
import { modelNamed } from '../models.js';
import type { LabelledFeatures } from './features.js';
import { featureBatches, featuresOf, stackFeatures } from './features.js';

/** Every fifth photo of a class is set aside, so a class needs five for that. */
const heldOutEvery = 5;

const batchSize = 16;

interface NumberedFeatures extends LabelledFeatures {
  photo: number;
}

/** Photos to train on, and photos set aside: the same ones however many are added later. */
function split(lessons: readonly Lesson[]): { train: NumberedFeatures[]; heldOut: NumberedFeatures[] } {
  const train: NumberedFeatures[] = [];
  const heldOut: NumberedFeatures[] = [];
  lessons.forEach(({ photos }, label) =>
    photos.forEach((photo, i) => {
      const into = i % heldOutEvery === heldOutEvery - 1 ? heldOut : train;
      into.push({ photo, label, features: featuresOf(photo) });
    }),
  );
  return { train, heldOut };
}

/** Refuses what no model can be learnt from. */
function check(lessons: readonly Lesson[]): void {
  if (lessons.length < 2 || lessons.length > 20) {
    throw new WeldonError(`Teach 2 to 20 classes; there ${lessons.length === 1 ? 'is 1' : `are ${lessons.length}`}.`);
  }
  for (const { name, photos } of lessons) {
    if (name.trim() === '') {
      throw new WeldonError('Every class needs a name.');
    }
    if (lessons.filter((other) => other.name.trim().toLowerCase() === name.trim().toLowerCase()).length > 1) {
      throw new WeldonError(`Two classes are called “${name.trim()}”. Give each a name of its own.`);
    }
    if (photos.length < 2) {
      throw new WeldonError(
        `“${name.trim()}” has ${photos.length === 0 ? 'no photo' : 'one photo'}. ` +
          'Give every class at least two; from five on, one in five is set aside to test with.',
      );
    }
  }
}

/** Lets messages in between two steps, such as the one that stops the training. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** A WELDON head on features alone, which is all that training needs. */
function headOnFeatures(depth: number, lessons: readonly Lesson[], settings: TrainingSettings): tfl.LayersModel {
  const features = tfl.input({ shape: [null, null, depth] });
  const unchanged = tfl.layers.activation({ activation: 'linear' }).apply(features) as tfl.SymbolicTensor;
  return attachWeldon(tfl.model({ inputs: features, outputs: unchanged }), {
    classes: lessons.map(({ name }) => name.trim()),
    ...settings.pooling,
    seed: 1,
  });
}

async function predictions(head: tfl.LayersModel, photos: readonly NumberedFeatures[]): Promise<HeldOut[]> {
  const results: HeldOut[] = [];
  for (let at = 0; at < photos.length; at += batchSize) {
    const batch = photos.slice(at, at + batchSize);
    const best = tf.tidy(() => tf.argMax(head.predict(stackFeatures(batch), { batchSize }) as tf.Tensor, 1));
    const found = await best.data();
    best.dispose();
    batch.forEach(({ photo, label }, i) => results.push({ photo, wanted: label, predicted: found[i] }));
  }
  return results;
}

/** The whole network with the trained head, as files. */
async function wholeModel(
  head: tfl.LayersModel,
  lessons: readonly Lesson[],
  settings: TrainingSettings,
): Promise<ModelFile[]> {
  const { original } = await modelNamed('imagenet');
  const whole = attachWeldon(original, {
    classes: lessons.map(({ name }) => name.trim()),
    ...settings.pooling,
    name: 'taught_on_the_page',
    recipe: { name: 'taught on the page', resize: { rule: 'warp', size: settings.size } },
  });
  try {
    whole.getLayer('class_maps').setWeights(head.getLayer('class_maps').getWeights());
    return await modelFiles(whole, { shardBytes: 2 ** 28, convertedBy: 'tfjs-weldon heat-map page' });
  } finally {
    whole.dispose();
  }
}

/**
 * Trains a WELDON head on the features of photos, with a seed, so that the same photos give the same model.
 *
 * @throws WeldonError for classes that cannot be learnt
 */
export async function train(
  lessons: readonly Lesson[],
  settings: TrainingSettings,
  signal: AbortSignal,
  onEpoch: (record: Events['epoch']) => void,
): Promise<Omit<TrainingReport, 'model'> & { files: ModelFile[] }> {
  check(lessons);
  const begin = performance.now();
  const photos = split(lessons);
  const { epochs } = settings;
  const head = headOnFeatures(photos.train[0].features.shape[2], lessons, settings);
  try {
    const { history, stopped } = await fineTune(
      head,
      {
        train: featureBatches(photos.train, batchSize, 1),
        ...(photos.heldOut.length === 0 ? {} : { validation: featureBatches(photos.heldOut, batchSize, null) }),
      },
      {
        strategy: 'features',
        epochs,
        learningRate: 3e-3,
        optimizer: { kind: 'adamW' },
        weightDecay: 1e-3,
        schedule: { kind: 'cosine', warmUp: 5 },
        monitor: 'loss',
        signal,
        onStep: breathe,
        onEpoch: ({ epoch, loss, validation }) =>
          onEpoch({ epoch: epoch + 1, epochs, loss, accuracy: validation?.metric ?? null }),
      },
    );
    return {
      files: await wholeModel(head, lessons, settings),
      heldOut: await predictions(head, photos.heldOut),
      stopped: stopped === 'aborted',
      epochs: history.length,
      milliseconds: performance.now() - begin,
    };
  } finally {
    head.dispose();
  }
}
