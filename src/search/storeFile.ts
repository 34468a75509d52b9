/** A store in one safetensors file: what a page carries in its zip, and Node keeps beside other files. */
import { expectedInWords, WeldonError } from '../errors.js';
import type { NumberArray } from '../formats/numberTypes.js';
import type { WeightBytes } from '../formats/openRanges.js';
import { encodeSafetensors, safetensors } from '../formats/safetensors.js';
import { storeFloat16 } from '../formats/float16.js';
import type { Meta } from './metaFilter.js';
import { checkDescription } from './vectorStore.js';
import type { StoreDescription, VectorStorage } from './vectorStore.js';
import type { VectorArrays } from './vectorTable.js';

/** Of the file's layout. */
const fileVersion = '1';
const keptPrefix = 'kept.';

/** All that a store holds; rows of its items lie behind one another in `arrays`. */
export interface StoreContent {
  description: StoreDescription;
  storage: VectorStorage;
  /** in catalogue order, with the number of their vectors */
  items: readonly { id: string; meta: Meta; vectors: number }[];
  /** undefined where there are no rows */
  arrays: VectorArrays | undefined;
  fields: readonly string[];
  kept: Map<string, Uint8Array>;
  revision: number;
}

type Head = Omit<StoreContent, 'items' | 'arrays' | 'kept'> & { ids: string[]; metas: Meta[] };

/** The bytes of a store's file. */
export function writeStoreFile({ items, arrays, kept, ...rest }: StoreContent): Uint8Array {
  const head: Head = { ...rest, ids: items.map(({ id }) => id), metas: items.map(({ meta }) => meta) };
  const { dimension } = rest.description;
  const width = rest.storage === 'int8' ? dimension - 1 : dimension;
  const tensors: Parameters<typeof encodeSafetensors>[0][number][] = [
    { name: 'counts', shape: [items.length], values: Int32Array.from(items, ({ vectors }) => vectors) },
    ...[...kept].map(([name, values]) => ({ name: keptPrefix + name, shape: [values.length], values })),
  ];
  if (arrays !== undefined) {
    const { values, scales, last } = arrays;
    const dtype = rest.storage === 'float16' ? 'F16' : undefined;
    tensors.push({ name: 'vectors', shape: [values.length / width, width], values, dtype });
    for (const [name, numbers] of Object.entries({ scales, last })) {
      if (numbers !== undefined) {
        tensors.push({ name, shape: [numbers.length], values: numbers });
      }
    }
  }
  return encodeSafetensors(tensors, { weldonStore: fileVersion, store: JSON.stringify(head) });
}

function arraysOf(storage: VectorStorage, vectors: NumberArray, scales: NumberArray, last: NumberArray): VectorArrays {
  if (storage === 'float16') {
    const bits = new Uint16Array(vectors.length);
    storeFloat16(vectors as Float32Array, bits);
    return { values: bits };
  }
  return storage === 'int8'
    ? { values: vectors as Int8Array, scales: scales as Float32Array, last: last as Float32Array }
    : { values: vectors as Float32Array };
}

/** @throws WeldonError for bytes that are no store, or a damaged one */
export async function readStoreFile(bytes: WeightBytes): Promise<StoreContent> {
  const file = await safetensors(bytes);
  const what = file.name ?? 'the file';
  const found = file.metadata.get('weldonStore');
  if (found !== fileVersion) {
    const received = found === undefined ? 'a safetensors file of something else' : `one of version ${found}`;
    throw expectedInWords(what, `a store of vectors, version ${fileVersion}`, received);
  }
  const damaged = (why: string) => new WeldonError(`Expected ${what} to be a whole store but ${why}: make it anew`);
  let head: Head;
  try {
    head = JSON.parse(file.metadata.get('store') ?? '') as Head;
    checkDescription(head.description, what);
  } catch (error) {
    throw damaged(`its description cannot be read (${(error as Error).message})`);
  }
  const { ids, metas, ...rest } = head;
  const stored = async (name: string) => (file.shapes.has(name) ? file.readStored(name) : new Float32Array(0));
  const counts = Array.from(await stored('counts'), Number);
  const vectors = await stored('vectors');
  const { dimension } = rest.description;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const width = rest.storage === 'int8' ? dimension - 1 : dimension;
  const expectedType = { float32: 'F32', float16: 'F16', int8: 'I8' }[rest.storage];
  if (ids.length !== counts.length || metas.length !== counts.length || vectors.length !== rows * width) {
    throw damaged(`it has ${ids.length} ids for ${counts.length} items with ${vectors.length} numbers`);
  }
  if (expectedType === undefined || (rows > 0 && file.dtypes.get('vectors') !== expectedType)) {
    throw damaged(`its vectors are of type ${file.dtypes.get('vectors')}, and kept as ${rest.storage}`);
  }
  const [scales, last] = [await stored('scales'), await stored('last')];
  if (rest.storage === 'int8' && (scales.length !== rows || last.length !== rows)) {
    throw damaged(`it has ${scales.length} scales for ${rows} vectors`);
  }
  const kept = new Map<string, Uint8Array>();
  for (const name of file.shapes.keys()) {
    if (name.startsWith(keptPrefix)) {
      kept.set(name.slice(keptPrefix.length), (await file.readStored(name)) as Uint8Array);
    }
  }
  return {
    ...rest,
    items: ids.map((id, i) => ({ id, meta: metas[i], vectors: counts[i] })),
    arrays: rows === 0 ? undefined : arraysOf(rest.storage, vectors, scales, last),
    kept,
  };
}
