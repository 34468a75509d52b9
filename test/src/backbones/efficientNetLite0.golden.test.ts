import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { efficientNetLite0, efficientNetLite0Stages } from '../../../src/backbones/networks/efficientNetLite0.js';
import type { BatchNormMode } from '../../../src/backbones/networks/backboneOptions.js';
import { forEachBackend } from '../../backends.js';
import { describeWithShared } from '../../shared.js';
import { expectStage, formulaInput, formulaWeights } from './formulaWeights.js';
import type { BackboneGolden } from './formulaWeights.js';

const layerNames = [...efficientNetLite0Stages.map(({ name }) => name), 'pool'];

for (const [file, variant] of [
  ['tf_efficientnet_lite0', 'tensorflow'],
  ['efficientnet_lite0', 'timm'],
] as const) {
  describeWithShared(`golden ${file}`, `golden/backbones/${file}.json`, (path) => {
    const golden = JSON.parse(readFileSync(path, 'utf8')) as BackboneGolden;

    it('draws the weights the file describes', () => {
      const source = formulaWeights(golden);
      for (const [name, , kind, first, sum] of golden.state_dict) {
        if (kind !== 'ignored') {
          const values = source.read(name) as Float32Array;
          expect(values[0], name).to.be.closeTo(first!, 1e-8 * Math.abs(first!) + 1e-12);
          expect(
            values.reduce((total, value) => total + value, 0),
            name,
          ).to.be.closeTo(sum!, 1e-7 * Math.abs(sum!) + 1e-7);
        }
      }
    });

    forEachBackend('stages and logits', (backend) => {
      async function check(batchNorm: BatchNormMode, runs: BackboneGolden['runs']) {
        const before = tf.memory().numTensors;
        const model = await efficientNetLite0({
          weights: formulaWeights(golden),
          include: 'classifier',
          batchNorm,
          variant,
        });
        const taps = tfl.model({
          inputs: model.inputs,
          outputs: [...layerNames.map((name) => model.getLayer(name).output as tfl.SymbolicTensor), model.outputs[0]],
        });
        for (const run of runs) {
          const input = tf.tensor4d(formulaInput(run.input.shape), run.input.shape);
          const outputs = taps.predict(input) as tf.Tensor[];
          layerNames.forEach((name, i) => {
            expectStage(outputs[i].dataSync() as Float32Array, outputs[i].shape, run.stages[i], golden.tolerance.fp32);
            expect(run.stages[i].name).to.equal(name);
          });
          const logits = outputs.at(-1)!.dataSync() as Float32Array;
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

      // Plain JavaScript is slow, and the smallest case has every layer in it.
      const runs = backend === 'wasm' ? golden.runs : golden.runs.slice(1, 2);

      it('batch norm folded', async function () {
        await check('fold', runs);
      });

      if (backend === 'wasm') {
        for (const batchNorm of ['freeze', 'train'] as const) {
          it(`batch norm kept (${batchNorm})`, async function () {
            await check(batchNorm, runs.slice(0, 2));
          });
        }
      }
    });
  });
}
