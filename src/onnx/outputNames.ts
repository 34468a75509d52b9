/** The outputs that an exported file can have. */
export const outputNames = [
  'scores',
  'probabilities',
  'class_maps',
  'top_indices',
  'bottom_indices',
  'features',
] as const;

/**
 * - `'scores'`: `[batch, classes]`, before the activation;
 * - `'probabilities'`: `[batch, classes]`, after the activation that the model ends in or its recipe names;
 * - `'class_maps'`: `[batch, rows, columns, classes]`, what the pooling layer takes;
 * - `'top_indices'`, `'bottom_indices'`: int32 `[batch, regions, classes]`, which regions the pooling selects, counted row
 *   by row, the strongest (weakest) first;
 * - `'features'`: `[batch, rows, columns, depth]`, what the head takes: the backbone's last output with rows and columns.
 */
export type OnnxOutput = (typeof outputNames)[number];

/** Versions of ONNX's operators that files can be written in. */
export const opsets = { oldest: 17, newest: 23 } as const;
