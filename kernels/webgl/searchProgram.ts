import type { PoolingPlan } from '../contract.js';
import { PackedProgram, storesFloat32 } from './backend.js';
import { columnReader } from './columnReader.js';

/** Sizes of the sorted lists that find the k-th value for small k; a program is compiled for each that is used. */
const listSizes = [4, 8, 12, 16];

const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');
const parts = ['x', 'y', 'z', 'w'];

/** GLSL of a sorted list of the `size` largest values of what goes by. */
function sortedList(size: number) {
  return {
    declare: `
      ${lines(size, (i) => `float best${i} = -infinity;`)}
      float value;
      float worse;`,
    /** Takes in the four values of `from`. */
    insert: (from: string) => `
      if (any(greaterThan(${from}, vec4(best${size - 1})))) {
        ${parts
          .map(
            (part) => `
        value = ${from}.${part};
        ${lines(size, (i) => `worse = min(best${i}, value); best${i} = max(best${i}, value); value = worse;`)}`,
          )
          .join('')}
      }`,
    /** Makes `bound` the value at a place, from 1, and `room` how many regions up to there equal it. */
    pick: (place: string) => `
      float bound = best0;
      ${lines(size - 1, (i) => `bound = ${place} > ${i + 1} ? best${i + 1} : bound;`)}
      int room = ${place};
      ${lines(size, (i) => `room -= int(best${i} > bound);`)}`,
  };
}

/** Keeps the largest values sorted while the map goes by. */
function listSearch(size: number): string {
  const list = sortedList(size);
  return `
    vec2 search(int wanted) {
      ${list.declare}
      seek(0);
      for (int texel = 0; texel < texelsOfMap; texel++) {
        readNext(texel);
        ${list.insert('values')}
      }
      ${list.pick('wanted')}
      return vec2(bound, room);
    }
  `;
}

/** Floats as integers of the same order; half floats where textures hold no others. */
function keys(float32: boolean): string {
  return float32
    ? `
    const float largest = 3.4e38;

    uint keyOf(float value) {
      uint bits = floatBitsToUint(value);
      return bits >= 0x80000000u ? ~bits : bits | 0x80000000u;
    }

    float valueOf(uint key) {
      return uintBitsToFloat(key >= 0x80000000u ? key & 0x7fffffffu : ~key);
    }
  `
    : `
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

/** So few regions between the bounds are collected in a sorted list. */
const fewLeft = 24;

/** Pivots of one round, in vectors of four. */
const pivotVectors = [0, 1];
const pivotCount = 4 * pivotVectors.length;
const eachVector = (line: (i: number) => string) => pivotVectors.map(line).join('\n');

/**
 * Narrows down the k-th value by counting. A round counts, for 8 pivots between the bounds known so far, how many
 * regions reach them, and so leaves a ninth of the interval; the last few regions are looked at one by one. The first
 * round's pivots come from a sample of the map: from a bracket that the k-th value is most likely in, with a pivot at
 * its lower end and one just above its upper end, which finds a value that many regions share (zeros behind a ReLU).
 * Pivots lie evenly among the numbers for three rounds, then among the floats, that is among the integers of the same
 * order: so no map needs more than 14 rounds.
 */
function pivotSearch(float32: boolean, masked: boolean): string {
  const list = sortedList(fewLeft);
  return `
    ${keys(float32)}

    vec4 valuesOf(uvec4 keys) {
      return vec4(valueOf(keys.x), valueOf(keys.y), valueOf(keys.z), valueOf(keys.w));
    }

    uvec4 keysOf(vec4 values) {
      return uvec4(keyOf(values.x), keyOf(values.y), keyOf(values.z), keyOf(values.w));
    }

    float largestOf(vec4 values) {
      return max(max(values.x, values.y), max(values.z, values.w));
    }

    uint largestOf(uvec4 keys) {
      return max(max(keys.x, keys.y), max(keys.z, keys.w));
    }

    vec4 between(vec2 bracket, vec4 part) {
      return bracket.x * (1. - part) + bracket.y * part;
    }

    ${eachVector((i) => `vec4 pivots${i}; vec4 reached${i};`)}

    /** How many of the regions in every stride-th texel reach the pivots. */
    void countReached(int stride) {
      ${eachVector((i) => `reached${i} = vec4(0);`)}
      seek(0);
      for (int texel = 0; texel < texelsOfMap; texel += stride) {
        if (stride > 1) {
          seek(texel);
        }
        readNext(texel);
        ${eachVector((i) => `reached${i} += ${parts.map((part) => `step(pivots${i}, values.${part.repeat(4)})`).join(' + ')};`)}
      }
    }

    /** bounds: low <= k-th key < high; reach: regions at or above either, low's >= k > high's. */
    bool isOpen(float wanted, uvec2 bounds, vec2 reach) {
      return reach.x > wanted && bounds.y - bounds.x > 1u;
    }

    void narrow(float wanted, inout uvec2 bounds, inout vec2 reach, uvec4 pivots, vec4 reached) {
      vec4 isLow = vec4(greaterThanEqual(reached, vec4(wanted)));
      uvec4 below = uvec4(isLow);
      bounds.x = max(bounds.x, largestOf(pivots * below));
      bounds.y = min(bounds.y, ~largestOf(~pivots * (1u - below)));
      reach.x = min(reach.x, -largestOf(mix(vec4(-16777216), -reached, isLow)));
      reach.y = max(reach.y, largestOf(reached * (1. - isLow)));
    }

    vec2 search(int count) {
      float wanted = float(count);
      float valid = float(regions);
      ${
        masked
          ? `
      vec4 there = vec4(0);
      seek(0);
      for (int texel = 0; texel < texelsOfMap; texel++) {
        readNext(texel);
        there += vec4(present);
      }
      valid = dot(there, vec4(1));`
          : ''
      }
      // A sample of some 100 texels or more, of which some 4 regions or more lie at either side of the k-th.
      int stride = clamp(int(min(wanted, valid - wanted) / 4.), 1, clamp(texelsOfMap / 100, 1, 12));
      vec4 most = vec4(-infinity);
      vec4 least = vec4(infinity);
      vec4 sampled = vec4(0);
      for (int texel = 0; texel < texelsOfMap; texel += stride) {
        seek(texel);
        readNext(texel);
        most = max(most, values);
        least = min(least, mix(vec4(infinity), values, present));
        sampled += vec4(present);
      }
      vec2 extremes = vec2(-largestOf(-least), largestOf(most));
      vec2 bracket = clamp(extremes, -largest, largest);
      // Beyond the sample's extremes the map may have some more.
      vec2 limits = clamp(bracket + (bracket.y - bracket.x) * vec2(-.5, .5), -largest, largest);
      uvec2 bounds = uvec2(keyOf(-infinity), keyOf(infinity) + 1u);
      if (stride == 1) {
        bounds = uvec2(keyOf(extremes.x), keyOf(extremes.y) + 1u);
      } else {
        float place = dot(sampled, vec4(1)) * wanted / valid;
        float margin = 1. + 3. * sqrt(place * (1. - wanted / valid));
        for (int turn = 0; turn < 3; turn++) {
          ${eachVector((i) => `pivots${i} = between(bracket, vec4(${parts.map((_, j) => `${4 * i + j + 1}`)}) / ${pivotCount + 1}.);`)}
          countReached(stride);
          vec2 next = bracket;
          ${eachVector(
            (i) => `
          next.x = max(next.x, largestOf(mix(vec4(-infinity), pivots${i}, greaterThan(reached${i}, vec4(place + margin)))));
          next.y = min(next.y, -largestOf(mix(vec4(-infinity), -pivots${i}, lessThan(reached${i}, vec4(place - margin)))));`,
          )}
          bracket = next;
        }
      }

      vec2 reach = vec2(valid, 0);
      for (int turn = 0; turn < 14 && isOpen(wanted, bounds, reach) && reach.x - reach.y > ${fewLeft}.; turn++) {
        ${eachVector((i) => `uvec4 keys${i};`)}
        if (turn < 3) {
          ${eachVector((i) => `keys${i} = keysOf(between(bracket, vec4(${parts.map((_, j) => `${4 * i + j}`)}) / ${pivotCount - 1}.));`)}
          keys${pivotVectors.length - 1}.w++;
        } else {
          uint interval = (bounds.y - bounds.x) / ${pivotCount + 1}u + 1u;
          ${eachVector((i) => `keys${i} = bounds.x + interval * uvec4(${parts.map((_, j) => `${4 * i + j + 1}u`)});`)}
        }
        ${eachVector(
          (i) => `
        keys${i} = clamp(keys${i}, uvec4(bounds.x + 1u), uvec4(bounds.y - 1u));
        pivots${i} = valuesOf(keys${i});`,
        )}
        countReached(1);
        ${eachVector((i) => `narrow(wanted, bounds, reach, keys${i}, reached${i});`)}
        bracket = clamp(vec2(valueOf(bounds.x), valueOf(bounds.y - 1u)), limits.x, limits.y);
      }
      if (!isOpen(wanted, bounds, reach)) {
        return vec2(valueOf(bounds.x), reach.x <= wanted ? 0. : wanted - reach.y);
      }
      float low = valueOf(bounds.x);
      float high = valueOf(bounds.y);
      ${list.declare}
      seek(0);
      for (int texel = 0; texel < texelsOfMap; texel++) {
        readNext(texel);
        vec4 reached = step(low, values);
        if (reach.y > 0.) {
          reached -= step(high, values);
        }
        vec4 inside = mix(vec4(-infinity), values, equal(reached, vec4(1)));
        ${list.insert('inside')}
      }
      int place = count - int(reach.y);
      ${list.pick('place')}
      return vec2(bound, room);
    }
  `;
}

/**
 * Finds the k-th value of both ends of every map, a texel for the top, then one for the bottom: the value and how many
 * regions are taken that equal it; or, with 0, a bound that exactly k regions reach; or, with −1, as many as are left of k.
 *
 * @param places read-out searches for every count from 1 to this, `[batch · places · channels, 2, 4]`; pooling, with 0,
 *   for the plan's counts alone
 */
export class SearchProgram extends PackedProgram {
  readonly userCode: string;

  constructor([batch, , channels]: number[], plan: PoolingPlan, places: number, masked: boolean) {
    super(masked ? ['columns', 'bags'] : ['columns'], [batch * Math.max(places, 1) * channels, 2, 4]);
    const float32 = storesFloat32();
    const size = listSizes.find((each) => each >= Math.max(plan.topCount, plan.bottomCount));
    this.userCode = `
      ${columnReader(masked)}
      ${size === undefined ? pivotSearch(float32, masked) : listSearch(size)}

      void main() {
        int end = outputTexel() & 1;
        int element = outputTexel() / 2;
        int row = element / channels;
        int channel = element - row * channels;
        ${
          places > 0
            ? `
        int places = max(counts.x, counts.y);
        int bag = row / places;
        int wanted = row - bag * places + 1;
        wanted = wanted <= int(planOf(bag)[end]) ? wanted : 0;`
            : `
        int bag = row;
        int wanted = int(planOf(bag)[end]);`
        }
        beginMap(bag * channels + channel, end);
        vec2 found = wanted > 0 ? search(wanted) : vec2(0);
        ${
          float32
            ? ''
            : `
        // Half floats tell integers apart up to 2048.
        found.y = found.y > 2048. ? -1. : found.y;`
        }
        setOutput(vec4(found, 0, 0));
      }
    `;
  }
}
