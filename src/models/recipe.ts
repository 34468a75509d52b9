import { expectedInWords } from '../errors.js';
import type { Pooling } from '../pooling/kinds.js';

/** How an image becomes the network's input size; sizes are pixels. */
export interface ResizeRule {
  /**
   * - `'warp'`: to size × size, aspect ratio given up (the papers' rule);
   * - `'crop'`: short side to `size / cropRatio`, then the centre size × size;
   * - `'fit'`: aspect ratio kept, short side = size, nothing cut off (needs a model with free input size).
   */
  rule: 'warp' | 'crop' | 'fit';
  /** Side, or short side, in pixels. */
  size: number;
  /** For `'crop'`: the part of the short side that the crop keeps, 0 < ratio <= 1. Default 0.875. */
  cropRatio?: number;
}

/**
 * What a model needs besides its weights, kept in model.json as user-defined metadata under `weldon`,
 * so that a folder alone is enough for `weldon heatmap --model`, the page and the evaluation script.
 */
export interface ModelRecipe {
  /** Version of this structure. */
  version: 1;
  name: string;
  classNames: string[];
  input: {
    colorOrder: 'rgb' | 'bgr';
    /** network input = pixel (0–255) · scale + offset; one number, or one per channel in `colorOrder` */
    scale: number | [number, number, number];
    offset: number | [number, number, number];
  };
  resize: ResizeRule;
  /** Defaults for the pooling when this model's class maps are pooled. */
  pooling?: Pooling;
  /** How scores become probabilities. Default `'softmax'`, for one class `'sigmoid'`. */
  activation?: 'softmax' | 'sigmoid' | 'linear';
  /** SPDX identifier or a sentence. */
  license?: string;
  /** Where the weights came from. */
  source?: string;
}

/** What scores go through where nothing is said: the softmax of one number would be 1, whatever the number. */
export function usualActivation(classes: number): 'softmax' | 'sigmoid' {
  return classes === 1 ? 'sigmoid' : 'softmax';
}

/**
 * Refuses the softmax of one score.
 *
 * @throws WeldonError that names what one class can have
 */
export function checkActivation(activation: unknown, classes: number, owner: string): void {
  if (activation === 'softmax' && classes === 1) {
    throw expectedInWords(
      `activation for ${owner}`,
      "'sigmoid' or 'linear' for one class",
      "'softmax', which makes 1 of every score",
    );
  }
}
