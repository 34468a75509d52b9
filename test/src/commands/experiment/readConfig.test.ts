import { expect } from 'chai';
import type { HeadMethod } from '../../../../src/commands/experiment/config.js';
import { checkExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';

const methods = [
  { kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' },
  {
    kind: 'fineTune',
    id: 'ft',
    name: 'Fine-tuned',
    pooling: { kMax: 0.1 },
    poolingSchedule: { from: 0.5 },
    rates: [0.01],
    epochs: [2],
  },
];
const whole = {
  version: 1,
  title: 'Run',
  dataSet: { kind: 'folder' },
  backbone: { name: 'net', layer: 'top' },
  size: 64,
  protocol: { faithfulness: { images: 2, steps: 3, methods: ['gap'] } },
  methods,
  comparisons: [['ft', 'gap']],
};

describe('fields of a run', () => {
  const refused = (change: object) => {
    try {
      checkExperimentConfig({ ...whole, ...change }, 'run.json');
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  const method = (change: object) => refused({ methods: [{ ...methods[0], ...change }, methods[1]] });
  const trained = (change: object) => refused({ methods: [methods[0], { ...methods[1], ...change }] });

  it('smoke: all of them may be absent but those that decide', () => {
    expect(checkExperimentConfig(whole, 'run.json').methods).to.have.length(2);
  });

  it('feature: names of earlier versions are read, each with one notice', () => {
    const { methods: all, protocol: _, ...rest } = whole;
    const notices: string[] = [];
    const published = [1, 2].map((i) => ({ name: `A${i}`, source: 'B', figures: { accuracy: 0.5 } }));
    const read = checkExperimentConfig(
      {
        ...rest,
        rows: all,
        normalise: 'channels',
        published,
        protocol: { faithfulness: { pictures: 2, steps: 3, rows: ['gap'] } },
      },
      'run.json',
      (sentence) => notices.push(sentence),
    );
    expect([read.methods, read.normalize]).to.deep.equal([all, 'channels']);
    expect(read.protocol.faithfulness).to.deep.equal({ images: 2, steps: 3, methods: ['gap'] });
    expect(read.published?.[1].estimates).to.deep.equal({ accuracy: 0.5 });
    expect(notices).to.deep.equal([
      'rows of run.json is named methods now; the old name is still read',
      'normalise of run.json is named normalize now; the old name is still read',
      'pictures of faithfulness of run.json is named images now; the old name is still read',
      'rows of faithfulness of run.json is named methods now; the old name is still read',
      'figures of the published methods of run.json is named estimates now; the old name is still read',
    ]);
    checkExperimentConfig(whole, 'run.json', (sentence) => expect.fail(sentence));
    expect(refused({ rows: all }), 'old and new name').to.match(
      /^Expected only fields in run\.json but received "rows"/,
    );
  });

  it('feature: a pooling by the name of a preset, which says how many maps, and GAP by its earlier name', () => {
    const notices: string[] = [];
    const { methods: read } = checkExperimentConfig(
      {
        ...whole,
        methods: [
          { ...methods[0], pooling: 'mean' },
          { ...methods[0], id: 'gap2', pooling: 'mean', normalise: 'regions' },
          { ...methods[1], pooling: 'wildcat' },
          { ...methods[1], id: 'two', pooling: 'wildcat', maps: 2 },
          { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'wildcat' },
        ],
      },
      'run.json',
      (sentence) => notices.push(sentence),
    );
    expect(read.map((each) => [(each as HeadMethod).pooling, (each as HeadMethod).maps])).to.deep.equal([
      ['gap', undefined],
      ['gap', undefined],
      ['wildcat', 4],
      ['wildcat', 2],
      ['wildcat', undefined],
    ]);
    expect((read[1] as HeadMethod).normalize).to.equal('regions');
    expect(notices).to.deep.equal([
      'pooling "mean" of run.json is named "gap" now; the old name is still read',
      'normalise of the methods of run.json is named normalize now; the old name is still read',
    ]);
  });

  it('exception: a misspelt field is named with the nearest ones, at any depth', () => {
    expect(refused({ titel: 'x' })).to.match(
      /^Expected only fields in run\.json but received "titel"\. Nearest: "title", /,
    );
    expect(refused({ protocol: { epoch: [5] } })).to.match(
      /^Expected only fields in protocol of run\.json .*"epoch"\. Nearest: "epochs"/,
    );
    expect(refused({ protocol: { faithfulness: { image: 2 } } })).to.match(
      /^Expected only fields in faithfulness of .*"image"\. Nearest: "images"/,
    );
    expect(refused({ dataSet: { kind: 'folder', split: 5 } })).to.match(
      /^Expected only fields in dataSet of .*"split"\. Nearest: "splits"/,
    );
    expect(refused({ backbone: { name: 'net', layer: 'top', weights: 'x' } })).to.match(
      /^Expected only fields in backbone of .*"weights"/,
    );
    expect(refused({ backbone: { layer: 'top', input: { color: 'rgb' } } })).to.match(
      /^Expected only fields in input of the backbone of .*"color"\. Nearest: "colorOrder"/,
    );
    expect(refused({ published: [{ nam: '' }] })).to.match(
      /^Expected only fields in a published method of .*"nam"\. Nearest: "name"/,
    );
    expect(method({ poolng: 'gap' })).to.match(
      /^Expected only fields in method gap of .*"poolng"\. Nearest: "pooling"/,
    );
    expect(method({ pooling: { kmax: 2 } })).to.match(
      /^Expected only fields in pooling of method gap of .*"kmax"\. Nearest: "kMax"/,
    );
    expect(method({ pooling: { kmax: 2 } })).to.match(
      /^Expected only fields in pooling of method gap of .*"kmax"\. Nearest: "kMax"/,
    );
    expect(method({ rates: [1] }), 'heads take the rates of the protocol').to.match(
      /^Expected only fields in method gap of .*"rates"/,
    );
    expect(trained({ poolingSchedule: { till: 1 } })).to.match(
      /^Expected only fields in poolingSchedule of method ft of .*"till"\. Nearest: "until"/,
    );
  });

  it('exception: lists and objects that are none, no pooling, no version', () => {
    expect(refused({ methods: {} })).to.equal('Expected methods of run.json to be a list but received {}');
    expect(refused({ methods: ['gap'] })).to.equal('Expected method 1 of run.json to be an object but received "gap"');
    expect(method({ kind: 'toString' })).to.match(
      /^Expected kind of method gap of run\.json to be one of head, svm, .* but received "toString"$/,
    );
    expect(refused({ protocol: null })).to.equal('Expected protocol of run.json to be an object but received null');
    expect(refused({ comparisons: 'gap' })).to.equal(
      'Expected comparisons of run.json to be a list but received "gap"',
    );
    expect(refused({ comparisons: ['gap'] })).to.equal(
      'Expected a comparison of run.json to be a pair of ids of methods but received "gap"',
    );
    expect(method({ pooling: undefined })).to.equal(
      "Expected pooling of method gap of run.json to be 'gap', 'max', 'mantra', 'weldon', 'weldon3', 'wildcat', 'logSumExp', or options of a pooling but received none",
    );
    expect(refused({ version: undefined })).to.match(
      /^Expected run\.json to be a run .* but received something without a version$/,
    );
    expect(refused({ version: 2 })).to.match(/but received version 2$/);
  });
});
