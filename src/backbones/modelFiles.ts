import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { expected, expectedInWords } from '../errors.js';
import { float16Bits } from './float16.js';

/** One file of a TensorFlow.js model folder. */
export interface ModelFile {
  name: string;
  bytes: Uint8Array;
}

export interface ModelFilesOptions {
  /** How float32 weights are stored; TensorFlow.js widens float16 again when it loads. Default `'float32'`. */
  weights?: 'float32' | 'float16';
  /** Goes into model.json as user-defined metadata; a JSON value. Default: the model's own. */
  metadata?: object;
  /** Largest weight file, in bytes, a multiple of 4. Default 4 MiB, which browsers load side by side and cache. */
  shardBytes?: number;
  /** Who made the files, for model.json. */
  convertedBy?: string;
}

function toFloat16(name: string, values: Float32Array): Uint8Array {
  const half = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    half[i] = float16Bits(values[i]);
    if ((half[i] & 0x7c00) === 0x7c00) {
      throw expected(`weight ${name}`, 'between -65504 and 65504 to be stored as float16', values[i]);
    }
  }
  return new Uint8Array(half.buffer);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The model's artifacts by way of its own `save`, which knows the names and the order that loading expects. */
async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | null = null;
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  }));
  return saved!;
}

/**
 * A LayersModel as the files of a TensorFlow.js folder: `model.json` and weight files, in memory. The same model
 * gives the same bytes.
 *
 * @throws WeldonError for weights that are not float32, or do not fit in float16
 *
 * @example
 * for (const { name, bytes } of await modelFiles(model, { weights: 'float16' })) {
 *   await writeFile(join(folder, name), bytes);
 * }
 */
export async function modelFiles(model: tfl.LayersModel, options: ModelFilesOptions = {}): Promise<ModelFile[]> {
  const shardBytes = options.shardBytes ?? 4 * 1024 * 1024;
  if (!Number.isInteger(shardBytes) || shardBytes < 4 || shardBytes % 4 !== 0) {
    throw expected('shardBytes for modelFiles', 'a multiple of 4 from 4 on', shardBytes);
  }
  const artifacts = await artifactsOf(model);
  const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData as ArrayBuffer | ArrayBuffer[]);
  const half = options.weights === 'float16';
  let at = 0;
  const parts: Uint8Array[] = [];
  const weights = artifacts.weightSpecs!.map((spec) => {
    if (spec.dtype !== 'float32') {
      throw expectedInWords(`weight ${spec.name}`, 'float32', String(spec.dtype));
    }
    const count = spec.shape.reduce((product, side) => product * side, 1);
    const values = new Float32Array(data, at, count);
    at += 4 * count;
    parts.push(
      half ? toFloat16(spec.name, values) : new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    const entry = { name: spec.name, shape: spec.shape, dtype: spec.dtype };
    return half ? { ...entry, quantization: { dtype: 'float16', original_dtype: 'float32' } } : entry;
  });
  const bytes = concatenate(parts);
  const shards = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const files = Array.from({ length: shards }, (_, i) => ({
    name: `weights-${i + 1}-of-${shards}.bin`, bytes: bytes.subarray(i * shardBytes, (i + 1) * shardBytes),
  }));
  const json = {
    format: 'layers-model',
    generatedBy: artifacts.generatedBy,
    convertedBy: options.convertedBy ?? null,
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths: files.map(({ name }) => name), weights }],
    userDefinedMetadata: options.metadata ?? model.getUserDefinedMetadata(),
  };
  return [{ name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) }, ...files];
}
