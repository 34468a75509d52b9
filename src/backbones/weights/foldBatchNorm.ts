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
