import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords, runningModel, WeldonError } from '../../errors.js';
import { applyActivations } from '../../heatmaps/imageChunks.js';
import { findClassMaps } from '../../models/classMaps.js';
import type { FrozenPass, NumberArray } from '../../models/frozenPass.js';
import { layerGraph } from '../../models/layerGraph.js';
import { refuseSmallInput } from '../../models/receptiveField.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { mergeRecipes } from '../../models/recipeMetadata.js';
import type { ImageDataSet } from '../../node/datasets/imageDataSet.js';
import { checkImages } from '../../node/datasets/checkImages.js';
import type { ImagePlanOptions, PlannedBatch } from '../../node/loading/batchPlan.js';
import { imagePlan } from '../../node/loading/batchPlan.js';
import { imageBatches } from '../../node/loading/imageBatches.js';
import { pixelBatch, rawImage } from '../../node/loading/imageTask.js';
import { loadModel } from '../../node/models/loadModel.js';
import { modelRecipe } from '../../node/models/modelRecipe.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import { modelOfRun } from '../train/runFolder.js';
import { readLabelledImages } from '../train/trainingSet.js';
import { classFinder, withClassesOf } from '../../node/datasets/imageDataSet.js';
import type { EvaluationReport } from './evaluationReport.js';
import { evaluationReport } from './evaluationReport.js';
import { checkEvaluateOptions } from './options.js';
import type { EvaluateModelOptions } from './options.js';

/** Whether nothing makes probabilities of the scores within the model. */
function endsInScores(model: tfl.LayersModel): boolean {
  const layer = model.outputs[0].sourceLayer;
  const { activation = 'linear' } = layer.getConfig();
  return layer.getClassName() !== 'Softmax' && (activation === 'linear' || activation === null);
}

/** The model's outputs, batch by batch, on the active backend. */
async function* tensorOutputs(
  model: tfl.LayersModel,
  dataSet: ImageDataSet,
  plan: ImagePlanOptions,
  sigmoid: boolean,
): AsyncGenerator<Float32Array> {
  const batches = imageBatches(dataSet, plan);
  try {
    for await (const { images, labels } of batches.batches(0, 0)) {
      labels.dispose();
      const input = typeof images === 'function' ? await images() : images;
      let output: tf.Tensor;
      try {
        output = tf.tidy(() => {
          const result = runningModel(model.name, () => model.predict(input) as tf.Tensor);
          return sigmoid ? tf.sigmoid(result) : result;
        });
      } finally {
        input.dispose();
      }
      const outputs = (await output.data()) as Float32Array;
      output.dispose();
      yield outputs;
    }
  } finally {
    await batches.close();
  }
}

/** What the model makes of its scores: the activations that follow them, or the softmax or sigmoid of its last layer. */
function activationsOf(model: tfl.LayersModel): readonly string[] {
  const head = findClassMaps(layerGraph(model));
  if (!('obstacle' in head)) {
    return head.activations;
  }
  const layer = model.outputs[0].sourceLayer;
  const name = layer.getClassName() === 'Softmax' ? 'softmax' : layer.getConfig().activation;
  return name === 'softmax' || name === 'sigmoid' ? [name] : [];
}

/** The same by a pass: several batches are read and run at once, and come in their order. */
async function* passOutputs(
  pass: FrozenPass,
  dataSet: ImageDataSet,
  options: ImagePlanOptions,
  activations: readonly string[],
): AsyncGenerator<Float32Array> {
  const plan = imagePlan(dataSet, options);
  const run = async ({ tasks }: PlannedBatch): Promise<Float32Array> => {
    const batch = pixelBatch(await Promise.all(tasks.map(rawImage)), tasks);
    const { data, shape } = (await pass.run(batch)).scores as NumberArray;
    const scores = tf.tensor2d(data, [shape[0], shape[1]]);
    const output = applyActivations(scores, activations);
    scores.dispose();
    try {
      return (await output.data()) as Float32Array;
    } finally {
      output.dispose();
    }
  };
  const coming: Promise<Float32Array>[] = [];
  try {
    for (let number = 0; number < plan.batchesPerEpoch; number++) {
      const next = run(plan.batch(0, number));
      next.catch(() => undefined); // thrown when its turn comes
      coming.push(next);
      if (coming.length > (pass.lanes ?? 1)) {
        yield await coming.shift()!;
      }
    }
    while (coming.length > 0) {
      yield await coming.shift()!;
    }
  } finally {
    await Promise.allSettled(coming);
  }
}

/** The model's outputs for all images, row by row, in the order of the data. */
async function predictAll(
  model: tfl.LayersModel,
  dataSet: ImageDataSet,
  recipe: ModelRecipe,
  { batchSize = 16, signal, onImages, engine, notice }: EvaluateModelOptions,
): Promise<Float32Array> {
  const classes = dataSet.classes.length;
  // A threshold of 0.5 is one of probabilities.
  const sigmoid = recipe.activation === 'sigmoid' && endsInScores(model);
  const values = new Float32Array(dataSet.images.length * classes);
  const plan: ImagePlanOptions = {
    recipe,
    shuffle: null,
    // Images keep their shapes by this rule, and one tensor holds but one.
    batchSize: recipe.resize.rule === 'fit' ? 1 : batchSize,
  };
  const pass = await openPass(engine, { model, outputs: ['scores'], input: recipe.input }, notice);
  let at = 0;
  try {
    const outputs =
      pass === null
        ? tensorOutputs(model, dataSet, plan, sigmoid)
        : passOutputs(
            pass,
            dataSet,
            // As few as a thread needs to be quick: all threads shall have some.
            { ...plan, batchSize: Math.min(plan.batchSize, 8) },
            sigmoid ? ['sigmoid'] : activationsOf(model),
          );
    for await (const found of outputs) {
      const wrong = found.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) {
        const { path } = dataSet.images[(at + wrong - (wrong % classes)) / classes];
        throw expectedInWords(
          `outputs of model ${model.name} for ${path}`,
          'finite numbers',
          `${found[wrong]}: its weights, or scale and offset of its recipe, are too large or no numbers`,
        );
      }
      values.set(found, at);
      at += found.length;
      onImages?.(at / classes, dataSet.images[at / classes - 1].path);
      if (signal?.aborted === true) {
        throw new WeldonError(`Stopped after ${at / classes} of ${dataSet.images.length} images`);
      }
    }
  } finally {
    await pass?.dispose();
  }
  return values;
}

/**
 * Images as a model of one class sees them: each shows it or does not, whatever it is called that it shows instead. That
 * the class has the highest score of all would be true of every image.
 */
function ofOneOutput(dataSet: ImageDataSet, classNames: readonly string[]): ImageDataSet {
  const own = classNames.length === 1 ? dataSet.classes.findIndex((name) => classFinder(classNames)(name) === 0) : -1;
  if (own < 0) {
    return dataSet;
  }
  const images = dataSet.images.map(({ path, labels }) => ({ path, labels: labels.includes(own) ? [0] : [] }));
  return { ...dataSet, classes: [dataSet.classes[own]], images, multiLabel: true };
}

/** What is wrong where a model cannot be measured on these images. */
function checkFit(model: tfl.LayersModel, recipe: ModelRecipe, path: string): void {
  const outputs = model.outputs.length === 1 ? model.outputs[0].shape : [];
  if (outputs.length !== 2 || outputs[1] === null) {
    throw expectedInWords(
      `the model ${path}`,
      'a classifier with one output [batch, classes]',
      `outputs of shape ${model.outputs.map(({ shape }) => `[${shape.map((extent) => extent ?? 'null').join(', ')}]`).join(' and ')}`,
    );
  }
  if (outputs[1] !== recipe.classNames.length) {
    throw expectedInWords(
      `the class names of the model ${path}`,
      `${outputs[1]}, one per output`,
      String(recipe.classNames.length),
    );
  }
}

/**
 * Measures a model on labelled images: accuracy and mean-class accuracy, or mAP where images have several classes, each
 * with a 95 % bootstrap interval; a row per class, the confusion matrix, and the images that went wrong most clearly.
 * The images' classes are found in the model by name, and the model may know more. A backend must be active: see
 * `startRuntime`.
 *
 * @throws WeldonError for a model without class names or other parts of its recipe, a class of the images that the model
 *   does not know, and for images that cannot be read
 *
 * @example
 * const { accuracy, worst } = await evaluateModel({ model: 'runs/rooms', data: 'images/test' });
 */
export async function evaluateModel(options: EvaluateModelOptions): Promise<EvaluationReport> {
  checkEvaluateOptions(options);
  const path = await modelOfRun(options.model);
  const loaded = await loadModel(path);
  if (loaded.kind === 'graph') {
    loaded.model.dispose();
    throw new WeldonError(`${loaded.path} is a GraphModel: weldon evaluate measures LayersModels`);
  }
  const { model } = loaded;
  try {
    const { size } = options;
    const needed = ['classNames', 'input', 'resize.rule', ...(size === undefined ? ['resize.size'] : [])];
    const known = await modelRecipe(model, loaded.path, options.recipe, needed);
    const recipe = mergeRecipes(known, size === undefined ? {} : { resize: { size } }) as ModelRecipe;
    checkFit(model, recipe, options.model);
    refuseSmallInput(model, recipe.resize.size, size === undefined ? 'size of the recipe' : 'size for evaluateModel');
    const { signal, notice } = options;
    const { dataSet, unreadable } = await checkImages(
      withClassesOf(
        ofOneOutput(await readLabelledImages(options.data, options.images, notice), recipe.classNames),
        recipe.classNames,
        `the model ${options.model}`,
      ),
      { signal, notice },
    );
    if (dataSet.images.length === 0) {
      throw expectedInWords(options.data, 'images to measure on', 'none');
    }
    options.onStart?.(dataSet.images.length);
    const values = await predictAll(model, dataSet, recipe, options);
    return evaluationReport(
      {
        model: options.model,
        data: options.data,
        classes: dataSet.classes,
        multiLabel: dataSet.multiLabel,
        paths: dataSet.images.map((image) => image.path),
        labels: dataSet.images.map(({ labels }) => labels),
        values,
        unreadable,
        threshold: options.threshold ?? 0.5,
      },
      options.worst,
    );
  } finally {
    model.dispose();
  }
}
