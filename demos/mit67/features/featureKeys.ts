import type { ResizeRule } from '../../../src/models/index.js';
import { hashFile, preprocessingWords } from '../../../src/node/dataSets/pictureTask.js';
import { plainVariant } from '../../../src/training/augmentation/index.js';
import type { FeatureKey } from '../../../src/training/index.js';
import type { FrozenNetwork } from './frozenNetwork.js';

/** What a picture's features are kept under, one key per layer of the network: as `computeFeatures` has it. */
export async function featureKeys(network: FrozenNetwork, path: string, resize: ResizeRule): Promise<FeatureKey[]> {
  const image = await hashFile(path);
  const preprocessing = preprocessingWords({ rule: resize, input: network.input, variant: plainVariant });
  return network.hashes.map((model) => ({ model, image, preprocessing }));
}
