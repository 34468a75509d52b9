import { expect } from 'chai';
import { withChosenRows } from '../../../../src/commands/experiment/selectMethods.js';
import type { RowFlags } from '../../../../src/commands/experiment/selectMethods.js';
import { checkRunConfig } from '../../../../src/commands/experiment/config.js';

const trained = { kind: 'fineTune', pooling: 'gap', rates: [1e-3], epochs: [1], full: true };
const rows = [
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
const whole = checkRunConfig(
  {
    ...base,
    rows,
    comparisons: [
      ['w8', 'gap'],
      ['ft', 'gap'],
      ['all', 'w8'],
    ],
  },
  'run.json',
);

function chosen(flags: RowFlags) {
  const { config, notice } = withChosenRows(whole, flags);
  return [
    config.rows.map(({ id }) => id).join(' '),
    config.comparisons.map((pair) => pair.join('-')).join(' '),
    notice,
  ];
}

describe('rows that are chosen', () => {
  it('feature: a row that takes long, and what is made from it, runs with --full alone, or where it is named', () => {
    expect(chosen({})).to.deep.equal([
      'cam gap w8',
      'w8-gap',
      'Rows ft, both and all are left out: --full runs them too',
    ]);
    expect(chosen({ full: true })).to.deep.equal(['cam gap w8 ft both all', 'w8-gap ft-gap all-w8', null]);
    expect(chosen({ rows: ['ft'] })).to.deep.equal(['ft', '', null]);
    expect(chosen({ rows: ['both'] })).to.deep.equal(['gap ft both', 'ft-gap', null]);
    expect(chosen({ rows: ['all'] })).to.deep.equal(['gap w8 ft both all', 'w8-gap ft-gap all-w8', null]);
    expect(chosen({ rows: ['cam'], full: true })).to.deep.equal(['cam gap', '', null]);
    const { notice } = withChosenRows({ ...whole, rows: whole.rows.slice(0, 4) }, {});
    expect(notice).to.equal('Row ft is left out: --full runs it too');
    expect(whole.rows).to.have.length(6);
  });

  it('exception: a row that is not there, with the nearest ones; a run of which nothing is left', () => {
    expect(() => chosen({ rows: ['gap', 'w9'] })).to.throw(
      /^Expected --rows to be ids of rows, of cam, gap, w8, ft, both, all but received w9.*w8/,
    );
    const long = checkRunConfig({ ...base, rows: rows.slice(3, 4) }, 'run.json');
    expect(() => withChosenRows(long, {})).to.throw(
      'Expected the rows of Run to be some that run without --full but received none: give --full, or name some with --rows',
    );
  });
});
