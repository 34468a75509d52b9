import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { efficientNetLitePytorchWeights } from '../../backbones/weights/efficientNetLite0Names.js';
import { withoutWrappers } from '../../backbones/weights/fitNames.js';
import { layersModelWeights } from '../../formats/layersModelWeights.js';
import { openWeights } from '../../formats/openWeights.js';
import { renameWeights } from '../../formats/weightSource.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { fileHandler } from './fileHandler.js';
import { expected, expectedInWords } from '../../errors.js';
import { safetensors } from '../../formats/safetensors.js';
import { statPlainFile } from '../storage/plainFile.js';
import { fileRanges } from './fileRanges.js';
import type { FileRanges } from './fileRanges.js';

/** Weights on the disk or the net, open until `close`. */
export interface WeightFile {
  source: WeightSource;
  close(): Promise<void>;
}

/** Ends every name of the first convolution in `efficientnet-lite-pytorch`. */
const stem = '_conv_stem.weight';

/** The same weights without the prefixes of training wrappers and the names of `efficientnet-lite-pytorch`. */
function usualNames(wrapped: WeightSource): WeightSource {
  const source = withoutWrappers(wrapped);
  const first = [...source.shapes.keys()].find((name) => name === stem || name.endsWith(`.${stem}`));
  if (first === undefined) {
    return source;
  }
  const prefix = first.slice(0, -stem.length);
  return efficientNetLitePytorchWeights(
    renameWeights(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name)),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

/** Of an index of weights: one line a tensor. */
const longestIndex = 64 * 1024 * 1024;

/** Safetensors files that `<name>.safetensors.index.json` puts together, as large networks are published. */
async function openParts(path: string): Promise<WeightFile> {
  let names: unknown[];
  try {
    await statPlainFile(path, longestIndex);
    const { weight_map: map } = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, unknown> };
    names = [...new Set(Object.values(map))];
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no file of that name' : 'other content';
    throw expectedInWords(path, 'an index of safetensors files with a weight_map', reason);
  }
  const wrong = names.find((name) => typeof name !== 'string' || name !== basename(name) || name === '..');
  if (wrong !== undefined) {
    throw expected(`files of ${path}`, 'names in its own folder', wrong);
  }
  const files: FileRanges[] = [];
  const close = async () => void (await Promise.all(files.map((file) => file.close())));
  try {
    const owners = new Map<string, WeightSource>();
    for (const name of names as string[]) {
      const file = await fileRanges(join(dirname(path), name));
      files.push(file);
      const part = await safetensors(file);
      part.shapes.forEach((_, tensor) => owners.set(tensor, part));
    }
    const ownerOf = (tensor: string) => {
      const owner = owners.get(tensor);
      if (owner === undefined) {
        throw expectedInWords(`tensor ${tensor}`, `in the files of ${path}`, 'files without it');
      }
      return owner;
    };
    const source: WeightSource = {
      name: path,
      shapes: new Map([...owners].map(([tensor, part]) => [tensor, part.shapes.get(tensor)!])),
      read: (tensor) => ownerOf(tensor).read(tensor),
      readPart: (tensor, ...part) => ownerOf(tensor).readPart!(tensor, ...part),
    };
    return { source: usualNames(source), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens weights wherever they are: a safetensors file or PyTorch checkpoint, a TensorFlow.js folder or model.json, by
 * path or by http URL.
 *
 * @throws WeldonError for a path that is not there and for a file that is of none of these formats, or damaged
 */
export async function openWeightFile(pathOrUrl: string): Promise<WeightFile> {
  const nothing = async () => undefined;
  if (/^https?:/i.test(pathOrUrl)) {
    const source = /\.json$/i.test(new URL(pathOrUrl).pathname)
      ? await layersModelWeights(pathOrUrl)
      : await openWeights(pathOrUrl);
    return { source: usualNames(source), close: nothing };
  }
  const path = pathOrUrl.startsWith('file://') ? fileURLToPath(pathOrUrl) : pathOrUrl;
  if (/\.safetensors\.index\.json$/i.test(path)) {
    return openParts(path);
  }
  if (/\.json$/i.test(path) || (await isFolder(path))) {
    return { source: await layersModelWeights(fileHandler(path)), close: nothing };
  }
  const file = await fileRanges(path);
  try {
    return { source: usualNames(await openWeights(file)), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
