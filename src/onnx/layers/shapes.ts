import { averagingMatrix } from '../../backbones/networks/adaptiveAveragePooling.js';
import { knownExtent } from '../../models/spatialAxes.js';
import type { LayerContext, LayerExport, Value } from '../layerContext.js';

const flatten: LayerExport = (context, step) => {
  const x = context.asBuilt(context.input(step));
  const turn = step.layer.getConfig().dataFormat === 'channelsFirst' && x.rank > 2;
  const inner = Array.from({ length: x.rank - 2 }, (_, i) => i + 2);
  const ordered = turn ? context.builder.node('Transpose', [x.name], { perm: [0, ...inner, 1] }) : x.name;
  return { name: context.builder.node('Flatten', [ordered], { axis: 1 }), order: 'asBuilt', rank: 2 };
};

const reshape: LayerExport = (context, step) => {
  const target = (step.layer.getConfig().targetShape as (number | null)[]).map((extent) => extent ?? -1);
  const x = context.asBuilt(context.input(step));
  const shape = context.builder.integers([0, ...target]);
  return { name: context.builder.node('Reshape', [x.name, shape]), order: 'asBuilt', rank: target.length + 1 };
};

const permute: LayerExport = (context, step) => {
  const perm = [0, ...(step.layer.getConfig().dims as number[])];
  const x = context.asBuilt(context.input(step));
  return { ...x, name: context.builder.node('Transpose', [x.name], { perm }) };
};

type Sides = [before: number, after: number];

const zeroPadding: LayerExport = (context, step) => {
  const { padding, dataFormat } = step.layer.getConfig();
  const x = context.channelsSecond(context.input(step), dataFormat);
  const sides = padding as Sides[];
  const pads = [0, 0, ...sides.map(([before]) => before), 0, 0, ...sides.map(([, after]) => after)];
  return context.each('Pad', x, [context.builder.integers(pads)], { mode: 'constant' });
};

const cropping: LayerExport = (context, step) => {
  const { cropping: crop, dataFormat } = step.layer.getConfig();
  const x = context.channelsSecond(context.input(step), dataFormat);
  const sides = crop as Sides[];
  const { builder } = context;
  return context.each('Slice', x, [
    builder.integers(sides.map(([before]) => before)),
    // An end of -0 would leave nothing.
    builder.integers(sides.map(([, after]) => (after === 0 ? Number.MAX_SAFE_INTEGER : -after))),
    builder.integers([2, 3]),
  ]);
};

/** tfjs enlarges without half-pixel centers: output i reads input floor(i / factor), and the next for bilinear. */
const upSampling: LayerExport = (context, step) => {
  const { size, dataFormat, interpolation } = step.layer.getConfig();
  const x = context.channelsSecond(context.input(step), dataFormat);
  const scales = context.builder.vector('scales', [1, 1, ...(size as number[])]);
  const linear = interpolation === 'bilinear';
  return context.each('Resize', x, ['', scales], {
    mode: linear ? 'linear' : 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    ...(linear ? {} : { nearest_mode: 'floor' }),
  });
};

/** Whole maps to one number per channel. */
export function wholeMap(context: LayerContext, op: 'GlobalAveragePool' | 'GlobalMaxPool', x: Value): Value {
  const pooled = context.builder.node(op, [x.name]);
  return { name: context.builder.node('Flatten', [pooled], { axis: 1 }), order: 'asBuilt', rank: 2 };
}

const global =
  (op: 'GlobalAveragePool' | 'GlobalMaxPool'): LayerExport =>
  (context, step) =>
    wholeMap(context, op, context.channelsSecond(context.input(step), step.layer.getConfig().dataFormat));

const adaptiveAverage: LayerExport = (context, step) => {
  const [, rows, columns] = step.inputs[0].shape.map(knownExtent);
  if (rows === null || columns === null) {
    throw context.refuse(
      step,
      'on maps of a known size: give the model an inputShape, or convolutionalize it',
      'an adaptive pooling of maps of any size',
    );
  }
  const x = context.channelsSecond(context.input(step));
  const [toRows, toColumns] = step.layer.getConfig().size as number[];
  const { builder } = context;
  const down = builder.vector('rows', averagingMatrix(rows, toRows), [toRows, rows]);
  const across = averagingMatrix(columns, toColumns);
  const turned = Float32Array.from(across, (_, i) => across[(i % toColumns) * columns + Math.floor(i / toColumns)]);
  const byColumns = builder.node('MatMul', [x.name, builder.vector('columns', turned, [columns, toColumns])]);
  return { ...x, name: builder.node('MatMul', [down, byColumns]) };
};

export const shapeLayers: Record<string, LayerExport> = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  UpSampling2D: upSampling,
  GlobalAveragePooling1D: global('GlobalAveragePool'),
  GlobalAveragePooling2D: global('GlobalAveragePool'),
  GlobalMaxPooling1D: global('GlobalMaxPool'),
  GlobalMaxPooling2D: global('GlobalMaxPool'),
  AdaptiveAveragePooling2D: adaptiveAverage,
};
