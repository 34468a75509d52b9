import { toStderr } from '../notice.js';
import type { Notice } from '../notice.js';
import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkKeys, WeldonError } from '../../errors.js';
import { encodeSafetensors, safetensors } from '../../formats/safetensors.js';
import type { SafetensorsTensor } from '../../formats/safetensors.js';
import type { Checkpoint, CheckpointStore, StoredWeight } from '../../training/checkpoint.js';
import { atomicWrite, makeFolder } from './atomicWrite.js';
import { refuseForeignFile } from './ownFiles.js';
import { readPlainFile } from './plainFile.js';

/** Version of the file; 1 was a format of its own, in files named `last.checkpoint` and `best.checkpoint`. */
const version = '2';

/** A checkpoint without its numbers, as the file's metadata have it. */
type Description = Omit<Checkpoint, 'weights' | 'optimizer'> & {
  weights: Array<Omit<StoredWeight, 'values'>>;
  optimizer: { steps: number; moments: Array<[key: string, length: number]> } | null;
};

const weightName = (index: number, name: string) => `weights/${index}/${name}`;
const momentName = (key: string) => `optimizer/${key}`;

/** Of the description and all numbers; the places of the numbers are checked by the format itself. */
function hashOf(text: string, tensors: readonly Float32Array[]): string {
  const hash = createHash('sha256').update(text);
  tensors.forEach(({ buffer, byteOffset, byteLength }) => hash.update(new Uint8Array(buffer, byteOffset, byteLength)));
  return hash.digest('hex');
}

/** A checkpoint as a safetensors file: weights and moments as tensors, the rest as JSON in its metadata. */
function encodeCheckpoint({ weights, optimizer, ...rest }: Checkpoint): Uint8Array {
  const moments = Object.entries(optimizer?.moments ?? {});
  const description: Description = {
    ...rest,
    weights: weights.map(({ name, shape }) => ({ name, shape })),
    optimizer: optimizer && { steps: optimizer.steps, moments: moments.map(([key, values]) => [key, values.length]) },
  };
  const text = JSON.stringify(description);
  const tensors: (SafetensorsTensor & { values: Float32Array })[] = [
    ...weights.map(({ name, shape, values }, i) => ({ name: weightName(i, name), shape, values })),
    ...moments.map(([key, values]) => ({ name: momentName(key), shape: [values.length], values })),
  ];
  const sha256 = hashOf(
    text,
    tensors.map(({ values }) => values),
  );
  return encodeSafetensors(tensors, { weldonCheckpoint: version, sha256, checkpoint: text });
}

/**
 * @param path for the sentences
 * @throws WeldonError if the file is of another version, cut off or damaged
 */
async function decodeCheckpoint(bytes: Uint8Array, path: string): Promise<Checkpoint> {
  const damaged = () =>
    new WeldonError(`Expected ${path} to be a whole checkpoint but it is damaged: delete it to start the run anew`);
  const file = await safetensors(bytes).catch(() => {
    throw damaged();
  });
  const found = file.metadata.get('weldonCheckpoint');
  if (found !== undefined && found !== version) {
    throw new WeldonError(
      `Expected ${path} to be a checkpoint of version ${version} but it is of version ${found}: ` +
        'delete it to start the run anew',
    );
  }
  const text = file.metadata.get('checkpoint') ?? '';
  const tensors = new Map<string, Float32Array>();
  for (const name of file.shapes.keys()) {
    tensors.set(name, await file.read(name));
  }
  if (found === undefined || hashOf(text, [...tensors.values()]) !== file.metadata.get('sha256')) {
    throw damaged();
  }
  const { weights, optimizer, ...rest } = JSON.parse(text) as Description;
  const valuesOf = (name: string): Float32Array => {
    const values = tensors.get(name);
    if (values === undefined) {
      throw damaged();
    }
    return values;
  };
  return {
    ...rest,
    weights: weights.map((weight, i) => ({ ...weight, values: valuesOf(weightName(i, weight.name)) })),
    optimizer: optimizer && {
      steps: optimizer.steps,
      moments: Object.fromEntries(optimizer.moments.map(([key]) => [key, valuesOf(momentName(key))])),
    },
  };
}

export interface DiskCheckpointsOptions {
  /** Takes a sentence about checkpoints of an earlier format, which are not read. Default: a line on stderr. */
  notice?: Notice;
}

/**
 * Keeps a run's last and best checkpoint in a folder, as `last.safetensors` and `best.safetensors`, which other tools
 * read too. Each takes the place of the older one only when it is complete and on the disk, so that a run killed at any
 * moment can go on. A checkpoint of the format before 0.2.0 (`last.checkpoint`) is left as it is; the run starts anew
 * after one sentence.
 *
 * @param folder made if it is not there
 * @throws WeldonError (when used) if the folder cannot be written, a checkpoint is damaged or of another version, or a
 *   file of its name is no checkpoint
 *
 * @example
 * await fineTune(model, data, { strategy: 'fineTune', epochs: 20, learningRate: 1e-3,
 *   checkpoints: diskCheckpoints('runs/rooms'), resume: true });
 */
export function diskCheckpoints(folder: string, options: DiskCheckpointsOptions = {}): CheckpointStore {
  checkKeys(options, 'notice', 'diskCheckpoints');
  const { notice = toStderr } = options;
  const root = resolve(folder);
  const pathOf = (kind: string) => join(root, `${kind}.safetensors`);
  let told = false;
  const own = new Set<string>();
  const tellEarlier = async (kind: string) => {
    const earlier = join(root, `${kind}.checkpoint`);
    const isThere = await access(earlier).then(
      () => true,
      () => false,
    );
    if (isThere && !told) {
      told = true;
      notice(`${earlier} is a checkpoint of an earlier version, in a format that is not read: the run starts anew`);
    }
  };
  return {
    async save(kind, checkpoint) {
      await makeFolder(root);
      const path = pathOf(kind);
      if (!own.has(path)) {
        await refuseForeignFile(path, (text) => text.includes('"weldonCheckpoint"'));
        own.add(path);
      }
      await atomicWrite(path, encodeCheckpoint(checkpoint));
    },
    async load(kind) {
      const path = pathOf(kind);
      let bytes: Buffer;
      try {
        bytes = await readPlainFile(path, Infinity);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
          await tellEarlier(kind);
          return null;
        }
        throw new WeldonError(`Cannot read the checkpoint ${path}: ${(error as Error).message}`);
      }
      return decodeCheckpoint(bytes, path);
    },
  };
}
