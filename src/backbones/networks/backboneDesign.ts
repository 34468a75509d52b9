import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BackboneStage } from './backboneOptions.js';
import type { BlockContext } from './buildingBlocks.js';
import type { WeightNaming } from '../weights/weightNaming.js';

/** A network as a list of stages, each drawn from the one before. */
export interface BackboneDesign {
  /** The model's name, and the builder's in errors. */
  name: string;
  stages: readonly BackboneStage[];
  /** Draws stage `i` from the one before, the first from the image; the layer that ends it bears the stage's name. */
  draw: readonly ((context: BlockContext, input: SymbolicTensor) => SymbolicTensor)[];
  /** The stage that features end at by default, and that the classifier hangs on. */
  last: string;
  /** Draws the classifier from the last stage. */
  drawClassifier(context: BlockContext, features: SymbolicTensor, classes: number): SymbolicTensor;
  /** state_dict prefix of the classifier's last layer, whose name in the model is `classifier`. */
  classifierPrefix: string;
  /** Outputs of the published classifier. */
  classes: number;
  /** Of batch normalisation. */
  epsilon: number;
  padding: BlockContext['padding'];
  /** Conventions the weights are known by, besides this package's own; the one to name in doubt comes first. */
  namings: readonly WeightNaming[];
}

/** Follows stride and receptive field through a network: each kernel widens by (size − 1) · stride so far. */
export class FieldOfView {
  private stride = 1;
  private receptiveField = 1;

  window(kernelSize: number, strides = 1): this {
    this.receptiveField += (kernelSize - 1) * this.stride;
    this.stride *= strides;
    return this;
  }

  stage(name: string, channels: number): BackboneStage {
    return { name, stride: this.stride, channels, receptiveField: this.receptiveField };
  }
}
