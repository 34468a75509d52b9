/**
 * The way back: dx is dy · weight wherever the forward pass selected, else zero. Selection is recognised by comparing
 * x with the thresholds that the forward pass kept, so this is one pass over x, in the order of memory.
 *
 * A bag is read as a plain sequence of floats. Thresholds and gradients are laid out as often in a row as it takes to
 * make their period a multiple of 4, so that vectors of x meet whole vectors of them, whatever the number of channels.
 * Where not all values equal to a threshold are selected, they are counted; when the last tie is taken, the threshold
 * moves by one unit in the last place, beyond its equals.
 */
import { ALL } from './parts/selection';


/** A pattern this long is worth the start of a loop. */
const SHORTEST = 64;

/** Floats after which the pattern of channels begins anew at a multiple of 4. */
function period(channels: i32): i32 {
  const once = channels & 3 ? channels & 1 ? channels << 2 : channels << 1 : channels;
  return once * ((SHORTEST - 1) / once + 1);
}

/** Bytes of scratch that `poolGradient` needs. */
export function gradientScratch(channels: i32): i32 {
  return (period(channels) << 4) + (channels << 3);
}

/**
 * dx `[regions, channels]` of one bag or of several one after the other.
 *
 * @param dy float32 `[batch, channels]`
 * @param selection `[batch, 4, channels]`, see parts/selection.ts
 * @param mask one byte for each region, or 0: gradients of regions with 0 are zero
 * @param plan float32 `[batch, 4]`, whose columns 2 and 3 are the weights of each bag, or 0
 */
export function poolGradient(
  x: usize, dy: usize, selection: usize, mask: usize, plan: usize, dx: usize, scratch: usize, batch: i32,
  regions: i32, channels: i32, topWeight: f64, bottomWeight: f64,
): void {
  const floats = period(channels);
  const rowBytes = <usize>channels << 2;
  const bytes = <usize>regions * rowBytes;
  const spanBytes = mask ? rowBytes : <usize>floats << 2;
  for (let bag = 0; bag < batch; bag++, dy += rowBytes, selection += rowBytes << 2) {
    if (plan) {
      topWeight = load<f32>(plan, 8);
      bottomWeight = load<f32>(plan, 12);
      plan += 16;
    }
    const plain = layOut(dy, selection, scratch, floats, channels, topWeight, bottomWeight);
    for (const end = x + bytes; x < end;) {
      const count = min(spanBytes, end - x);
      if (mask && !load<u8>(mask)) {
        for (let i: usize = 0; i < count; i += 4) {
          store<f32>(dx + i, 0);
        }
      } else if (plain) {
        plainSpan(x, dx, count, scratch, <usize>floats << 2);
      } else {
        span(x, dx, count, scratch, <usize>floats << 2, channels);
      }
      x += count;
      dx += count;
      mask += <usize>(mask !== 0);
    }
  }
}

/**
 * Top thresholds, bottom thresholds, top gradients, bottom gradients, each repeated to a period; then ties left. Tells
 * whether there is no need to count them.
 */
function layOut(
  dy: usize, selection: usize, table: usize, floats: i32, channels: i32, topWeight: f64, bottomWeight: f64,
): bool {
  const rowBytes = <usize>channels << 2;
  const bytes = <usize>floats << 2;
  let all = ALL;
  for (let at: usize = 0, channel: usize = 0; at < bytes; at += 4, channel += 4) {
    if (channel === rowBytes) {
      channel = 0;
    }
    const from = selection + channel, to = table + at;
    const slope = <f64>load<f32>(dy + channel);
    store<f32>(to, load<f32>(from));
    store<f32>(to + bytes, load<f32>(from + (rowBytes << 1)));
    store<f32>(to + (bytes << 1), <f32>(slope * topWeight));
    store<f32>(to + (bytes << 1) + bytes, <f32>(slope * bottomWeight));
    const ties = table + (bytes << 2) + channel;
    const topTies = load<i32>(from + rowBytes), bottomTies = load<i32>(from + (rowBytes << 1) + rowBytes);
    store<i32>(ties, topTies);
    store<i32>(ties + rowBytes, bottomTies);
    all &= topTies & bottomTies;
  }
  return all === ALL;
}

/** `count` bytes of dx, from the beginning of a period on, where every tie is taken. */
function plainSpan(x: usize, dx: usize, count: usize, table: usize, bytes: usize): void {
  const bottoms = table + bytes, topSlopes = bottoms + bytes, bottomSlopes = topSlopes + bytes;
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= count; at += 16) {
      const values = v128.load(x + at);
      v128.store(dx + at, f32x4.add(
        v128.and(f32x4.ge(values, v128.load(table + at)), v128.load(topSlopes + at)),
        v128.and(f32x4.le(values, v128.load(bottoms + at)), v128.load(bottomSlopes + at))));
    }
  }
  for (; at < count; at += 4) {
    const value = load<f32>(x + at);
    store<f32>(dx + at, (value >= load<f32>(table + at) ? load<f32>(topSlopes + at) : 0) +
      (value <= load<f32>(bottoms + at) ? load<f32>(bottomSlopes + at) : 0));
  }
}

/** `count` bytes of dx, from the beginning of a period on. */
function span(x: usize, dx: usize, count: usize, table: usize, bytes: usize, channels: i32): void {
  const rowBytes = <usize>channels << 2;
  const ties = table + (bytes << 2);
  let at: usize = 0;
  if (ASC_FEATURE_SIMD) {
    for (; at + 16 <= count; at += 16) {
      const to = table + at;
      const values = v128.load(x + at);
      const tops = v128.load(to), bottoms = v128.load(to + bytes);
      const topTies = f32x4.eq(values, tops), bottomTies = f32x4.eq(values, bottoms);
      const tied = v128.any_true(v128.or(topTies, bottomTies));
      if (tied && channels < 4) {
        // A channel may be there twice: its second value must see the threshold that its first one left.
        for (let lane = at; lane < at + 16; lane += 4) {
          one(x + lane, dx + lane, table, lane, bytes, rowBytes, ties);
        }
        continue;
      }
      v128.store(dx + at, f32x4.add(
        v128.and(f32x4.ge(values, tops), v128.load(to + (bytes << 1))),
        v128.and(f32x4.le(values, bottoms), v128.load(to + (bytes << 1) + bytes))));
      if (tied) {
        countTies(i32x4.bitmask(topTies), table, at, ties, bytes, rowBytes, 1);
        countTies(i32x4.bitmask(bottomTies), table + bytes, at, ties + rowBytes, bytes, rowBytes, -1);
      }
    }
  }
  for (; at < count; at += 4) {
    one(x + at, dx + at, table, at, bytes, rowBytes, ties);
  }
}

/** One element of dx, with the counting of ties. */
function one(x: usize, dx: usize, table: usize, at: usize, bytes: usize, rowBytes: usize, ties: usize): void {
  const value = load<f32>(x);
  const to = table + at;
  const top = load<f32>(to), bottom = load<f32>(to + bytes);
  let gradient: f32 = 0;
  if (value >= top) {
    gradient = load<f32>(to + (bytes << 1));
    if (value === top) {
      countTies(1, table, at, ties, bytes, rowBytes, 1);
    }
  }
  if (value <= bottom) {
    gradient += load<f32>(to + (bytes << 1) + bytes);
    if (value === bottom) {
      countTies(1, table + bytes, at, ties + rowBytes, bytes, rowBytes, -1);
    }
  }
  store<f32>(dx, gradient);
}

/**
 * Takes a tie of each channel in `lanes`, a bit mask; after a channel's last one, moves its threshold up (`direction`
 * 1) or down (−1) to the next float.
 */
function countTies(
  lanes: i32, thresholds: usize, at: usize, ties: usize, bytes: usize, rowBytes: usize, direction: i32,
): void {
  for (; lanes; lanes &= lanes - 1) {
    let channel = at + (<usize>ctz(lanes) << 2);
    while (channel >= rowBytes) {
      channel -= rowBytes;
    }
    const left = load<i32>(ties + channel) - 1;
    store<i32>(ties + channel, left);
    if (left === 0) {
      let bits = load<i32>(thresholds + channel);
      if (bits << 1 === 0) {
        // From ±0 to the smallest float on the other side.
        bits = direction > 0 ? 1 : i32.MIN_VALUE | 1;
      } else {
        bits += bits >= 0 ? direction : -direction;
      }
      for (; channel < bytes; channel += rowBytes) {
        store<i32>(thresholds + channel, bits);
      }
    }
  }
}
