import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { classHeatmaps } from '../../../src/heatmaps/classHeatmaps.js';
import { attachWeldon, featuresOfHead } from '../../../src/models/attachWeldon.js';
import { convolutionalize } from '../../../src/models/convolutionalize.js';
import { layerGraph } from '../../../src/models/layerGraph.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { mergeRecipes, recipeParts } from '../../../src/models/recipeMetadata.js';
import { lastSpatialValue } from '../../../src/models/spatialAxes.js';
import type { Pooling } from '../../../src/pooling/kinds.js';
import type { PoolingChoice } from '../../../src/pooling/presets.js';
import { presetNames } from '../../../src/pooling/presets.js';
import { poolMaps, resolveChoice, withWeldonOptions } from '../../../src/pooling/registry.js';
import { weldonRegions } from '../../../src/pooling/weldonRegions.js';
import { fineTune } from '../../../src/training/fineTune.js';
import { forEachBackend } from '../../backends.js';
import { expectError } from '../../expectError.js';
import { tolerances } from '../../tolerances.js';
import { withoutKernelLeakCheck } from '../training/kernelLeakCheck.js';
import { toyData, toyModel } from '../training/toyTask.js';
import { farthest, images, residualFeatures, roundTrip } from './smallModels.js';

const recipe = {
  input: { colorOrder: 'rgb' as const, scale: 1, offset: 0 },
  resize: { rule: 'warp' as const, size: 16 },
};
const choices: PoolingChoice[] = [
  ...presetNames,
  { kind: 'logSumExp', sharpness: 2, learnSharpness: true },
  { kind: 'gem', power: 2 },
];

forEachBackend('models of every pooling', (backend) => {
  withoutKernelLeakCheck(backend);
  const within = 10 * tolerances[backend];

  for (const choice of choices) {
    const title = typeof choice === 'string' ? choice : JSON.stringify(choice);
    it(`feature: ${title} is attached, saved, read, drawn, taken over and replaced`, async () => {
      const before = tf.memory().numTensors;
      const backbone = residualFeatures();
      const model = attachWeldon(backbone, { classes: ['a', 'b', 'c'], pooling: choice, seed: 3, recipe });
      const pooling = resolveChoice(choice, 'test');
      const fixed = { ...pooling, ...('learnSharpness' in pooling ? { learnSharpness: false } : {}) } as Pooling;
      expect(recipeParts(model).pooling).to.deep.equal(pooling);
      const loaded = await roundTrip(model);
      expect(recipeParts(loaded).pooling).to.deep.equal(pooling);
      const readOut = readOutModel(loaded);
      expect(readOut.pooling).to.deep.equal(pooling);
      const same = convolutionalize(loaded);
      expect(readOutModel(same).pooling).to.deep.equal(pooling);
      tf.tidy(() => {
        const x = images(2, 16);
        const [scores, maps] = readOut.model.predict(x) as tf.Tensor[];
        expect(farthest(scores, poolMaps(maps, fixed))).to.be.below(within);
        expect(farthest(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).to.be.below(within);
        expect(farthest(same.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor)).to.be.below(within);
      });
      const graph = layerGraph(loaded);
      expect(lastSpatialValue(graph).shape).to.have.length(4);
      expect(featuresOfHead(graph)?.shape.at(-1)).to.equal(6);
      const image = tf.randomUniform([16, 16, 3], 0, 255, 'int32', 4) as tf.Tensor3D;
      const drawn = await classHeatmaps(loaded, image, { classes: ['b'] });
      const [[{ data, rows, columns }], [{ top, bottom }]] = [drawn.maps[0], drawn.regions[0]];
      const shown = 'kind' in pooling ? { kMax: 3, kMin: 0 } : pooling;
      const ends = tf.tidy(() => weldonRegions(tf.tensor3d(data, [1, rows * columns, 1]), shown));
      expect(top.map(({ index }) => index)).to.deep.equal(Array.from(await ends.topIndices.data()));
      expect(bottom.map(({ index }) => index)).to.deep.equal(Array.from(await ends.bottomIndices.data()));
      const replaced = attachWeldon(loaded, { classes: 2, pooling: 'max' });
      expect(replaced.layers.filter((layer) => layer.name.startsWith('class_maps'))).to.have.length(1);
      [replaced, same, loaded, model, backbone].forEach((each) => each.dispose());
      tf.dispose([image, ...Object.values(ends)]);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('feature: what a pooling has learnt by fineTune goes along when its model is convolutionalized', async () => {
    const model = toyModel({ pooling: { kind: 'logSumExp', learnSharpness: true }, kMax: undefined });
    const [first] = model.getLayer('scores').getWeights();
    const start = Array.from(await first.data());
    start.forEach((value) => expect(Math.log(1 + Math.exp(value))).to.be.closeTo(5, 1e-4));
    await fineTune(model, { train: toyData() }, { strategy: 'features', epochs: 2, learningRate: 0.1 });
    const learnt = Array.from(await model.getLayer('scores').getWeights()[0].data());
    learnt.forEach((value, i) => expect(value).not.to.equal(start[i]));
    const same = convolutionalize(model);
    expect(Array.from(await same.getLayer('scores').getWeights()[0].data())).to.deep.equal(learnt);
    const wide = convolutionalize(model, { pooling: { kMax: 2 } });
    expect(readOutModel(wide).pooling).to.include({ kMax: 2 });
    [wide, same, model].forEach((each) => each.dispose());
  });
});

describe('poolings in recipes and options', () => {
  it('feature: options of one pooling do not mix into those of another', () => {
    const lse: Pooling = { kind: 'logSumExp', sharpness: 3 };
    expect(mergeRecipes({ pooling: { kMax: 3 } }, { pooling: lse }).pooling).to.deep.equal(lse);
    expect(mergeRecipes({ pooling: lse }, { pooling: { kMax: 3 } }).pooling).to.deep.equal({ kMax: 3 });
    expect(mergeRecipes({ pooling: { alpha: 0 } }, { pooling: { kMax: 3 } }).pooling).to.deep.equal({
      alpha: 0,
      kMax: 3,
    });
    expect(withWeldonOptions(lse, { kMax: undefined })).to.equal(lse);
    expect(withWeldonOptions(lse, { kMax: 2 })).to.deep.equal({ kMax: 2 });
    expect(withWeldonOptions({ alpha: 0 }, { kMax: 2 })).to.deep.equal({ alpha: 0, kMax: 2 });
  });

  it('exception: options of another pooling, and a pooling that there is not', () => {
    const backbone = residualFeatures();
    expectError(
      () => attachWeldon(backbone, { classes: 2, pooling: 'logSumExp', kMax: 3 }),
      'Expected kMax for attachWeldon to be absent beside logSumExp pooling but received 3',
    );
    expectError(
      () => attachWeldon(backbone, { classes: 2, pooling: { kind: 'median' } as unknown as Pooling }),
      "Expected kind of pooling for attachWeldon to be 'weldon' or 'logSumExp' or 'gem' but received \"median\"",
    );
    backbone.dispose();
  });
});
