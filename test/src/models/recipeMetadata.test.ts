import * as tfl from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import type { ModelRecipe } from '../../../src/models/recipe.js';
import { missingFromRecipe, readRecipe, recipeParts, withRecipe } from '../../../src/models/recipeMetadata.js';
import { expectError } from '../../expectError.js';
import { roundTrip } from './smallModels.js';

const recipe: ModelRecipe = {
  version: 1,
  name: 'rooms',
  classNames: ['bar', 'Cellar_2', 'block_13_add'],
  input: { colorOrder: 'bgr', scale: [1, 0.5, 0.25], offset: -1 },
  resize: { rule: 'crop', size: 224, cropRatio: 0.875 },
  pooling: { kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'halfMean' },
  activation: 'sigmoid',
  license: 'Apache-2.0',
  source: 'measured here',
};

const model = () => tfl.sequential({ name: 'net', layers: [tfl.layers.dense({ units: 1, inputShape: [1] })] });

describe('recipe', () => {
  it('survives model.json as it is, names and all', async () => {
    const loaded = await roundTrip(withRecipe(model(), recipe));
    expect(readRecipe(loaded)).to.deep.equal(recipe);
  });

  it('leaves other metadata alone', () => {
    const net = model();
    net.setUserDefinedMetadata({ mine: 1 });
    withRecipe(net, { classNames: ['a'], license: undefined });
    expect(net.getUserDefinedMetadata()).to.deep.equal({ mine: 1, weldon: { version: 1, classNames: ['a'] } });
  });

  it('tells what is missing, by name', () => {
    expect(recipeParts(model())).to.deep.equal({});
    expect(missingFromRecipe({ input: { scale: 1 } })).to.deep.equal([
      'classNames',
      'input.colorOrder',
      'input.offset',
      'resize.rule',
      'resize.size',
    ]);
    expectError(
      () => readRecipe(withRecipe(model(), { classNames: ['a'], resize: { rule: 'warp' } })),
      'Expected the recipe of model net to have input.colorOrder, input.scale, input.offset, resize.size but it has not. ' +
        'Give what is missing as a recipe',
    );
  });

  it('takes what is given before what the model carries, part by part', () => {
    const net = withRecipe(model(), recipe);
    const read = readRecipe(net, { resize: { size: 448 }, pooling: { kMax: 5 }, activation: undefined });
    expect(read.resize).to.deep.equal({ rule: 'crop', size: 448, cropRatio: 0.875 });
    expect(read.pooling).to.deep.equal({ kMax: 5, kMin: null, alpha: 0.7, reduction: 'halfMean' });
    expect(read.activation).to.equal('sigmoid');
    expect(readRecipe(net), 'the model keeps its own').to.deep.equal(recipe);
  });

  it('exception: parts that cannot be right', () => {
    const wrong: [object, string][] = [
      [{ version: 2 }, 'Expected version of the recipe of model net to be 1 but received 2'],
      [{ name: 7 }, 'Expected name of the recipe of model net to be a text but received 7'],
      [{ classNames: [] }, 'Expected classNames of the recipe of model net to be an array of names but received []'],
      [
        { classNames: ['a', 3] },
        'Expected classNames of the recipe of model net to be an array of names but received ["a",3]',
      ],
      [{ input: 'rgb' }, 'Expected input of the recipe of model net to be an object but received "rgb"'],
      [
        { input: { colorOrder: 'RGB' } },
        "Expected input.colorOrder of the recipe of model net to be 'rgb' or 'bgr' but received \"RGB\"",
      ],
      [
        { input: { scale: [1, 2] } },
        'Expected input.scale of the recipe of model net to be a finite number, or three of them, one per channel but received [1,2]',
      ],
      [
        { input: { scale: [1, 0, 1] } },
        'Expected input.scale of the recipe of model net to be other than 0, which makes all images equal but received [1,0,1]',
      ],
      [
        { input: { scale: 1e308 } },
        'Expected input.scale of the recipe of model net to be small enough for pixels up to 255 to stay finite in float32 but received 1e+308',
      ],
      [
        { input: { offset: NaN } },
        'Expected input.offset of the recipe of model net to be a finite number, or three of them, one per channel but received NaN',
      ],
      [
        { resize: { rule: 'stretch' } },
        "Expected resize.rule of the recipe of model net to be 'warp' or 'crop' or 'fit' but received \"stretch\"",
      ],
      [
        { resize: { size: 0 } },
        'Expected resize.size of the recipe of model net to be a whole number of pixels >= 1 but received 0',
      ],
      [
        { resize: { cropRatio: 2 } },
        'Expected resize.cropRatio of the recipe of model net to be a number with 0 < cropRatio <= 1 but received 2',
      ],
      [{ pooling: { kMax: -1 } }, 'Expected kMax for the recipe of model net to be a number >= 0 but received -1'],
      [
        { activation: 'relu' },
        "Expected activation of the recipe of model net to be 'softmax' or 'sigmoid' or 'linear' but received \"relu\"",
      ],
    ];
    for (const [part, sentence] of wrong) {
      expectError(() => withRecipe(model(), part), sentence);
      const net = model();
      net.setUserDefinedMetadata({ weldon: JSON.parse(JSON.stringify(part)) as object });
      if (!sentence.includes('NaN')) {
        expectError(() => readRecipe(net), sentence);
      }
    }
    const net = model();
    net.setUserDefinedMetadata({ weldon: 'yes' });
    expectError(() => recipeParts(net), 'Expected the recipe of model net to be an object but received "yes"');
  });
});
