/**
 * WGSL that every program shares: floats as integers of the same order.
 *
 * The rank key of a value is larger the further it is in its end: for the top the order-preserving integer of
 * the float, for the bottom its complement. −0 and +0 share a key; a NaN's lies beyond those of ±Infinity.
 */
export function keysAndMask(masked: boolean): string {
  return `
    const largestKey = 0xff800000u; // of +Infinity
    const smallestKey = 0x007fffffu; // of -Infinity

    fn keyOf(value : f32) -> u32 {
      let bits = bitcast<u32>(value);
      if ((bits & 0x7fffffffu) == 0u) {
        return 0x80000000u;
      }
      return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
    }

    fn valueOf(key : u32) -> f32 {
      return bitcast<f32>(select(~key, key & 0x7fffffffu, key >= 0x80000000u));
    }

    fn isValid(bag : i32, region : i32) -> bool {
      return ${masked ? 'mask[bag * uniforms.xShape.y + region] != 0' : 'true'};
    }
  `;
}

/** The same, and the counts and weights that hold for a bag, top first. */
export function rankKeys(masked: boolean): string {
  return `
    ${keysAndMask(masked)}

    fn countsOf(bag : i32) -> vec2<u32> {
      return ${
        masked
          ? 'vec2<u32>(u32(plan[bag * 4]), u32(plan[bag * 4 + 1]))'
          : 'vec2<u32>(u32(uniforms.topCount), u32(uniforms.bottomCount))'
      };
    }

    fn weightsOf(bag : i32) -> vec2<f32> {
      return ${masked ? 'vec2<f32>(plan[bag * 4 + 2], plan[bag * 4 + 3])' : 'vec2<f32>(uniforms.topWeight, uniforms.bottomWeight)'};
    }
  `;
}
