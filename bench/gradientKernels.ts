/**
 * What the gradient kernels for wasm cost beside TensorFlow.js' own forward kernels of the same shapes, one thread.
 *
 *   npx tsx bench/gradientKernels.ts [--json FILE] [--runs 15]
 *
 * Forward and gradients take turns within one run, so that both see the same machine. A product and a sum count as
 * two operations, those with padding included. Last, whole training steps of a small network.
 */
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { conv2dBackpropInputConfig } from '../kernels/gradients/conv2dBackpropInput.js';
import { registerGradientKernels } from '../kernels/gradients/registerGradientKernels.js';

type Shape4D = [number, number, number, number];

interface Convolution {
  kind: 'conv2d' | 'depthwiseConv2d';
  input: Shape4D;
  filter: Shape4D;
  strides: number;
}

interface Timing {
  /** milliseconds: median, lower and upper quartile */
  median: number;
  quartiles: [number, number];
  gflops: number;
}

interface Row extends Convolution {
  timings: Record<string, Timing>;
}

const convolutions: Convolution[] = [
  { kind: 'conv2d', input: [8, 28, 28, 128], filter: [3, 3, 128, 128], strides: 1 },
  { kind: 'conv2d', input: [8, 56, 56, 64], filter: [3, 3, 64, 64], strides: 1 },
  { kind: 'conv2d', input: [8, 7, 7, 512], filter: [3, 3, 512, 512], strides: 1 },
  { kind: 'conv2d', input: [8, 56, 56, 64], filter: [3, 3, 64, 128], strides: 2 },
  { kind: 'conv2d', input: [8, 14, 14, 80], filter: [1, 1, 80, 480], strides: 1 },
  { kind: 'conv2d', input: [8, 14, 14, 1280], filter: [1, 1, 1280, 67], strides: 1 },
  { kind: 'conv2d', input: [8, 224, 224, 3], filter: [3, 3, 3, 32], strides: 2 },
  { kind: 'conv2d', input: [8, 14, 14, 17], filter: [3, 3, 17, 33], strides: 1 },
  { kind: 'depthwiseConv2d', input: [8, 112, 112, 32], filter: [3, 3, 32, 1], strides: 1 },
  { kind: 'depthwiseConv2d', input: [8, 56, 56, 144], filter: [5, 5, 144, 1], strides: 2 },
  { kind: 'depthwiseConv2d', input: [8, 14, 14, 480], filter: [3, 3, 480, 1], strides: 1 },
  { kind: 'depthwiseConv2d', input: [8, 14, 14, 480], filter: [5, 5, 480, 1], strides: 1 },
  { kind: 'depthwiseConv2d', input: [8, 28, 28, 32], filter: [3, 3, 32, 4], strides: 1 },
];

function quantile(sorted: number[], at: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))];
}

/** Each function once per round, in turn; the first two rounds warm up. */
function timeInTurn(functions: Record<string, () => tf.Tensor>, runs: number, operations: number): Row['timings'] {
  const times: Record<string, number[]> = {};
  for (let round = -2; round < runs; round++) {
    for (const [name, run] of Object.entries(functions)) {
      const start = performance.now();
      const result = run();
      const elapsed = performance.now() - start;
      result.dispose();
      if (round >= 0) {
        (times[name] ??= []).push(elapsed);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(times).map(([name, all]) => {
      const sorted = all.sort((a, b) => a - b);
      const median = quantile(sorted, 0.5);
      return [
        name,
        { median, quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)], gflops: operations / median / 1e6 },
      ];
    }),
  );
}

function measure({ kind, input, filter, strides }: Convolution, runs: number): Row {
  const depthwise = kind === 'depthwiseConv2d';
  const { outShape } = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, 'same', undefined, depthwise);
  const x = tf.randomNormal(input, 0, 1, 'float32', 1) as tf.Tensor4D;
  const w = tf.randomNormal(filter, 0, 1, 'float32', 2) as tf.Tensor4D;
  const dy = tf.randomNormal(outShape, 0, 1, 'float32', 3) as tf.Tensor4D;
  const attrs = { strides, dilations: 1, pad: 'same', dataFormat: 'NHWC', filterShape: filter, inputShape: input };
  const run = (kernel: string, inputs: Record<string, tf.Tensor>) => (): tf.Tensor =>
    tf.engine().runKernel(kernel, inputs, attrs) as tf.Tensor;
  const operations = 2 * tf.util.sizeFromShape(outShape) * filter[0] * filter[1] * (depthwise ? 1 : filter[2]);
  const faster = conv2dBackpropInputConfig(tf.getKernel(tf.Conv2DBackpropInput, 'wasm'));
  const inputGradient = (): tf.Tensor =>
    tf
      .engine()
      .makeTensorFromTensorInfo(
        faster.kernelFunc({ inputs: { dy, filter: w }, attrs, backend: tf.backend() }) as tf.TensorInfo,
      );
  const timings = timeInTurn(
    depthwise
      ? {
          'stock forward': () => tf.depthwiseConv2d(x, w, strides, 'same'),
          'filter gradient': run(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }),
          'input gradient': run(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter: w }),
        }
      : {
          'stock forward': () => tf.conv2d(x, w, strides, 'same'),
          'filter gradient': run(tf.Conv2DBackpropFilter, { x, dy }),
          'input gradient': inputGradient,
          'stock input gradient': run(tf.Conv2DBackpropInput, { dy, filter: w }),
        },
    runs,
    operations,
  );
  tf.dispose([x, w, dy]);
  return { kind, input, filter, strides, timings };
}

/** Inverted bottlenecks as in MobileNetV2, 96×96 pixels in, 10 classes out. */
function network(): tfl.LayersModel {
  const input = tfl.input({ shape: [96, 96, 3] });
  const norm = (x: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    tfl.layers.reLU({ maxValue: 6 }).apply(tfl.layers.batchNormalization({}).apply(x)) as tfl.SymbolicTensor;
  const conv = (x: tfl.SymbolicTensor, filters: number, kernelSize: number, strides = 1): tfl.SymbolicTensor =>
    norm(
      tfl.layers
        .conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })
        .apply(x) as tfl.SymbolicTensor,
    );
  let x = conv(input, 32, 3, 2);
  for (const [filters, strides] of [
    [24, 2],
    [32, 2],
    [64, 2],
    [64, 1],
  ]) {
    x = conv(x, filters * 4, 1);
    x = norm(
      tfl.layers
        .depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false })
        .apply(x) as tfl.SymbolicTensor,
    );
    x = conv(x, filters, 1);
  }
  const pooled = tfl.layers.globalAveragePooling2d({}).apply(conv(x, 128, 3));
  const model = tfl.model({
    inputs: input,
    outputs: tfl.layers.dense({ units: 10, activation: 'softmax' }).apply(pooled) as tfl.SymbolicTensor,
  });
  model.compile({ optimizer: tf.train.sgd(0.01), loss: 'categoricalCrossentropy' });
  return model;
}

/** Median milliseconds of one step with 8 images. */
async function timeTraining(backend: string, runs: number): Promise<number> {
  await tf.setBackend(backend);
  const model = network();
  const images = tf.randomNormal([8, 96, 96, 3], 0, 1, 'float32', 1);
  const labels = tf.oneHot(tf.range(0, 8, 1, 'int32'), 10);
  const times: number[] = [];
  for (let run = -1; run < runs; run++) {
    const start = performance.now();
    await model.trainOnBatch(images, labels);
    if (run >= 0) {
      times.push(performance.now() - start);
    }
  }
  tf.dispose([images, labels]);
  model.dispose();
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

const { values: options } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '15' } },
});

async function main(): Promise<void> {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await tf.setBackend('wasm');
  registerGradientKernels();
  const rows: Row[] = [];
  for (const simd of [true, false]) {
    tf.env().set('WASM_HAS_SIMD_SUPPORT', simd);
    console.log(`\nour kernels: ${simd ? 'SIMD' : 'scalar'} build; stock kernels: SIMD build`);
    for (const convolution of simd ? convolutions : convolutions.slice(0, 1)) {
      const row = measure(convolution, Number(options.runs));
      const forward = row.timings['stock forward'];
      console.log(`${row.kind} ${row.input.join('×')}, filter ${row.filter.join('×')}, strides ${row.strides}`);
      for (const [name, { median, quartiles, gflops }] of Object.entries(row.timings)) {
        console.log(
          `  ${name.padEnd(22)} ${median.toFixed(2).padStart(8)} ms (${quartiles
            .map((each) => each.toFixed(2))
            .join(
              ' … ',
            )})  ${gflops.toFixed(1).padStart(5)} GFLOP/s  ${(gflops / forward.gflops).toFixed(2)} of forward`,
        );
      }
      rows.push(
        simd
          ? row
          : {
              ...row,
              timings: Object.fromEntries(
                Object.entries(row.timings).map(([name, timing]) => [`${name} (scalar run)`, timing]),
              ),
            },
      );
    }
  }
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  const training: Record<string, number> = {};
  training['cpu'] = await timeTraining('cpu', 2);
  training['wasm'] = await timeTraining('wasm', 5);
  registerGradientKernels({ replaceSlow: true });
  training['wasm, replaceSlow'] = await timeTraining('wasm', 5);
  console.log('\ntraining step, 8 images of 96×96, MobileNetV2-like network');
  Object.entries(training).forEach(([name, median]) =>
    console.log(`  ${name.padEnd(22)} ${median.toFixed(0).padStart(8)} ms`),
  );
  const report = {
    node: process.version,
    cpu: cpus()[0].model,
    tfjsWasm: version_wasm,
    runs: Number(options.runs),
    rows,
    trainingStepMs: training,
  };
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    console.log(`written: ${options.json}`);
  }
}

void main();
