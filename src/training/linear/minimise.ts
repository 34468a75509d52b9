/** A smooth function: gives its value at a point and writes its gradient. */
export type Smooth = (point: Float64Array, gradient: Float64Array) => number;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/** a ← a + factor · b */
function addTo(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) {
    a[i] += factor * b[i];
  }
}

/** Steps and changes of the gradient that L-BFGS remembers. */
const memory = 10;

/** −H g, with the curvature H that the remembered steps show (Nocedal & Wright, algorithm 7.4). */
function direction(gradient: Float64Array, pairs: Array<{ step: Float64Array; change: Float64Array }>): Float64Array {
  const way = gradient.map((slope) => -slope);
  const parts: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change } = pairs[i];
    parts[i] = dot(step, way) / dot(step, change);
    addTo(way, change, -parts[i]);
  }
  const last = pairs[pairs.length - 1];
  if (last !== undefined) {
    const scale = dot(last.step, last.change) / dot(last.change, last.change);
    way.forEach((value, i) => {
      way[i] = scale * value;
    });
  }
  pairs.forEach(({ step, change }, i) => addTo(way, step, parts[i] - dot(change, way) / dot(step, change)));
  return way;
}

/**
 * Minimises a smooth convex function from 0 by L-BFGS, halving steps until they pay (Armijo).
 *
 * @param tolerance the largest gradient entry at which it ends
 */
export function minimise(
  smooth: Smooth,
  size: number,
  tolerance: number,
  steps: number,
): { point: Float64Array; converged: boolean } {
  let point = new Float64Array(size);
  let gradient = new Float64Array(size);
  let value = smooth(point, gradient);
  const pairs: Array<{ step: Float64Array; change: Float64Array }> = [];
  const flat = () => gradient.every((slope) => Math.abs(slope) <= tolerance);
  for (let n = 0; n < steps && !flat(); n++) {
    const way = direction(gradient, pairs);
    const descent = dot(way, gradient);
    // Nothing is known of the scale yet: a first step of length 1 at most.
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let nextValue = Infinity;
    for (let halvings = 0; halvings < 50; halvings++) {
      next.set(point);
      addTo(next, way, length);
      nextValue = smooth(next, nextGradient);
      if (nextValue <= value + 1e-4 * length * descent) {
        break;
      }
      length /= 2;
    }
    if (!(nextValue < value)) {
      break;
    }
    const step = next.slice();
    addTo(step, point, -1);
    const change = nextGradient.slice();
    addTo(change, gradient, -1);
    if (dot(step, change) > 0) {
      pairs.push({ step, change });
      if (pairs.length > memory) {
        pairs.shift();
      }
    }
    [point, gradient, value] = [next, nextGradient, nextValue];
  }
  return { point, converged: flat() };
}
