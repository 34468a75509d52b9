import type { ResizeRule } from '../../models/index.js';
import { hashFile, preprocessingWords } from '../loading/imageTask.js';
import { plainVariant } from '../../training/augmentation/index.js';
import type { FeatureKey } from '../../training/index.js';
import type { FrozenNetwork } from './experimentNetwork.js';

/** What a picture's features are kept under, one key per layer of the network: as `computeFeatures` has it. */
export async function featureKeys(network: FrozenNetwork, path: string, resize: ResizeRule): Promise<FeatureKey[]> {
  const image = await hashFile(path);
  const preprocessing = preprocessingWords({ rule: resize, input: network.input, variant: plainVariant });
  return network.hashes.map((model) => ({ model, image, preprocessing }));
}
