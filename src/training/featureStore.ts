import { WeldonError } from '../errors.js';

/** Features of one image, as they come out of a network's lower part. */
export interface Features {
  /** without the batch, for example `[14, 14, 320]` */
  shape: readonly number[];
  values: Float32Array;
}

/** What features depend on; they are found again where all three are the same. */
export interface FeatureKey {
  /** the network's lower part: its layers, their weights, where it ends, and the engine that runs it; see `modelOnEngine` */
  model: string;
  /** the image's content, for example the SHA-256 of its file */
  image: string;
  /** all that was done to the image before the network: size, resize rule, scaling, flip … */
  preprocessing: string;
}

/**
 * A cache of features. Reading gives the same numbers whenever and wherever it is done, and writing gives back what
 * reading will: a store that rounds (to float16, say) rounds at once, so that the epoch that fills it trains on the same
 * numbers as those that use it.
 */
export interface FeatureStore {
  /** `null` where there are none, or none that can be used. */
  read(key: FeatureKey): Promise<Features | null>;
  write(key: FeatureKey, features: Features): Promise<Features>;
}

/**
 * A store that keeps features in memory, unrounded, until it is dropped.
 *
 * @example
 * await fineTune(model, data, { strategy: 'features', cache: { store: memoryFeatureStore() } });
 */
export function memoryFeatureStore(): FeatureStore {
  const held = new Map<string, Features>();
  const name = ({ model, image, preprocessing }: FeatureKey) => JSON.stringify([model, image, preprocessing]);
  return {
    read: async (key) => held.get(name(key)) ?? null,
    write: async (key, { shape, values }) => {
      const features = { shape: [...shape], values: values.slice() };
      held.set(name(key), features);
      return features;
    },
  };
}

/** Where a training finds features, and keeps those that it computes. */
export interface FeatureSource {
  store: FeatureStore;
  /**
   * The engine that has computed what the store holds, as `FrozenPass.name` has it. What is missing is computed on the
   * active backend and kept under that one's name. Default: the active backend.
   */
  engine?: string;
}

/** What features of a network's lower part are kept under: engines differ in the last bits. */
export function modelOnEngine(hash: string, engine: string): string {
  return `${hash} on ${engine}`;
}

/** The SHA-256 of bytes, or of the UTF-8 of a text, as 64 hexadecimal digits. */
export async function sha256(content: string | Uint8Array): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new WeldonError('Feature keys need crypto.subtle, which pages have only under https or on localhost');
  }
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const digest = await globalThis.crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
