import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords, WeldonError } from '../errors.js';
import type { WeightSource } from './weightSource.js';
import { bytesPerValue, decodeNumbers, toFloat32 } from './numberTypes.js';
import type { NumberType } from './numberTypes.js';
import { urlModel } from './urlModel.js';

type Quantization = NonNullable<tf.io.WeightsManifestEntry['quantization']>;

/** A weight's place in the joined weight files. */
interface StoredWeight {
  type: NumberType;
  shape: readonly number[];
  offset: number;
  count: number;
  quantization: Quantization | undefined;
}

const storedTypes: Record<string, NumberType> = {
  float32: 'F32',
  int32: 'I32',
  bool: 'BOOL',
  float16: 'F16',
  uint8: 'U8',
  uint16: 'U16',
};

/** Where each weight lies: they follow each other as the manifest lists them. */
function placeWeights(specs: readonly tf.io.WeightsManifestEntry[], bytes: number): Map<string, StoredWeight> {
  const weights = new Map<string, StoredWeight>();
  let offset = 0;
  for (const { name, shape, dtype, quantization } of specs) {
    const stored: string = quantization?.dtype ?? dtype;
    if (!Object.hasOwn(storedTypes, stored)) {
      throw expected(`the type of weight ${name}`, `one of ${Object.keys(storedTypes).join(', ')}`, stored);
    }
    const type = storedTypes[stored];
    const count = shape.reduce((product, side) => product * side, 1);
    weights.set(name, { type, shape, offset, count, quantization });
    offset += count * bytesPerValue(type);
  }
  if (offset !== bytes) {
    throw expectedInWords('the weight files', `${offset} bytes together, as model.json says`, String(bytes));
  }
  return weights;
}

/** Integers stand for `scale · q + min`; half precision for itself. */
function dequantized(values: Float32Array, quantization: Quantization | undefined): Float32Array {
  const { scale, min } = quantization ?? {};
  return scale === undefined ? values : values.map((value) => value * scale + (min ?? 0));
}

function fromArtifacts(artifacts: tf.io.ModelArtifacts): WeightSource {
  const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
  const data = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
  const weights = placeWeights(weightSpecs, data.length);
  const readPart = async (name: string, start: number, count: number): Promise<Float32Array> => {
    const weight = weights.get(name);
    if (weight === undefined) {
      throw expectedInWords(`weight ${name}`, 'in the model', 'a model without it');
    }
    const width = bytesPerValue(weight.type);
    const from = weight.offset + start * width;
    const stored = decodeNumbers(weight.type, new Uint8Array(data.subarray(from, from + count * width)));
    return dequantized(toFloat32(stored), weight.quantization);
  };
  return {
    layout: 'tensorflow',
    shapes: new Map([...weights].map(([name, { shape }]) => [name, shape])),
    read: (name) => readPart(name, 0, weights.get(name)?.count ?? 0),
    readPart,
  };
}

function fromModel(model: tfl.LayersModel): WeightSource {
  const weights = new Map(model.weights.map((weight) => [weight.originalName, weight]));
  return {
    layout: 'tensorflow',
    shapes: new Map([...weights].map(([name, { shape }]) => [name, shape as number[]])),
    async read(name) {
      const weight = weights.get(name);
      if (weight === undefined) {
        throw expectedInWords(`weight ${name}`, `in model ${model.name}`, 'a model without it');
      }
      // On the cpu backend data() is the tensor's own memory.
      return Float32Array.from(await weight.read().data());
    },
  };
}

function handlerOf(source: string | tf.io.IOHandler): tf.io.IOHandler {
  if (typeof source !== 'string') {
    return source;
  }
  if (/^https?:/i.test(source)) {
    return urlModel(source);
  }
  return tf.io.getLoadHandlers(source)[0] ?? tf.io.browserHTTPRequest(source);
}

/**
 * The weights of a TensorFlow.js LayersModel by name (`block1_conv1/kernel`, `bn1/moving_mean`, …): one in memory, or
 * the files of one, float16 and quantised ones too, of which no model is built. Builders know the names of models that
 * this package made, with batch norm kept or folded, and of keras.applications' VGG16 and MobileNetV2
 * (`variant: 'tensorflow'`); `renameWeights` brings others under them.
 *
 * @param source a model, which must not be disposed before it is read; a URL of a model.json; or any `tf.io.IOHandler`
 * (in Node `fileHandler(folder)` of `tfjs-weldon/node`)
 * @throws WeldonError for files that cannot be loaded, are cut off, or hold strings or complex numbers
 *
 * @example
 * // A fine-tuned network's body under a new head, from its folder
 * const body = await resnet18({ weights: await layersModelWeights('/rooms/model.json'), stages: 'layer3' });
 */
export async function layersModelWeights(source: string | tf.io.IOHandler | tfl.LayersModel): Promise<WeightSource> {
  if (typeof source === 'object' && source !== null && 'layers' in source) {
    return fromModel(source);
  }
  const handler = handlerOf(source);
  if (typeof handler?.load !== 'function') {
    throw expected('source for layersModelWeights', 'a LayersModel, a URL or a handler that loads', source);
  }
  const name = typeof source === 'string' ? source : 'the given handler';
  let artifacts: tf.io.ModelArtifacts;
  try {
    artifacts = await handler.load();
  } catch (error) {
    if (error instanceof WeldonError) {
      throw error;
    }
    throw expectedInWords(
      `the model at ${name}`,
      'loadable',
      `the error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return fromArtifacts(artifacts);
}
