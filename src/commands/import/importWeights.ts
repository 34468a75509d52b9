import * as tf from '@tensorflow/tfjs-core';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { backboneFiles } from '../../backbones/weights/backboneFiles.js';
import type { BatchNormMode } from '../../backbones/networks/backboneOptions.js';
import { checkStageNames, resolveBackboneOptions } from '../../backbones/networks/backboneOptions.js';
import { classesOf, drawBackbone, fitWeights } from '../../backbones/networks/buildBackbone.js';
import type { DrawnBackbone } from '../../backbones/networks/buildBackbone.js';
import type { TrainedDesign } from '../../backbones/catalog.js';
import { chooseNaming, leftOver } from '../../backbones/weights/checkWeights.js';
import { findBackbone, listBackbones } from '../../backbones/findBackbone.js';
import type { FoundBackbone } from '../../backbones/findBackbone.js';
import type { WeightNaming } from '../../backbones/weights/weightNaming.js';
import { slotLayers } from '../../backbones/weights/weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { expected, expectedInWords, nearestNames } from '../../errors.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { usualActivation } from '../../models/recipe.js';
import { writeError } from '../../node/storage/atomicWrite.js';
import { atomicFolder } from '../../node/storage/atomicFolder.js';
import { readClassNames } from '../../node/models/classNames.js';
import { readText } from '../../node/readText.js';
import { openWeightFile } from '../../node/models/weightFile.js';
import * as check from '../checkOptions.js';

export interface ImportWeightsOptions {
  /** A safetensors file or PyTorch checkpoint, a TensorFlow.js folder or model.json: a path or an http URL. */
  weights: string;
  /** One of `listBackbones()`, or torchvision's or timm's name of it. */
  backbone: string;
  /** Folder for the model: new, or empty. */
  out: string;
  /** Stores float16, half the size. Default false. */
  float16?: boolean;
  /** Text file with the licence of the weights; it is put beside the model as LICENSE. */
  licenseFile?: string;
  /** File of class names, one per line or a JSON array, or `'imagenet'` for the standard 1000. */
  classes?: string;
  /** Features up to this stage, without classifier. Default: the classifier, where the weights have one. */
  stage?: string;
  /** Default `'fold'`; for fine-tuning `'freeze'` or `'train'`. */
  batchNorm?: BatchNormMode;
  /** Told once of how many layers there are, and then of each that is done. */
  onStart?: (layers: number) => void;
  onLayer?: (name: string) => void;
}

const schema = z.strictObject({
  weights: check.text(),
  backbone: check.text(),
  out: check.text(),
  float16: check.yesOrNo().optional(),
  licenseFile: check.text().optional(),
  classes: check.text().optional(),
  stage: check.text().optional(),
  batchNorm: check.oneOf<BatchNormMode>(['fold', 'freeze', 'train']).optional(),
  onStart: check.callback<(layers: number) => void>().optional(),
  onLayer: check.callback<(name: string) => void>().optional(),
} satisfies { [K in keyof Required<ImportWeightsOptions>]: z.ZodType<ImportWeightsOptions[K]> });

/** What was imported. */
export interface ImportedModel {
  /** The folder's full path. */
  folder: string;
  /** Our name of the backbone. */
  backbone: string;
  /** Whose names the weights went by. */
  convention: string;
  include: 'features' | 'classifier';
  /** Outputs of the classifier; `null` for features. */
  classes: number | null;
  /** Numbers in the model. */
  parameters: number;
  /** Of all files together. */
  bytes: number;
  /** Names of tensors in the file that the network has no place for. */
  leftOut: string[];
  /** What the model's recipe lacks, that heat maps will ask for. */
  missing: string[];
}

function lookUp(name: string): FoundBackbone {
  const found = findBackbone(name);
  if (found === null) {
    const known = listBackbones().map((entry) => entry.name);
    throw expectedInWords(
      'backbone for importWeights',
      'the name of a backbone',
      `${JSON.stringify(name)}${nearestNames(name, known)}`,
    );
  }
  return found;
}

async function readLicense(path: string): Promise<{ text: string; line: string }> {
  const text = await readText(path, 'a licence text');
  const first = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .find((line) => line !== '');
  if (first === undefined) {
    throw expectedInWords(path, 'a licence text', 'an empty file');
  }
  const tagged = /SPDX-License-Identifier:\s*([\w.+-]+)/.exec(text)?.[1];
  return { text, line: tagged ?? `${first.slice(0, 100)} (see LICENSE)` };
}

interface Drawing {
  /** The weights under the network's names. */
  source: WeightSource;
  trained: TrainedDesign;
  drawn: DrawnBackbone;
  naming: WeightNaming;
  classes: number | null;
  /** The classifier reads the average of the maps, as all but VGG's do. */
  averaged: boolean;
}

/** As the embedded network's: more precise than the average where images are larger, and on the same scale. */
const pooling = { kMax: 0.2, kMin: null, alpha: 1, reduction: 'halfMean' } as const;

function draw(trained: TrainedDesign, weights: WeightSource, options: ImportWeightsOptions): Drawing {
  const { design, input } = trained;
  if (options.stage !== undefined) {
    checkStageNames(design.name, [options.stage], design.stages);
  }
  const source = fitWeights(design, weights, options.stage === undefined ? null : [options.stage]);
  const classes = options.stage === undefined ? classesOf(design, source) : null;
  const averaged = !design.stages.some(({ name }) => name === 'fc6');
  const resolved = resolveBackboneOptions(design.name, design.stages, design.last, {
    weights: source,
    stages: options.stage,
    batchNorm: options.batchNorm,
    include: classes === null ? 'features' : 'classifier',
    // Behind a free size VGG's classifier averages maps, which heat maps could not undo; at its own size it does not.
    inputShape: classes !== null && !averaged ? [input.size, input.size, 3] : undefined,
  });
  const drawn = drawBackbone(design, resolved);
  return { source, trained, drawn, classes, averaged, naming: chooseNaming(drawn.slots, source, drawn.namings) };
}

/** keras.applications' weights go by names of their own, and where these are found the network is theirs. */
function drawFor(found: FoundBackbone, source: WeightSource, options: ImportWeightsOptions): Drawing {
  const drawing = draw(found, source, options);
  if (drawing.naming.convention !== 'Keras' || found.keras === undefined) {
    return drawing;
  }
  drawing.drawn.model.dispose();
  return draw(found.keras, source, options);
}

function recipeOf(
  found: FoundBackbone,
  { trained, classes, naming, averaged }: Drawing,
  options: ImportWeightsOptions,
  classNames: string[] | undefined,
  license: string | undefined,
): Partial<ModelRecipe> {
  const { scale, offset, size } = trained.input;
  const numbers = (value: number | readonly [number, number, number]) =>
    typeof value === 'number' ? value : ([...value] as [number, number, number]);
  return {
    version: 1,
    name: found.name,
    classNames,
    input: { colorOrder: trained.colorOrder, scale: numbers(scale), offset: numbers(offset) },
    // Networks for small images see them whole; the others were trained on the middle of larger ones.
    resize: size < 64 ? { rule: 'warp', size } : { rule: 'crop', size, cropRatio: 0.875 },
    pooling: classes !== null && averaged ? pooling : undefined,
    activation: classes === null ? undefined : usualActivation(classes),
    license,
    source:
      `${/^https?:/i.test(options.weights) ? options.weights : basename(resolve(options.weights))}, ` +
      `tensors named as ${naming.convention}'s`,
  };
}

/**
 * Converts published weights to a TensorFlow.js folder with recipe and licence. The source is read by range, one layer
 * at a time, so that little more than the largest layer is in memory; the folder appears whole or not at all.
 *
 * Any backend will do; the plain cpu backend takes the least memory, since nothing is computed.
 *
 * @throws WeldonError for weights that cannot be read or do not fit, naming missing, mis-shaped and unexpected tensors;
 * an unknown backbone, with the nearest names; class names that do not fit; a folder that is not empty or not writable
 *
 * @example
 * await startRuntime({ backend: 'cpu' });
 * await importWeights({
 *   weights: 'resnet50.safetensors', backbone: 'resnet50', out: 'models/resnet50', float16: true,
 *   licenseFile: 'LICENSE', classes: 'imagenet',
 * });
 */
export async function importWeights(options: ImportWeightsOptions): Promise<ImportedModel> {
  check.checkOptions(schema, options, { owner: 'importWeights', kind: 'options of an import' });
  await tf.ready();
  const found = lookUp(options.backbone);
  const license = options.licenseFile === undefined ? null : await readLicense(options.licenseFile);
  const file = await openWeightFile(options.weights);
  try {
    const drawing = drawFor(found, file.source, options);
    const { drawn, naming, classes } = drawing;
    try {
      if (options.classes !== undefined && classes === null) {
        throw expected('classes for importWeights', 'absent where there is no classifier', options.classes);
      }
      const classNames = options.classes === undefined ? undefined : await readClassNames(options.classes, classes!);
      const recipe = recipeOf(found, drawing, options, classNames, license?.line);
      options.onStart?.(slotLayers(drawn.slots).length);
      const bytes = await atomicFolder(options.out, async (folder) => {
        let written = 0;
        const write = async (name: string, content: Uint8Array | string) => {
          try {
            await writeFile(join(folder, name), content);
          } catch (error) {
            throw writeError(join(options.out, name), error);
          }
        };
        const files = backboneFiles(found.name, drawn, drawing.source, naming, {
          unexpected: options.stage === undefined ? 'told' : 'ignored',
          weights: options.float16 ? 'float16' : 'float32',
          metadata: JSON.parse(JSON.stringify({ weldon: recipe })) as object,
          convertedBy: 'tfjs-weldon',
          onLayer: options.onLayer,
        });
        for await (const { name, bytes: content } of files) {
          await write(name, content);
          written += content.length;
        }
        if (license !== null) {
          await write('LICENSE', license.text);
        }
        return written;
      });
      return {
        folder: resolve(options.out),
        backbone: found.name,
        convention: naming.convention,
        include: classes === null ? 'features' : 'classifier',
        classes,
        parameters: drawn.model.countParams(),
        bytes,
        leftOut: leftOver(drawn.slots, drawing.source, naming),
        missing: classes !== null && classNames === undefined ? ['classNames'] : [],
      };
    } finally {
      drawn.model.dispose();
    }
  } finally {
    await file.close();
  }
}
