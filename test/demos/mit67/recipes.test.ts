import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MethodConfig } from '../../../src/commands/experiment/config.js';
import { readExperimentConfig } from '../../../src/commands/experiment/readConfig.js';

const folder = fileURLToPath(new URL('../../../demos/mit67/recipes/', import.meta.url));
const methodsOf = async (name: string) => (await readExperimentConfig(`${folder}${name}.json`)).methods;

describe('recipes', () => {
  it('smoke: each is a run', async () => {
    const names = readdirSync(folder);
    expect(names.length).to.be.at.least(10);
    for (const name of names) {
      expect((await readExperimentConfig(folder + name)).methods, name).to.not.have.length(0);
    }
  });

  it('feature: fine-tuning through the pooling starts from the methods of the main table, so that their results are the same', async () => {
    const fineTuned = (methods: MethodConfig[]) =>
      methods
        .filter(({ kind }) => kind === 'fineTune')
        .slice(0, 2)
        .map((method) => JSON.stringify(method));
    for (const [main, through] of [
      ['scattered-clothing-lite0', 'scattered-clothing-through-pooling'],
      ['rooms6-lite0', 'rooms6-through-pooling'],
    ]) {
      expect(fineTuned(await methodsOf(through))).to.deep.equal(fineTuned(await methodsOf(main)));
    }
  });
});
