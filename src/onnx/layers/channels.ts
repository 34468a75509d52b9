import type { LayerStep } from '../../models/layerGraph.js';
import type { LayerContext, LayerExport, Value, Weight } from '../layerContext.js';

/** Layers that only do something while training. */
const identity: LayerExport = (context, step) => context.input(step);

/** Scale and shift per channel by stored statistics; runtimes fold it into the convolution before it. */
const batchNorm: LayerExport = (context, step) => {
  const { axis = -1, epsilon } = step.layer.getConfig();
  const input = context.input(step);
  const channels = (Array.isArray(axis) ? axis[0] : axis) as number;
  const asBuilt = channels < 0 ? channels + input.rank : channels;
  if (asBuilt !== input.rank - 1 && asBuilt !== 1) {
    throw context.refuse(step, 'a normalization of channels, axis 1 or -1', `axis ${channels}`);
  }
  const x = context.channelsSecond(input, asBuilt === input.rank - 1 ? 'channelsLast' : 'channelsFirst');
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = context.weights(step);
  const depth = mean!.values.length;
  const { builder } = context;
  const vector = (name: string, weight: Weight | undefined, otherwise: number) =>
    builder.vector(name, weight?.values ?? new Float32Array(depth).fill(otherwise));
  return context.each(
    'BatchNormalization',
    x,
    [vector('gamma', gamma, 1), vector('beta', beta, 0), vector('mean', mean, 0), vector('variance', variance, 1)],
    { epsilon: { float: epsilon as number } },
  );
};

const layerNorm: LayerExport = (context, step) => {
  const { axis, epsilon } = step.layer.getConfig();
  const x = context.asBuilt(context.input(step));
  const axes = (Array.isArray(axis) ? axis : [axis]) as number[];
  if (axes.length !== 1 || context.axis(x, axes[0]) !== x.rank - 1) {
    throw context.refuse(step, 'a normalization over the last axis', `axis ${axes.join(', ')}`);
  }
  const { gamma, beta } = context.weights(step);
  const { builder } = context;
  const depth = step.inputs[0].shape.at(-1) as number;
  const scale = builder.vector('gamma', gamma?.values ?? new Float32Array(depth).fill(1));
  const more = beta === undefined ? [scale] : [scale, builder.vector('beta', beta.values)];
  return context.each('LayerNormalization', x, more, { axis: -1, epsilon: { float: epsilon as number } });
};

const regionNormalization: LayerExport = (context, step) => {
  const x = context.input(step);
  const { builder } = context;
  const square = builder.node('Mul', [x.name, x.name]);
  const meanSquare = builder.reduce('ReduceMean', square, [context.axis(x, -1)], 1);
  const inverse = builder.node('Reciprocal', [builder.node('Sqrt', [meanSquare])]);
  const zero = builder.number(0);
  const scale = builder.node('Where', [builder.node('Greater', [meanSquare, zero]), inverse, zero]);
  return context.each('Mul', x, [scale]);
};

const channelStandardization: LayerExport = (context, step) => {
  const x = context.input(step);
  const { mean, deviation } = context.weights(step);
  const centered = context.each('Sub', x, [context.perChannel(x, 'mean', mean!.values)]);
  return context.each('Div', centered, [context.perChannel(x, 'deviation', deviation!.values)]);
};

const rescaling: LayerExport = (context, step) => {
  const { scale, offset } = step.layer.getConfig();
  const { builder } = context;
  const scaled = context.each('Mul', context.input(step), [builder.number(scale as number)]);
  return context.each('Add', scaled, [builder.number(offset as number)]);
};

/** Maps of one class, which lie side by side, averaged. */
const classWise: LayerExport = (context, step) => {
  const { maps, dataFormat } = step.layer.getConfig();
  const x = context.channelsSecond(context.input(step), dataFormat);
  const { builder } = context;
  if (maps === 1) {
    return x;
  }
  const places = builder.node('Slice', [
    builder.node('Shape', [x.name]),
    builder.integers([2]),
    builder.integers([x.rank]),
  ]);
  const shape = builder.node('Concat', [builder.integers([0, -1, maps as number]), places], { axis: 0 });
  const apart = builder.node('Reshape', [x.name, shape]);
  return { ...x, name: builder.reduce('ReduceMean', apart, [2], 0) };
};

/** The inputs of a layer that merges several, with their axes in one order. */
function merged(context: LayerContext, step: LayerStep): Value[] {
  const values = step.inputs.map((_, i) => context.input(step, i));
  const rank = Math.max(...values.map((value) => value.rank));
  const equal = values.every((value) => value.rank === rank);
  const order = equal && values.some((value) => value.order === 'channelsFirst') ? 'channelsFirst' : 'asBuilt';
  return values.map((value) => {
    const ordered = context.inOrder(value, order);
    // tfjs lets a vector per image meet maps: axes of 1 behind the batch.
    const missing = Array.from({ length: rank - value.rank }, (_, i) => i + 1);
    return missing.length === 0
      ? ordered
      : {
          ...ordered,
          rank,
          name: context.builder.node('Unsqueeze', [ordered.name, context.builder.integers(missing)]),
        };
  });
}

/** An operator of two inputs, for any number of them. */
const oneByOne =
  (op: 'Add' | 'Mul'): LayerExport =>
  (context, step) =>
    merged(context, step).reduce((sum, value) => context.each(op, sum, [value.name]));

const together =
  (op: 'Mean' | 'Max' | 'Min'): LayerExport =>
  (context, step) => {
    const [first, ...others] = merged(context, step);
    return context.each(
      op,
      first,
      others.map(({ name }) => name),
    );
  };

const concatenate: LayerExport = (context, step) => {
  const [first, ...others] = merged(context, step);
  return context.each(
    'Concat',
    first,
    others.map(({ name }) => name),
    { axis: context.axis(first, (step.layer.getConfig().axis as number | undefined) ?? -1) },
  );
};

export const channelLayers: Record<string, LayerExport> = {
  BatchNormalization: batchNorm,
  FrozenBatchNorm: batchNorm,
  LayerNormalization: layerNorm,
  RegionNormalization: regionNormalization,
  ChannelStandardization: channelStandardization,
  Rescaling: rescaling,
  ClassWisePooling1D: classWise,
  ClassWisePooling2D: classWise,
  ClassWisePooling3D: classWise,
  Add: oneByOne('Add'),
  Multiply: oneByOne('Mul'),
  Average: together('Mean'),
  Maximum: together('Max'),
  Minimum: together('Min'),
  Concatenate: concatenate,
  Dropout: identity,
  SpatialDropout1D: identity,
  SeededDropout: identity,
  GaussianNoise: identity,
  GaussianDropout: identity,
  AlphaDropout: identity,
};
