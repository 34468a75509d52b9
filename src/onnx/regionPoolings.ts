import { expectedInWords } from '../errors.js';
import { poolingOfLayer } from '../layers/index.js';
import type { LayerStep } from '../models/layerGraph.js';
import type { Pooling, PoolingName } from '../pooling/kinds.js';
import type { GemOptions } from '../pooling/gemPool.js';
import type { LogSumExpOptions } from '../pooling/logSumExpPool.js';
import type { PoolingOptions } from '../pooling/options.js';
import { averagesAll, resolvePooling } from '../pooling/regionCounts.js';
import { shownRegions } from '../pooling/registry.js';
import type { GraphBuilder } from './graphBuilder.js';
import type { LayerContext, Value, Weights } from './layerContext.js';

/** The regions at one end of every map: the strongest or the weakest. */
interface End {
  /** `[batch, classes, count]` */
  values: string;
  /** places among the regions, row by row, int64 `[batch, classes, count]` */
  indices: string;
  /** how many, float32 `[1]` */
  count: string;
}

/** Class maps with their regions in one row. */
class FlatMaps {
  /** `[batch, classes, regions]` */
  readonly flat: string;
  /** how many regions there are, int64 `[1]` */
  private readonly regions: string;
  private readonly ends = new Map<string, End>();

  constructor(
    readonly builder: GraphBuilder,
    { name, rank }: Value,
  ) {
    this.flat = rank === 3 ? name : builder.node('Reshape', [name, builder.integers([0, 0, -1])]);
    const shape = builder.node('Shape', [this.flat]);
    this.regions = builder.node('Slice', [shape, builder.integers([2]), builder.integers([3])]);
  }

  /**
   * The regions that count at one end. Of equal values TopK takes the lower index first, as the op does (onnxruntime on
   * CPUs; other runtimes may not).
   *
   * @param k as in `PoolingOptions`, above 0
   */
  end(k: number, largest: 0 | 1): End {
    const key = `${k} ${largest}`;
    let end = this.ends.get(key);
    if (end === undefined) {
      const count = this.count(k);
      const [values, indices] = this.builder.severalOutputs('TopK', [this.flat, count], 2, { axis: 2, largest });
      end = { values, indices, count: this.builder.node('Cast', [count], { to: 1 }) };
      this.ends.set(key, end);
    }
    return end;
  }

  /** `regionCount` of a number of regions that is not known yet. TopK refuses more than there are. */
  private count(k: number): string {
    const { builder, regions } = this;
    if (k >= 1) {
      return builder.node('Min', [builder.integers([k]), regions]);
    }
    // Round goes half to even, and the product is made in double, as `regionCount` does.
    const double = builder.node('Cast', [regions], { to: 11 });
    const rounded = builder.node('Round', [builder.node('Mul', [double, builder.number(k, 'double')])]);
    const atLeastOne = builder.node('Max', [builder.node('Cast', [rounded], { to: 7 }), builder.integers([1])]);
    return builder.node('Min', [atLeastOne, regions]);
  }
}

/**
 * How one pooling is written: nodes from maps `[batch, classes, regions]` to scores `[batch, classes]`.
 *
 * @param weights what its layer has learnt
 */
type PoolingExport<Options> = (maps: FlatMaps, options: Options, weights: Weights) => string;

function weldon(maps: FlatMaps, options: PoolingOptions): string {
  const { builder } = maps;
  if (averagesAll(options)) {
    return builder.reduce('ReduceMean', maps.flat, [2], 0);
  }
  const { kMax, kMin, alpha, reduction } = resolvePooling(options, 'exportOnnx');
  const parts = reduction === 'halfMean' && kMin !== 0 ? 2 : 1;
  const evidence = (k: number, largest: 0 | 1): string => {
    const { values, count } = maps.end(k, largest);
    // Divided before they are added, large values do not overflow.
    const divisor = parts === 1 ? count : builder.node('Mul', [count, builder.number(parts)]);
    const terms = reduction === 'sum' ? values : builder.node('Div', [values, divisor]);
    return builder.node('ReduceSum', [terms, builder.integers([2])], { keepdims: 0 });
  };
  const top = kMax === 0 ? null : evidence(kMax, 1);
  if (kMin === 0) {
    return top as string;
  }
  const bottom = evidence(kMin, 0);
  const weighed = alpha === 1 ? bottom : builder.node('Mul', [bottom, builder.number(alpha)]);
  return top === null ? weighed : builder.node('Add', [top, weighed]);
}

/** In double, where the mean of exponentials keeps the digits that count for a small r. */
function logSumExp(maps: FlatMaps, { sharpness = 5 }: LogSumExpOptions, { sharpness: raw }: Weights): string {
  const { builder } = maps;
  const x = builder.node('Cast', [maps.flat], { to: 11 });
  const r =
    raw === undefined
      ? builder.number(sharpness, 'double')
      : builder.node('Cast', [builder.vector('sharpness', raw.values.map(softplus), [raw.values.length, 1])], {
          to: 11,
        });
  const best = builder.reduce('ReduceMax', x, [2], 1);
  // An infinite maximum would make NaN of itself.
  const peak = builder.node('Where', [builder.node('IsInf', [best]), builder.number(0, 'double'), best]);
  const powers = builder.node('Exp', [builder.node('Mul', [builder.node('Sub', [x, peak]), r])]);
  const logMean = builder.node('Log', [builder.reduce('ReduceMean', powers, [2], 1)]);
  const score = builder.node('Add', [peak, builder.node('Div', [logMean, r])]);
  const flat = builder.node('Squeeze', [score, builder.integers([2])]);
  return builder.node('Cast', [flat], { to: 1 });
}

/** log(1 + exp(x)), without its overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** In double, like the other: powers of small values keep their digits. */
function gem(maps: FlatMaps, { power = 3 }: GemOptions): string {
  const { builder } = maps;
  const x = builder.node('Cast', [maps.flat], { to: 11 });
  const powers = builder.node('Pow', [
    builder.node('Max', [x, builder.number(1e-6, 'double')]),
    builder.number(power, 'double'),
  ]);
  const mean = builder.reduce('ReduceMean', powers, [2], 0);
  return builder.node('Cast', [builder.node('Pow', [mean, builder.number(1 / power, 'double')])], { to: 1 });
}

/** Every pooling of the registry, `poolingKinds`: one that is missing here does not compile. */
const poolingExports = { weldon, logSumExp, gem } satisfies Record<PoolingName, PoolingExport<never>>;

function flatMaps(context: LayerContext, step: LayerStep): FlatMaps {
  return context.once(step, () => {
    const { dataFormat } = step.layer.getConfig();
    return new FlatMaps(context.builder, context.channelsSecond(context.input(step), dataFormat));
  });
}

/** The scores of a pooling layer of this package. */
export function exportPooling(context: LayerContext, step: LayerStep): Value {
  if (step.inputs.length !== 1) {
    throw context.refuse(step, 'a pooling without a mask', 'one of masked bags, whose counts differ from bag to bag');
  }
  const { kind = 'weldon', ...options } = poolingOfLayer(step.layer) as Pooling;
  const write = poolingExports[kind] as PoolingExport<object>;
  return { name: write(flatMaps(context, step), options, context.weights(step)), order: 'asBuilt', rank: 2 };
}

/** Counts of the regions that are outlined, above 0 where that end has any. */
export function countsOf(pooling: Pooling): { top: number; bottom: number } {
  const { kMax, kMin } = resolvePooling(shownRegions(pooling), 'exportOnnx');
  return { top: kMax, bottom: kMin };
}

/**
 * Which regions a pooling selects at one end, int32 `[batch, count, classes]`, as `weldonRegions` gives them.
 *
 * @throws WeldonError where it selects none
 */
export function exportIndices(context: LayerContext, step: LayerStep, end: 'top' | 'bottom'): string {
  const counts = countsOf(poolingOfLayer(step.layer) as Pooling);
  if (counts[end] === 0) {
    throw expectedInWords(
      'outputs for exportOnnx',
      `without ${end}_indices for model ${context.modelName}`,
      `it: the pooling of layer ${step.layer.name} selects no regions at that end`,
    );
  }
  const { indices } = flatMaps(context, step).end(counts[end], end === 'top' ? 1 : 0);
  const { builder } = context;
  return builder.node('Cast', [builder.node('Transpose', [indices], { perm: [0, 2, 1] })], { to: 6 });
}
