import * as tf from '@tensorflow/tfjs-core';
import { WeldonError } from '../../errors.js';
import { forwardPass } from '../../models/forward.js';
import type { FrozenPass } from '../../models/frozenPass.js';
import type { Notice } from '../notice.js';
import { toStderr } from '../notice.js';
import type { FrozenSpec } from './onnxPass.js';
import { onnxPass } from './onnxPass.js';

export type { FrozenSpec } from './onnxPass.js';

/** Where networks that stay as they are run: `startRuntime` gives one. */
export interface FrozenEngine {
  /** with its version, for example `'onnx 1.30.0'` or `'wasm'` */
  readonly name: string;
  /** whether it is the active backend of tfjs */
  readonly isTensor: boolean;
  /** @throws WeldonError for a model that the engine cannot run, with the reason */
  open(spec: FrozenSpec): Promise<FrozenPass>;
}

/** The active backend of tfjs. */
export const tensorEngine = (name: string): FrozenEngine => ({
  name,
  isTensor: true,
  open: async ({ model, outputs, layer, input }) => forwardPass(model, { outputs, layer, input }),
});

/** ONNX Runtime. */
export const onnxEngine = (runtime: { folder: string; version: string }): FrozenEngine => ({
  name: `onnx ${runtime.version}`,
  isTensor: false,
  open: (spec) => onnxPass(runtime, spec),
});

/**
 * Opens a pass on an engine that is not tfjs.
 *
 * @returns `null` where tfjs shall run the model: on its own engine, and where the other cannot, which is said
 */
export async function openPass(
  engine: FrozenEngine | undefined,
  spec: FrozenSpec,
  notice: Notice = toStderr,
): Promise<FrozenPass | null> {
  if (engine === undefined || engine.isTensor) {
    return null;
  }
  try {
    return await engine.open(spec);
  } catch (error) {
    if (!(error instanceof WeldonError)) {
      throw error;
    }
    notice(`Model ${spec.model.name} runs on ${tf.getBackend()}, not on ${engine.name}: ${error.message}`);
    return null;
  }
}
