import * as tf from '@tensorflow/tfjs-core';
import type { Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { expectedInWords, WeldonError } from '../../errors.js';
import { float16Value, readFloat16 } from '../../formats/float16.js';
import { fromKeras3, modelJsonProblem } from '../../formats/modelJson.js';
import type { ModelJson } from '../../formats/modelJson.js';
import { makeFolder } from '../storage/atomicWrite.js';
import { writeOwnFiles } from '../storage/ownFiles.js';
import { decodeText } from '../readText.js';
import { readPlainFile, statPlainFile } from '../storage/plainFile.js';
import { otherModelFile, otherModelFolder } from './otherModels.js';

/** Of model.json: the largest networks have some megabytes. */
const longestJson = 256 * 1024 * 1024;

function toPath(pathOrUrl: string): string {
  return pathOrUrl.startsWith('file://') ? fileURLToPath(pathOrUrl) : pathOrUrl;
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException)?.code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission is denied';
    case 'ENOTDIR':
      return 'a file of that name is in the way';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** The model.json that a folder, or a path to the file itself, means. */
export async function modelJsonPath(pathOrUrl: string): Promise<string> {
  if (/^https?:/i.test(pathOrUrl)) {
    throw expectedInWords(
      'the model',
      'a folder or a model.json on this machine',
      `the address ${pathOrUrl}: download its files, or give what tf.loadLayersModel makes of it where a model is taken`,
    );
  }
  const path = resolve(toPath(pathOrUrl));
  try {
    return (await stat(path)).isDirectory() ? join(path, 'model.json') : path;
  } catch (error) {
    throw new WeldonError(`Cannot read the model ${path}: ${reasonOf(error)}. Give a folder with a model.json`);
  }
}

/**
 * Reads and parses model.json, with a sentence for everything that can be wrong about it.
 *
 * @param hash takes the file's bytes
 */
export async function readModelJson(path: string, hash?: Hash): Promise<ModelJson> {
  let bytes: Buffer;
  try {
    bytes = await readPlainFile(path, longestJson);
    hash?.update(bytes);
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'ENOENT' ? await otherModelFolder(dirname(path)) : null;
    if (other !== null) {
      throw expectedInWords(dirname(path), 'a folder with a model.json', other);
    }
    throw new WeldonError(`Cannot read the model ${path}: ${reasonOf(error)}. Give a folder with a model.json`);
  }
  let json: unknown;
  try {
    json = JSON.parse((decodeText(bytes)?.text ?? '').replace(/^\ufeff/, ''));
  } catch {
    throw new WeldonError(
      `Expected ${path} to be the model.json of a TensorFlow.js model but it is ${otherModelFile(bytes)}`,
    );
  }
  const problem = modelJsonProblem(json);
  if (problem !== null) {
    throw new WeldonError(`Expected ${path} to be the model.json of a TensorFlow.js model but ${problem}`);
  }
  return json as ModelJson;
}

/** A weight file's place; a manifest names files of its own folder, and no others. */
function shardPath(folder: string, name: string): string {
  const path = join(folder, name);
  const inside = relative(folder, path);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw expectedInWords(
      `the weights ${name} of ${join(folder, 'model.json')}`,
      'a file in the folder of model.json',
      'a path that leaves it',
    );
  }
  return path;
}

async function onShard<T>(path: string, run: (path: string) => Promise<T>): Promise<T> {
  try {
    return await run(path);
  } catch (error) {
    throw new WeldonError(`Cannot read the weights ${path}: ${reasonOf(error)}. They belong beside model.json`);
  }
}

/** Bytes that a weight takes in the file, by its stored type. */
function storedBytes(spec: tf.io.WeightsManifestEntry): number {
  const count = spec.shape.reduce((size, extent) => size * extent, 1);
  const widths: Record<string, number> = {
    float32: 4,
    int32: 4,
    complex64: 8,
    bool: 1,
    uint8: 1,
    uint16: 2,
    float16: 2,
  };
  return count * (widths[spec.quantization?.dtype ?? spec.dtype] ?? NaN);
}

/** Whether every value is a number; the first that is none is told. */
function checkFinite(name: string, path: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    // The difference of a finite number with itself is 0; those of NaN and the infinities are NaN.
    if (values[i] - values[i] !== 0) {
      throw expectedInWords(`weight ${name} of ${path}`, 'finite numbers', `${values[i]} at index ${i}`);
    }
  }
}

/** Likewise of half precision, by its bits: an exponent of ones. */
function checkFiniteHalves(name: string, path: string, bits: Uint16Array): void {
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & 0x7c00) === 0x7c00) {
      throw expectedInWords(`weight ${name} of ${path}`, 'finite numbers', `${float16Value(bits[i])} at index ${i}`);
    }
  }
}

interface PlainWeights {
  specs: tf.io.WeightsManifestEntry[];
  data: ArrayBuffer;
}

/**
 * Weights of layers with those of half precision as float32, which tfjs would make of them in ten times the time. Refuses
 * what is no number: a training that diverged. Graphs, whose limits may be infinite, do not come here.
 */
function plainWeights(given: tf.io.WeightsManifestEntry[], data: ArrayBuffer, path: string): PlainWeights {
  const isHalf = ({ quantization }: tf.io.WeightsManifestEntry) => (quantization?.dtype as string) === 'float16';
  if (given.some((spec) => Number.isNaN(storedBytes(spec)))) {
    return { specs: given, data };
  }
  const wide = given.map((spec) => storedBytes(spec) * (isHalf(spec) ? 2 : 1));
  const plain = given.some(isHalf) ? new Uint8Array(wide.reduce((sum, bytes) => sum + bytes, 0)) : null;
  let [from, to] = [0, 0];
  given.forEach((spec, i) => {
    const bytes = storedBytes(spec);
    // Views want their numbers' places; pieces in between are copied.
    const part = (width: number): [ArrayBuffer, number] =>
      from % width === 0 ? [data, from] : [data.slice(from, from + bytes), 0];
    if (isHalf(spec)) {
      const bits = new Uint16Array(...part(2), bytes / 2);
      checkFiniteHalves(spec.name, path, bits);
      const values = readFloat16(bits);
      plain!.set(new Uint8Array(values.buffer), to);
    } else {
      if ((spec.quantization?.dtype ?? spec.dtype) === 'float32') {
        checkFinite(spec.name, path, new Float32Array(...part(4), bytes / 4));
      }
      plain?.set(new Uint8Array(data, from, bytes), to);
    }
    from += bytes;
    to += wide[i];
  });
  if (plain === null) {
    return { specs: given, data };
  }
  const specs = given.map((spec) => {
    const { quantization: _, ...rest } = spec;
    return isHalf(spec) ? rest : spec;
  });
  return { specs, data: plain.buffer };
}

async function load(pathOrUrl: string): Promise<tf.io.ModelArtifacts> {
  const path = await modelJsonPath(pathOrUrl);
  return loadArtifacts(path, await readModelJson(path));
}

/**
 * A model's description with its weights, which lie beside it.
 *
 * @param path of the model.json that `given` was read from
 * @param hash takes the bytes of the weights
 * @throws WeldonError for weights that are missing, of another length or damaged
 */
export async function loadArtifacts(path: string, given: ModelJson, hash?: Hash): Promise<tf.io.ModelArtifacts> {
  const json = fromKeras3(given);
  const folder = dirname(path);
  const paths = json.weightsManifest.flatMap((group) => group.paths).map((name) => shardPath(folder, name));
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
  const needed = weightSpecs.reduce((size, spec) => size + storedBytes(spec), 0);
  const sizes = await Promise.all(paths.map((name) => onShard(name, async () => (await statPlainFile(name)).size)));
  const held = sizes.reduce((sum, size) => sum + size, 0);
  // String weights have no fixed width, and make the sum NaN: nothing to compare then.
  if (needed !== held && !Number.isNaN(needed)) {
    throw new WeldonError(
      `Expected the weights beside ${path} to be ${needed} bytes but they are ${held}: a file is cut off or from another model`,
    );
  }
  const weightData = new Uint8Array(held);
  let at = 0;
  for (const [i, name] of paths.entries()) {
    const shard = await onShard(name, () => readPlainFile(name, Infinity));
    if (shard.length !== sizes[i]) {
      throw expectedInWords(name, `${sizes[i]} bytes long while it is read`, String(shard.length));
    }
    hash?.update(shard);
    weightData.set(shard, at);
    at += shard.length;
  }
  const { weightsCrc32 } = json as { weightsCrc32?: unknown };
  if (weightsCrc32 !== undefined && weightsCrc32 !== checkSum(weightData)) {
    throw expectedInWords(`the weights beside ${path}`, 'those that were saved with it', 'others, or damaged ones');
  }
  const { specs, data } =
    'node' in json.modelTopology
      ? { specs: weightSpecs, data: weightData.buffer }
      : plainWeights(weightSpecs, weightData.buffer, path);
  return tf.io.getModelArtifactsForJSON(json, async () => [specs, data]);
}

/** Kept beside the manifest, where other readers pass over it. */
const checkSum = (weights: Uint8Array) => crc32(weights).toString(16);

function modelJson(artifacts: tf.io.ModelArtifacts, weightsManifest: tf.io.WeightsManifestConfig): object {
  const { modelTopology, format, generatedBy, convertedBy, ...rest } = artifacts;
  const { trainingConfig, userDefinedMetadata, signature, modelInitializer, initializerSignature } = rest;
  return {
    modelTopology,
    format,
    generatedBy,
    convertedBy,
    weightsManifest,
    trainingConfig,
    userDefinedMetadata,
    signature,
    modelInitializer,
    initializerSignature,
  };
}

async function save(pathOrUrl: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const folder = resolve(toPath(pathOrUrl));
  const weights =
    artifacts.weightData === undefined ? new ArrayBuffer(0) : tf.io.CompositeArrayBuffer.join(artifacts.weightData);
  const manifest = [{ paths: ['weights.bin'], weights: artifacts.weightSpecs ?? [] }];
  await makeFolder(folder);
  await writeOwnFiles(folder, [
    { path: join(folder, 'weights.bin'), content: new Uint8Array(weights) },
    // Last, so that a folder with a model.json always has its weights.
    {
      path: join(folder, 'model.json'),
      content: JSON.stringify({ ...modelJson(artifacts, manifest), weightsCrc32: checkSum(new Uint8Array(weights)) }),
    },
  ]);
  return { modelArtifactsInfo: { ...tf.io.getModelArtifactsInfoForJSON(artifacts), dateSaved: new Date() } };
}

/**
 * Loads and saves TensorFlow.js models on the disk, without tfjs-node: any stock or own model format, float16 and
 * quantised weights as well. Saving writes both files under other names first, so that a full disk or Ctrl-C leaves no
 * half of a model. A model there that was saved so before is replaced; one that came from elsewhere, or was changed since,
 * stays and is an error: the folder's hidden `.weldon-files.jsonl` says which are which.
 *
 * @param pathOrUrl a folder, a path to model.json (loading only), or a `file://` URL of either
 * @throws WeldonError (when used) naming the file and what is wrong with it
 *
 * @example
 * const model = await tf.loadLayersModel(fileHandler('models/rooms'));
 * await model.save(fileHandler('models/rooms-2'));
 */
export function fileHandler(pathOrUrl: string): tf.io.IOHandler {
  return { load: () => load(pathOrUrl), save: (artifacts) => save(pathOrUrl, artifacts) };
}

/**
 * Makes `file://` URLs work in `tf.loadLayersModel`, `tf.loadGraphModel` and `model.save` without tfjs-node. Where
 * tfjs-node is loaded, before or after, its own handler answers.
 *
 * @example
 * registerFileUrls();
 * const model = await tf.loadLayersModel('file:///home/me/rooms/model.json');
 */
export function registerFileUrls(): void {
  if (registered) {
    return;
  }
  registered = true;
  const router = (url: string | string[]): tf.io.IOHandler => {
    const single = Array.isArray(url) ? url[0] : url;
    const ours =
      typeof single === 'string' && single.startsWith('file://') && tf.findBackendFactory('tensorflow') == null;
    // tfjs' typings do not say so, but a router declines by returning null.
    return ours ? fileHandler(single) : (null as unknown as tf.io.IOHandler);
  };
  tf.io.registerLoadRouter(router);
  tf.io.registerSaveRouter(router);
}

let registered = false;
