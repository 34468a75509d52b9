import type { Metric, MethodResult, Sweep } from '../../report/results.js';
import { methodNames } from '../../report/format.js';
import type { PoolingOptions } from '../../../pooling/options.js';
import { isGap } from '../../../pooling/presets.js';
import { weldonOptionsOf } from '../../../pooling/registry.js';
import type { HeadMethod, MethodConfig } from '../config.js';
import type { MethodOutcome } from '../outcome.js';

/** Whether a method is WELDON as it stands, as many regions of either end and weighted alike, on the run's features. */
function isPlain(method: MethodConfig): method is HeadMethod {
  if (method.kind !== 'head') {
    return false;
  }
  const { kMax = 3, kMin = null, alpha = 1 } = weldonOptionsOf(method.pooling, method.id) ?? { kMax: 0 };
  return (
    (method.maps ?? 1) === 1 &&
    method.size === undefined &&
    method.layer === undefined &&
    method.normalize === undefined &&
    kMin === null &&
    alpha === 1 &&
    kMax > 0
  );
}

/** A metric against the share of regions that count, where three methods or more differ in nothing else. */
export function sweepOverRegions(
  metric: string,
  name: string,
  methods: readonly MethodConfig[],
  results: readonly MethodResult[],
  outcomes: ReadonlyMap<string, MethodOutcome>,
): Sweep[] {
  const points = methods
    .filter(isPlain)
    .flatMap((method) => {
      const estimate = results.find(({ id }) => id === method.id)?.estimates[metric];
      const grid = outcomes.get(method.id)?.grid;
      const { kMax = 3 } = weldonOptionsOf(method.pooling, method.id) as PoolingOptions;
      return estimate === undefined || grid == null
        ? []
        : [
            {
              x: kMax < 1 ? kMax : Math.min(1, kMax / (grid[0] * grid[1])),
              label: kMax < 1 ? `${Math.round(100 * kMax)} %` : `${kMax}`,
              estimate,
            },
          ];
    })
    .sort((a, b) => a.x - b.x);
  return points.length < 3
    ? []
    : [
        {
          title: `${name} against k`,
          x: 'k⁺ = k⁻, share of regions',
          logarithmic: true,
          metric,
          lines: [{ name: 'WELDON', points }],
        },
      ];
}

/**
 * What the held-out images gave at each learning rate that was tried, method by method, the best number of epochs of each:
 * what choices were made by.
 */
export function sweepOverRates(
  metric: Metric,
  methods: readonly MethodConfig[],
  outcomes: ReadonlyMap<string, MethodOutcome>,
): Sweep[] {
  const lines = methods.flatMap((method) => {
    const tried = method.kind === 'gradCam' ? [] : (outcomes.get(method.id)?.choice?.tried ?? []);
    const rates = [...new Set(tried.flatMap(({ rate }) => (rate === undefined ? [] : [rate])))].sort((a, b) => a - b);
    const points = rates.flatMap((x) => {
      const values = tried.flatMap(({ rate, heldOut }) =>
        rate === x && heldOut !== null && !Number.isNaN(heldOut) ? [heldOut] : [],
      );
      return values.length === 0 ? [] : [{ x, estimate: { value: Math.max(...values), low: null, high: null } }];
    });
    return points.length < 2 ? [] : [{ name: method.name, method: method.id, points }];
  });
  return lines.length === 0
    ? []
    : [
        {
          title: `${metric.name} of the held-out training images against the learning rate`,
          x: 'learning rate',
          logarithmic: true,
          metric: metric.id,
          lines,
        },
      ];
}

/** What methods have in common that differ in size; the number of regions may go with the size, as in the paper. */
const alike = ({ id, pooling, maps = 1, layer, normalize }: HeadMethod) => {
  const counted = weldonOptionsOf(pooling, id);
  const { kMin = null, alpha = 1, reduction = null } = counted ?? {};
  const kind = isGap(pooling) ? 'gap' : counted === null ? pooling : [alpha, kMin === 0, reduction];
  return JSON.stringify([kind, maps, layer, normalize]);
};

/** What all names say, of the parts that commas divide: `WELDON, k = 3` of `WELDON, k = 3, 224 px` and `…, 448 px`. */
function commonName(names: readonly string[]): string {
  const [first, ...others] = names.map((name) => name.split(', '));
  return first.filter((part, i) => i === 0 || others.every((parts) => parts.includes(part))).join(', ');
}

/** A metric against the size of images, for methods of one kind at three sizes or more, one method each. */
export function sweepOverSizes(
  metric: string,
  name: string,
  methods: readonly MethodConfig[],
  results: readonly MethodResult[],
): Sweep[] {
  const groups = new Map<string, HeadMethod[]>();
  methods.forEach((method) => {
    if (method.kind === 'head' && method.size !== undefined) {
      groups.set(alike(method), [...(groups.get(alike(method)) ?? []), method]);
    }
  });
  const found = [...groups.values()].flatMap((group) => {
    const points = group
      .flatMap(({ id, size }) => {
        const estimate = results.find((method) => method.id === id)?.estimates[metric];
        return estimate === undefined ? [] : [{ x: size as number, estimate }];
      })
      .sort((a, b) => a.x - b.x);
    return points.length < 3 || new Set(points.map(({ x }) => x)).size < points.length
      ? []
      : [{ id: group[0].id, name: commonName(group.map((method) => method.name)), strategy: 'features', points }];
  });
  const names = methodNames(found);
  const lines = found.map(({ id, points }) => ({ name: names.get(id)!, points }));
  return lines.length === 0 ? [] : [{ title: `${name} against scale`, x: 'side of the images, px', metric, lines }];
}
