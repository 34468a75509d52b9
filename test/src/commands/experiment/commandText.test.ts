import { expect } from 'chai';
import { join } from 'node:path';
import { commandOf } from '../../../../src/commands/experiment/datasetFlags.js';
import { packageRoot } from '../../../../src/node/packageRoot.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

describe('the command of a run, as results tell it', () => {
  const folder = temporaryFolder();

  it('feature: the config where it was, seen from the package or the working directory, and nothing else of this machine', () => {
    const recipe = 'demos/mit67/recipes/food10-lite0.json';
    expect(
      commandOf({ config: join(packageRoot(), recipe), data: '/home/me/food10', weights: '/home/me/net' }),
    ).to.equal(`weldon experiment --config ${recipe} --data DIR --weights DIR`);
    expect(commandOf({ config: recipe, command: 'npm run mit67 --' })).to.equal(`npm run mit67 -- --config ${recipe}`);
    expect(commandOf({ config: './mine/run.json' })).to.equal('weldon experiment --config mine/run.json');
    expect(commandOf({ config: folder.path('my run.json') })).to.equal("weldon experiment --config 'my run.json'");
  });

  it('feature: every flag that decides estimates', () => {
    expect(commandOf({})).to.equal('weldon experiment');
    expect(
      commandOf({
        dataset: 'folder',
        splits: 5,
        data: '.',
        allowMissing: true,
        allowShared: true,
        skipCorrupt: true,
        full: true,
        methods: ['gap', 'w8'],
      }),
    ).to.equal(
      'weldon experiment --dataset folder --splits 5 --data DIR --allow-missing --allow-shared --skip-corrupt --full --methods gap w8',
    );
    expect(commandOf({ full: false })).to.equal('weldon experiment');
  });
});
