import { expect } from 'chai';
import { withChosenMethods } from '../../../../src/commands/experiment/selectMethods.js';
import type { MethodFlags } from '../../../../src/commands/experiment/selectMethods.js';
import { checkExperimentConfig } from '../../../../src/commands/experiment/readConfig.js';

const trained = { kind: 'fineTune', pooling: 'gap', rates: [1e-3], epochs: [1], full: true };
const methods = [
  { kind: 'gradCam', id: 'cam', name: '', of: 'gap' },
  { kind: 'head', id: 'gap', name: '', pooling: 'gap' },
  { kind: 'head', id: 'w8', name: '', pooling: { kMax: 0.08 } },
  { ...trained, id: 'ft', name: '' },
  { kind: 'ensemble', id: 'both', name: '', of: ['gap', 'ft'] },
  { kind: 'ensemble', id: 'all', name: '', of: ['both', 'w8'] },
];
const base = {
  version: 1,
  title: 'Run',
  dataSet: { kind: 'folder' },
  size: 64,
  backbone: { name: 'Lite0', layer: 'head' },
};
const whole = checkExperimentConfig(
  {
    ...base,
    methods,
    comparisons: [
      ['w8', 'gap'],
      ['ft', 'gap'],
      ['all', 'w8'],
    ],
  },
  'run.json',
);

function chosen(flags: MethodFlags) {
  const { config, notice } = withChosenMethods(whole, flags);
  return [
    config.methods.map(({ id }) => id).join(' '),
    config.comparisons.map((pair) => pair.join('-')).join(' '),
    notice,
  ];
}

describe('methods that are chosen', () => {
  it('feature: a method that takes long, and what is made from it, runs with --full alone, or where it is named', () => {
    expect(chosen({})).to.deep.equal([
      'cam gap w8',
      'w8-gap',
      'Methods ft, both and all are left out: --full runs them too',
    ]);
    expect(chosen({ full: true })).to.deep.equal(['cam gap w8 ft both all', 'w8-gap ft-gap all-w8', null]);
    expect(chosen({ methods: ['ft'] })).to.deep.equal(['ft', '', null]);
    expect(chosen({ methods: ['both'] })).to.deep.equal(['gap ft both', 'ft-gap', null]);
    expect(chosen({ methods: ['all'] })).to.deep.equal(['gap w8 ft both all', 'w8-gap ft-gap all-w8', null]);
    expect(chosen({ methods: ['cam'], full: true })).to.deep.equal(['cam gap', '', null]);
    const { notice } = withChosenMethods({ ...whole, methods: whole.methods.slice(0, 4) }, {});
    expect(notice).to.equal('Method ft is left out: --full runs it too');
    expect(whole.methods).to.have.length(6);
  });

  it('exception: a method that is not there, with the nearest ones; a run of which nothing is left', () => {
    expect(() => chosen({ methods: ['gap', 'w9'] })).to.throw(
      /^Expected --methods to be ids of methods, of cam, gap, w8, ft, both, all but received w9.*w8/,
    );
    const long = checkExperimentConfig({ ...base, methods: methods.slice(3, 4) }, 'run.json');
    expect(() => withChosenMethods(long, {})).to.throw(
      'Expected the methods of Run to be some that run without --full but received none: give --full, or name some with --methods',
    );
  });
});
