import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { heatmapFiles } from '../../../../src/commands/heatmap/heatmapFiles.js';
import type { HeatmapFilesOptions } from '../../../../src/commands/heatmap/options.js';
import { gradCam } from '../../../../src/heatmaps/gradCam.js';
import { encodePng } from '../../../../src/node/images/encodePixels.js';
import { fileHandler } from '../../../../src/node/models/fileHandler.js';
import { withRecipe } from '../../../../src/models/recipeMetadata.js';
import '../../../backends.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

describe('heat maps of a classifier with hidden layers', () => {
  const temporary = temporaryFolder();

  it('feature: Grad-CAM makes them, a sentence says so, and other pooling is refused', async () => {
    await tf.setBackend('cpu');
    const model = withRecipe(
      tfl.sequential({
        layers: [
          tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', inputShape: [16, 16, 3] }),
          tfl.layers.globalAveragePooling2d({}),
          tfl.layers.dense({ units: 5, activation: 'relu' }),
          tfl.layers.dense({ units: 2, activation: 'softmax' }),
        ],
      }),
      {
        classNames: ['a', 'b'],
        input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 },
        resize: { rule: 'warp', size: 16 },
      },
    );
    await model.save(fileHandler(temporary.path('model')));
    const data = Uint8ClampedArray.from({ length: 16 * 16 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
    const image = temporary.write('image.png', await encodePng({ data, width: 16, height: 16 }));
    const wanted = await gradCam(model, { data, width: 16, height: 16 }, { classes: ['b', 'a'] });
    const told: string[] = [];
    const options: HeatmapFilesOptions = {
      model: temporary.path('model'),
      classes: ['b', 'a'],
      out: temporary.path('out'),
      formats: ['json'],
      notice: (sentence) => told.push(sentence),
    };
    const results = [];
    for await (const result of heatmapFiles([image], options)) {
      results.push(result);
    }
    expect(results).to.have.length(1);
    expect(told).to.have.length(1);
    expect(told[0]).to.contain('Grad-CAM makes its maps');
    const json = JSON.parse(readFileSync(temporary.path('out/image.json'), 'utf8')) as { model: string };
    expect(json.model).to.contain('(Grad-CAM)');
    const [result] = results;
    if (result.error !== undefined) {
      throw result.error;
    }
    result.classes.forEach(({ score, probability, strongest }, j) => {
      expect(score).to.equal(wanted.scores[0][1 - j]);
      expect(probability).to.equal(wanted.probabilities![0][1 - j]);
      expect(strongest?.value ?? 0).to.equal(Math.max(...wanted.maps[0][j].data));
    });
    let sentence = '';
    try {
      await heatmapFiles([image], { ...options, kMax: 3 }).next();
    } catch (error) {
      sentence = (error as Error).message;
    }
    expect(sentence).to.contain('leave out the pooling options, and its maps are made by Grad-CAM');
    model.dispose();
  });
});
