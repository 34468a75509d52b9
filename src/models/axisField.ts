/**
 * Along one axis, which input pixels the regions of a map see. Continuous coordinates: pixel i covers [i, i + 1).
 *
 * Region i looks at the window of `size` pixels centred at `start + i · stride`; padding is part of it, so windows at
 * the rim reach beyond the image. The recurrences are those of Araujo, Norris, Sim, "Computing Receptive Fields of
 * Convolutional Neural Networks" (Distill, 2019).
 */
export interface AxisField {
  /** pixels that one region sees, padding included */
  size: number;
  /** pixels from the centre of one region to the centre of the next */
  stride: number;
  /** centre of the first region's window */
  start: number;
  /**
   * Where the first region's evidence lies: the window's centre with all padding split evenly between both sides.
   * TensorFlow pads even sizes after only, which moves windows by half a step per halving; the weights make up for it.
   * In the embedded EfficientNet-Lite0 at 320 px the gradients of the maps centre on 16.5 px (72 regions of 12 images),
   * windows on 31.5, evenly padded ones on 16.
   */
  center: number;
  /** number of regions */
  count: number;
}

/** A sliding window along one axis: convolution or pooling. */
export interface AxisWindow {
  kernel: number;
  stride: number;
  dilation: number;
  /** TensorFlow's words; `'same'` pads less before than after, by an amount that depends on the input's size */
  padding: 'same' | 'valid';
}

/** The field of the image itself. */
export function pixels(count: number): AxisField {
  return { size: 1, stride: 1, start: 0.5, center: 0.5, count };
}

/** What a convolution or pooling window sees. */
export function slide(field: AxisField, { kernel, stride, dilation, padding }: AxisWindow): AxisField {
  const extent = (kernel - 1) * dilation + 1;
  const count =
    padding === 'same' ? Math.ceil(field.count / stride) : Math.max(0, Math.ceil((field.count - extent + 1) / stride));
  const padded = padding === 'same' ? Math.max(0, (count - 1) * stride + extent - field.count) : 0;
  const before = Math.floor(padded / 2);
  return {
    size: field.size + (extent - 1) * field.stride,
    stride: field.stride * stride,
    start: field.start + ((extent - 1) / 2 - before) * field.stride,
    center: field.center + ((extent - 1) / 2 - padded / 2) * field.stride,
    count,
  };
}

/** After padding by `before` and `after` regions; negative numbers crop. */
export function pad(field: AxisField, before: number, after: number): AxisField {
  const cropped = before < 0 || after < 0;
  return {
    ...field,
    start: field.start - before * field.stride,
    center: field.center - (cropped ? before : (before + after) / 2) * field.stride,
    count: Math.max(0, field.count + before + after),
  };
}

/**
 * After enlarging by the whole number `factor` with tfjs' resize ops (no half-pixel centres): output i reads input
 * floor(i / factor), and for `'bilinear'` the next one too. The window is the same for every region here, so it is
 * the smallest that holds for all of them.
 */
export function enlarge(field: AxisField, factor: number, interpolation: 'nearest' | 'bilinear'): AxisField {
  const slack = (field.stride * (factor - 1)) / factor;
  const shift = interpolation === 'nearest' ? slack / 2 : 0;
  return {
    size: field.size + (interpolation === 'nearest' ? slack : 2 * slack),
    stride: field.stride / factor,
    start: field.start - shift,
    center: field.center - shift,
    count: field.count * factor,
  };
}

/**
 * After a transposed convolution as tfjs computes it: output o reads inputs (o + before − kernel + 1) / stride …
 * (o + before) / stride.
 */
export function slideBack(field: AxisField, { kernel, stride, padding }: AxisWindow): AxisField {
  const count = field.count * stride + (padding === 'valid' ? Math.max(kernel - stride, 0) : 0);
  const before = padding === 'same' ? Math.floor(Math.max(kernel - stride, 0) / 2) : 0;
  const step = field.stride / stride;
  const shift = (before - (kernel - 1) / 2) * step;
  return {
    size: field.size + (kernel - 1) * step,
    stride: step,
    start: field.start + shift,
    center: field.center + shift,
    count,
  };
}

/** The smallest window that covers both; strides and counts must be equal. */
export function union(a: AxisField, b: AxisField): AxisField {
  const low = Math.min(a.start - a.size / 2, b.start - b.size / 2);
  const high = Math.max(a.start + a.size / 2, b.start + b.size / 2);
  return {
    size: high - low,
    stride: a.stride,
    start: (low + high) / 2,
    center: (a.center + b.center) / 2,
    count: a.count,
  };
}
