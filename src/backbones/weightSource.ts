/**
 * Trained tensors by PyTorch state_dict name: a checkpoint in memory, a file read by range, a formula.
 * Shapes are known beforehand, so that a model can be checked whole before the first value is read.
 */
export interface WeightSource {
  /** Name → shape, as PyTorch has it: convolutions `[out, in, height, width]`, linear layers `[out, in]`. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The values of one tensor in row-major order, float32. */
  read(name: string): Float32Array | Promise<Float32Array>;
}

/**
 * The same tensors under other names.
 *
 * @param rename gives the new name of a tensor, or `null` to leave it out
 *
 * @example
 * // a checkpoint saved from DataParallel
 * const plain = renameWeights(source, (name) => name.replace(/^module\./, ''));
 */
export function renameWeights(source: WeightSource, rename: (name: string) => string | null): WeightSource {
  const shapes = new Map<string, readonly number[]>();
  const original = new Map<string, string>();
  for (const [name, shape] of source.shapes) {
    const renamed = rename(name);
    if (renamed !== null) {
      shapes.set(renamed, shape);
      original.set(renamed, name);
    }
  }
  return { shapes, read: (name) => source.read(original.get(name) ?? name) };
}
