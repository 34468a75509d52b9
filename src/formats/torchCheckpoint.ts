import { expectedInWords } from '../errors.js';
import type { WeightSource } from './weightSource.js';
import { namedRanges } from './byteRanges.js';
import type { NamedRanges } from './byteRanges.js';
import { isPickle, readPickle } from './pickle.js';
import { foreignFile, openRanges } from './openRanges.js';
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

function hasTensors(value: PickleValue | undefined): value is PickleMap {
  return value instanceof Map && [...value.values()].some(isTensor);
}

function findStateDict(root: PickleValue, what: string): PickleMap {
  if (hasTensors(root)) {
    return root;
  }
  if (root instanceof Map) {
    for (const key of usualKeys) {
      const nested = root.get(key);
      if (hasTensors(nested)) {
        return nested;
      }
    }
  }
  throw expectedInWords(
    what,
    `a dictionary of tensors, or one under ${usualKeys.join(', ')}`,
    root instanceof Map
      ? `a dictionary of ${[...root.keys()].slice(0, 5).map(String).join(', ') || 'nothing'}`
      : 'something else',
  );
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
  const head = await ranges.read(0, Math.min(64, ranges.size));
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
 * Opens a PyTorch checkpoint (`.pth`, `.pt`) without running anything in it: a state_dict, or one nested under
 * `state_dict`, `model_state_dict` or `model`, in the zip format or the older one. Only its directory of tensors is
 * read; values of any numeric type are read when they are asked for, by range, as float32.
 *
 * @param source the file's bytes, a Blob, a URL (read by HTTP range requests), or ranges of your own; in Node
 * `fileRanges(path)` of `tfjs-weldon/node`
 * @throws WeldonError for a truncated or malformed file, and for one that refers to anything but tensors and plain
 * containers: the sentence names the function, class or opcode. Reading a tensor that reaches outside its storage
 * throws too.
 *
 * @example
 * const model = await efficientNetLite0({ weights: await torchCheckpoint(await readFile('lite0.pth')) });
 */
export async function torchCheckpoint(source: WeightBytes): Promise<WeightSource> {
  const ranges = namedRanges(await openRanges('torchCheckpoint', source), 'the checkpoint');
  const file = await openFile(ranges);
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of findStateDict(file.root, ranges.name)) {
    if (typeof name === 'string' && isTensor(value)) {
      tensors.set(name, value);
    }
  }
  const read = async (name: string, start?: number, count?: number, scratch?: Float32Array): Promise<Float32Array> => {
    const tensor = tensors.get(name);
    const place = tensor && (await file.locate(tensor.storage.key));
    if (tensor === undefined || place === undefined) {
      throw expectedInWords(`tensor ${name} of ${ranges.name}`, 'there with its values', 'a file that lacks it');
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
