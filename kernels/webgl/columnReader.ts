import { texels } from './texels.js';

/**
 * GLSL that reads one map from the texture of columns, four regions at a time, as one of its ends sees them: the bottom
 * is the top of the negated map, and a region that does not count is -Infinity to either.
 */
export function columnReader(masked: boolean): string {
  return `
    ${texels}

    #define infinity uintBitsToFloat(0x7f800000u)

    int texelsOfMap;
    int firstTexel;
    ivec2 nextPlace;
    int columnsWidth;
    float sign; // of the end: 0 is the top, 1 the bottom
    vec4 values;
    bvec4 present; // which of the latest four regions count
    ${
      masked
        ? `
    int firstMask;
    ivec2 nextMask;
    int bagsWidth;`
        : ''
    }

    void beginMap(int map, int end) {
      sign = end == 0 ? 1. : -1.;
      texelsOfMap = (regions + 3) / 4;
      firstTexel = map * texelsOfMap;
      columnsWidth = textureSize(columns, 0).x;
      ${
        masked
          ? `
      firstMask = map / channels * (texelsOfMap + 1) + 1;
      bagsWidth = textureSize(bags, 0).x;`
          : ''
      }
    }

    /** A bag's counts, then its weights, top first. */
    vec4 planOf(int bag) {
      return ${masked ? 'texelFetch(bags, placeOf(bag * ((regions + 3) / 4 + 1), bags), 0)' : 'vec4(counts, weights)'};
    }

    /** What is read next. */
    void seek(int texel) {
      nextPlace = placeOf(firstTexel + texel, columns);
      ${masked ? 'nextMask = placeOf(firstMask + texel, bags);' : ''}
    }

    ivec2 after(ivec2 place, int width) {
      return place.x + 1 == width ? ivec2(0, place.y + 1) : ivec2(place.x + 1, place.y);
    }

    void readNext(int texel) {
      values = sign * texelFetch(columns, nextPlace, 0);
      nextPlace = after(nextPlace, columnsWidth);
      ${
        masked
          ? `
      present = notEqual(texelFetch(bags, nextMask, 0), vec4(0));
      nextMask = after(nextMask, bagsWidth);
      values = mix(vec4(-infinity), values, present);`
          : `
      present = bvec4(true);
      if (texel * 4 + 4 > regions) {
        present = lessThan(ivec4(texel * 4) + ivec4(0, 1, 2, 3), ivec4(regions));
        values = mix(vec4(-infinity), values, present);
      }`
      }
    }
  `;
}
