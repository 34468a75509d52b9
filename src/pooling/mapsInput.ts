import * as tf from '@tensorflow/tfjs-core';
import { expected, expectedInWords } from '../errors.js';
import type { DataFormat } from './options.js';

/** Maps in the shape that kernels see. */
export interface PreparedMaps {
  /** float32 `[batch, regions, channels]` */
  x: tf.Tensor3D;
  /** bool `[batch, regions]`, or null */
  mask: tf.Tensor2D | null;
}

/**
 * Checks what a caller passed as maps and mask, and brings it into the kernels' shape: a reshape for
 * channels-last, one transpose for channels-first. Must run inside a tidy scope.
 */
export function prepareMaps(
  maps: tf.Tensor | tf.TensorLike,
  mask: tf.Tensor | tf.TensorLike | null | undefined,
  dataFormat: DataFormat,
  owner: string,
): PreparedMaps {
  const $maps = toTensor(maps, `maps for ${owner}`, 'a tensor of numbers');
  if ($maps.dtype === 'string' || $maps.dtype === 'complex64') {
    throw expectedInWords(`maps for ${owner}`, 'a float32 or int32 tensor', `dtype ${$maps.dtype}`);
  }
  if ($maps.rank < 3 || $maps.rank > 5) {
    throw expectedInWords(
      `maps for ${owner}`,
      'of rank 3 (bags), 4 (maps) or 5 (volumes)',
      `rank ${$maps.rank}, shape [${$maps.shape.join(', ')}]`,
    );
  }
  if (dataFormat !== 'channelsLast' && dataFormat !== 'channelsFirst') {
    throw expected(`dataFormat for ${owner}`, "'channelsLast' or 'channelsFirst'", dataFormat);
  }
  const floats = $maps.dtype === 'float32' ? $maps : tf.cast($maps, 'float32');
  const channelsAxis = dataFormat === 'channelsLast' ? $maps.rank - 1 : 1;
  const batch = $maps.shape[0];
  const channels = $maps.shape[channelsAxis];
  const regions = $maps.shape.reduce(
    (size, extent, axis) => (axis === 0 || axis === channelsAxis ? size : size * extent),
    1,
  );
  if (regions === 0 && mask == null) {
    throw expectedInWords(`maps for ${owner}`, 'maps with at least one region', `shape [${$maps.shape.join(', ')}]`);
  }
  const x =
    dataFormat === 'channelsLast'
      ? view(floats, [batch, regions, channels])
      : tf.transpose(view(floats, [batch, channels, regions]), [0, 2, 1]);
  return { x: x as tf.Tensor3D, mask: mask == null ? null : prepareMask(mask, $maps, batch, regions, owner) };
}

/**
 * The same values in another shape. `tf.reshape` would keep its input for the way back, where only the shape is needed;
 * on the wasm backend, keeping is copying.
 */
function view(x: tf.Tensor, shape: [number, number, number]): tf.Tensor {
  const reshaped = tf.customGrad((maps) => ({
    value: tf.reshape(maps as tf.Tensor, shape),
    gradFunc: (dy: tf.Tensor) => tf.reshape(dy, x.shape),
  }));
  return reshaped(x);
}

function prepareMask(
  mask: tf.Tensor | tf.TensorLike,
  maps: tf.Tensor,
  batch: number,
  regions: number,
  owner: string,
): tf.Tensor2D {
  const $mask = toTensor(mask, `mask for ${owner}`, 'a tensor of shape [batch, instances]');
  if (maps.rank !== 3) {
    throw expectedInWords(
      `mask for ${owner}`,
      'left out for maps of rank 4 and 5: it marks the valid instances of bags (rank 3)',
      `a mask beside maps of shape [${maps.shape.join(', ')}]`,
    );
  }
  if ($mask.rank !== 2 || $mask.shape[0] !== batch || $mask.shape[1] !== regions) {
    throw expectedInWords(
      `mask for ${owner}`,
      `of shape [batch, instances] = [${batch}, ${regions}]`,
      `shape [${$mask.shape.join(', ')}]`,
    );
  }
  switch ($mask.dtype) {
    case 'bool':
      return $mask as tf.Tensor2D;
    case 'int32':
    case 'float32':
      return tf.notEqual($mask, tf.scalar(0, $mask.dtype)) as tf.Tensor2D;
    default:
      throw expectedInWords(`mask for ${owner}`, 'bool, int32 or float32', `dtype ${$mask.dtype}`);
  }
}

/** Scores of an empty batch, or of bags without instances; stock kernels do not all take empty tensors. */
export function nothingToPool(x: tf.Tensor3D): tf.Tensor2D {
  const [batch, , channels] = x.shape;
  const pool = tf.customGrad((maps) => ({
    value: tf.zeros([batch, channels]),
    gradFunc: () => tf.zeros((maps as tf.Tensor).shape),
  }));
  return pool(x) as tf.Tensor2D;
}

function toTensor(value: tf.Tensor | tf.TensorLike, what: string, rule: string): tf.Tensor {
  if (value instanceof tf.Tensor) {
    if (value.isDisposed) {
      throw expectedInWords(what, rule, 'a disposed tensor');
    }
    return value;
  }
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
    throw expected(what, rule, value);
  }
  if (!isRegular(value, firstExtents(value))) {
    // tf.tensor would take it, with a shape that does not fit its values.
    throw expectedInWords(what, rule, 'nested arrays of unequal lengths');
  }
  return tf.tensor(value);
}

/** The extents along the first elements, which `tf.tensor` takes for the whole. */
function firstExtents(value: unknown): number[] {
  if (ArrayBuffer.isView(value)) {
    return [(value as unknown as ArrayLike<number>).length];
  }
  return Array.isArray(value) ? [value.length, ...firstExtents(value[0])] : [];
}

/** Whether nested arrays have these extents throughout. */
function isRegular(value: unknown, [extent, ...inner]: number[]): boolean {
  if (ArrayBuffer.isView(value)) {
    return inner.length === 0 && (value as unknown as ArrayLike<number>).length === extent;
  }
  return Array.isArray(value)
    ? value.length === extent && value.every((each) => isRegular(each, inner))
    : extent === undefined;
}
