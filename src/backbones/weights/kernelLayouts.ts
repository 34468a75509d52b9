import type { KernelSize } from './weightSlots.js';

/** Rows written side by side, so that neither side of the copy skips through memory. */
const tile = 32;

/**
 * Copies rows of a PyTorch kernel, `[out, in, height, width]`, to their places in TensorFlow's `[height, width, in,
 * out]`: a transposed matrix whose columns, `in · height · width`, are put in another order. Linear layers are the
 * case of 1 × 1, depthwise kernels that of one input. Rows may come a few at a time, from a file.
 *
 * @param kernel all of TensorFlow's kernel, in which the rows' places are written
 * @param rows values of whole rows, one output after the other
 * @param firstRow the output that the first of them belongs to
 */
export function placeRows(kernel: Float32Array, rows: Float32Array, firstRow: number, size: KernelSize): void {
  const { outputs, inputs } = size;
  const area = size.height * size.width;
  const columns = inputs * area;
  const count = rows.length / columns;
  for (let begin = 0; begin < count; begin += tile) {
    const end = Math.min(begin + tile, count);
    for (let input = 0, column = 0; input < inputs; input++) {
      for (let place = 0; place < area; place++, column++) {
        const to = (place * inputs + input) * outputs + firstRow;
        for (let row = begin; row < end; row++) {
          kernel[to + row] = rows[row * columns + column];
        }
      }
    }
  }
}
