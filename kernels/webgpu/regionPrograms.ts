import type { End } from '../composed/ends.js';
import { groupSize, PoolingProgram, shareMaps } from './backend.js';
import { keysAndMask } from './rankKeys.js';
import { selectionRows } from './selectProgram.js';
import type { Sharing } from './backend.js';

/**
 * Collects the regions that one end selected, in no order: int32 `[batch, 2, most, channels]`, region indices and
 * rank keys, −1 after the last one.
 */
export class CollectProgram extends PoolingProgram {
  private readonly sharing: Sharing;

  constructor(
    [batch, regions, channels]: number[],
    most: number,
    private readonly end: End,
    private readonly masked: boolean,
  ) {
    const sharing = shareMaps(batch * channels, regions);
    super(
      `weldonCollect_${sharing.threads}_${sharing.maps}_${end}_${masked}`,
      masked ? ['x', 'selection', 'mask'] : ['x', 'selection'],
      [batch, 2, most, channels],
      Math.ceil((batch * channels) / sharing.maps) * groupSize(sharing),
      groupSize(sharing),
    );
    this.sharing = sharing;
  }

  getUserCode(): string {
    const { threads, maps } = this.sharing;
    const [keyRow, cutRow, flip] =
      this.end === 'top'
        ? [selectionRows.topKey, selectionRows.topCut, '0u']
        : [selectionRows.bottomKey, selectionRows.bottomCut, '0xffffffffu'];
    return `
      ${keysAndMask(this.masked)}
      var<workgroup> taken : array<atomic<u32>, ${maps}>;

      fn main(index : i32) {
        let slot = i32(localIndex) % ${maps};
        let thread = i32(localIndex) / ${maps};
        let regions = uniforms.xShape.y;
        let channels = uniforms.xShape.z;
        let most = uniforms.outShape.z;
        let place = index / ${threads * maps} * ${maps} + slot;
        let exists = place < uniforms.xShape.x * channels;
        let map = select(0, place, exists);
        let bag = map / channels;
        let channel = map % channels;
        let row = bag * 5 * channels + channel;
        let threshold = bitcast<u32>(selection[row + ${keyRow} * channels]);
        let cut = selection[row + ${cutRow} * channels];
        let first = bag * 2 * most * channels + channel;
        for (var region = thread; region < select(0, regions, exists); region += ${threads}) {
          let key = keyOf(x[(bag * regions + region) * channels + channel]) ^ ${flip};
          if (isValid(bag, region) && (key > threshold || (key == threshold && region <= cut))) {
            let position = i32(atomicAdd(&taken[slot], 1u));
            if (position < most) {
              result[first + position * channels] = region;
              result[first + (most + position) * channels] = bitcast<i32>(key);
            }
          }
        }
        workgroupBarrier();
        if (exists) {
          for (var position = i32(atomicLoad(&taken[slot])) + thread; position < most; position += ${threads}) {
            result[first + position * channels] = -1;
            result[first + (most + position) * channels] = 0;
          }
        }
      }
    `;
  }
}

/**
 * Orders collected regions, int32 `[batch, most, channels]`: each one's place is the number of those before it, by
 * rank key, then by index.
 */
export class OrderProgram extends PoolingProgram {
  constructor([batch, , most, channels]: number[]) {
    super('weldonOrder', ['collected'], [batch, most, channels], batch * most * channels, 64);
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        let most = uniforms.outShape.y;
        let channels = uniforms.outShape.z;
        if (index >= uniforms.outShape.x * most * channels) {
          return;
        }
        let bag = index / channels / most;
        let first = bag * 2 * most * channels + index % channels;
        let own = first + index / channels % most * channels;
        let region = collected[own];
        if (region < 0) {
          result[index] = -1;
          return;
        }
        let keys = most * channels;
        let key = bitcast<u32>(collected[own + keys]);
        var before = 0;
        for (var other = first; other < first + keys; other += channels) {
          let otherKey = bitcast<u32>(collected[other + keys]);
          if (otherKey > key || (otherKey == key && collected[other] < region && collected[other] >= 0)) {
            before += 1;
          }
        }
        result[(bag * most + before) * channels + index % channels] = region;
      }
    `;
  }
}

/** The values at ordered regions, 0 where there is none. */
export class ValuesProgram extends PoolingProgram {
  constructor(shape: number[]) {
    super(
      'weldonValues',
      ['x', 'indices'],
      shape,
      shape.reduce((a, b) => a * b, 1),
      64,
    );
  }

  getUserCode(): string {
    return `
      fn main(index : i32) {
        let most = uniforms.outShape.y;
        let channels = uniforms.outShape.z;
        if (index >= uniforms.outShape.x * most * channels) {
          return;
        }
        let region = indices[index];
        let bag = index / channels / most;
        let place = (bag * uniforms.xShape.y + max(region, 0)) * channels + index % channels;
        result[index] = select(x[place], 0f, region < 0);
      }
    `;
  }
}
