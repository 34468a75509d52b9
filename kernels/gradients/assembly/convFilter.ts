/**
 * Gradient of a 2-D convolution with respect to its filter, channels last:
 *
 *   dw[kh, kw, ci, co] = Σ over (b, oh, ow) of x[b, oh·sh − top + kh, ow·sw − left + kw, ci] · dy[b, oh, ow, co]
 *
 * This is one matrix product over all output pixels, dw = columns(x)ᵀ · dy. It is done in blocks of `blockPixels`
 * pixels: dy's block is packed into panels of `tileColumns` channels once; of columns(x) no more than
 * `packedRows` rows exist at any time, packed into panels of `tileRows`; tiles of tileRows × tileColumns sums
 * stay in registers over the whole block. For one filter row kh, the columns (kw, ci) of one pixel are contiguous
 * in x, so packing copies runs and only clips them at the left and right border.
 */
import { clear } from './parts/clear';
import { addTile, tileColumns, tileRows } from './parts/tile';

const packedRows: i32 = 32;
const blockPixels: i32 = 128;

/** Bytes of scratch that `conv2dBackpropFilter` needs for this many output channels. */
export function conv2dBackpropFilterScratch(outChannels: i32): i32 {
  const columns = (outChannels + tileColumns - 1) / tileColumns * tileColumns;
  return (columns + packedRows) * blockPixels << 2;
}

/** dy's block, pixel-major `[pixels, channels]`, into panels `[channels / tileColumns, pixels, tileColumns]`. */
function packGradients(dy: usize, packed: usize, pixels: i32, channels: i32): void {
  const rowBytes = <usize>channels << 2;
  for (let first = 0; first < channels; first += tileColumns) {
    let from = dy + (<usize>first << 2);
    if (ASC_FEATURE_SIMD && first + tileColumns <= channels) {
      for (let p = 0; p < pixels; p++, from += rowBytes, packed += 32) {
        v128.store(packed, v128.load(from));
        v128.store(packed, v128.load(from, 16), 16);
      }
      continue;
    }
    const present = min(channels - first, tileColumns);
    for (let p = 0; p < pixels; p++, from += rowBytes) {
      for (let c = 0; c < tileColumns; c++, packed += 4) {
        store<f32>(packed, c < present ? load<f32>(from + (<usize>c << 2)) : 0);
      }
    }
  }
}

/** Rows first … first + rows of columns(x), `[rows, pixels]`, into panels `[rows / tileRows, pixels, tileRows]`. */
function packColumns(
  x: usize, packed: usize, pixel: i32, pixels: i32, first: i32, rows: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, filterHeight: i32, filterWidth: i32,
  strideHeight: i32, strideWidth: i32, padTop: i32, padLeft: i32,
): void {
  const run = filterWidth * inChannels;
  const imageRun = inWidth * inChannels;
  const panelBytes = <usize>pixels << 4;
  let column = pixel % outWidth;
  let row = pixel / outWidth;
  let image = row / outHeight;
  row -= image * outHeight;
  const last = min(first + rows, filterHeight * run);
  const vectors = ASC_FEATURE_SIMD && (inChannels & 3) === 0;
  const firstTap = first / run;
  const firstAt = first - firstTap * run;
  for (let p = 0; p < pixels; p++, packed += 16) {
    const left = (column * strideWidth - padLeft) * inChannels;
    let tap = firstTap;
    let at = firstAt;
    let m = 0;
    for (let from = first; from < last; tap++, at = 0) {
      const length = min(run - at, last - from);
      const y = row * strideHeight - padTop + tap;
      const inside = <u32>y < <u32>inHeight;
      const line = x + (<usize>((image * inHeight + y) * imageRun + left) << 2);
      const lower = inside ? -left : i32.MAX_VALUE;
      const upper = imageRun - left;
      const end = at + length;
      if (vectors) {
        for (; at < end; at += 4, m += 4) {
          const to = packed + <usize>(m >> 2) * panelBytes;
          v128.store(to, at >= lower && at < upper ? v128.load(line + (<usize>at << 2)) : f32x4.splat(0));
        }
      } else {
        for (; at < end; at++, m++) {
          const to = packed + <usize>(m >> 2) * panelBytes + (<usize>(m & 3) << 2);
          store<f32>(to, at >= lower && at < upper ? load<f32>(line + (<usize>at << 2)) : 0);
        }
      }
      from += length;
    }
    // Sums of these lanes are thrown away; zeros because products of whatever lies there may be slow (denormals).
    for (; (m & 3) !== 0; m++) {
      store<f32>(packed + <usize>(m >> 2) * panelBytes + (<usize>(m & 3) << 2), 0);
    }
    if (++column === outWidth) {
      column = 0;
      if (++row === outHeight) {
        row = 0;
        image++;
      }
    }
  }
}

/** Pointers to float32: x `[batch, inHeight, inWidth, inChannels]`, dy, dw (cleared here), scratch. */
export function conv2dBackpropFilter(
  x: usize, dy: usize, dw: usize, scratch: usize, batch: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, padTop: i32, padLeft: i32,
): void {
  const rowCount = filterHeight * filterWidth * inChannels;
  const rowBytes = <usize>outChannels << 2;
  clear(dw, <usize>rowCount * rowBytes);
  const pixelCount = batch * outHeight * outWidth;
  const packedColumns = scratch;
  const packedGradients = scratch + <usize>(packedRows * blockPixels << 2);
  for (let pixel = 0; pixel < pixelCount; pixel += blockPixels) {
    const pixels = min(blockPixels, pixelCount - pixel);
    packGradients(dy + <usize>pixel * rowBytes, packedGradients, pixels, outChannels);
    for (let first = 0; first < rowCount; first += packedRows) {
      const rows = min(packedRows, rowCount - first);
      packColumns(x, packedColumns, pixel, pixels, first, rows, inHeight, inWidth, inChannels, outHeight, outWidth,
        filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft);
      let b = packedGradients;
      for (let column = 0; column < outChannels; column += tileColumns, b += <usize>(pixels * tileColumns << 2)) {
        let a = packedColumns;
        let to = dw + <usize>first * rowBytes + (<usize>column << 2);
        for (let row = 0; row < rows; row += tileRows, a += <usize>pixels << 4, to += rowBytes << 2) {
          addTile(a, b, to, pixels, min(tileRows, rows - row), outChannels - column, rowBytes);
        }
      }
    }
  }
}
