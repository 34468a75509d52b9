import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { efficientNetLitePytorchWeights } from '../../backbones/weights/efficientNetLite0Names.js';
import { withoutWrappers } from '../../backbones/weights/fitNames.js';
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
