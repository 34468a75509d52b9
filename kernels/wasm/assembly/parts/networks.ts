/**
 * Sorting networks on vectors: every lane is a channel of its own, so four columns are sorted at once and no branch
 * depends on the data. Runs are ascending, at consecutive 16-byte addresses.
 *
 * Comparators never lose a value: where two compare neither way (NaN, or −0 and +0) both stay where they are.
 * The networks of 8 are Batcher's odd-even merge sort and the last three stages of a bitonic merge
 * (K. E. Batcher, "Sorting networks and their applications", AFIPS 1968).
 */

@inline
function lower(a: v128, b: v128): v128 {
  return f32x4.pmin(a, b);
}

@inline
function higher(a: v128, b: v128): v128 {
  return f32x4.pmax(b, a);
}

/** Sorts 8 vectors, `stride` bytes apart, into a run. */
export function sort8(from: usize, stride: usize, to: usize): void {
  let r0 = v128.load(from), r1 = v128.load(from + stride);
  from += stride << 1;
  let r2 = v128.load(from), r3 = v128.load(from + stride);
  from += stride << 1;
  let r4 = v128.load(from), r5 = v128.load(from + stride);
  from += stride << 1;
  let r6 = v128.load(from), r7 = v128.load(from + stride);
  let t: v128;
  t = lower(r0, r1); r1 = higher(r0, r1); r0 = t; t = lower(r2, r3); r3 = higher(r2, r3); r2 = t;
  t = lower(r4, r5); r5 = higher(r4, r5); r4 = t; t = lower(r6, r7); r7 = higher(r6, r7); r6 = t;
  t = lower(r0, r2); r2 = higher(r0, r2); r0 = t; t = lower(r1, r3); r3 = higher(r1, r3); r1 = t;
  t = lower(r4, r6); r6 = higher(r4, r6); r4 = t; t = lower(r5, r7); r7 = higher(r5, r7); r5 = t;
  t = lower(r1, r2); r2 = higher(r1, r2); r1 = t; t = lower(r5, r6); r6 = higher(r5, r6); r5 = t;
  t = lower(r0, r4); r4 = higher(r0, r4); r0 = t; t = lower(r1, r5); r5 = higher(r1, r5); r1 = t;
  t = lower(r2, r6); r6 = higher(r2, r6); r2 = t; t = lower(r3, r7); r7 = higher(r3, r7); r3 = t;
  t = lower(r2, r4); r4 = higher(r2, r4); r2 = t; t = lower(r3, r5); r5 = higher(r3, r5); r3 = t;
  t = lower(r1, r2); r2 = higher(r1, r2); r1 = t; t = lower(r3, r4); r4 = higher(r3, r4); r3 = t;
  t = lower(r5, r6); r6 = higher(r5, r6); r5 = t;
  v128.store(to, r0); v128.store(to, r1, 16); v128.store(to, r2, 32); v128.store(to, r3, 48);
  v128.store(to, r4, 64); v128.store(to, r5, 80); v128.store(to, r6, 96); v128.store(to, r7, 112);
}

/**
 * One half of 16 vectors, 8 at `a` and 8 from `b` on in steps of `step` bytes: the 8 highest or the 8 lowest of every
 * lane, as a run at `to` (which may be `a`). All 16, read in the order a, then b backwards for step −16 or b forwards for
 * step 16, must be bitonic: two runs one of which is read from its end, or what such a comparison leaves.
 */
export function halfOf(a: usize, b: usize, step: usize, to: usize, highest: bool): void {
  let r0 = v128.load(a), r1 = v128.load(a, 16), r2 = v128.load(a, 32), r3 = v128.load(a, 48);
  let r4 = v128.load(a, 64), r5 = v128.load(a, 80), r6 = v128.load(a, 96), r7 = v128.load(a, 112);
  const c = b + step, d = c + step, e = d + step, f = e + step, g = f + step, h = g + step, i = h + step;
  if (highest) {
    r0 = higher(v128.load(b), r0); r1 = higher(v128.load(c), r1);
    r2 = higher(v128.load(d), r2); r3 = higher(v128.load(e), r3);
    r4 = higher(v128.load(f), r4); r5 = higher(v128.load(g), r5);
    r6 = higher(v128.load(h), r6); r7 = higher(v128.load(i), r7);
  } else {
    r0 = lower(v128.load(b), r0); r1 = lower(v128.load(c), r1);
    r2 = lower(v128.load(d), r2); r3 = lower(v128.load(e), r3);
    r4 = lower(v128.load(f), r4); r5 = lower(v128.load(g), r5);
    r6 = lower(v128.load(h), r6); r7 = lower(v128.load(i), r7);
  }
  let t: v128;
  t = lower(r0, r4); r4 = higher(r0, r4); r0 = t; t = lower(r1, r5); r5 = higher(r1, r5); r1 = t;
  t = lower(r2, r6); r6 = higher(r2, r6); r2 = t; t = lower(r3, r7); r7 = higher(r3, r7); r3 = t;
  t = lower(r0, r2); r2 = higher(r0, r2); r0 = t; t = lower(r1, r3); r3 = higher(r1, r3); r1 = t;
  t = lower(r4, r6); r6 = higher(r4, r6); r4 = t; t = lower(r5, r7); r7 = higher(r5, r7); r5 = t;
  t = lower(r0, r1); r1 = higher(r0, r1); r0 = t; t = lower(r2, r3); r3 = higher(r2, r3); r2 = t;
  t = lower(r4, r5); r5 = higher(r4, r5); r4 = t; t = lower(r6, r7); r7 = higher(r6, r7); r6 = t;
  v128.store(to, r0); v128.store(to, r1, 16); v128.store(to, r2, 32); v128.store(to, r3, 48);
  v128.store(to, r4, 64); v128.store(to, r5, 80); v128.store(to, r6, 96); v128.store(to, r7, 112);
}

/** Sorts 16 vectors, `stride` bytes apart, into a run at `to`, by way of 16 vectors at `spare`. */
export function sort16(from: usize, stride: usize, to: usize, spare: usize): void {
  sort8(from, stride, spare);
  sort8(from + (stride << 3), stride, spare + 128);
  halfOf(spare, spare + 240, -16, to, false);
  halfOf(spare, spare + 240, -16, to + 128, true);
}

/** Keeps in the run `list` of 16 the 16 highest, or lowest, of it and of the run `block` of 16. */
export function merge16(list: usize, block: usize, spare: usize, highest: bool): void {
  for (let i: usize = 0; i < 256; i += 16) {
    const a = v128.load(list + i), b = v128.load(block + 240 - i);
    v128.store(spare + i, highest ? higher(b, a) : lower(b, a));
  }
  halfOf(spare, spare + 128, 16, list, false);
  halfOf(spare, spare + 128, 16, list + 128, true);
}

/**
 * Takes `rounds` times 4 vectors, `stride` bytes apart, into lists of the 4 highest (at `lists`) and the 4 lowest (the
 * next 4 vectors) of every lane.
 */
export function absorb4(from: usize, stride: usize, rounds: i32, lists: usize): void {
  let h0 = v128.load(lists), h1 = v128.load(lists, 16), h2 = v128.load(lists, 32), h3 = v128.load(lists, 48);
  let l0 = v128.load(lists, 64), l1 = v128.load(lists, 80), l2 = v128.load(lists, 96), l3 = v128.load(lists, 112);
  let t: v128;
  for (; rounds > 0; rounds--) {
    let r0 = v128.load(from), r1 = v128.load(from + stride);
    from += stride << 1;
    let r2 = v128.load(from), r3 = v128.load(from + stride);
    from += stride << 1;
    t = lower(r0, r1); r1 = higher(r0, r1); r0 = t; t = lower(r2, r3); r3 = higher(r2, r3); r2 = t;
    t = lower(r0, r2); r2 = higher(r0, r2); r0 = t; t = lower(r1, r3); r3 = higher(r1, r3); r1 = t;
    t = lower(r1, r2); r2 = higher(r1, r2); r1 = t;
    h0 = higher(r3, h0); h1 = higher(r2, h1); h2 = higher(r1, h2); h3 = higher(r0, h3);
    t = lower(h0, h2); h2 = higher(h0, h2); h0 = t; t = lower(h1, h3); h3 = higher(h1, h3); h1 = t;
    t = lower(h0, h1); h1 = higher(h0, h1); h0 = t; t = lower(h2, h3); h3 = higher(h2, h3); h2 = t;
    l0 = lower(r3, l0); l1 = lower(r2, l1); l2 = lower(r1, l2); l3 = lower(r0, l3);
    t = lower(l0, l2); l2 = higher(l0, l2); l0 = t; t = lower(l1, l3); l3 = higher(l1, l3); l1 = t;
    t = lower(l0, l1); l1 = higher(l0, l1); l0 = t; t = lower(l2, l3); l3 = higher(l2, l3); l2 = t;
  }
  v128.store(lists, h0); v128.store(lists, h1, 16); v128.store(lists, h2, 32); v128.store(lists, h3, 48);
  v128.store(lists, l0, 64); v128.store(lists, l1, 80); v128.store(lists, l2, 96); v128.store(lists, l3, 112);
}
