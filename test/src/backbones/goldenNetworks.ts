import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { BackboneOptions, BatchNormMode } from '../../../src/backbones/networks/backboneOptions.js';
import { mobilenetV2 } from '../../../src/backbones/networks/mobilenetV2.js';
import * as resnet from '../../../src/backbones/networks/resnet.js';
import { vgg16, vgg16bn } from '../../../src/backbones/networks/vgg.js';
import { wideResnet } from '../../../src/backbones/networks/wideResnet.js';
import { expectStage, formulaInput, formulaWeights } from './formulaWeights.js';
import type { BackboneGolden, GoldenRun } from './formulaWeights.js';

type Builder = (options: BackboneOptions) => Promise<tfl.LayersModel>;

/** The networks of `golden/backbones` that this package builds by their plain options. */
export const networks: readonly [file: string, build: Builder][] = [
  ['resnet18', resnet.resnet18],
  ['resnet34', resnet.resnet34],
  ['resnet50', resnet.resnet50],
  ['resnet101', resnet.resnet101],
  ['resnet152', resnet.resnet152],
  ['wide_resnet50_2', resnet.wideResnet50_2],
  ['wide_resnet101_2', resnet.wideResnet101_2],
  ['vgg16', vgg16],
  ['vgg16_bn', vgg16bn],
  ['wrn_16_4', (options) => wideResnet({ ...options, depth: 16, width: 4 })],
  ['wrn_28_10', (options) => wideResnet({ ...options, depth: 28, width: 10 })],
  ['wrn_40_2', (options) => wideResnet({ ...options, depth: 40, width: 2 })],
  ['mobilenet_v2', mobilenetV2],
  ['mobilenetv2_100', mobilenetV2],
];

/** Every run of every network takes minutes; by default one of odd sizes, which every padding error shows in. */
export const everything = globalThis.process?.env.WELDON_FULL === '1';

export function runsOf(golden: BackboneGolden, every = everything): GoldenRun[] {
  const odd = golden.runs.filter(({ input }) => ['2,61,83,3', '2,24,40,3'].includes(input.shape.join()));
  return every ? golden.runs : odd;
}

/** Builds and fills a network and holds stages and logits of the runs against the file. */
export async function checkNetwork(
  build: Builder,
  golden: BackboneGolden,
  batchNorm: BatchNormMode,
  runs: readonly GoldenRun[],
): Promise<void> {
  const before = tf.memory().numTensors;
  const model = await build({ weights: formulaWeights(golden), include: 'classifier', batchNorm });
  const stages = golden.runs[0].stages.map(({ name }) => name);
  const taps = tfl.model({
    inputs: model.inputs,
    outputs: [...stages.map((name) => model.getLayer(name).output as tfl.SymbolicTensor), model.outputs[0]],
  });
  for (const run of runs) {
    const input = tf.tensor4d(formulaInput(run.input.shape), run.input.shape);
    const outputs = taps.predict(input) as tf.Tensor[];
    for (const [i, name] of stages.entries()) {
      expect(run.stages[i].name).to.equal(name);
      expectStage((await outputs[i].data()) as Float32Array, outputs[i].shape, run.stages[i], golden.tolerance.fp32);
    }
    const logits = (await outputs.at(-1)!.data()) as Float32Array;
    run.logits
      .flat()
      .forEach((value, i) =>
        expect(logits[i], `logit ${i}`).to.be.closeTo(value, golden.tolerance.fp32 * run.logits_rms),
      );
    tf.dispose([input, outputs]);
  }
  model.dispose();
  expect(tf.memory().numTensors, 'tensors left behind').to.equal(before);
}
