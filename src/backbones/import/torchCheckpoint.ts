import { expectedInWords } from '../../errors.js';
import type { WeightSource } from '../weightSource.js';
import type { PickleMap, PickleValue } from './pickle.js';
import { tensorValues } from './tensorValues.js';
import type { TorchFile } from './torchFile.js';
import { isTorchLegacyFile, readTorchLegacyFile } from './torchLegacyFile.js';
import { isTensor } from './torchObjects.js';
import type { TorchTensor } from './torchObjects.js';
import { readTorchZipFile } from './torchZipFile.js';
import { isZip } from './zipDirectory.js';

/** Where training scripts put the weights beside the epoch, the optimizer and so on. */
const usualKeys = ['state_dict', 'model_state_dict', 'model'];

function hasTensors(value: PickleValue | undefined): value is PickleMap {
  return value instanceof Map && [...value.values()].some(isTensor);
}

function findStateDict(root: PickleValue): PickleMap {
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
    'the checkpoint',
    `a dictionary of tensors, or one under ${usualKeys.join(', ')}`,
    root instanceof Map
      ? `a dictionary of ${[...root.keys()].slice(0, 5).map(String).join(', ') || 'nothing'}`
      : 'something else',
  );
}

function openFile(bytes: Uint8Array): TorchFile {
  if (isTorchLegacyFile(bytes)) {
    return readTorchLegacyFile(bytes);
  }
  if (isZip(bytes)) {
    return readTorchZipFile(bytes);
  }
  throw expectedInWords('the checkpoint', 'a PyTorch file, zip or older format', 'a file that begins like neither');
}

/**
 * Opens a PyTorch checkpoint (`.pth`, `.pt`) without running anything in it: a state_dict, or one nested under
 * `state_dict`, `model_state_dict` or `model`, in the zip format or the older one. Values of any numeric type are
 * read as float32, tensor by tensor, out of `bytes`, which is not copied.
 *
 * @throws WeldonError for a truncated or malformed file, and for one that refers to anything but tensors and plain
 * containers: the sentence names the function, class or opcode. Reading a tensor that reaches outside its storage
 * throws too.
 *
 * @example
 * const model = await efficientNetLite0({ weights: torchCheckpoint(await readFile('lite0.pth')) });
 */
export function torchCheckpoint(bytes: Uint8Array): WeightSource {
  const file = openFile(bytes);
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of findStateDict(file.root)) {
    if (typeof name === 'string' && isTensor(value)) {
      tensors.set(name, value);
    }
  }
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read(name) {
      const tensor = tensors.get(name);
      const storage = tensor && file.storage(tensor.storage.key);
      if (tensor === undefined || storage === undefined) {
        throw expectedInWords(`tensor ${name} of the checkpoint`, 'there with its values', 'a file that lacks it');
      }
      return tensorValues(name, tensor, storage);
    },
  };
}
