import type { FeatureKey, Features, FeatureStore } from '../../training/featureStore.js';

/**
 * A store in front of another that keeps in memory what fits, so that later epochs do not read the disk.
 *
 * @param bytes how much it keeps at most, as float32
 */
export function rememberedFeatures(store: FeatureStore, bytes: number): FeatureStore {
  const held = new Map<string, Features>();
  let room = bytes;
  const nameOf = ({ model, image, preprocessing }: FeatureKey) => JSON.stringify([model, image, preprocessing]);
  const keep = (key: FeatureKey, features: Features): Features => {
    const name = nameOf(key);
    const size = features.values.byteLength;
    if (size <= room && !held.has(name)) {
      room -= size;
      held.set(name, features);
    }
    return features;
  };
  return {
    async read(key) {
      const known = held.get(nameOf(key));
      if (known !== undefined) {
        return known;
      }
      const found = await store.read(key);
      return found === null ? null : keep(key, found);
    },
    write: async (key, features) => keep(key, await store.write(key, features)),
  };
}
