import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import '../../backends.js';
import {
  classWisePooling1d,
  classWisePooling2d,
  classWisePooling3d,
  weldonPooling1d,
  weldonPooling2d,
  weldonPooling3d,
} from '../../../src/layers/index.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import type { WeldonPoolOptions } from '../../../src/pooling/weldonPool.js';
import type { GoldenCase, GoldenFile, Numbers } from '../../kernels/goldenVectors.js';
import { expectProjection, mapValues, optionsOf } from '../../kernels/goldenVectors.js';
import { describeWithShared } from '../../shared.js';
import { chain } from '../models/smallModels.js';
import { runOnnx } from './runOnnx.js';

const layers: Record<number, [typeof classWisePooling1d, typeof weldonPooling1d]> = {
  3: [classWisePooling1d, weldonPooling1d],
  4: [classWisePooling2d, weldonPooling2d] as never,
  5: [classWisePooling3d, weldonPooling3d] as never,
};

/** Class-wise pooling and pooling of maps of any size. */
function poolingModel(rank: number, channels: number, maps: number, options: WeldonPoolOptions): tfl.LayersModel {
  const [classWise, pooling] = layers[rank];
  const inputs = tfl.input({ shape: [...new Array<null>(rank - 2).fill(null), channels] });
  const behind = maps === 1 ? [] : [classWise({ maps })];
  return tfl.model({ inputs, outputs: chain(inputs, ...behind, pooling({ ...options } as object)) });
}

/** Largest error, as a part of the case's scale, which the tolerance belongs to. */
function errorOf(test: GoldenCase, scores: Float32Array): number {
  const wanted = (test.y as Numbers[]).flat().map(Number);
  expect(scores.length).to.equal(wanted.length);
  const largest = Math.max(0, ...wanted.filter(Number.isFinite).map(Math.abs));
  const scale = Math.max(test.yscale ?? largest, 1e-6);
  return Math.max(
    ...wanted.map((value, i) =>
      Number.isFinite(value) ? Math.abs(scores[i] - value) / scale : Object.is(scores[i], value) ? 0 : Infinity,
    ),
  );
}

describeWithShared('exportOnnx, golden/pooling.json at any size', 'golden/pooling.json', (path) => {
  const golden = JSON.parse(readFileSync(path, 'utf8')) as GoldenFile;
  const cases = golden.cases
    .map((test, i) => ({ test, title: `${i}: ${test.map} ${test.mode} k = ${JSON.stringify(test.k)}` }))
    .filter(({ test }) => test.mask === undefined && test.mode !== 'classwise');
  let worst = 0;
  let held = 0;

  before(() => tf.setBackend('cpu'));
  after(() => console.log(`      ${held} cases, largest error ${worst.toExponential(1)} · yscale`));

  for (const { test, title } of cases) {
    it(title, async () => {
      const { shape } = golden.maps[test.map];
      const model = poolingModel(shape.length, shape.at(-1) as number, test.maps ?? 1, optionsOf(test));
      const bytes = await exportOnnx(model, { outputs: ['scores'], scaling: false });
      const { scores } = await runOnnx(bytes, mapValues(golden.maps[test.map]), shape);
      if (test.y !== undefined) {
        const error = errorOf(test, scores.data as Float32Array);
        expect(error).to.be.at.most(1e-5);
        worst = Math.max(worst, error);
      }
      for (const projection of test.y_proj ?? []) {
        expectProjection(scores.data, projection, 1e-5);
      }
      held++;
      model.dispose();
    });
  }
});
