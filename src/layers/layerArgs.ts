import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { checkKeys } from '../errors.js';

/** The arguments every tfjs layer takes; tfjs-layers does not export this type itself. */
export interface LayerArgs {
  name?: string;
  inputShape?: tfl.Shape;
  batchInputShape?: tfl.Shape;
  batchSize?: number;
  dtype?: tf.DataType;
  trainable?: boolean;
}

/**
 * Refuses what a layer's config does not have; what tfjs gives to every layer passes.
 *
 * @param known the names, separated by blanks
 */
export function checkConfig(config: object, known: string, owner: string): void {
  const ofAll = 'name trainable dtype inputShape batchInputShape batchSize inputDType weights updatable customObjects';
  checkKeys(config, `${known} ${ofAll}`.trim(), owner);
}

/** The first of possibly several input shapes. */
export function singleShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
  return Array.isArray(inputShape[0]) ? (inputShape[0] as tfl.Shape) : (inputShape as tfl.Shape);
}

/** Runs the layer's call hook, as every stock layer does first thing in `call`. */
export function callHook(
  layer: tfl.layers.Layer,
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: Record<string, unknown>,
): void {
  // Protected in the typings, but part of what a layer's `call` owes its users (setCallHook).
  (
    layer as unknown as { invokeCallHook(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): void }
  ).invokeCallHook(inputs, kwargs);
}
