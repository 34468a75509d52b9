import type { LayerStep } from '../../models/layerGraph.js';
import type { LayerContext, LayerExport, Value } from '../layerContext.js';

type Activation = (context: LayerContext, value: Value) => Value;

const node =
  (op: string, attributes: Record<string, { float: number }> = {}): Activation =>
  (context, value) =>
    context.each(op, value, [], attributes);

const softmax =
  (op: 'Softmax' | 'LogSoftmax'): Activation =>
  (context, value) =>
    context.each(op, value, [], { axis: context.axis(value, -1) });

/** x · gate(x) */
const gated =
  (gate: Activation): Activation =>
  (context, value) =>
    context.each('Mul', value, [gate(context, value).name]);

function clip(context: LayerContext, value: Value, most: number): Value {
  return context.each('Clip', value, [context.builder.number(0), context.builder.number(most)]);
}

/** x · (1 + f(x)) / 2 */
function halfOfOnePlus(context: LayerContext, x: Value, f: Value): Value {
  const { builder } = context;
  const gate = context.each('Add', f, [builder.number(1)]);
  return context.each('Mul', context.each('Mul', x, [builder.number(0.5)]), [gate.name]);
}

function gelu(context: LayerContext, x: Value): Value {
  return halfOfOnePlus(context, x, context.each('Erf', context.each('Mul', x, [context.builder.number(Math.SQRT1_2)])));
}

/** Gelu by its approximation with tanh. */
function geluByTanh(context: LayerContext, x: Value): Value {
  const { builder } = context;
  const cube = context.each('Mul', context.each('Mul', x, [x.name]), [x.name]);
  const inner = context.each('Add', x, [context.each('Mul', cube, [builder.number(0.044715)]).name]);
  const scaled = context.each('Mul', inner, [builder.number(Math.sqrt(2 / Math.PI))]);
  return halfOfOnePlus(context, x, context.each('Tanh', scaled));
}

/** The activations of TensorFlow.js by their names in a layer's config. */
const activations: Record<string, Activation | undefined> = {
  linear: (_, value) => value,
  relu: node('Relu'),
  relu6: (context, value) => clip(context, value, 6),
  elu: node('Elu'),
  selu: node('Selu'),
  sigmoid: node('Sigmoid'),
  hardSigmoid: node('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  tanh: node('Tanh'),
  softplus: node('Softplus'),
  softsign: node('Softsign'),
  softmax: softmax('Softmax'),
  logSoftmax: softmax('LogSoftmax'),
  swish: gated(node('Sigmoid')),
  mish: gated((context, value) => context.each('Tanh', context.each('Softplus', value))),
  gelu,
  gelu_new: geluByTanh,
};

/** An activation by its name; none at all for `null`. */
export function activate(context: LayerContext, step: LayerStep, value: Value, name: unknown): Value {
  const activation = activations[(name as string | null | undefined) ?? 'linear'];
  if (activation === undefined) {
    throw context.refuse(
      step,
      `one whose activation can be exported (${Object.keys(activations).join(', ')})`,
      `${String(name)}`,
    );
  }
  return activation(context, value);
}

/** The end of a layer with an activation of its own. */
export function withActivation(context: LayerContext, step: LayerStep, value: Value): Value {
  context.beforeActivation.set(step.outputs[0], value);
  return activate(context, step, value, step.layer.getConfig().activation);
}

const activationLayer: LayerExport = (context, step) =>
  activate(context, step, context.input(step), step.layer.getConfig().activation);

const relu: LayerExport = (context, step) => {
  const most = step.layer.getConfig().maxValue as number | null | undefined;
  return most == null ? context.each('Relu', context.input(step)) : clip(context, context.input(step), most);
};

const withAlpha =
  (op: string, option: 'alpha' | 'theta'): LayerExport =>
  (context, step) =>
    context.each(op, context.input(step), [], { alpha: { float: step.layer.getConfig()[option] as number } });

const prelu: LayerExport = (context, step) => {
  const { values, shape } = context.weights(step).alpha!;
  return context.each('PRelu', context.asBuilt(context.input(step)), [context.builder.vector('alpha', values, shape)]);
};

const softmaxLayer: LayerExport = (context, step) => {
  const value = context.input(step);
  return context.each('Softmax', value, [], {
    axis: context.axis(value, (step.layer.getConfig().axis as number | null) ?? -1),
  });
};

export const activationLayers: Record<string, LayerExport> = {
  Activation: activationLayer,
  ReLU: relu,
  LeakyReLU: withAlpha('LeakyRelu', 'alpha'),
  ELU: withAlpha('Elu', 'alpha'),
  ThresholdedReLU: withAlpha('ThresholdedRelu', 'theta'),
  PReLU: prelu,
  Softmax: softmaxLayer,
};
