import { texels } from './texels.js';

/**
 * GLSL that reads one map from the texture of columns, four regions at a time, as both ends see them: the bottom is the
 * top of the negated map, and a region that does not count is -Infinity to both.
 */
export function columnReader(masked: boolean): string {
  return `
    ${texels}

    #define infinity uintBitsToFloat(0x7f800000u)

    int texelsOfMap;
    ivec2 firstPlace;
    ivec2 nextPlace;
    int columnsWidth;
    vec4 top;
    vec4 bottom;
    bvec4 present; // which of the latest four regions count
    ${masked ? `
    ivec2 firstMask;
    ivec2 nextMask;
    int bagsWidth;` : ''}

    void beginMap(int map) {
      texelsOfMap = (regions + 3) / 4;
      firstPlace = placeOf(map * texelsOfMap, columns);
      columnsWidth = textureSize(columns, 0).x;
      ${masked ? `
      firstMask = placeOf(map / channels * (texelsOfMap + 1) + 1, bags);
      bagsWidth = textureSize(bags, 0).x;` : ''}
    }

    /** A bag's counts, then its weights, top first. */
    vec4 planOf(int bag) {
      return ${masked
        ? 'texelFetch(bags, placeOf(bag * ((regions + 3) / 4 + 1), bags), 0)'
        : 'vec4(counts, weights)'};
    }

    void rewind() {
      nextPlace = firstPlace;
      ${masked ? 'nextMask = firstMask;' : ''}
    }

    ivec2 after(ivec2 place, int width) {
      return place.x + 1 == width ? ivec2(0, place.y + 1) : ivec2(place.x + 1, place.y);
    }

    void readNext(int texel) {
      top = texelFetch(columns, nextPlace, 0);
      bottom = -top;
      nextPlace = after(nextPlace, columnsWidth);
      ${masked ? `
      present = notEqual(texelFetch(bags, nextMask, 0), vec4(0));
      nextMask = after(nextMask, bagsWidth);
      top = mix(vec4(-infinity), top, present);
      bottom = mix(vec4(-infinity), bottom, present);` : `
      present = bvec4(true);
      if (texel * 4 + 4 > regions) {
        present = lessThan(ivec4(texel * 4) + ivec4(0, 1, 2, 3), ivec4(regions));
        top = mix(vec4(-infinity), top, present);
        bottom = mix(vec4(-infinity), bottom, present);
      }`}
    }
  `;
}
