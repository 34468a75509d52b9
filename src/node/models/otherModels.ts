/** What lies where a TensorFlow.js model was expected, so that the reader learns what to do with it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { foreignFile, headBytes, kerasFile } from '../../formats/openRanges.js';
import { isPickle } from '../../formats/pickle.js';
import { isZip } from '../../formats/zip.js';

const weightsFirst = ': import its weights first (weldon import; importWeights in programs)';

/** The length of the header and the header's first sign. */
function isSafetensors(head: Buffer): boolean {
  return head.length > 9 && head.readUInt32LE(4) === 0 && head[8] === 0x7b;
}

/** What a file that is no JSON is, in words behind "it is". */
export function otherModelFile(bytes: Buffer): string {
  const head = bytes.subarray(0, headBytes);
  const kind = isSafetensors(head) ? 'a safetensors file' : foreignFile(head);
  const isWeights = isSafetensors(head) || isPickle(head) || (isZip(head) && kind !== kerasFile);
  return kind === null ? 'not JSON' : `${kind}${isWeights ? weightsFirst : ''}`;
}

/** What a folder without a model.json holds instead; `null` for nothing that is known. */
export async function otherModelFolder(folder: string): Promise<string | null> {
  const names: string[] = await readdir(folder).catch(() => []);
  if (names.includes('saved_model.pb')) {
    return 'a SavedModel of TensorFlow: convert it with tensorflowjs_converter first';
  }
  const inside: string[] = [];
  for (const name of names.sort().slice(0, 1000)) {
    if (inside.length < 3 && (await stat(join(folder, name, 'model.json')).catch(() => null)) !== null) {
      inside.push(name);
    }
  }
  if (inside.length > 0) {
    return `a folder of models: give one of them, such as ${inside.map((name) => join(folder, name)).join(' or ')}`;
  }
  const weights = names.find((name) => /\.(safetensors|pth|pt|bin|ckpt|h5|keras|onnx|tflite)$/i.test(name));
  return weights === undefined || /^weights.*\.bin$|^group\d/.test(weights)
    ? null
    : `a folder with ${weights} and no model.json${/\.(safetensors|pth|pt|ckpt)$/i.test(weights) ? weightsFirst : ''}`;
}
