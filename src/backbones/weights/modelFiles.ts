import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys, expected, expectedInWords } from '../../errors.js';
import { storeFloat16 } from '../../formats/float16.js';

type StoredSpec = Pick<tf.io.WeightsManifestEntry, 'name' | 'shape'> & { dtype: string };

export interface WeightShardsOptions extends ModelFilesOptions {
  /** Each file's bytes are overwritten by the next ones: for those who store a file before they ask for another. */
  reuse?: boolean;
}

/**
 * Cuts weights into files of a TensorFlow.js folder as they come, and writes the model.json that lists them, so that
 * all of a model need not be held.
 */
export class WeightShards {
  private readonly width: 2 | 4;
  private readonly shardBytes: number;
  private readonly total: number;
  private readonly names: string[];
  private shard = new Uint8Array();
  private filled = 0;
  private written = 0;
  private added = 0;

  /**
   * @param specs the weights in the order in which they will be added, at least one
   * @throws WeldonError for weights that are not float32, or a shard size out of range
   */
  constructor(
    private readonly specs: readonly StoredSpec[],
    private readonly options: WeightShardsOptions,
  ) {
    this.width = options.weights === 'float16' ? 2 : 4;
    this.shardBytes = options.shardBytes ?? 4 * 1024 * 1024;
    if (!Number.isInteger(this.shardBytes) || this.shardBytes < 4 || this.shardBytes % 4 !== 0) {
      throw expected('shardBytes for modelFiles', 'a multiple of 4 from 4 on', this.shardBytes);
    }
    const other = specs.find(({ dtype }) => dtype !== 'float32');
    if (other !== undefined) {
      throw expectedInWords(`weight ${other.name}`, 'float32', other.dtype);
    }
    this.total = specs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape) * this.width, 0);
    const count = Math.max(1, Math.ceil(this.total / this.shardBytes));
    this.names = Array.from({ length: count }, (_, i) => `weights-${i + 1}-of-${count}.bin`);
  }

  /** The bytes of the file at hand; what it leaves of the ones before where they may be overwritten. */
  private current(): Uint8Array {
    if (this.filled === 0) {
      const size = Math.min(this.shardBytes, this.total - this.written);
      const buffer = this.options.reuse && this.shard.buffer.byteLength > 0 ? this.shard.buffer : new ArrayBuffer(size);
      this.shard = new Uint8Array(buffer, 0, size);
    }
    return this.shard;
  }

  /**
   * Adds the values of the next weight, and gives the files that they fill.
   *
   * @throws WeldonError for a value that does not fit in float16
   */
  *add(values: Float32Array): Generator<ModelFile> {
    const { name } = this.specs[this.added++];
    for (let at = 0; at < values.length;) {
      const shard = this.current();
      const count = Math.min(values.length - at, (shard.length - this.filled) / this.width);
      const piece = values.subarray(at, at + count);
      if (this.width === 2) {
        toFloat16(name, piece, new Uint16Array(shard.buffer, this.filled, count));
      } else {
        new Float32Array(shard.buffer, this.filled, count).set(piece);
      }
      at += count;
      this.filled += count * this.width;
      if (this.filled === shard.length) {
        const file = { name: this.names[Math.floor(this.written / this.shardBytes)], bytes: shard };
        this.written += shard.length;
        this.filled = 0;
        yield file;
      }
    }
  }

  /** model.json, of a model of that topology. */
  modelJson(modelTopology: object, userDefinedMetadata: object | undefined): ModelFile {
    const weights = this.specs.map(({ name, shape, dtype }) => {
      const entry = { name, shape, dtype };
      return this.width === 2 ? { ...entry, quantization: { dtype: 'float16', original_dtype: 'float32' } } : entry;
    });
    const json = {
      format: 'layers-model',
      generatedBy: `TensorFlow.js tfjs-layers v${tfl.version_layers}`,
      convertedBy: this.options.convertedBy ?? null,
      modelTopology,
      weightsManifest: [{ paths: this.names, weights }],
      userDefinedMetadata,
    };
    return { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) };
  }
}

function toFloat16(name: string, values: Float32Array, half: Uint16Array): void {
  storeFloat16(values, half);
  const tooLarge = half.findIndex((bits) => (bits & 0x7c00) === 0x7c00);
  if (tooLarge >= 0) {
    throw expected(`weight ${name}`, 'between -65504 and 65504 to be stored as float16', values[tooLarge]);
  }
}

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

/** The model's artifacts by way of its own `save`, which knows the names and the order that loading expects. */
async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | null = null;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
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
  checkKeys(options, 'weights metadata shardBytes convertedBy', 'modelFiles');
  const artifacts = await artifactsOf(model);
  const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData as ArrayBuffer | ArrayBuffer[]);
  const store = new WeightShards(artifacts.weightSpecs!, options);
  const files: ModelFile[] = [];
  let at = 0;
  for (const { shape } of artifacts.weightSpecs!) {
    const count = tf.util.sizeFromShape(shape);
    files.push(...store.add(new Float32Array(data, at, count)));
    at += 4 * count;
  }
  const metadata = options.metadata ?? (model.getUserDefinedMetadata() as object | undefined);
  return [store.modelJson(artifacts.modelTopology as object, metadata), ...files];
}
