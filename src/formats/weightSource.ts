/** How kernels lie in memory: PyTorch's `[out, in, height, width]` or TensorFlow's `[height, width, in, out]`. */
export type WeightLayout = 'pytorch' | 'tensorflow';

/**
 * Trained tensors by name: a checkpoint in memory, a file read by range, another model, a formula.
 * Shapes are known beforehand, so that a model can be checked whole before the first value is read.
 */
export interface WeightSource {
  /** Where they come from, for error sentences. */
  readonly name?: string;
  /** Name → shape: convolutions as `layout` says, linear layers `[out, in]` (PyTorch) or `[in, out]` (TensorFlow). */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Default `'pytorch'`. */
  readonly layout?: WeightLayout;
  /** Name → what the tensor is called where it comes from, for those that were renamed. */
  readonly originalNames?: ReadonlyMap<string, string>;
  /** The values of one tensor in row-major order, float32. */
  read(name: string): Float32Array | Promise<Float32Array>;
  /**
   * `count` values of one tensor from the row-major index `start` on. Sources that can, offer it, so that a large
   * kernel is never held twice.
   *
   * @param scratch at least `count` long; the values may be put at its beginning, and are then good until it is used
   * again
   */
  readPart?(name: string, start: number, count: number, scratch?: Float32Array): Float32Array | Promise<Float32Array>;
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
  const nameOf = (name: string) => original.get(name) ?? name;
  return {
    name: source.name,
    shapes,
    layout: source.layout,
    originalNames: new Map([...original].map(([now, before]) => [now, source.originalNames?.get(before) ?? before])),
    read: (name) => source.read(nameOf(name)),
    readPart:
      source.readPart && ((name, start, count, scratch) => source.readPart!(nameOf(name), start, count, scratch)),
  };
}
