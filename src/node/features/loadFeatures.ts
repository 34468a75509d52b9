import { expectedInWords } from '../../errors.js';
import type { ResizeRule } from '../../models/index.js';
import type { LabelledImage } from '../datasets/index.js';
import type { FeatureSet } from '../../training/heads/featureSet.js';
import type { FrozenNetwork } from './experimentNetwork.js';
import type { DiskFeatureStore } from './diskFeatureStore.js';
import { inParallel } from '../images/readImages.js';
import { hashFile, preprocessingWords } from '../loading/imageTask.js';
import { plainVariant } from '../../training/augmentation/index.js';
import type { FeatureKey } from '../../training/index.js';

/** What an image's features are kept under, one key per layer of the network: as `computeFeatures` has it. */
export async function featureKeys(network: FrozenNetwork, path: string, resize: ResizeRule): Promise<FeatureKey[]> {
  const image = await hashFile(path);
  const preprocessing = preprocessingWords({ rule: resize, input: network.input, variant: plainVariant });
  return network.hashes.map((model) => ({ model, image, preprocessing }));
}

/**
 * Reads features that `computeFeatures` has kept, in half precision.
 *
 * @param layer name of one of the network's layers
 * @throws WeldonError if one is missing
 */
export async function loadFeatures(
  network: FrozenNetwork,
  store: DiskFeatureStore,
  images: readonly LabelledImage[],
  options: { layer: string; resize: ResizeRule },
): Promise<FeatureSet> {
  const place = network.layers.indexOf(options.layer);
  const found = await inParallel(images, async ({ path }) => {
    const keys = await featureKeys(network, path, options.resize);
    const features = await store.readHalves(keys[place]);
    if (features === null) {
      throw expectedInWords(`the features of ${path}`, 'in the cache', 'none');
    }
    return features;
  });
  const [rows, columns, depth] = found[0]?.shape ?? [0, 0, 0];
  return { rows, columns, depth, examples: found.map(({ bits }) => bits) };
}
