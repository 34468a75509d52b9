/** Everything that page and worker say to one another. */
import type {
  Box,
  ClassMap,
  ClassRegions,
  DrawnClass,
  HeatmapImage,
  HeatmapStyle,
  MapGeometry,
  PoolingOptions,
} from '../../src/index.js';
import type { BackendName, BackendState, SharedEvents } from '../page/messages.js';

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

/** Grad-CAM of one class. */
export interface GradCamReading {
  map: ClassMap;
  geometry: MapGeometry;
  layer: string;
  /** layers to choose from, first to last */
  layers: string[];
  /** forward and backward pass together */
  milliseconds: number;
  /** the class maps of all classes, computed right before */
  classMapMilliseconds: number;
}

/** A class to teach: its name and its photos, by the numbers under which their features are kept. */
export interface Lesson {
  name: string;
  photos: number[];
}

export interface TrainingSettings {
  /** side to which photos are warped, pixels */
  size: number;
  epochs: number;
  pooling: PoolingOptions;
}

/** What became of a photo that was set aside. */
export interface HeldOut {
  photo: number;
  /** number of the right class, and of the one that the model takes it for */
  wanted: number;
  predicted: number;
}

export interface TrainingReport {
  model: ModelState;
  heldOut: HeldOut[];
  stopped: boolean;
  epochs: number;
  milliseconds: number;
}

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

/** A call's argument and result, by its name. */
export interface Calls {
  start: {
    /** folders of the network and of the wasm files, absolute, with a slash at the end */
    argument: { modelFolder: string; wasmFolder: string; backend: BackendName | 'auto' };
    result: { backend: BackendState; model: ModelState; own: ModelState | null; trouble: string | null };
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
  /** Grad-CAM of the photo at hand, by the network that was run last; `layer` null takes the last features */
  gradCam: { argument: { index: number; layer: string | null }; result: GradCamReading };
  /** classes of the maps at hand as they are drawn and written */
  describe: { argument: { pooling: PoolingOptions; classes: number[] }; result: Omit<DrawnClass, 'name'>[] };
  /** reads a photo to teach with and keeps its features under a number */
  learnPhoto: {
    argument: { number: number; file: Blob; name: string; size: number };
    result: { thumbnail: ImageBitmap };
  };
  forgetPhotos: { argument: { numbers: number[] }; result: null };
  /** trains a head on the kept features; the model becomes `'own'` and is kept in the browser */
  train: { argument: { lessons: Lesson[]; settings: TrainingSettings }; result: TrainingReport };
  /** ends the training that is going on after its step; what is learnt so far stays */
  stopTraining: { argument: null; result: null };
  openModel: { argument: { files: NamedBytes[] }; result: ModelState };
  /** the files of the user's own model */
  modelFiles: { argument: null; result: NamedBytes[] };
  /** takes the user's own model out of the browser's store, and of the page */
  forgetModel: { argument: null; result: null };
  /** a PNG of the photo at hand, with legend and caption */
  draw: { argument: { picture: Omit<HeatmapImage, 'image'>; options: HeatmapStyle }; result: Blob };
}

/** What the worker says without being asked. */
export interface Events extends SharedEvents {
  /** a pass over the training photos is done; `accuracy` of those set aside, 0 … 1 */
  epoch: { epoch: number; epochs: number; loss: number; accuracy: number | null };
}
