import type { PoolingChoice } from '../../pooling/presets.js';

/** A linear head on maps of features: what `attachWeldon` puts on a network, as an experiment names it. */
export interface HeadSpec {
  pooling: PoolingChoice;
  /** maps per class, averaged before pooling */
  maps: number;
  /** learning rate */
  rate: number;
  /** decides the initial weights */
  seed: number;
}

/** A head with its weights. */
export interface TrainedHead {
  spec: HeadSpec;
  classes: number;
  depth: number;
  /** `[depth, classes · maps]`, class by class */
  kernel: Float32Array;
  /** `[classes · maps]` */
  bias: Float32Array;
  /** mean loss on the training images in each epoch, without weight decay; NaN from the epoch on in which the head was lost */
  losses: number[];
  /** the epoch, counted from 1, in which its loss or a weight became NaN or infinite, if one did: its weights are of no use */
  lost?: number;
  /** scores after some of the epochs; empty without `validation` */
  validation: { epoch: number; score: number }[];
}
