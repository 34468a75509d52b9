/**
 * The gradients by definition, in float64, one multiplication at a time. TensorFlow.js' cpu backend is no
 * reference for dilated depthwise convolutions: its filter and input gradients ignore the dilation.
 */
export type Shape4D = [number, number, number, number];

export interface DepthwiseGeometry {
  input: Shape4D;
  /** `[height, width, inChannels, outChannels or multiplier]` */
  filter: Shape4D;
  out: [height: number, width: number];
  strides: [number, number];
  dilations: [number, number];
  padTop: number;
  padLeft: number;
}

/** Calls `visit` with the flat indices of input, filter and output of every product of a depthwise convolution. */
function forEachDepthwiseProduct(
  {
    input: [batch, inHeight, inWidth, channels],
    filter: [height, width, , multiplier],
    out: [outHeight, outWidth],
    strides,
    dilations,
    padTop,
    padLeft,
  }: DepthwiseGeometry,
  visit: (x: number, w: number, y: number) => void,
): void {
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outHeight; oh++) {
      for (let ow = 0; ow < outWidth; ow++) {
        for (let kh = 0; kh < height; kh++) {
          for (let kw = 0; kw < width; kw++) {
            const ih = oh * strides[0] - padTop + kh * dilations[0];
            const iw = ow * strides[1] - padLeft + kw * dilations[1];
            if (ih < 0 || ih >= inHeight || iw < 0 || iw >= inWidth) {
              continue;
            }
            for (let q = 0; q < channels * multiplier; q++) {
              const c = Math.floor(q / multiplier);
              visit(
                ((b * inHeight + ih) * inWidth + iw) * channels + c,
                (kh * width + kw) * channels * multiplier + q,
                ((b * outHeight + oh) * outWidth + ow) * channels * multiplier + q,
              );
            }
          }
        }
      }
    }
  }
}

const size = (shape: number[]): number => shape.reduce((product, length) => product * length, 1);

export function referenceDepthwiseFilter(
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
  convolution: DepthwiseGeometry,
): Float64Array {
  const dw = new Float64Array(size(convolution.filter));
  forEachDepthwiseProduct(convolution, (ix, iw, iy) => {
    dw[iw] += x[ix] * dy[iy];
  });
  return dw;
}

export function referenceDepthwiseInput(
  dy: ArrayLike<number>,
  w: ArrayLike<number>,
  convolution: DepthwiseGeometry,
): Float64Array {
  const dx = new Float64Array(size(convolution.input));
  forEachDepthwiseProduct(convolution, (ix, iw, iy) => {
    dx[ix] += w[iw] * dy[iy];
  });
  return dx;
}
