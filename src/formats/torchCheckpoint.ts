import { expectedInWords } from '../errors.js';
import type { WeightSource } from './weightSource.js';
import { namedRanges } from './byteRanges.js';
import type { NamedRanges } from './byteRanges.js';
import { isPickle, readPickle } from './pickle.js';
import { foreignFile, headBytes, openRanges } from './openRanges.js';
import type { WeightBytes } from './openRanges.js';
import type { PickleMap, PickleValue } from './pickle.js';
import { tensorValues } from './tensorValues.js';
import type { TorchFile, TorchTensor } from './torchObjects.js';
import { isTorchLegacyFile, readTorchLegacyFile } from './torchLegacyFile.js';
import { isTensor, torchVocabulary } from './torchObjects.js';
import { readTorchZipFile } from './torchZipFile.js';
import { isZip } from './zip.js';

/** Where training scripts put the weights beside the epoch, the optimizer and so on. */
const usualKeys = ['state_dict', 'model_state_dict', 'model'];

/** A dictionary with tensors in it, and where it is. */
interface Found {
  key: PickleValue | undefined;
  parent: PickleMap | undefined;
  tensors: Map<string, TorchTensor>;
}

function tensorsOf(map: PickleMap): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of map) {
    if (typeof name === 'string' && isTensor(value)) {
      tensors.set(name, value);
    }
  }
  return tensors;
}

/** All dictionaries with tensors, the outer ones first; each once, however often it is referred to. */
function dictionariesIn(root: PickleValue): Found[] {
  const found: Found[] = [];
  const seen = new Set<PickleValue>([root]);
  const queue: { value: PickleValue; key?: PickleValue; parent?: PickleMap }[] = [{ value: root }];
  // The queue grows while it is walked.
  for (const { value, key, parent } of queue) {
    const map = value instanceof Map ? value : undefined;
    const tensors = map === undefined ? undefined : tensorsOf(map);
    if (tensors !== undefined && tensors.size > 0) {
      found.push({ key, parent, tensors });
    }
    const inside: Iterable<readonly [PickleValue, PickleValue]> = map ?? (Array.isArray(value) ? value.entries() : []);
    for (const [innerKey, inner] of inside) {
      if ((inner instanceof Map || Array.isArray(inner)) && !seen.has(inner)) {
        seen.add(inner);
        queue.push({ value: inner, key: innerKey, parent: map });
      }
    }
  }
  return found;
}

function keyInWords(key: PickleValue): string {
  return typeof key === 'string' || typeof key === 'number' ? String(key) : 'another key';
}

/**
 * The weights of a checkpoint: the dictionary with most tensors, or one under a usual key with at least half as many.
 * Where a network is stored in parts (`{backbone: …, head: …}`), the other parts' tensors follow with the part's name
 * in front.
 */
function findStateDict(root: PickleValue, what: string): Map<string, TorchTensor> {
  const found = dictionariesIn(root);
  const most = found.reduce((count, { tensors }) => Math.max(count, tensors.size), 0);
  if (most === 0) {
    throw expectedInWords(
      what,
      `a dictionary of tensors, or one under ${usualKeys.join(', ')}`,
      root instanceof Map
        ? `a dictionary of ${[...root.keys()].slice(0, 5).map(keyInWords).join(', ') || 'nothing'}`
        : 'something else',
    );
  }
  const under = (key: string) => found.find((each) => each.key === key && 2 * each.tensors.size >= most);
  const usual = usualKeys.map(under).find((each) => each !== undefined);
  if (usual !== undefined) {
    return usual.tensors;
  }
  const largest = found.find(({ tensors }) => tensors.size === most)!;
  const all = new Map(largest.tensors);
  for (const { key, parent, tensors } of found) {
    if (parent !== undefined && parent === largest.parent && tensors !== largest.tensors) {
      tensors.forEach((tensor, name) => all.set(`${keyInWords(key!)}.${name}`, tensor));
    }
  }
  return all;
}

/** A pickle without the storages PyTorch puts behind it: read only to say what it refers to. */
async function refusePickle(ranges: NamedRanges): Promise<never> {
  readPickle(
    await ranges.read(0, ranges.size),
    0,
    torchVocabulary(() => {}),
    ranges.name,
  );
  throw expectedInWords(ranges.name, 'a PyTorch file, zip or older format', 'a Python pickle without tensors');
}

async function openFile(ranges: NamedRanges): Promise<TorchFile> {
  const head = await ranges.read(0, Math.min(headBytes, ranges.size));
  if (isTorchLegacyFile(head)) {
    return readTorchLegacyFile(ranges);
  }
  if (isZip(head)) {
    return readTorchZipFile(ranges);
  }
  if (isPickle(head)) {
    return refusePickle(ranges);
  }
  throw expectedInWords(
    ranges.name,
    'a PyTorch file, zip or older format',
    foreignFile(head) ?? 'a file that begins like neither',
  );
}

/**
 * Opens a PyTorch checkpoint (`.pth`, `.pt`, `.ckpt`) without running anything in it: a state_dict, or one nested at any
 * depth beside an epoch, an optimizer and so on, in the zip format or the older one. Only its directory of tensors is
 * read; values of any numeric type are read when they are asked for, by range, as float32.
 *
 * @param source the file's bytes, a Blob, a URL (read by HTTP range requests), or ranges of your own; in Node
 * `fileRanges(path)` of `tfjs-weldon/node`
 * @throws WeldonError for a truncated or malformed file, and for one that refers to anything but tensors and plain
 * containers, and what PyTorch's own safe loader takes beside them: the sentence names the function, class or opcode. Reading a tensor that reaches outside its storage
 * throws too.
 *
 * @example
 * const model = await efficientNetLite0({ weights: await torchCheckpoint(await readFile('lite0.pth')) });
 */
export async function torchCheckpoint(source: WeightBytes): Promise<WeightSource> {
  const ranges = namedRanges(await openRanges('torchCheckpoint', source), 'the checkpoint');
  const file = await openFile(ranges);
  const tensors = findStateDict(file.root, ranges.name);
  const read = async (name: string, start?: number, count?: number, scratch?: Float32Array): Promise<Float32Array> => {
    const tensor = tensors.get(name);
    const place = tensor && (await file.locate(tensor.storage.key));
    if (tensor === undefined || place === undefined) {
      throw expectedInWords(`tensor ${name} of ${ranges.name}`, 'there with its values', 'a file that lacks it');
    }
    if (tensor.unread !== undefined) {
      throw expectedInWords(`tensor ${name} of ${ranges.name}`, 'of a type that is read', tensor.unread);
    }
    return tensorValues({ name, tensor, ranges, place }, { start, count, scratch });
  };
  return {
    name: ranges.name,
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: (name) => read(name),
    readPart: read,
  };
}
