import { texels } from './texels.js';

/**
 * GLSL that finds the k-th region of one end of one map.
 *
 * The rank key of a value is larger the further it is in its end: for the top the order-preserving integer of the
 * float, for the bottom its complement. The k-th rank key is searched for: each round counts, for 8 pivots between
 * the bounds known so far, how many regions reach them, and so leaves a ninth of the interval. The first round puts
 * its pivots at both extremes, where ties are common (zeros behind a ReLU), and evenly among the values between,
 * which exponents would divide unevenly. The search ends as soon as exactly k regions reach the lower bound, or at
 * one key. 12 rounds at most, whatever the values and however large k is.
 */
export function search(masked: boolean): string {
  return `
    ${texels}

    const uint largestKey = 0xff800000u; // of +Infinity
    const uint noKey = 0u; // of regions that do not count: no pivot is as low

    int texelsOfMap;
    ivec2 firstPlace;
    ivec2 nextPlace;
    int columnsWidth;
    uint flip;
    vec4 values;
    ${masked ? `
    ivec2 firstMask;
    ivec2 nextMask;
    int bagsWidth;` : ''}

    /** Sets the search to one end of one map, 0 for the top, 1 for the bottom. */
    void beginMap(int map, int end) {
      texelsOfMap = (regions + 3) / 4;
      firstPlace = placeOf(map * texelsOfMap, columns);
      columnsWidth = textureSize(columns, 0).x;
      flip = end == 0 ? 0u : 0xffffffffu;
      ${masked ? `
      firstMask = placeOf(map / channels * (texelsOfMap + 1) + 1, bags);
      bagsWidth = textureSize(bags, 0).x;` : ''}
    }

    ivec2 after(ivec2 place, int width) {
      return place.x + 1 == width ? ivec2(0, place.y + 1) : ivec2(place.x + 1, place.y);
    }

    void rewind() {
      nextPlace = firstPlace;
      ${masked ? 'nextMask = firstMask;' : ''}
    }

    /** Rank keys of the next four regions, whose values are left in values. */
    uvec4 nextRanks(int texel) {
      values = texelFetch(columns, nextPlace, 0);
      nextPlace = after(nextPlace, columnsWidth);
      uvec4 bits = floatBitsToUint(values);
      uvec4 ranks = bits ^ (uvec4(ivec4(bits) >> 31) | 0x80000000u) ^ flip;
      ${masked ? `
      uvec4 valid = uvec4(texelFetch(bags, nextMask, 0));
      nextMask = after(nextMask, bagsWidth);
      return ranks * valid;` : `
      if (texel * 4 + 4 > regions) {
        ranks *= uvec4(lessThan(ivec4(texel * 4) + ivec4(0, 1, 2, 3), ivec4(regions)));
      }
      return ranks;`}
    }

    float valueOf(uint rank) {
      uint key = rank ^ flip;
      return uintBitsToFloat(key >= 0x80000000u ? key & 0x7fffffffu : ~key);
    }

    uint rankOf(float value) {
      uint bits = floatBitsToUint(value);
      return (bits >= 0x80000000u ? ~bits : bits | 0x80000000u) ^ flip;
    }

    /** What is known of the k-th rank key: low <= key < high. */
    struct Search {
      uint wanted; // k
      uint low;
      uint high;
      uint reachLow; // regions at or above low, >= k
      uint reachHigh; // regions at or above high, < k
      bool holdsNaN;
    };

    bool isOpen(Search found) {
      return found.wanted > 0u && found.reachLow > found.wanted && found.high - found.low > 1u;
    }

    void narrowBy(inout Search found, uint pivot, uint reached) {
      if (reached >= found.wanted) {
        if (pivot > found.low) {
          found.low = pivot;
          found.reachLow = reached;
        }
      } else if (pivot < found.high) {
        found.high = pivot;
        found.reachHigh = reached;
      }
    }

    void narrow(inout Search found, uvec4 pivots, uvec4 reached) {
      narrowBy(found, pivots.x, reached.x);
      narrowBy(found, pivots.y, reached.y);
      narrowBy(found, pivots.z, reached.z);
      narrowBy(found, pivots.w, reached.w);
    }

    uvec4 reach(uint rank, uvec4 pivots) {
      return uvec4(greaterThanEqual(uvec4(rank), pivots));
    }

    uint between(Search found, float part) {
      float low = clamp(valueOf(found.low), -3.4e38, 3.4e38);
      float high = clamp(valueOf(found.high - 1u), -3.4e38, 3.4e38);
      return rankOf(low * (1. - part) + high * part);
    }

    Search searchFor(uint wanted) {
      uvec4 largest = uvec4(0u);
      uvec4 smallest = uvec4(0xffffffffu);
      uvec4 valid = uvec4(0u);
      rewind();
      for (int texel = 0; texel < texelsOfMap; texel++) {
        uvec4 ranks = nextRanks(texel);
        uvec4 counted = uvec4(notEqual(ranks, uvec4(noKey)));
        largest = max(largest, ranks);
        smallest = min(smallest, ranks | (counted - 1u));
        valid += counted;
      }
      uint most = max(max(largest.x, largest.y), max(largest.z, largest.w));
      uint least = min(min(smallest.x, smallest.y), min(smallest.z, smallest.w));
      uint all = valid.x + valid.y + valid.z + valid.w;
      bool holdsNaN = all > 0u && (most > largestKey || least < ~largestKey);
      Search found = Search(min(wanted, all), least, most + 1u, all, 0u, holdsNaN);
      for (int turn = 0; turn < 12 && isOpen(found); turn++) {
        uint step = (found.high - found.low + 8u) / 9u;
        uvec4 near = found.low + step * uvec4(1u, 2u, 3u, 4u);
        uvec4 far = near + step * 4u;
        if (turn == 0) {
          near = uvec4(found.low + 1u, between(found, 1. / 7.), between(found, 2. / 7.), between(found, 3. / 7.));
          far = uvec4(between(found, 4. / 7.), between(found, 5. / 7.), between(found, 6. / 7.), found.high - 1u);
        }
        uvec4 reachNear = uvec4(0u);
        uvec4 reachFar = uvec4(0u);
        rewind();
        for (int texel = 0; texel < texelsOfMap; texel++) {
          uvec4 ranks = nextRanks(texel);
          reachNear += reach(ranks.x, near) + reach(ranks.y, near) + reach(ranks.z, near) + reach(ranks.w, near);
          reachFar += reach(ranks.x, far) + reach(ranks.y, far) + reach(ranks.z, far) + reach(ranks.w, far);
        }
        narrow(found, near, reachNear);
        narrow(found, far, reachFar);
      }
      return found;
    }

    /** The k-th region: all are selected whose rank key is larger, or the same at an index up to this. */
    struct Threshold {
      uint rank;
      int index;
      float sum; // of the selected values, weighted
    };

    Threshold thresholdOf(Search found, float weight) {
      // Where exactly k regions reach the lower bound, the least of them is the k-th.
      bool takesAll = found.reachLow <= found.wanted;
      uint room = takesAll ? 0u : found.wanted - found.reachHigh;
      vec4 sums = vec4(room > 0u ? float(room) * weight * valueOf(found.low) : 0., 0, 0, 0);
      uint lowest = takesAll ? found.low : found.low + 1u;
      Threshold threshold = Threshold(takesAll ? 0xffffffffu : found.low, 0, 0.);
      rewind();
      for (int texel = 0; texel < texelsOfMap; texel++) {
        uvec4 ranks = nextRanks(texel);
        if (any(greaterThanEqual(ranks, uvec4(found.low)))) {
          sums += mix(vec4(0), values * weight, greaterThanEqual(ranks, uvec4(lowest)));
          for (int i = 0; i < 4; i++) {
            if (takesAll) {
              if (ranks.x >= found.low && ranks.x <= threshold.rank) {
                threshold.rank = ranks.x;
                threshold.index = texel * 4 + i;
              }
            } else if (ranks.x == found.low && room > 0u) {
              threshold.index = texel * 4 + i;
              room--;
            }
            ranks = ranks.yzwx;
          }
        }
      }
      threshold.sum = found.holdsNaN ? NAN : sums.x + sums.y + sums.z + sums.w;
      return threshold;
    }

    /** The value, and the index in two parts that half floats hold. */
    vec3 encoded(Threshold threshold) {
      return vec3(valueOf(threshold.rank), threshold.index / 2048, threshold.index & 2047);
    }
  `;
}
