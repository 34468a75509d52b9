import type { WeightSource } from './weightSource.js';
import { openRanges } from './openRanges.js';
import type { WeightBytes } from './openRanges.js';
import { isPickle } from './pickle.js';
import { safetensors } from './safetensors.js';
import { torchCheckpoint } from './torchCheckpoint.js';
import { isZip } from './zip.js';

/**
 * Opens a file of weights by what it holds, whatever its name: a PyTorch checkpoint as {@link torchCheckpoint}, and
 * anything else as {@link safetensors}, whose errors say what it may be.
 *
 * @throws WeldonError as these
 *
 * @example
 * const model = await resnet50({ weights: await openWeights(fileInput.files[0]) });
 */
export async function openWeights(source: WeightBytes): Promise<WeightSource> {
  const ranges = await openRanges('openWeights', source);
  const head = await ranges.read(0, Math.min(64, ranges.size));
  return isZip(head) || isPickle(head) ? torchCheckpoint(ranges) : safetensors(ranges);
}
