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
 * @param kernel its output channels run fastest: `[height, width, in, out]` or, depthwise, `[height, width, out, 1]`
 * @param bias the convolution's own, or `null`
 */
export function foldBatchNorm(
  kernel: Float32Array,
  bias: Float32Array | null,
  norm: BatchNormValues,
): FoldedConvolution {
  const channels = norm.gamma.length;
  const scale = Float64Array.from(norm.gamma, (gamma, c) => gamma / Math.sqrt(norm.variance[c] + norm.epsilon));
  return {
    kernel: kernel.map((value, i) => value * scale[i % channels]),
    bias: norm.beta.map((beta, c) => beta + ((bias?.[c] ?? 0) - norm.mean[c]) * scale[c]),
  };
}
