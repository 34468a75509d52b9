/** Runs functions of the pooling modules on memory of their own, without TensorFlow.js. */
import { columnsBinary } from '../../../kernels/wasm/generated/columnsBinary.js';
import { gradientBinary } from '../../../kernels/wasm/generated/gradientBinary.js';
import type { WasmVariant } from '../../../kernels/wasm/module/loadModule.js';
import { instantiate } from '../../../kernels/wasm/module/loadModule.js';
import type { PoolExports } from '../../../kernels/wasm/weldonPool.js';
import { smallMapsBinary } from '../../../kernels/wasm/generated/smallMapsBinary.js';
import { sortedListsBinary } from '../../../kernels/wasm/generated/sortedListsBinary.js';
import type { GradientExports } from '../../../kernels/wasm/weldonPoolGrad.js';

export const poolModules = { sortedLists: sortedListsBinary, smallMaps: smallMapsBinary, columns: columnsBinary };
export type PoolModule = keyof typeof poolModules;

export interface RawCase {
  shape: [batch: number, regions: number, channels: number];
  topCount: number;
  bottomCount: number;
  topWeight: number;
  bottomWeight: number;
}

export interface RawResult {
  scores: Float32Array;
  /** `[batch, 4, channels]`, once as floats (rows 0 and 2) and once as integers (rows 1 and 3) */
  thresholds: Float32Array;
  ties: Int32Array;
  gradient: Float32Array;
  /** false if anything was written outside of scores, selection, gradient and scratch */
  inBounds: boolean;
}

const guardBytes = 256;
const guardByte = 0x5a;

/** A memory cut into blocks, each followed by a guard. */
class Blocks {
  private top = 1024;
  private readonly guards: number[] = [];
  constructor(readonly memory: WebAssembly.Memory) {}

  reserve(bytes: number): number {
    const pointer = this.top;
    const end = pointer + bytes;
    this.top = Math.ceil((end + guardBytes) / 16) * 16;
    const missing = this.top + 16 - this.memory.buffer.byteLength;
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / 65536));
    }
    new Uint8Array(this.memory.buffer).fill(guardByte, end, end + guardBytes);
    this.guards.push(end);
    return pointer;
  }

  intact(): boolean {
    return this.guards.every((at) =>
      new Uint8Array(this.memory.buffer, at, guardBytes).every((byte) => byte === guardByte),
    );
  }
}

/** Pools `x` with one module and goes back with `dy`. */
export function runRaw(
  module: PoolModule,
  variant: WasmVariant,
  x: Float32Array,
  dy: Float32Array,
  each: RawCase,
  shared = false,
): RawResult {
  const {
    shape: [batch, regions, channels],
    topCount,
    bottomCount,
    topWeight,
    bottomWeight,
  } = each;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2000, shared });
  const { pool, poolScratch } = instantiate<PoolExports>(poolModules[module], variant, memory);
  const { poolGradient, gradientScratch } = instantiate<GradientExports>(gradientBinary, variant, memory);
  const blocks = new Blocks(memory);
  const maps = blocks.reserve(x.byteLength);
  const scores = blocks.reserve(4 * batch * channels);
  const selection = blocks.reserve(16 * batch * channels);
  const scratch = blocks.reserve(poolScratch(batch, regions, channels, topCount, bottomCount, false));
  const slope = blocks.reserve(dy.byteLength);
  const gradient = blocks.reserve(x.byteLength);
  const gradientWork = blocks.reserve(gradientScratch(channels));
  new Float32Array(memory.buffer, maps, x.length).set(x);
  new Float32Array(memory.buffer, slope, dy.length).set(dy);
  pool(
    maps,
    0,
    0,
    scores,
    selection,
    scratch,
    batch,
    regions,
    channels,
    topCount,
    bottomCount,
    topWeight,
    bottomWeight,
  );
  poolGradient(maps, slope, selection, 0, 0, gradient, gradientWork, batch, regions, channels, topWeight, bottomWeight);
  const after = new Uint8Array(memory.buffer, maps, x.byteLength);
  const before = new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  return {
    scores: new Float32Array(memory.buffer, scores, batch * channels).slice(),
    thresholds: new Float32Array(memory.buffer, selection, 4 * batch * channels).slice(),
    ties: new Int32Array(memory.buffer, selection, 4 * batch * channels).slice(),
    gradient: new Float32Array(memory.buffer, gradient, x.length).slice(),
    inBounds: blocks.intact() && after.every((byte, i) => byte === before[i]),
  };
}
