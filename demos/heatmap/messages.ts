/** Everything that page and worker say to one another. */
import type { ClassMap, ClassRegions } from '../../src/heatmaps/types.js';
import type { MapGeometry } from '../../src/heatmaps/upsampleMap.js';
import type { Box } from '../../src/models/resizeMapping.js';
import type { PoolingOptions } from '../../src/pooling/options.js';

export type BackendName = 'webgpu' | 'webgl' | 'wasm';
export const backendNames: readonly BackendName[] = ['webgpu', 'webgl', 'wasm'];
export const backendTitles: Record<BackendName, string> = { webgpu: 'WebGPU', webgl: 'WebGL', wasm: 'WebAssembly' };

/** The backend at work. */
export interface BackendState {
  name: BackendName;
  /** the GPU, as its driver names it; on wasm the build */
  device: string;
  /** one sentence for each backend that was passed over or failed */
  passedOver: string[];
}

/** The network trained on ImageNet, or one that was trained or opened on the page. */
export type ModelName = 'imagenet' | 'own';

/** What the page needs to know of a network. */
export interface ModelState {
  name: ModelName;
  title: string;
  classNames: string[];
  pooling: Required<PoolingOptions>;
  /** side of its input in pixels, as its recipe says */
  size: number;
}

/** A photo, decoded. */
export interface Photo {
  name: string;
  /** of the upright photo, pixels */
  width: number;
  height: number;
  /** at most `previewSide` pixels wide and high */
  preview: ImageBitmap;
  /** what is to be said about it, for example that only the first picture of an animation is read */
  note: string | null;
  milliseconds: number;
}

export interface RankedClass {
  index: number;
  score: number;
  /** `null` where the network has no activation */
  probability: number | null;
}

/** One way of pooling the maps at hand. */
export interface Pooled {
  /** the best classes, best first */
  ranking: RankedClass[];
  /** the class that is looked at, and its place among all, from 1 */
  selected: RankedClass & { place: number; regions: ClassRegions };
}

/** What the network says about the photo at hand. */
export interface Reading {
  model: ModelName;
  networkWidth: number;
  networkHeight: number;
  /** where the regions' centres lie, in pixels of the photo */
  geometry: MapGeometry;
  /** the part that the network saw, in pixels of the photo; `null` for all of it */
  window: Box | null;
  map: ClassMap;
  pooled: Pooled[];
  networkMilliseconds: number;
  poolingMilliseconds: number;
}

/** A call's argument and result, by its name. */
export interface Calls {
  start: {
    /** folders of the network and of the wasm files, absolute, with a slash at the end */
    argument: { modelFolder: string; wasmFolder: string; backend: BackendName | 'auto' };
    result: { backend: BackendState; model: ModelState };
  };
  /** changes the backend; the next reading runs on it */
  useBackend: { argument: { backend: BackendName | 'auto' }; result: BackendState };
  /** decodes a photo and makes it the one at hand */
  openPhoto: { argument: { file: Blob; name: string }; result: Photo };
  /** runs the network on the photo at hand; `selected` null looks at the best class */
  read: {
    argument: { model: ModelName; size: number | null; pooling: PoolingOptions[]; selected: number | null };
    result: Reading;
  };
  /** pools the maps at hand anew; the network does not run */
  pool: {
    argument: { pooling: PoolingOptions[]; selected: number };
    result: { pooled: Pooled[]; milliseconds: number };
  };
  /** the map of a class from the maps at hand */
  classMap: { argument: { index: number }; result: ClassMap };
}

/** What the worker says without being asked. */
export interface Events {
  loading: { what: string; loaded: number; total: number };
  /** a GPU went away; what runs on it next would fail */
  backendLost: { backend: BackendName; reason: string };
}

export type CallName = keyof Calls;
export type EventName = keyof Events;

export interface CallMessage<K extends CallName = CallName> {
  id: number;
  call: K;
  argument: Calls[K]['argument'];
}

/**
 * How a call ended. `trouble` is a sentence for the user; `backendFailed` says that the backend, not the input, is to
 * blame, so that another one may do.
 */
export type AnswerMessage =
  | { id: number; result: Calls[CallName]['result'] }
  | { id: number; trouble: string; backendFailed: boolean };

export type EventMessage = { [K in EventName]: { event: K; detail: Events[K] } }[EventName];
