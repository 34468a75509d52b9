import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeWithShared } from '../../shared.js';
import { networks } from './goldenNetworks.js';

interface Outcome {
  backend: string;
  file: string;
  failure: string | null;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const native = fileURLToPath(new URL('../../../.cache/native/node_modules/@tensorflow/tfjs-node-gpu', import.meta.url));

describeWithShared('golden networks [tensorflow]', 'golden/backbones/names.json', () => {
  if (!existsSync(native)) {
    it.skip('skipped: no native backend (npm run setup:native)');
    return;
  }
  const outcomes = new Map<string, Outcome>();

  before(async function () {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'test/src/backbones/goldenOnTensorflow.ts'],
      { cwd: root, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } },
    );
    for (const line of stdout.split('\n').filter((each) => each.startsWith('{'))) {
      const outcome = JSON.parse(line) as Outcome;
      outcomes.set(outcome.file, outcome);
    }
  });

  for (const [file] of networks) {
    it(file, () => {
      expect(outcomes.get(file)).to.deep.include({ backend: 'tensorflow', failure: null });
    });
  }
});
