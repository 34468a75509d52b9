/**
 * Gradient of a 2-D convolution with respect to its input, channels last:
 *
 *   dx[b, ih, iw, ci] = Σ over (kh, kw, co) of dy[b, oh, ow, co] · w[kh, kw, ci, co]
 *                       where oh·sh − top + kh = ih and ow·sw − left + kw = iw
 *
 * One matrix product, columns(dx) = dy · wᵀ, in blocks of `blockPixels` output pixels and `blockColumns` of the
 * columns (kh, kw, ci); each block is then added to the places in dx that its columns stand for. For one filter
 * row kh the columns (kw, ci) of one pixel are contiguous in dx, so this adds runs, clipped at the left and right.
 */
import { clear } from './parts/clear';
import { addTile, tileColumns, tileRows } from './parts/tile';

const blockColumns: i32 = 32;
const blockPixels: i32 = 128;

@inline
function roundUp(count: i32, step: i32): i32 {
  return (count + step - 1) / step * step;
}

/** Bytes of scratch: the filter and one block of dy, both packed, and one block of columns. */
export function conv2dBackpropInputScratch(columns: i32, outChannels: i32): i32 {
  return (roundUp(columns, tileColumns) + blockPixels) * outChannels + blockPixels * blockColumns << 2;
}

/** Rows `[rows, depth]` into panels `[rows / tile, depth, tile]`; rows that are missing in the last one read as 0. */
function packRows(from: usize, packed: usize, rows: i32, depth: i32, tile: i32): void {
  const rowBytes = <usize>depth << 2;
  const step = <usize>tile << 2;
  for (let first = 0; first < rows; first += tile) {
    for (let t = 0; t < tile; t++) {
      let to = packed + (<usize>t << 2);
      if (first + t >= rows) {
        for (let k = 0; k < depth; k++, to += step) {
          store<f32>(to, 0);
        }
        continue;
      }
      let k = 0;
      if (ASC_FEATURE_SIMD && (t & 3) === 0 && first + t + 4 <= rows) {
        for (; k + 4 <= depth; k += 4, from += 16, to += step << 2) {
          const a = v128.load(from);
          const b = v128.load(from + rowBytes);
          const c = v128.load(from + (rowBytes << 1));
          const d = v128.load(from + rowBytes * 3);
          const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
          const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
          const ab2 = i32x4.shuffle(a, b, 2, 6, 3, 7);
          const cd2 = i32x4.shuffle(c, d, 2, 6, 3, 7);
          v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
          v128.store(to + step, i64x2.shuffle(ab, cd, 1, 3));
          v128.store(to + (step << 1), i64x2.shuffle(ab2, cd2, 0, 2));
          v128.store(to + step * 3, i64x2.shuffle(ab2, cd2, 1, 3));
        }
        for (; k < depth; k++, from += 4, to += step) {
          store<f32>(to, load<f32>(from));
          store<f32>(to, load<f32>(from + rowBytes), 4);
          store<f32>(to, load<f32>(from + (rowBytes << 1)), 8);
          store<f32>(to, load<f32>(from + rowBytes * 3), 12);
        }
        from += rowBytes * 3;
        t += 3;
        continue;
      }
      for (; k < depth; k++, from += 4, to += step) {
        store<f32>(to, load<f32>(from));
      }
    }
    packed += <usize>depth * step;
  }
}

/** Adds columns first … first + columns, `[pixels, blockColumns]`, to where they belong in dx. */
function addColumns(
  dx: usize, block: usize, pixel: i32, pixels: i32, first: i32, columns: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, filterWidth: i32,
  strideHeight: i32, strideWidth: i32, padTop: i32, padLeft: i32,
): void {
  const run = filterWidth * inChannels;
  const imageRun = inWidth * inChannels;
  const firstTap = first / run;
  let column = pixel % outWidth;
  let row = pixel / outWidth;
  let image = row / outHeight;
  row -= image * outHeight;
  for (let p = 0; p < pixels; p++, block += blockColumns << 2) {
    const left = (column * strideWidth - padLeft) * inChannels;
    let tap = firstTap;
    let at = first - firstTap * run;
    for (let m = 0; m < columns; tap++) {
      const length = min(run - at, columns - m);
      const y = row * strideHeight - padTop + tap;
      if (<u32>y < <u32>inHeight) {
        let i = max(at, -left);
        const end = min(at + length, imageRun - left);
        let from = block + (<usize>(m + i - at) << 2);
        let to = dx + (<usize>((image * inHeight + y) * imageRun + left + i) << 2);
        if (ASC_FEATURE_SIMD) {
          for (; i + 4 <= end; i += 4, from += 16, to += 16) {
            v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
          }
        }
        for (; i < end; i++, from += 4, to += 4) {
          store<f32>(to, load<f32>(to) + load<f32>(from));
        }
      }
      m += length;
      at = 0;
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

/** Pointers to float32: dy `[batch, outHeight, outWidth, outChannels]`, the filter, dx (cleared here), scratch. */
export function conv2dBackpropInput(
  dy: usize, filter: usize, dx: usize, scratch: usize, batch: i32,
  inHeight: i32, inWidth: i32, inChannels: i32, outHeight: i32, outWidth: i32, outChannels: i32,
  filterHeight: i32, filterWidth: i32, strideHeight: i32, strideWidth: i32, padTop: i32, padLeft: i32,
): void {
  clear(dx, <usize>(batch * inHeight * inWidth * inChannels) << 2);
  const columnCount = filterHeight * filterWidth * inChannels;
  const depthBytes = <usize>outChannels << 2;
  const block = scratch;
  const packedGradients = block + (blockPixels * blockColumns << 2);
  const packedFilter = packedGradients + <usize>blockPixels * depthBytes;
  packRows(filter, packedFilter, columnCount, outChannels, tileColumns);
  const pixelCount = batch * outHeight * outWidth;
  for (let pixel = 0; pixel < pixelCount; pixel += blockPixels) {
    const pixels = min(blockPixels, pixelCount - pixel);
    packRows(dy + <usize>pixel * depthBytes, packedGradients, pixels, outChannels, tileRows);
    for (let first = 0; first < columnCount; first += blockColumns) {
      const columns = min(blockColumns, columnCount - first);
      clear(block, <usize>(pixels * blockColumns) << 2);
      let a = packedGradients;
      let to = block;
      for (let row = 0; row < pixels; row += tileRows) {
        let b = packedFilter + <usize>first * depthBytes;
        for (let c = 0; c < columns; c += tileColumns, b += <usize>tileColumns * depthBytes) {
          addTile(a, b, to + (<usize>c << 2), outChannels, min(tileRows, pixels - row), tileColumns, blockColumns << 2);
        }
        a += <usize>tileRows * depthBytes;
        to += tileRows * blockColumns << 2;
      }
      addColumns(dx, block, pixel, pixels, first, columns, inHeight, inWidth, inChannels, outHeight, outWidth,
        filterWidth, strideHeight, strideWidth, padTop, padLeft);
    }
  }
}
