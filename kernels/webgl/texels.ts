/** GLSL for textures of four numbers a texel, in the order in which tfjs lays them out. */
export const texels = `
  /** The place of this texel in a packed output. */
  int outputTexel() {
    ivec2 place = ivec2(gl_FragCoord.xy);
    return place.y * ((outTexShape[1] + 1) / 2) + place.x;
  }

  ivec2 placeOf(int texel, sampler2D source) {
    int width = textureSize(source, 0).x;
    int row = texel / width;
    return ivec2(texel - row * width, row);
  }
`;

/** How many texels hold the regions of one map. */
export function columnTexels(regions: number): number {
  return Math.ceil(regions / 4);
}
