import type * as tfl from '@tensorflow/tfjs-layers';
import type { BackboneOptions, BackboneStage } from './backboneOptions.js';
import { efficientNetLite0, efficientNetLite0Stages } from './efficientNetLite0.js';

/** What is known of a backbone without building it. */
export interface BackboneDescription {
  name: string;
  /** The builder. */
  build: (options?: BackboneOptions) => Promise<tfl.LayersModel>;
  /** Trainable numbers with batch norm kept and the 1000-class classifier, as publications count them. */
  parameters: number;
  /** First to last; each name is a layer to cut at. */
  stages: readonly BackboneStage[];
  /** What its published weights expect: network input = pixel (0–255) · scale + offset, colours as RGB. */
  input: {
    scale: number | readonly [number, number, number];
    offset: number | readonly [number, number, number];
    size: number;
  };
  /** Weights come with this package. */
  embedded: boolean;
}

const backbones: readonly BackboneDescription[] = [
  {
    name: 'efficientNetLite0',
    build: efficientNetLite0,
    parameters: 4_652_008,
    stages: efficientNetLite0Stages,
    input: { scale: 1 / 128, offset: -127 / 128, size: 224 },
    embedded: true,
  },
];

/**
 * The backbones this package builds, with parameters, stages, strides, channels and receptive fields.
 *
 * @example
 * for (const { name, parameters, stages } of listBackbones()) {
 *   console.log(name, parameters, stages.map((stage) => `${stage.name}: stride ${stage.stride}`).join(', '));
 * }
 */
export function listBackbones(): readonly BackboneDescription[] {
  return backbones;
}
