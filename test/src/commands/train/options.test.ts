import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import {
  activationFor,
  fineTuneOptionsOf,
  resolveTrainOptions,
} from '../../../../src/commands/train/resolveOptions.js';
import { ruleOf } from '../../../../src/commands/checkOptions.js';
import { checkTrainOptions, readTrainConfig, trainOptions } from '../../../../src/commands/train/options.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';

const facts = { multiLabel: false, backbone: 'efficientNetLite0', size: 320, images: 100 };

describe('options of a run', () => {
  const folder = temporaryFolder();

  it('exception: unknown names with the nearest, and values out of range', () => {
    const refusal = (options: Record<string, unknown>, sentence: string) =>
      expect(() => checkTrainOptions(options, 'trainModel')).to.throw(sentence);
    refusal(
      { learningrate: 1 },
      'Expected only options of a run in trainModel but received "learningrate". Nearest: "learningRate"',
    );
    refusal({ epochs: 0 }, 'Expected epochs for trainModel to be a whole number from 1 to 100000 but received 0');
    refusal({ epochs: 1e9 }, 'a whole number from 1 to 100000 but received 1000000000');
    refusal(
      { learningRate: NaN },
      'Expected learningRate for trainModel to be a number above 0, 100 at most but received NaN',
    );
    refusal({ size: 4 }, 'Expected size for trainModel to be a whole number from 16 to 4096 but received 4');
    refusal({ kMaxFrom: 0 }, 'a number of regions such as 3, or a share such as 0.5 but received 0');
    refusal({ kMax: 1.5 }, 'a number of regions such as 3, a share such as 0.2, or 0 for none but received 1.5');
    refusal({ strategy: 'finetune' }, 'one of scratch, features, fineTune, twoPhase but received "finetune"');
    refusal({ augment: ['flip', 'mirror'] }, 'some of none, flip');
    refusal({ validation: 1 }, 'a share of the images from 0 up to, not including, 1 but received 1');
    expect(() =>
      checkTrainOptions({ kMin: null, epochs: undefined, validation: 'images/test' }, 'trainModel'),
    ).to.not.throw();
  });

  it('feature: words of the command line', () => {
    expect(ruleOf(trainOptions.kMax).read('20%')).to.equal(0.2);
    expect(ruleOf(trainOptions.kMax).read('3')).to.equal(3);
    expect(ruleOf(trainOptions.kMax).read('many')).to.equal('many');
    expect(ruleOf(trainOptions.validation).read('25%')).to.equal(0.25);
    expect(ruleOf(trainOptions.validation).read('test')).to.equal('test');
    expect(ruleOf(trainOptions.augment).read('flip, crop')).to.deep.equal(['flip', 'crop']);
    expect(ruleOf(trainOptions.epochs).read('')).to.equal('');
  });

  it("feature: a configuration file, and a run's own config.json", async () => {
    const path = folder.write('options.json', '{"epochs": 3, "pooling": "gap"}');
    expect(await readTrainConfig(path)).to.deep.equal({ epochs: 3, pooling: 'gap' });
    const run = folder.write('config.json', JSON.stringify({ weldonRun: 1, options: { kMax: 0.2 }, backend: 'cpu' }));
    expect(await readTrainConfig(run)).to.deep.equal({ kMax: 0.2 });
    const before = folder.write('config.json', JSON.stringify({ weldonRun: 1, options: { normalise: 'regions' } }));
    expect(await readTrainConfig(before), 'the spelling of 0.1.0').to.deep.equal({ normalize: 'regions' });
    writeFileSync(path, '{"epoch": 3}');
    expect(await rejection(readTrainConfig(path))).to.match(
      /^Expected only options of a run in .*options\.json but received "epoch"\. Nearest: "epochs"/,
    );
    writeFileSync(path, '{epochs');
    expect(await rejection(readTrainConfig(path))).to.match(
      /options\.json to be a configuration file but received text that is not JSON/,
    );
    writeFileSync(path, '[]');
    expect(await rejection(readTrainConfig(path))).to.match(
      /to be a JSON object with options of a run but received an array/,
    );
    expect(await rejection(readTrainConfig(folder.path('none.json')))).to.match(
      /a configuration file but received no file of that name/,
    );
  });

  it('feature: defaults depend on strategy and labels', () => {
    const frozen = resolveTrainOptions({ data: 'images', out: 'run' }, facts);
    expect(frozen).to.include({
      strategy: 'features',
      batchSize: 32,
      warmUp: 0,
      loss: 'softmax',
      size: 320,
      validation: 0.2,
    });
    expect(frozen.augment).to.deep.equal(['none']);
    const tuned = resolveTrainOptions(
      { data: 'images', out: 'run', strategy: 'fineTune', epochs: 4 },
      { ...facts, multiLabel: true },
    );
    // 100 images in batches of 16 are 7 steps; 28 in all, of which 5 % are 1.4.
    expect(tuned).to.include({ batchSize: 16, warmUp: 1, loss: 'multiLabelSoftMargin' });
    expect(tuned.augment).to.deep.equal(['flip', 'crop']);
    expect(activationFor(tuned.loss)).to.equal('sigmoid');
    const wildcat = resolveTrainOptions({ data: 'images', out: 'run', pooling: 'wildcat', alpha: 1 }, facts);
    expect(wildcat).to.include({ kMax: 0.2, kMin: null, alpha: 1, maps: 4 });
    const smooth = resolveTrainOptions({ data: 'images', out: 'run', pooling: 'logSumExp' }, facts);
    expect(smooth).to.include({ pooling: 'logSumExp', maps: 1 }).and.not.have.any.keys('kMax', 'kMin', 'alpha');
    expect(
      fineTuneOptionsOf(resolveTrainOptions({ data: 'images', out: 'run', schedule: 'step', epochs: 4 }, facts), 10)
        .schedule,
    ).to.deep.equal({ kind: 'step', at: [20, 30], warmUp: 0 });
    const scheduled = (kMaxFrom?: number) =>
      fineTuneOptionsOf(resolveTrainOptions({ data: 'images', out: 'run', kMaxFrom }, facts), 10).poolingSchedule;
    const headEpochs = (strategy: 'fineTune' | 'twoPhase', given?: number) =>
      resolveTrainOptions({ data: 'images', out: 'run', strategy, epochs: 5, headEpochs: given }, facts).headEpochs;
    expect([headEpochs('fineTune'), headEpochs('twoPhase'), headEpochs('twoPhase', 1)]).to.deep.equal([
      undefined,
      3,
      1,
    ]);
    expect([scheduled(), scheduled(0.5)]).to.deep.equal([undefined, { from: 0.5 }]);
    expect(ruleOf(trainOptions.kMaxFrom).read('50%')).to.equal(0.5);
  });

  it('exception: options that exclude one another', () => {
    expect(() => resolveTrainOptions({ data: 'images', kMax: 0 }, facts)).to.throw(
      'Expected kMax and kMin for trainModel to be not both 0',
    );
    expect(() => resolveTrainOptions({ data: 'images', loss: 'softmax' }, { ...facts, multiLabel: true })).to.throw(
      'several classes per image',
    );
    expect(() => resolveTrainOptions({ data: 'images', kMaxFrom: 4 }, facts)).to.throw(
      'Expected kMaxFrom for trainModel to be a share of the regions, as is kMax, 0.1 but received 4',
    );
    expect(() => resolveTrainOptions({ data: 'images', kMax: 0, kMin: 3, kMaxFrom: 4 }, facts)).to.throw(
      'absent where kMax is 0',
    );
    expect(() => resolveTrainOptions({ data: 'images', pooling: 'logSumExp', kMaxFrom: 0.5 }, facts)).to.throw(
      'Expected kMaxFrom for trainModel to be absent beside logSumExp pooling but received 0.5',
    );
    expect(() => resolveTrainOptions({ data: 'images', augment: ['none', 'flip'] }, facts)).to.throw('none alone');
  });
});
