import { groupSize, maskNames, PoolingProgram, shareMaps } from './backend.js';
import { rankKeys } from './rankKeys.js';
import type { Sharing } from './backend.js';

/** Rows of the selection, int32 `[batch, 5, channels]`. */
export const selectionRows = { topKey: 0, topCut: 1, bottomKey: 2, bottomCut: 3, scoreBits: 4 } as const;

/**
 * WGSL for threads that share a map: `addUp` sums one matrix per thread, in two steps of about the square root of
 * their number, and `anyOpen` tells whether some map of the workgroup is still searched.
 */
function sharedSums(sharing: Sharing): string {
  const { threads, maps } = sharing;
  const size = groupSize(sharing);
  const firstStep = 2 ** Math.ceil(Math.log2(threads) / 2) * maps;
  return `
    var<workgroup> parts : array<mat2x4<f32>, ${size}>;
    var<workgroup> sums : array<mat2x4<f32>, ${firstStep}>;
    var<workgroup> extremes : array<atomic<u32>, ${3 * maps}>;
    var<workgroup> open : atomic<u32>;
    var<workgroup> goesOn : u32;

    fn addUp(own : mat2x4<f32>) -> mat2x4<f32> {
      parts[localIndex] = own;
      workgroupBarrier();
      if (localIndex < ${firstStep}u) {
        var part = own;
        for (var other = localIndex + ${firstStep}u; other < ${size}u; other += ${firstStep}u) {
          part += parts[other];
        }
        sums[localIndex] = part;
      }
      workgroupBarrier();
      var sum = sums[localIndex % ${maps}u];
      for (var other = localIndex % ${maps}u + ${maps}u; other < ${firstStep}u; other += ${maps}u) {
        sum += sums[other];
      }
      return sum;
    }

    fn anyOpen(isOpen : bool) -> bool {
      if (isOpen && localIndex < ${maps}u) {
        atomicStore(&open, 1u);
      }
      workgroupBarrier();
      if (localIndex == 0u) {
        goesOn = atomicLoad(&open);
        atomicStore(&open, 0u);
      }
      return workgroupUniformLoad(&goesOn) != 0u;
    }
  `;
}

/** WGSL for one thread a map: the same, alone. */
const ownSums = `
  fn addUp(own : mat2x4<f32>) -> mat2x4<f32> {
    return own;
  }

  fn anyOpen(isOpen : bool) -> bool {
    return isOpen;
  }
`;

/**
 * Finds both ends of every map and their scores.
 *
 * The k-th value is searched for by its rank key: each round counts, for 4 pivots between the bounds known so
 * far, how many regions reach them, and so leaves a fifth of the interval. The first round puts its pivots at
 * both extremes, where ties are common (zeros behind a ReLU), and evenly among the values between, which
 * exponents would divide unevenly. The search ends as soon as exactly k regions reach the lower bound, or at one
 * key; then the lower indices among the regions at that key win, and the last of them is found by the same
 * search over indices. 15 rounds at most, whatever the values and however large k is.
 *
 * Output, per map: the threshold's rank key and the last region index that is taken at it, for both ends, and
 * the score's bits. A region is selected if its rank key exceeds the threshold's, or equals it at an index up to
 * that last one.
 */
export class SelectProgram extends PoolingProgram {
  private readonly sharing: Sharing;

  constructor(
    [batch, regions, channels]: number[],
    private readonly masked: boolean,
  ) {
    const sharing = shareMaps(batch * channels, regions);
    super(
      `weldonSelect_${sharing.threads}_${sharing.maps}_${masked}`,
      masked ? ['x', ...maskNames] : ['x'],
      [batch, 5, channels],
      Math.ceil((batch * channels) / sharing.maps) * groupSize(sharing),
      groupSize(sharing),
    );
    this.sharing = sharing;
  }

  getUserCode(): string {
    const { threads, maps } = this.sharing;
    const together = threads > 1;
    return `
      ${rankKeys(this.masked)}
      ${together ? sharedSums(this.sharing) : ownSums}

      /** What is known of the k-th rank key: low <= key < high. */
      struct Search {
        wanted : u32, // k
        low : u32,
        high : u32,
        reachLow : u32, // regions at or above low, >= k
        reachHigh : u32, // regions at or above high, < k
      };

      fn isOpen(search : Search) -> bool {
        return search.wanted > 0u && search.reachLow > search.wanted && search.high - search.low > 1u;
      }

      fn narrowBy(search : ptr<function, Search>, pivot : u32, reached : u32) {
        if (reached >= (*search).wanted) {
          if (pivot > (*search).low) {
            (*search).low = pivot;
            (*search).reachLow = reached;
          }
        } else if (pivot < (*search).high) {
          (*search).high = pivot;
          (*search).reachHigh = reached;
        }
      }

      fn narrow(search : ptr<function, Search>, pivots : vec4<u32>, counts : vec4<f32>) {
        let reached = vec4<u32>(counts);
        narrowBy(search, pivots.x, reached.x);
        narrowBy(search, pivots.y, reached.y);
        narrowBy(search, pivots.z, reached.z);
        narrowBy(search, pivots.w, reached.w);
      }

      fn evenPivots(search : Search) -> vec4<u32> {
        return search.low + (search.high - search.low + 4u) / 5u * vec4<u32>(1u, 2u, 3u, 4u);
      }

      fn firstPivots(search : Search, flip : u32) -> vec4<u32> {
        let low = clamp(valueOf(search.low ^ flip), -3.4e38f, 3.4e38f);
        let high = clamp(valueOf((search.high - 1u) ^ flip), -3.4e38f, 3.4e38f);
        return vec4<u32>(search.low + 1u, keyOf(low * 0.667f + high * 0.333f) ^ flip,
          keyOf(low * 0.333f + high * 0.667f) ^ flip, search.high - 1u);
      }

      /** Among the regions at the threshold, the lower the index the higher the rank; 1 is the last region's. */
      fn indexSearch(found : Search, regions : u32) -> Search {
        // Where all that reach the threshold are taken, so is any index.
        if (found.wanted == 0u || found.reachLow <= found.wanted) {
          return Search(0u, 1u, 2u, 0u, 0u);
        }
        return Search(found.wanted - found.reachHigh, 1u, regions + 1u, found.reachLow - found.reachHigh, 0u);
      }

      fn reach(rank : u32, pivots : vec4<u32>) -> vec4<f32> {
        return select(vec4<f32>(0f), vec4<f32>(1f), vec4<u32>(rank) >= pivots);
      }

      fn main(index : i32) {
        let slot = i32(localIndex) % ${maps};
        let thread = i32(localIndex) / ${maps};
        let regions = uniforms.xShape.y;
        let channels = uniforms.xShape.z;
        let place = index / ${groupSize(this.sharing)} * ${maps} + slot;
        let exists = place < uniforms.xShape.x * channels;
        let map = select(0, place, exists);
        let bag = map / channels;
        let channel = map % channels;
        let start = bag * regions * channels + channel;
        // A map beyond the last one has no regions to look at.
        let end = select(0, regions, exists);
        let wanted = select(vec2<u32>(0u), countsOf(bag), exists);

        var largest = 0u;
        var largestFlipped = 0u;
        var valid = 0u;
        for (var region = thread; region < end; region += ${threads}) {
          if (isValid(bag, region)) {
            let key = keyOf(x[start + region * channels]);
            largest = max(largest, key);
            largestFlipped = max(largestFlipped, ~key);
            valid += 1u;
          }
        }
        ${
          together
            ? `
        atomicMax(&extremes[slot * 3], largest);
        atomicMax(&extremes[slot * 3 + 1], largestFlipped);
        atomicAdd(&extremes[slot * 3 + 2], valid);
        workgroupBarrier();
        largest = atomicLoad(&extremes[slot * 3]);
        largestFlipped = atomicLoad(&extremes[slot * 3 + 1]);
        valid = atomicLoad(&extremes[slot * 3 + 2]);`
            : ''
        }
        let holdsNaN = valid > 0u && (largest > largestKey || largestFlipped > ~smallestKey);

        var top = Search(wanted.x, ~largestFlipped, largest + 1u, valid, 0u);
        var bottom = Search(wanted.y, ~largest, largestFlipped + 1u, valid, 0u);
        for (var round = 0; round < 15; round++) {
          let isOpenTop = isOpen(top);
          let isOpenBottom = isOpen(bottom);
          if (!anyOpen(isOpenTop || isOpenBottom)) {
            break;
          }
          var topPivots = evenPivots(top);
          var bottomPivots = evenPivots(bottom);
          if (round == 0) {
            topPivots = firstPivots(top, 0u);
            bottomPivots = firstPivots(bottom, 0xffffffffu);
          }
          // Spelled out: Dawn leaves a variable without initializer as the last turn of the loop left it.
          var counts = mat2x4<f32>();
          for (var region = thread; region < select(0, end, isOpenTop || isOpenBottom); region += ${threads}) {
            if (isValid(bag, region)) {
              let key = keyOf(x[start + region * channels]);
              counts[0] += reach(key, topPivots);
              counts[1] += reach(~key, bottomPivots);
            }
          }
          counts = addUp(counts);
          if (isOpenTop) {
            narrow(&top, topPivots, counts[0]);
          }
          if (isOpenBottom) {
            narrow(&bottom, bottomPivots, counts[1]);
          }
        }

        let topKey = select(0xffffffffu, top.low, wanted.x > 0u);
        let bottomKey = select(0xffffffffu, bottom.low, wanted.y > 0u);
        top = indexSearch(top, u32(regions));
        bottom = indexSearch(bottom, u32(regions));
        for (var round = 0; round < 15; round++) {
          let isOpenTop = isOpen(top);
          let isOpenBottom = isOpen(bottom);
          if (!anyOpen(isOpenTop || isOpenBottom)) {
            break;
          }
          let topPivots = evenPivots(top);
          let bottomPivots = evenPivots(bottom);
          var counts = mat2x4<f32>();
          for (var region = thread; region < select(0, end, isOpenTop || isOpenBottom); region += ${threads}) {
            if (isValid(bag, region)) {
              let key = keyOf(x[start + region * channels]);
              let rank = u32(regions - region);
              counts[0] += reach(select(0u, rank, key == topKey), topPivots);
              counts[1] += reach(select(0u, rank, ~key == bottomKey), bottomPivots);
            }
          }
          counts = addUp(counts);
          if (isOpenTop) {
            narrow(&top, topPivots, counts[0]);
          }
          if (isOpenBottom) {
            narrow(&bottom, bottomPivots, counts[1]);
          }
        }
        let topCut = regions - i32(top.low);
        let bottomCut = regions - i32(bottom.low);

        let weights = weightsOf(bag);
        var positive = 0f;
        var negative = 0f;
        for (var region = thread; region < end; region += ${threads}) {
          if (isValid(bag, region)) {
            let value = x[start + region * channels];
            let key = keyOf(value);
            positive += select(0f, value * weights.x, key > topKey || (key == topKey && region <= topCut));
            negative += select(0f, value * weights.y, ~key > bottomKey || (~key == bottomKey && region <= bottomCut));
          }
        }
        let total = addUp(mat2x4<f32>(positive, 0f, 0f, 0f, negative, 0f, 0f, 0f));
        if (exists && thread == 0) {
          let score = select(total[0].x + total[1].x, uniforms.NAN, holdsNaN && wanted.x + wanted.y > 0u);
          let first = bag * 5 * channels + channel;
          result[first] = bitcast<i32>(topKey);
          result[first + channels] = topCut;
          result[first + 2 * channels] = bitcast<i32>(bottomKey);
          result[first + 3 * channels] = bottomCut;
          result[first + 4 * channels] = bitcast<i32>(score);
        }
      }
    `;
  }
}
