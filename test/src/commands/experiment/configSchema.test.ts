import { expect } from 'chai';
import type { HeadRow } from '../../../../src/commands/experiment/config.js';
import { checkRunConfig } from '../../../../src/commands/experiment/config.js';

const rows = [
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
  protocol: { faithfulness: { images: 2, steps: 3, rows: ['gap'] } },
  rows,
  comparisons: [['ft', 'gap']],
};

describe('fields of a run', () => {
  const refused = (change: object) => {
    try {
      checkRunConfig({ ...whole, ...change }, 'run.json');
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  const row = (change: object) => refused({ rows: [{ ...rows[0], ...change }, rows[1]] });
  const trained = (change: object) => refused({ rows: [rows[0], { ...rows[1], ...change }] });

  it('smoke: all of them may be absent but those that decide', () => {
    expect(checkRunConfig(whole, 'run.json').rows).to.have.length(2);
  });

  it('feature: a pooling by the name of a preset, which says how many maps, and GAP by its earlier name', () => {
    const { rows: read } = checkRunConfig(
      {
        ...whole,
        rows: [
          { ...rows[0], pooling: 'mean' },
          { ...rows[1], pooling: 'wildcat' },
          { ...rows[1], id: 'two', pooling: 'wildcat', maps: 2 },
          { kind: 'svm', id: 'svm', name: 'SVM', pooling: 'wildcat' },
        ],
      },
      'run.json',
    );
    expect(read.map((each) => [(each as HeadRow).pooling, (each as HeadRow).maps])).to.deep.equal([
      ['gap', undefined],
      ['wildcat', 4],
      ['wildcat', 2],
      ['wildcat', undefined],
    ]);
  });

  it('exception: a misspelt field is named with the nearest ones, at any depth', () => {
    expect(refused({ titel: 'x' })).to.match(
      /^Expected the fields of run\.json to be of version, title, .*terms but received "titel"\. Nearest: "title", /,
    );
    expect(refused({ protocol: { epoch: [5] } })).to.match(
      /^Expected the fields of protocol of run\.json .*"epoch"\. Nearest: "epochs"/,
    );
    expect(refused({ protocol: { faithfulness: { image: 2 } } })).to.match(
      /^Expected the fields of faithfulness of .*"image"\. Nearest: "images"/,
    );
    expect(refused({ dataSet: { kind: 'folder', split: 5 } })).to.match(
      /^Expected the fields of dataSet of .*"split"\. Nearest: "splits"/,
    );
    expect(refused({ backbone: { name: 'net', layer: 'top', weights: 'x' } })).to.match(
      /^Expected the fields of backbone of .*"weights"/,
    );
    expect(refused({ backbone: { layer: 'top', input: { color: 'rgb' } } })).to.match(
      /^Expected the fields of input of the backbone of .*"color"\. Nearest: "colorOrder"/,
    );
    expect(refused({ published: [{ nam: '' }] })).to.match(
      /^Expected the fields of a published figure of .*"nam"\. Nearest: "name"/,
    );
    expect(row({ poolng: 'gap' })).to.match(/^Expected the fields of row gap of .*"poolng"\. Nearest: "pooling"/);
    expect(row({ pooling: { kmax: 2 } })).to.match(
      /^Expected the fields of pooling of row gap of .*"kmax"\. Nearest: "kMax"/,
    );
    expect(row({ rates: [1] }), 'heads take the rates of the protocol').to.match(
      /^Expected the fields of row gap of .*"rates"/,
    );
    expect(trained({ poolingSchedule: { till: 1 } })).to.match(
      /^Expected the fields of poolingSchedule of row ft of .*"till"\. Nearest: "until"/,
    );
  });

  it('exception: lists and objects that are none, no pooling, no version', () => {
    expect(refused({ rows: {} })).to.equal('Expected rows of run.json to be a list but received {}');
    expect(refused({ rows: ['gap'] })).to.equal('Expected row 1 of run.json to be an object but received "gap"');
    expect(row({ kind: 'toString' })).to.match(
      /^Expected kind of row gap of run\.json to be 'head', .* but received "toString"$/,
    );
    expect(refused({ protocol: null })).to.equal('Expected protocol of run.json to be an object but received null');
    expect(refused({ comparisons: 'gap' })).to.equal(
      'Expected comparisons of run.json to be a list but received "gap"',
    );
    expect(refused({ comparisons: ['gap'] })).to.equal(
      'Expected a comparison of run.json to be a pair of ids of rows but received "gap"',
    );
    expect(row({ pooling: undefined })).to.equal(
      "Expected pooling of row gap of run.json to be 'gap', 'max', 'mantra', 'weldon', 'weldon3', 'wildcat', or kMax, kMin, alpha and reduction but received none",
    );
    expect(refused({ version: undefined })).to.match(
      /^Expected run\.json to be a run .* but received something without a version$/,
    );
    expect(refused({ version: 2 })).to.match(/but received version 2$/);
  });
});
