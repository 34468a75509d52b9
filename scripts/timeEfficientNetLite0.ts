/**
 * Times the stored EfficientNet-Lite0 on wasm: loading, and one picture at 224, 320 and 448 pixels as the LayersModel,
 * beside the same network written by hand with tf.fused (the floor for this backend).
 *
 *   npx tsx scripts/timeEfficientNetLite0.ts [--runs 25]
 */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadEfficientNetLite0 } from '../src/backbones/loadEfficientNetLite0.js';
import { fileHandler } from '../src/node/models/fileHandler.js';
import { startRuntime } from '../src/node/runtime/startRuntime.js';

interface ConvolutionConfig {
  strides: [number, number];
}

/** Runs the model's layers in order, each convolution, bias and ReLU6 as one kernel. */
function fusedForward(model: tfl.LayersModel): (image: tf.Tensor4D) => tf.Tensor {
  const weights = new Map(model.layers.map((layer) => [layer.name, layer.getWeights()]));
  const inputsOf = (layer: tfl.layers.Layer) => [layer.input].flat().map((input) => input.sourceLayer.name);
  return (image) =>
    tf.tidy(() => {
      const done = new Map<string, tf.Tensor>([['image', image]]);
      for (const layer of model.layers.slice(1)) {
        const [x, other] = inputsOf(layer).map((name) => done.get(name)!);
        const [kernel, bias] = weights.get(layer.name)!;
        const type = layer.getClassName();
        if (type === 'Conv2D' || type === 'DepthwiseConv2D') {
          const activation = layer.name.endsWith('_conv') ? ('relu6' as const) : ('linear' as const);
          const common = { x: x as tf.Tensor4D, filter: kernel as tf.Tensor4D, bias, activation, pad: 'same' as const };
          const { strides } = layer.getConfig() as unknown as ConvolutionConfig;
          done.set(
            layer.name,
            type === 'Conv2D'
              ? tf.fused.conv2d({ ...common, strides })
              : tf.fused.depthwiseConv2d({ ...common, strides }),
          );
        } else if (type === 'Add') {
          done.set(layer.name, tf.add(x, other));
        } else if (type === 'GlobalAveragePooling2D') {
          done.set(layer.name, tf.mean(x, [1, 2]));
        } else if (type === 'Dense') {
          done.set(layer.name, tf.fused.matMul({ a: x as tf.Tensor2D, b: kernel as tf.Tensor2D, bias }));
        } else {
          done.set(layer.name, x);
        }
      }
      return done.get(model.layers.at(-1)!.name)!;
    });
}

function median(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `${sorted[sorted.length >> 1].toFixed(1)} ms (fastest ${sorted[0].toFixed(1)})`;
}

async function main(): Promise<void> {
  const runs = Number(parseArgs({ options: { runs: { type: 'string', default: '25' } } }).values.runs);
  await startRuntime({ backend: 'wasm' });
  const handler = fileHandler(fileURLToPath(new URL('../models/efficientnet-lite0', import.meta.url)));
  const loads: number[] = [];
  for (let i = 0; i < 6; i++) {
    const start = performance.now();
    (await loadEfficientNetLite0(handler)).dispose();
    loads.push(performance.now() - start);
  }
  console.log(`load: first ${loads[0].toFixed(0)} ms, then ${median(loads.slice(1))}`);

  const model = await loadEfficientNetLite0(handler);
  const contenders: Record<string, (image: tf.Tensor4D) => tf.Tensor> = {
    LayersModel: (image) => model.predict(image) as tf.Tensor,
    'tf.fused by hand': fusedForward(model),
  };
  for (const size of [224, 320, 448]) {
    const image = tf.randomUniform<tf.Rank.R4>([1, size, size, 3], -1, 1, 'float32', 1);
    const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
    const outputs: Float32Array[] = [];
    for (let i = -3; i < runs; i++) {
      for (const [name, forward] of Object.entries(contenders)) {
        const start = performance.now();
        const output = forward(image);
        const values = output.dataSync() as Float32Array;
        if (i >= 0) {
          times.get(name)!.push(performance.now() - start);
        } else {
          outputs.push(values.slice());
        }
        output.dispose();
      }
    }
    image.dispose();
    const apart = outputs[0].reduce((worst, value, i) => Math.max(worst, Math.abs(value - outputs[1][i])), 0);
    console.log(
      `${size}: ${[...times].map(([name, values]) => `${name} ${median(values)}`).join(', ')}, ` +
        `logits apart ${apart.toExponential(1)}`,
    );
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
