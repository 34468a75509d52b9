/**
 * The one table of numeric tolerances, by backend: relative to the scale of the expected values.
 * `stock` is tfjs' cpu backend under another name, without this package's kernels: the composed path.
 * WebGL in forced-f16 mode stores every tensor with 11 significant bits.
 */
export const tolerances = {
  cpu: 1e-5,
  stock: 1e-5,
  wasm: 1e-5,
  tensorflow: 1e-5,
  webgpu: 1e-5,
  webgl: 1e-4,
  'webgl-f16': 1e-2,
} as const;

/** Gradients scatter exact products, so they are held tighter than scores: the golden file asks for 1e-6. */
export const gradientTolerances = {
  cpu: 1e-6,
  stock: 1e-6,
  wasm: 1e-6,
  tensorflow: 1e-6,
  webgpu: 1e-6,
  webgl: 1e-5,
  'webgl-f16': 1e-2,
} as const;

export type BackendName = keyof typeof tolerances;
