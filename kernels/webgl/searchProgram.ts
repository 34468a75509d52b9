import type { PoolingPlan } from '../contract.js';
import { PackedProgram, storesFloat32 } from './backend.js';
import { columnReader } from './columnReader.js';

/** Sizes of the sorted lists that find the k-th value for small k; a program is compiled for each that is used. */
const listSizes = [4, 8, 12, 16];

const lines = (count: number, line: (i: number) => string) => Array.from({ length: count }, (_, i) => line(i)).join('\n');
const parts = ['x', 'y', 'z', 'w'];
const ends = ['top', 'bottom'];

/** Keeps the largest values of both ends sorted while the map goes by. */
function listSearch(size: number): string {
  const insert = (end: string) => `
    if (any(greaterThan(${end}, vec4(${end}${size - 1})))) {
      ${parts.map((part) => `
      value = ${end}.${part};
      ${lines(size, (i) => `worse = min(${end}${i}, value); ${end}${i} = max(${end}${i}, value); value = worse;`)}`).join('')}
    }`;
  const pick = (end: string, wanted: string) => `
    float ${end}Value = ${end}0;
    ${lines(size - 1, (i) => `${end}Value = ${wanted} > ${i + 1} ? ${end}${i + 1} : ${end}Value;`)}
    int ${end}Room = ${wanted};
    ${lines(size, (i) => `${end}Room -= int(${end}${i} > ${end}Value);`)}`;
  return `
    vec4 searchBoth(ivec2 wanted) {
      ${ends.map((end) => lines(size, (i) => `float ${end}${i} = -infinity;`)).join('\n')}
      float value;
      float worse;
      rewind();
      for (int texel = 0; texel < texelsOfMap; texel++) {
        readNext(texel);
        ${ends.map(insert).join('\n')}
      }
      ${pick('top', 'wanted.x')}
      ${pick('bottom', 'wanted.y')}
      return vec4(topValue, topRoom, bottomValue, bottomRoom);
    }
  `;
}

/** Floats as integers of the same order; half floats where textures hold no others. */
function keys(float32: boolean): string {
  return float32 ? `
    const float largest = 3.4e38;

    uint keyOf(float value) {
      uint bits = floatBitsToUint(value);
      return bits >= 0x80000000u ? ~bits : bits | 0x80000000u;
    }

    float valueOf(uint key) {
      return uintBitsToFloat(key >= 0x80000000u ? key & 0x7fffffffu : ~key);
    }
  ` : `
    const float largest = 65504.;

    uint keyOf(float value) {
      uint bits = packHalf2x16(vec2(value, 0));
      return bits >= 0x8000u ? 0xffffu - bits : bits | 0x8000u;
    }

    float valueOf(uint key) {
      return unpackHalf2x16(key >= 0x8000u ? key & 0x7fffu : 0xffffu - key).x;
    }
  `;
}

/**
 * Narrows down the k-th value of both ends by counting. Each round counts, for 8 pivots between the bounds known so
 * far, how many regions reach them, and so leaves a ninth of the interval. Pivots lie evenly among the floats, that is
 * among the integers of the same order; the first round's lie at both extremes, where ties are common (zeros behind a
 * ReLU), and evenly among the values between, which exponents would divide unevenly. It ends as soon as exactly k
 * regions reach the lower bound, or at one float. 12 rounds at most, whatever the values and however large k is.
 */
function pivotSearch(float32: boolean): string {
  return `
    ${keys(float32)}

    vec4 valuesOf(uvec4 keys) {
      return vec4(valueOf(keys.x), valueOf(keys.y), valueOf(keys.z), valueOf(keys.w));
    }

    float largestOf(vec4 values) {
      return max(max(values.x, values.y), max(values.z, values.w));
    }

    uint largestOf(uvec4 keys) {
      return max(max(keys.x, keys.y), max(keys.z, keys.w));
    }

    uvec4 between(uvec2 bounds, vec4 part) {
      float low = clamp(valueOf(bounds.x), -largest, largest);
      float high = clamp(valueOf(bounds.y - 1u), -largest, largest);
      vec4 values = low * (1. - part) + high * part;
      return uvec4(keyOf(values.x), keyOf(values.y), keyOf(values.z), keyOf(values.w));
    }

    /** bounds: low <= k-th key < high; reach: regions at or above either, low's >= k > high's. */
    bool isOpen(float wanted, uvec2 bounds, vec2 reach) {
      return wanted > 0. && reach.x > wanted && bounds.y - bounds.x > 1u;
    }

    void narrow(float wanted, inout uvec2 bounds, inout vec2 reach, uvec4 pivots, vec4 reached) {
      vec4 isLow = vec4(greaterThanEqual(reached, vec4(wanted)));
      uvec4 below = uvec4(isLow);
      bounds.x = max(bounds.x, largestOf(pivots * below));
      bounds.y = min(bounds.y, ~largestOf(~pivots * (1u - below)));
      reach.x = min(reach.x, -largestOf(mix(vec4(-16777216), -reached, isLow)));
      reach.y = max(reach.y, largestOf(reached * (1. - isLow)));
    }

    vec4 searchBoth(ivec2 counts) {
      vec2 wanted = vec2(counts);
      vec4 topMost = vec4(-infinity);
      vec4 bottomMost = vec4(-infinity);
      vec4 valid = vec4(0);
      rewind();
      for (int texel = 0; texel < texelsOfMap; texel++) {
        readNext(texel);
        topMost = max(topMost, top);
        bottomMost = max(bottomMost, bottom);
        valid += vec4(present);
      }
      float highest = largestOf(topMost);
      float lowest = -largestOf(bottomMost);
      vec2 topReach = vec2(dot(valid, vec4(1)), 0);
      vec2 bottomReach = topReach;
      uvec2 topBounds = uvec2(keyOf(lowest), keyOf(highest) + 1u);
      uvec2 bottomBounds = uvec2(keyOf(-highest), keyOf(-lowest) + 1u);
      for (int turn = 0; turn < 12; turn++) {
        bool topOpen = isOpen(wanted.x, topBounds, topReach);
        bool bottomOpen = isOpen(wanted.y, bottomBounds, bottomReach);
        if (!topOpen && !bottomOpen) {
          break;
        }
        uvec2 stride = (uvec2(topBounds.y, bottomBounds.y) - uvec2(topBounds.x, bottomBounds.x) + 8u) / 9u;
        ${ends.map((end, i) => `
        uvec4 ${end}Near = ${end}Bounds.x + stride[${i}] * uvec4(1u, 2u, 3u, 4u);
        uvec4 ${end}Far = ${end}Near + stride[${i}] * 4u;
        if (turn == 0) {
          ${end}Near = between(${end}Bounds, vec4(0, 1, 2, 3) / 7.);
          ${end}Far = between(${end}Bounds, vec4(4, 5, 6, 7) / 7.);
          ${end}Near.x = ${end}Bounds.x + 1u;
        }
        ${end}Near = min(${end}Near, uvec4(${end}Bounds.y - 1u));
        ${end}Far = min(${end}Far, uvec4(${end}Bounds.y - 1u));
        vec4 ${end}NearValues = valuesOf(${end}Near);
        vec4 ${end}FarValues = valuesOf(${end}Far);
        vec4 ${end}ReachNear = vec4(0);
        vec4 ${end}ReachFar = vec4(0);`).join('\n')}
        rewind();
        for (int texel = 0; texel < texelsOfMap; texel++) {
          readNext(texel);
          ${ends.map((end) => parts.map((part) => `
          ${end}ReachNear += step(${end}NearValues, vec4(${end}.${part}));
          ${end}ReachFar += step(${end}FarValues, vec4(${end}.${part}));`).join('')).join('')}
        }
        ${ends.map((end, i) => `
        if (${end}Open) {
          narrow(wanted[${i}], ${end}Bounds, ${end}Reach, ${end}Near, ${end}ReachNear);
          narrow(wanted[${i}], ${end}Bounds, ${end}Reach, ${end}Far, ${end}ReachFar);
        }`).join('')}
      }
      ${ends.map((end, i) => `
      float ${end}Room = ${end}Reach.x <= wanted[${i}] ? 0. : wanted[${i}] - ${end}Reach.y;`).join('')}
      return vec4(valueOf(topBounds.x), topRoom, valueOf(bottomBounds.x), bottomRoom);
    }
  `;
}

/**
 * Finds the k-th value of both ends of every map, one texel each: for an end the value and how many regions are taken
 * that equal it; or, with 0, a bound that exactly k regions reach; or, with −1, as many as are left of k.
 *
 * @param places read-out searches for every count from 1 to this, `[batch · places · channels, 2, 2]`; pooling, with 0,
 *   for the plan's counts alone
 */
export class SearchProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, , channels]: number[], plan: PoolingPlan, places: number, masked: boolean) {
    super(masked ? ['columns', 'bags'] : ['columns'], [batch * Math.max(places, 1) * channels, 2, 2]);
    const float32 = storesFloat32();
    const size = listSizes.find((each) => each >= Math.max(plan.topCount, plan.bottomCount));
    this.userCode = `
      ${columnReader(masked)}
      ${size === undefined ? pivotSearch(float32) : listSearch(size)}

      void main() {
        int row = outputTexel() / channels;
        int channel = outputTexel() - row * channels;
        ${places > 0 ? `
        int places = max(counts.x, counts.y);
        int bag = row / places;
        int place = row - bag * places + 1;
        ivec2 available = ivec2(planOf(bag).xy);
        ivec2 wanted = ivec2(place <= available.x ? place : 0, place <= available.y ? place : 0);` : `
        int bag = row;
        ivec2 wanted = ivec2(planOf(bag).xy);`}
        beginMap(bag * channels + channel);
        vec4 both = wanted.x + wanted.y > 0 ? searchBoth(wanted) : vec4(0);
        ${float32 ? '' : `
        // Half floats tell integers apart up to 2048.
        both.y = both.y > 2048. ? -1. : both.y;
        both.w = both.w > 2048. ? -1. : both.w;`}
        setOutput(both);
      }
    `;
  }
}
