import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { efficientNetLitePytorchWeights } from '../../backbones/weights/efficientNetLite0Names.js';
import { layersModelWeights } from '../../formats/layersModelWeights.js';
import { openWeights } from '../../formats/openWeights.js';
import { renameWeights } from '../../formats/weightSource.js';
import type { WeightSource } from '../../formats/weightSource.js';
import { fileHandler } from './fileHandler.js';
import { fileRanges } from './fileRanges.js';

/** Weights on the disk or the net, open until `close`. */
export interface WeightFile {
  source: WeightSource;
  close(): Promise<void>;
}

/** Prefixes that wrappers for training add to every name. */
const wrappers = ['module.', '_orig_mod.'];

/** The same weights without the prefixes of training wrappers and the names of `efficientnet-lite-pytorch`. */
function usualNames(source: WeightSource): WeightSource {
  const names = [...source.shapes.keys()];
  const wrapper = wrappers.find((prefix) => names.length > 0 && names.every((name) => name.startsWith(prefix)));
  if (wrapper !== undefined) {
    return usualNames(renameWeights(source, (name) => name.slice(wrapper.length)));
  }
  return source.shapes.has('_conv_stem.weight') ? efficientNetLitePytorchWeights(source) : source;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
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
