import { expect } from 'chai';
import { stageStore } from '../../../demos/mit67/protocol/stageStore.js';
import { temporaryFolder } from '../../src/node/temporaryFolder.js';

describe('stageStore', () => {
  const folder = temporaryFolder();

  it('computes a stage once, and anew after one sentence when what decides it has changed', async () => {
    const told: string[] = [];
    let computed = 0;
    const run = (key: unknown) => stageStore(folder.path('stages'), (sentence) => told.push(sentence))
      .once('choice', key, async () => ({ value: ++computed }));
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
    expect(told).to.deep.equal([]);
    expect(await run({ rate: 2 })).to.deep.equal({ value: 2 });
    expect(told).to.deep.equal(['What decides stage choice has changed since it was kept: it is computed anew']);
    // the older result is still there
    expect(await run({ rate: 1 })).to.deep.equal({ value: 1 });
  });
});
