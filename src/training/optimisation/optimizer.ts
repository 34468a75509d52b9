import * as tf from '@tensorflow/tfjs-core';
import { checkKeys, expected, expectedInWords } from '../../errors.js';
import type { SplitGraph } from '../trainingGraph.js';
import { splitAt } from '../trainingGraph.js';

const normalising = new Set(['BatchNormalization', 'LayerNormalization', 'FrozenBatchNorm']);

/**
 * The weights above a cut that are trained: those of trainable layers, at `backboneRate` times the learning rate below
 * the head. Decay leaves out biases (and whatever else has one axis) and normalisation, unless it is of all weights.
 *
 * @throws WeldonError if there are none
 */
export function trainedWeights(
  { whole, upper }: SplitGraph,
  backboneRate: number,
  weightDecay: number,
  decayOf: 'kernels' | 'all' = 'kernels',
): TrainedWeight[] {
  const head = new Set(splitAt(whole, whole.headFrom).upper.map(({ layer }) => layer));
  const layers = [...new Set(upper.map(({ layer }) => layer))];
  const weights = layers.flatMap((layer) =>
    layer.trainableWeights.map((weight): TrainedWeight => ({
      name: `${layer.name}/${layer.weights.indexOf(weight)}`,
      variable: weight.read() as tf.Variable,
      rate: head.has(layer) ? 1 : backboneRate,
      decay:
        decayOf === 'kernels' && (weight.shape.length < 2 || normalising.has(layer.getClassName())) ? 0 : weightDecay,
    })),
  );
  const moving = weights.filter(({ rate }) => rate > 0);
  if (moving.length === 0) {
    throw expectedInWords(`model ${whole.model.name}`, 'one with trainable layers in the trained part', 'none');
  }
  return moving;
}

/**
 * The rule by which weights follow their gradients. Defaults in brackets.
 * - `'sgd'`: momentum μ (0.9), Nesterov's look-ahead (true): v ← μ v + g, w ← w − η (g + μ v);
 * - `'adam'`: beta1 (0.9), beta2 (0.999), epsilon (1e-8), Kingma & Ba 2015; weight decay is added to the gradient;
 * - `'adamW'`: the same with the decay taken off the weight itself, w ← w − η λ w, Loshchilov & Hutter 2019.
 */
export type OptimizerRule =
  | { kind: 'sgd'; momentum?: number; nesterov?: boolean }
  | { kind: 'adam' | 'adamW'; beta1?: number; beta2?: number; epsilon?: number };

/** A weight that is trained. */
export interface TrainedWeight {
  name: string;
  /**
   * The variable behind the weight. For a layer's weight, `layerVariable.read()`: tfjs documents it as a tensor that
   * shows the present value, and it is the variable itself.
   */
  variable: tf.Variable;
  /** multiplies the learning rate; 0.1 for a pretrained backbone, say */
  rate: number;
  /** weight decay λ >= 0 */
  decay: number;
}

/** All that an optimiser remembers: with the weights, enough to go on as if nothing had happened. */
export interface OptimizerState {
  /** steps taken */
  steps: number;
  /** moving averages, `name/moment` to values */
  moments: Record<string, Float32Array>;
}

export interface Optimizer {
  /** Moves every weight by its gradient; gradients in the order of the weights, not disposed. */
  apply(gradients: readonly tf.Tensor[], learningRate: number): void;
  /** Copies what is remembered. */
  state(): Promise<OptimizerState>;
  /** Takes up what `state` gave. @throws WeldonError naming a moment that is missing or of another size */
  restore(state: OptimizerState): void;
  dispose(): void;
}

/** Refuses a rule that does not exist, or one of its parts. */
export function checkRule(rule: OptimizerRule): void {
  checkKeys(rule, 'kind momentum nesterov beta1 beta2 epsilon', 'the optimiser');
  const below1 = (name: string, value: number) => {
    if (!(typeof value === 'number' && value >= 0 && value < 1)) {
      throw expected(`${name} of the optimiser`, `a number with 0 <= ${name} < 1`, value);
    }
  };
  switch (rule.kind) {
    case 'sgd':
      below1('momentum', rule.momentum ?? 0.9);
      break;
    case 'adam':
    case 'adamW':
      below1('beta1', rule.beta1 ?? 0.9);
      below1('beta2', rule.beta2 ?? 0.999);
      if (!((rule.epsilon ?? 1e-8) > 0)) {
        throw expected('epsilon of the optimiser', 'a number > 0', rule.epsilon);
      }
      break;
    default:
      throw expected('kind of the optimiser', "'sgd', 'adam' or 'adamW'", (rule as { kind: unknown }).kind);
  }
}

/** w ← w − η · direction, and without leaving anything behind. */
function move(variable: tf.Variable, direction: tf.Tensor, rate: number): void {
  variable.assign(tf.sub(variable, tf.mul(direction, rate)));
}

/** One update rule: which moments it keeps for a weight, and what it does with them. */
interface Update {
  moments: readonly string[];
  step(weight: TrainedWeight, gradient: tf.Tensor, moments: tf.Variable[], rate: number, steps: number): void;
}

function sgdUpdate({ momentum = 0.9, nesterov = true }: OptimizerRule & { kind: 'sgd' }): Update {
  return {
    moments: momentum > 0 ? ['velocity'] : [],
    step({ variable }, gradient, [velocity], rate) {
      if (velocity === undefined) {
        move(variable, gradient, rate);
        return;
      }
      velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
      move(variable, nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity, rate);
    },
  };
}

function adamUpdate(rule: OptimizerRule & { kind: 'adam' | 'adamW' }): Update {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = rule;
  return {
    moments: ['mean', 'square'],
    step({ variable, decay }, gradient, [mean, square], rate, steps) {
      mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
      square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      // Adam starts its averages at 0; both corrections in one number each, on the host.
      const root = tf.sqrt(tf.mul(square, 1 / (1 - beta2 ** steps)));
      const direction = tf.div(mean, tf.mul(tf.add(root, epsilon), 1 - beta1 ** steps));
      if (rule.kind === 'adamW' && decay > 0) {
        variable.assign(tf.mul(variable, 1 - rate * decay));
      }
      move(variable, direction, rate);
    },
  };
}

/**
 * An optimiser in which every weight has its own learning rate and weight decay, which tfjs' own have not, and whose
 * state can be saved and taken up again.
 *
 * @param rule which one, see {@link OptimizerRule}
 * @param weights what it moves; their names must differ
 * @throws WeldonError for a parameter out of range
 *
 * @example
 * const weights = model.trainableWeights.map((weight) => (
 *   { name: weight.name, variable: weight.read() as tf.Variable, rate: 1, decay: 0 }));
 * const optimizer = createOptimizer({ kind: 'sgd' }, weights);
 * const { grads } = tf.variableGrads(loss, weights.map(({ variable }) => variable));
 * optimizer.apply(weights.map(({ variable }) => grads[variable.name]), 0.01);
 */
export function createOptimizer(rule: OptimizerRule, weights: readonly TrainedWeight[]): Optimizer {
  checkRule(rule);
  const names = new Set(weights.map(({ name }) => name));
  if (names.size !== weights.length) {
    throw expectedInWords('the names of the trained weights', 'all different', 'two that are the same');
  }
  for (const { name, rate, decay } of weights) {
    if (!(rate >= 0 && Number.isFinite(rate) && decay >= 0 && Number.isFinite(decay))) {
      throw expected(`rate and decay of weight ${name}`, 'finite numbers >= 0', [rate, decay]);
    }
  }
  const update = rule.kind === 'sgd' ? sgdUpdate(rule) : adamUpdate(rule);
  const allMoments = weights.map(({ variable }) =>
    update.moments.map(() => tf.tidy(() => tf.variable(tf.zeros(variable.shape), false))),
  );
  let steps = 0;

  function eachMoment(visit: (key: string, moment: tf.Variable) => void): void {
    allMoments.forEach((moments, i) =>
      moments.forEach((moment, m) => visit(`${weights[i].name}/${update.moments[m]}`, moment)),
    );
  }

  return {
    apply(gradients, learningRate) {
      steps++;
      weights.forEach((weight, i) =>
        tf.tidy(() => {
          const { variable, rate, decay } = weight;
          const coupled = decay > 0 && rule.kind !== 'adamW';
          const gradient = coupled ? tf.add(gradients[i], tf.mul(variable, decay)) : gradients[i];
          update.step(weight, gradient, allMoments[i], learningRate * rate, steps);
        }),
      );
    },
    async state() {
      const moments: Record<string, Float32Array> = {};
      const reads: Promise<void>[] = [];
      eachMoment((key, moment) =>
        reads.push(
          moment.data().then((values) => {
            moments[key] = new Float32Array(values);
          }),
        ),
      );
      await Promise.all(reads);
      return { steps, moments };
    },
    restore(state) {
      eachMoment((key, moment) => {
        const values = state.moments[key];
        if (values?.length !== moment.size) {
          throw expectedInWords(
            `the optimiser's state for ${key}`,
            `${moment.size} numbers`,
            values === undefined ? 'none' : `${values.length}`,
          );
        }
      });
      eachMoment((key, moment) =>
        tf.tidy(() => {
          moment.assign(tf.tensor(state.moments[key], moment.shape));
        }),
      );
      steps = state.steps;
    },
    dispose() {
      tf.dispose(allMoments);
      allMoments.length = 0;
    },
  };
}
