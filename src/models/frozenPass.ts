/** Raw 0–255 pixels, RGB, row-major; the recipe's scaling and colour order are inside the pass. */
export interface PixelBatch {
  data: Float32Array | Uint8Array;
  shape: [batch: number, height: number, width: number, channels: number];
}

/** Numbers, row-major. */
export interface NumberArray {
  data: Float32Array;
  shape: number[];
}

/**
 * - `features`: `[batch, rows, columns, depth]` of the backbone's last spatial output (before pooling), or of another layer
 *   that was asked for;
 * - `maps`: `[batch, rows, columns, classes]`, as the pooling takes them;
 * - `scores`: `[batch, classes]`, logits as the model gives them.
 */
export type FrozenOutput = 'features' | 'maps' | 'scores';

/**
 * A network that stays as it is, whatever engine runs it: tfjs (`forwardPass`) or ONNX Runtime (`node/runtime`). Calls may
 * overlap; `dispose` waits for nobody.
 */
export interface FrozenPass {
  /** The engine with its version, for example `'wasm'` or `'onnx 1.30.0'`; part of every key of kept results, since bits differ. */
  readonly name: string;
  readonly outputs: readonly FrozenOutput[];
  /** Calls that may be under way at once, so that the engine never waits. Default 1. */
  readonly lanes?: number;
  /** Every one of `outputs`. */
  run(batch: PixelBatch): Promise<Partial<Record<FrozenOutput, NumberArray>>>;
  dispose(): void | Promise<void>;
}
