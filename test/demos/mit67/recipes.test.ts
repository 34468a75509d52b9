import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RowConfig } from '../../../src/commands/experiment/config.js';
import { readRunConfig } from '../../../src/commands/experiment/config.js';

const folder = fileURLToPath(new URL('../../../demos/mit67/recipes/', import.meta.url));
const rowsOf = async (name: string) => (await readRunConfig(`${folder}${name}.json`)).rows;

describe('recipes', () => {
  it('smoke: each is a run', async () => {
    const names = readdirSync(folder);
    expect(names.length).to.be.at.least(10);
    for (const name of names) {
      expect((await readRunConfig(folder + name)).rows, name).to.not.have.length(0);
    }
  });

  it('feature: fine-tuning through the pooling starts from the rows of the main table, so that their stages are the same', async () => {
    const fineTuned = (rows: RowConfig[]) =>
      rows
        .filter(({ kind }) => kind === 'fineTune')
        .slice(0, 2)
        .map((row) => JSON.stringify(row));
    for (const [main, through] of [
      ['scattered-clothing-lite0', 'scattered-clothing-through-pooling'],
      ['rooms6-lite0', 'rooms6-through-pooling'],
    ]) {
      expect(fineTuned(await rowsOf(through))).to.deep.equal(fineTuned(await rowsOf(main)));
    }
  });
});
