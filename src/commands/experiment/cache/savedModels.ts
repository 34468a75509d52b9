import type * as tfl from '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expectedInWords } from '../../../errors.js';
import { fileHandler } from '../../../node/models/fileHandler.js';
import { loadModel } from '../../../node/models/loadModel.js';
import { atomicWrite } from '../../../node/storage/atomicWrite.js';
import { readPlainFile } from '../../../node/storage/plainFile.js';
import { keyHash } from './resultCache.js';
import type { Normalisation } from '../../../training/heads/featureSet.js';
import type { HeadSpec, TrainedHead } from '../../../training/heads/headSpec.js';

/** A trained head as the result cache holds it: bits of its float32 weights, in base 64. */
export interface SavedHead {
  pooling: HeadSpec['pooling'];
  maps: number;
  classes: number;
  /** `[depth, classes · maps]`, for features as the network gives them or with regions divided by their root mean square */
  kernel: string;
  bias: string;
  dividesRegions: boolean;
}

/** A head for features as the network gives them: what standardising channels does is in its weights. */
export interface OpenHead {
  pooling: HeadSpec['pooling'];
  maps: number;
  classes: number;
  depth: number;
  kernel: Float32Array;
  bias: Float32Array;
  /** each region is divided by its root mean square first */
  dividesRegions: boolean;
}

const toText = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

function toValues(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}

/** A head that takes over standardising: w·(x − μ)/σ + b = (w/σ)·x + (b − w·μ/σ). */
export function headOnFeatures(
  { spec, classes, depth, kernel, bias }: TrainedHead,
  normalization: Normalisation,
): OpenHead {
  const { pooling, maps } = spec;
  const open = {
    pooling,
    maps,
    classes,
    depth,
    kernel: kernel.slice(),
    bias: bias.slice(),
    dividesRegions: normalization === 'regions',
  };
  if (typeof normalization === 'string') {
    return open;
  }
  const columns = bias.length;
  const shift = new Float64Array(columns);
  for (let d = 0; d < depth; d++) {
    for (let c = 0; c < columns; c++) {
      const weight = kernel[d * columns + c] / normalization.deviation[d];
      open.kernel[d * columns + c] = weight;
      shift[c] += weight * normalization.mean[d];
    }
  }
  open.bias.forEach((value, c) => {
    open.bias[c] = value - shift[c];
  });
  return open;
}

export function saveHead(head: TrainedHead, normalization: Normalisation): SavedHead {
  const { kernel, bias, pooling, maps, classes, dividesRegions } = headOnFeatures(head, normalization);
  return { pooling, maps, classes, kernel: toText(kernel), bias: toText(bias), dividesRegions };
}

export function openHead({ kernel, bias, ...rest }: SavedHead): OpenHead {
  const [weights, offsets] = [toValues(kernel), toValues(bias)];
  return { ...rest, kernel: weights, bias: offsets, depth: weights.length / offsets.length };
}

/** A trained network on the disk, for what is asked of it after its training. */
export interface SavedNetwork {
  folder: string;
  /** tells it from all others, in the keys of what it gives */
  name: string;
}

/**
 * Where a network is saved.
 *
 * @param name of its training
 * @param key all that decides it
 */
export function savedNetwork(root: string, name: string, key: unknown): SavedNetwork {
  const whole = `${name}-${keyHash(key)}`;
  return { folder: join(root, whole), name: whole };
}

/** Check sums of a saved network's files, written last. */
const sumsFile = 'crc32.json';

async function checkSums(folder: string): Promise<string> {
  const sums: Record<string, string> = {};
  for (const name of ['model.json', 'weights.bin']) {
    sums[name] = crc32(await readPlainFile(join(folder, name), Infinity)).toString(16);
  }
  return JSON.stringify(sums);
}

/** Whether a network is there with every byte as it was saved. */
export async function isSaved({ folder }: SavedNetwork): Promise<boolean> {
  try {
    return (await readPlainFile(join(folder, sumsFile))).toString() === (await checkSums(folder));
  } catch {
    return false;
  }
}

/** @throws WeldonError if the disk is full or cannot be written to; there is nothing of the network then */
export async function saveNetwork(model: tfl.LayersModel, { folder }: SavedNetwork): Promise<void> {
  await model.save(fileHandler(folder));
  await atomicWrite(join(folder, sumsFile), await checkSums(folder));
}

/**
 * The caller disposes what it gets.
 *
 * @throws WeldonError if it cannot be read, naming the file
 */
export async function openSavedNetwork(folder: string): Promise<tfl.LayersModel> {
  const loaded = await loadModel(folder);
  if (loaded.kind === 'graph') {
    loaded.model.dispose();
    throw expectedInWords(folder, 'a LayersModel that a training has left', 'a GraphModel: remove it');
  }
  return loaded.model;
}
