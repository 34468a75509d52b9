import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import type { WeightNaming } from './weightNaming.js';
import { kernelSize } from './weightSlots.js';
import type { KernelSize, SlotPart, WeightSlot } from './weightSlots.js';
import type { WeightSource } from '../../formats/weightSource.js';

/** Batch normalisation at inference: y = (x − mean) / √(variance + ε) · gamma + beta, one of each a channel. */
export interface BatchNormValues {
  gamma: Float32Array;
  beta: Float32Array;
  mean: Float32Array;
  variance: Float32Array;
  epsilon: number;
}

/** A convolution that does what convolution and batch normalisation did one after the other. */
export interface FoldedConvolution {
  kernel: Float32Array;
  bias: Float32Array;
}

/**
 * Multiplies a batch normalisation into the linear convolution before it, in float64:
 * kernel · s and (bias − mean) · s + beta, with s = gamma / √(variance + ε).
 *
 * @param kernel changed in place; its output channels run fastest: `[height, width, in, out]` or, depthwise,
 * `[height, width, out, 1]`
 * @param bias the convolution's own, or `null`
 */
export function foldBatchNorm(
  kernel: Float32Array,
  bias: Float32Array | null,
  norm: BatchNormValues,
): FoldedConvolution {
  const channels = norm.gamma.length;
  const scale = Float64Array.from(norm.gamma, (gamma, c) => gamma / Math.sqrt(norm.variance[c] + norm.epsilon));
  for (let at = 0; at < kernel.length; at += channels) {
    for (let c = 0; c < channels; c++) {
      kernel[at + c] *= scale[c];
    }
  }
  return { kernel, bias: norm.beta.map((beta, c) => beta + ((bias?.[c] ?? 0) - norm.mean[c]) * scale[c]) };
}

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

/** One layer's weights as it wants them, in the order of `layer.weights`. */
export interface LayerValues {
  layer: tfl.layers.Layer;
  values: Float32Array[];
}

/** Values read at a time, where a source gives parts: 4 MiB. */
const chunk = 1 << 20;

/** A tensor and its file, for errors. */
function described(source: WeightSource, name: string): string {
  return source.name === undefined ? `tensor ${name}` : `tensor ${name} of ${source.name}`;
}

function checkFinite(source: WeightSource, name: string, values: Float32Array, start: number): Float32Array {
  for (let i = 0; i < values.length; i++) {
    // The difference of a finite number with itself is 0; those of NaN and the infinities are NaN.
    if (values[i] - values[i] !== 0) {
      throw expectedInWords(described(source, name), 'finite numbers', `${values[i]} at index ${start + i}`);
    }
  }
  return values;
}

async function readWhole(source: WeightSource, name: string): Promise<Float32Array> {
  return checkFinite(source, name, await source.read(name), 0);
}

/** Visits a tensor in pieces of whole rows, all in one piece where the source gives no parts. */
async function visitRows(
  source: WeightSource,
  name: string,
  rows: number,
  columns: number,
  shared: Float32Array,
  visit: (values: Float32Array, firstRow: number) => void,
): Promise<void> {
  if (source.readPart === undefined) {
    visit(await readWhole(source, name), 0);
    return;
  }
  const atOnce = Math.max(1, Math.floor(shared.length / columns));
  const scratch = columns <= shared.length ? shared : new Float32Array(columns);
  for (let row = 0; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row) * columns;
    const values = await source.readPart!(name, row * columns, count, scratch);
    visit(checkFinite(source, name, values, row * columns), row);
  }
}

/** What layers are read with: memory that one after the other may use. */
interface Reading {
  source: WeightSource;
  naming: WeightNaming;
  scratch: Float32Array;
  /** Memory for a kernel. */
  take(count: number): Float32Array;
}

/** Kernel after kernel in the same memory, which grows to the largest. */
function sharedMemory(): (count: number) => Float32Array {
  let memory = new Float32Array();
  return (count) => {
    if (memory.length < count) {
      memory = new Float32Array(count);
    }
    return memory.subarray(0, count);
  };
}

async function readKernel(slot: WeightSlot, { source, naming, scratch, take }: Reading): Promise<Float32Array> {
  const name = naming.nameOf(slot.names, 'kernel');
  const size = kernelSize(slot.kernel!);
  const columns = size.inputs * size.height * size.width;
  const kernel = take(size.outputs * columns);
  if (naming.layout === 'tensorflow') {
    await visitRows(source, name, columns, size.outputs, scratch, (rows, first) =>
      kernel.set(rows, first * size.outputs),
    );
  } else {
    await visitRows(source, name, size.outputs, columns, scratch, (rows, first) =>
      placeRows(kernel, rows, first, size),
    );
  }
  return kernel;
}

async function slotValues(slot: WeightSlot, reading: Reading): Promise<LayerValues[]> {
  const { source, naming } = reading;
  const { kernel: kernelSlot, norm } = slot;
  const read = (part: SlotPart) => readWhole(source, naming.nameOf(slot.names, part));
  let normValues: BatchNormValues | null = null;
  if (norm !== null && !(naming.folded && kernelSlot !== null)) {
    const [gamma, beta, mean, variance] = [
      await read('gamma'),
      await read('beta'),
      await read('mean'),
      await read('variance'),
    ];
    const wrong = variance.findIndex((value) => value + norm.epsilon <= 0);
    if (wrong >= 0) {
      throw expectedInWords(
        described(source, naming.nameOf(slot.names, 'variance')),
        'variances, which are >= 0',
        `${variance[wrong]} at index ${wrong}`,
      );
    }
    normValues = { gamma, beta, mean, variance, epsilon: norm.epsilon };
  }
  const filled: LayerValues[] = [];
  if (kernelSlot !== null) {
    const kernel = await readKernel(slot, reading);
    const bias = kernelSlot.bias || (naming.folded && norm !== null) ? await read('bias') : null;
    if (normValues !== null && norm!.layer === null) {
      const folded = foldBatchNorm(kernel, bias, normValues);
      return [{ layer: kernelSlot.layer, values: [folded.kernel, folded.bias] }];
    }
    filled.push({ layer: kernelSlot.layer, values: bias === null ? [kernel] : [kernel, bias] });
  }
  if (normValues !== null) {
    const { gamma, beta, mean, variance } = normValues;
    filled.push({ layer: norm!.layer!, values: [gamma, beta, mean, variance] });
  }
  return filled;
}

/**
 * The weights of one layer after the other, ready to be set or stored: kernels in TensorFlow's layout, batch norm
 * folded where the slot says so. Beside the layer at hand nothing is held.
 *
 * @param reuse a layer's values are good only until the next ones are asked for, which take their memory
 * @throws WeldonError for a value that is not a finite number, and whatever the source throws
 */
export async function* layerValues(
  slots: readonly WeightSlot[],
  source: WeightSource,
  naming: WeightNaming,
  reuse: boolean,
): AsyncGenerator<LayerValues> {
  const take = reuse ? sharedMemory() : (count: number) => new Float32Array(count);
  const reading = { source, naming, scratch: new Float32Array(chunk), take };
  for (const slot of slots) {
    yield* await slotValues(slot, reading);
  }
}
