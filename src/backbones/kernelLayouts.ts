/** From PyTorch's kernel layouts to TensorFlow.js's: plain copies between typed arrays, row-major on both sides. */

/** `[out, in, height, width]` → `[height, width, in, out]`. */
export function convolutionKernel(values: Float32Array, shape: readonly number[]): Float32Array {
  const [outputs, inputs, height, width] = shape as [number, number, number, number];
  const kernel = new Float32Array(values.length);
  let from = 0;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          kernel[((y * width + x) * inputs + i) * outputs + o] = values[from++];
        }
      }
    }
  }
  return kernel;
}

/** `[channels, 1, height, width]` → `[height, width, channels, 1]`. */
export function depthwiseKernel(values: Float32Array, shape: readonly number[]): Float32Array {
  const [channels, , height, width] = shape as [number, number, number, number];
  const area = height * width;
  const kernel = new Float32Array(values.length);
  for (let c = 0; c < channels; c++) {
    for (let place = 0; place < area; place++) {
      kernel[place * channels + c] = values[c * area + place];
    }
  }
  return kernel;
}

/** `[out, in]` → `[in, out]`. */
export function denseKernel(values: Float32Array, shape: readonly number[]): Float32Array {
  const [outputs, inputs] = shape as [number, number];
  const kernel = new Float32Array(values.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      kernel[i * outputs + o] = values[o * inputs + i];
    }
  }
  return kernel;
}
