/**
 * Gradients of a depthwise 2-D convolution, channels last. Output channel q = c · multiplier + m reads input
 * channel c = q / multiplier; filters are `[filterHeight, filterWidth, inChannels, multiplier]`, so one filter tap
 * is a row of outChannels weights, as one pixel of dy is a row of outChannels gradients. Everything below works on
 * such rows, vectors of channels at a time; a multiplier above 1 is dealt with by spreading or gathering one row.
 */
import { clear } from './parts/clear';

/** Smallest o >= 0 with o · stride + offset >= 0. */
@inline
function firstInside(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : (stride - 1 - offset) / stride;
}

/** One past the largest o < count with o · stride + offset < size. */
@inline
function lastInside(offset: i32, stride: i32, size: i32, count: i32): i32 {
  return offset >= size ? 0 : min(count, (size - 1 - offset) / stride + 1);
}

/** dw[c] += Σ over `pixels` of x[c] · dy[c], x and dy advancing by their own steps from pixel to pixel. */
function addProducts(x: usize, dy: usize, dw: usize, pixels: i32, channels: i32, xStep: usize, dyStep: usize): void {
  let c = 0;
  if (ASC_FEATURE_SIMD) {
    for (; c + 16 <= channels; c += 16, x += 64, dy += 64, dw += 64) {
      let s0 = v128.load(dw), s1 = v128.load(dw, 16), s2 = v128.load(dw, 32), s3 = v128.load(dw, 48);
      let a = x, b = dy;
      for (let p = 0; p < pixels; p++, a += xStep, b += dyStep) {
        s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
        s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
      }
      v128.store(dw, s0);
      v128.store(dw, s1, 16);
      v128.store(dw, s2, 32);
      v128.store(dw, s3, 48);
    }
    for (; c + 4 <= channels; c += 4, x += 16, dy += 16, dw += 16) {
      let s = v128.load(dw);
      let a = x, b = dy;
      for (let p = 0; p < pixels; p++, a += xStep, b += dyStep) {
        s = f32x4.add(s, f32x4.mul(v128.load(a), v128.load(b)));
      }
      v128.store(dw, s);
    }
  }
  for (; c < channels; c++, x += 4, dy += 4, dw += 4) {
    let s = load<f32>(dw);
    let a = x, b = dy;
    for (let p = 0; p < pixels; p++, a += xStep, b += dyStep) {
      s += load<f32>(a) * load<f32>(b);
    }
    store<f32>(dw, s);
  }
}

/** Repeats each of `count` floats `multiplier` times. */
function spread(from: usize, to: usize, count: i32, multiplier: i32): void {
  for (let i = 0; i < count; i++, from += 4) {
    const value = load<f32>(from);
    for (let m = 0; m < multiplier; m++, to += 4) {
      store<f32>(to, value);
    }
  }
}

/** Bytes of scratch: with a multiplier above 1, one row of x, spread. */
export function depthwiseBackpropFilterScratch(inWidth: i32, inChannels: i32, multiplier: i32): i32 {
  return multiplier > 1 ? inWidth * inChannels * multiplier << 2 : 0;
}

/** dw[kh, kw, c, m] = Σ over (b, oh, ow) of x[b, oh·sh − top + kh·dh, ow·sw − left + kw·dw, c] · dy[b, oh, ow, q]. */
export function depthwiseBackpropFilter(
  x: usize, dy: usize, dw: usize, scratch: usize, batch: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, multiplier: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32,
  padTop: i32, padLeft: i32,
): void {
  const channels = inChannels * multiplier;
  const pixelBytes = <usize>channels << 2;
  const lineBytes = <usize>(inWidth * inChannels) << 2;
  clear(dw, <usize>(filterHeight * filterWidth) * pixelBytes);
  for (let image = 0; image < batch; image++, x += <usize>inHeight * lineBytes) {
    for (let row = 0; row < outHeight; row++, dy += <usize>outWidth * pixelBytes) {
      for (let kh = 0; kh < filterHeight; kh++) {
        const y = row * strideHeight - padTop + kh * dilationHeight;
        if (<u32>y >= <u32>inHeight) {
          continue;
        }
        let line = x + <usize>y * lineBytes;
        if (multiplier > 1) {
          spread(line, scratch, inWidth * inChannels, multiplier);
          line = scratch;
        }
        for (let kw = 0; kw < filterWidth; kw++) {
          const offset = kw * dilationWidth - padLeft;
          const first = firstInside(offset, strideWidth);
          const end = lastInside(offset, strideWidth, inWidth, outWidth);
          addProducts(
            line + <usize>(first * strideWidth + offset) * pixelBytes, dy + <usize>first * pixelBytes,
            dw + <usize>(kh * filterWidth + kw) * pixelBytes, end - first, channels,
            <usize>strideWidth * pixelBytes, pixelBytes);
        }
      }
    }
  }
}

/** out[q] = Σ over taps of gradients[q] · weights[q]; a tap is a pair of pointers to such rows. */
function sumTaps(taps: usize, tapsEnd: usize, out: usize, channels: i32): void {
  let c = 0;
  let skip: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; c + 16 <= channels; c += 16, skip += 64) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (let tap = taps; tap < tapsEnd; tap += 8) {
        const a = <usize>load<u32>(tap) + skip;
        const b = <usize>load<u32>(tap, 4) + skip;
        s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
        s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
      }
      v128.store(out + skip, s0);
      v128.store(out + skip, s1, 16);
      v128.store(out + skip, s2, 32);
      v128.store(out + skip, s3, 48);
    }
    for (; c + 4 <= channels; c += 4, skip += 16) {
      let s = f32x4.splat(0);
      for (let tap = taps; tap < tapsEnd; tap += 8) {
        s = f32x4.add(s, f32x4.mul(
          v128.load(<usize>load<u32>(tap) + skip), v128.load(<usize>load<u32>(tap, 4) + skip)));
      }
      v128.store(out + skip, s);
    }
  }
  for (; c < channels; c++, skip += 4) {
    let s: f32 = 0;
    for (let tap = taps; tap < tapsEnd; tap += 8) {
      s += load<f32>(<usize>load<u32>(tap) + skip) * load<f32>(<usize>load<u32>(tap, 4) + skip);
    }
    store<f32>(out + skip, s);
  }
}

/** Adds up each run of `multiplier` floats. */
function gather(from: usize, to: usize, count: i32, multiplier: i32): void {
  for (let i = 0; i < count; i++, to += 4) {
    let s: f32 = 0;
    for (let m = 0; m < multiplier; m++, from += 4) {
      s += load<f32>(from);
    }
    store<f32>(to, s);
  }
}

/** Bytes of scratch: two pointers per filter tap and, with a multiplier above 1, one pixel's output channels. */
export function depthwiseBackpropInputScratch(taps: i32, inChannels: i32, multiplier: i32): i32 {
  return (taps << 3) + (multiplier > 1 ? inChannels * multiplier << 2 : 0);
}

/** dx[b, ih, iw, c] = Σ over (kh, kw, m) of dy[b, oh, ow, q] · w[kh, kw, c, m] where oh·sh − top + kh·dh = ih. */
export function depthwiseBackpropInput(
  dy: usize, w: usize, dx: usize, scratch: usize, batch: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, multiplier: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, dilationHeight: i32, dilationWidth: i32,
  padTop: i32, padLeft: i32,
): void {
  const channels = inChannels * multiplier;
  const pixelBytes = <usize>channels << 2;
  const sums = scratch + (<usize>(filterHeight * filterWidth) << 3);
  for (let image = 0; image < batch; image++, dy += <usize>(outHeight * outWidth) * pixelBytes) {
    for (let y = 0; y < inHeight; y++) {
      for (let x = 0; x < inWidth; x++, dx += <usize>inChannels << 2) {
        let tap = scratch;
        for (let kh = 0; kh < filterHeight; kh++) {
          const fromTop = y + padTop - kh * dilationHeight;
          const row = fromTop / strideHeight;
          if (fromTop < 0 || row >= outHeight || row * strideHeight !== fromTop) {
            continue;
          }
          for (let kw = 0; kw < filterWidth; kw++) {
            const fromLeft = x + padLeft - kw * dilationWidth;
            const column = fromLeft / strideWidth;
            if (fromLeft < 0 || column >= outWidth || column * strideWidth !== fromLeft) {
              continue;
            }
            store<u32>(tap, <u32>(dy + <usize>(row * outWidth + column) * pixelBytes));
            store<u32>(tap, <u32>(w + <usize>(kh * filterWidth + kw) * pixelBytes), 4);
            tap += 8;
          }
        }
        if (multiplier > 1) {
          sumTaps(scratch, tap, sums, channels);
          gather(sums, dx, inChannels, multiplier);
        } else {
          sumTaps(scratch, tap, dx, channels);
        }
      }
    }
  }
}
