/** `weldon experiment` as it is built and installed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { buildCommand, commandFile, weldon } from '../builtCommand.js';
import { smallClassFolders } from '../../node/smallImages.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

describe('weldon experiment', function () {
  const folder = temporaryFolder();
  const config = {
    version: 1,
    title: 'Small squares',
    dataSet: { kind: 'folder' },
    size: 64,
    backbone: { name: 'EfficientNet-Lite0', layer: 'stage3' },
    protocol: { seeds: [1], rates: [1e-2], epochs: [3] },
    methods: [{ kind: 'head', id: 'gap', name: 'GAP', pooling: 'gap' }],
  };
  const quick = ['--config', 'run.json', '--data', 'data', '--backend', 'wasm', '--jobs', '0'];

  before(async () => {
    buildCommand();
    await smallClassFolders(folder.path('data/train'), 6);
    await smallClassFolders(folder.path('data/test'), 2, 1000);
    folder.write('run.json', JSON.stringify(config));
  });

  it('smoke: from a config to results and report, in the folder where one is', () => {
    const { code, stdout, stderr } = weldon(['experiment', ...quick], folder.path('.'));
    expect(code, stderr).to.equal(0);
    expect(stdout).to.match(/^features {5}GAP +accuracy [\d.]+ {2}meanClass [\d.]+ {2}64 px, rate 0\.01, 3 epochs$/m);
    const { results } = JSON.parse(readFileSync(folder.path('.cache/experiment/runs/run.json'), 'utf8'));
    expect(results.made.command).to.equal('weldon experiment --config run.json --data DIR');
    expect(readFileSync(folder.path('.cache/experiment/runs/run.html'), 'utf8')).to.contain('Small squares');
  });

  it('feature: images alone have a recipe, which is in the package', () => {
    const args = ['experiment', '--data', 'data/train', '--backend', 'wasm', '--jobs', '0', '--methods', 'gap'];
    const { code, stdout, stderr } = weldon([...args, '--dry-run', '--cache', 'none'], folder.path('.'));
    expect(code, stderr).to.equal(0);
    expect(stdout)
      .to.match(/: train, 3 classes, 1\d training and \d test images$/m)
      .and.contain('for gap, on 30 %');
    expect(existsSync(folder.path('none'))).to.equal(false);
  });

  it('exception: one sentence and 1 for what cannot be done, 2 for wrong usage', () => {
    const said = (...args: string[]) => {
      const { code, stdout, stderr } = weldon(['experiment', ...args], folder.path('.'));
      expect(stdout).to.equal('');
      return [code, stderr.trim().split('\n')[0]];
    };
    expect(said()).to.deep.equal([
      1,
      'weldon: Expected --data to be the folder of a data set, or --config a file that says what to run but received neither',
    ]);
    expect(said('--config', 'none.json', '--data', 'data')).to.deep.equal([
      1,
      'weldon: Expected none.json to be the config of a run but received no file of that name: check the path',
    ]);
    expect(said('--metods', 'gap')[0]).to.equal(2);
    expect(said('--jobs', '1.5')).to.deep.equal([
      2,
      "weldon: option '--jobs <number>' argument '1.5' is invalid. Expected a whole number from 0 to 64.",
    ]);
  });

  it('feature: Ctrl-C ends it with 130, and the same command goes on', async () => {
    mkdirSync(folder.path('stop'), { recursive: true });
    const child = spawn(process.execPath, [commandFile, 'experiment', ...quick, '--cache', 'stop'], {
      cwd: folder.path('.'),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (text: Buffer) => {
      told += text.toString();
    });
    while (!existsSync(join(folder.path('stop'), 'features'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(child.exitCode, told).to.equal(null);
    }
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([130, null]);
    expect(told).to.contain('stopped; the same command goes on from there\n');
    const { code, stderr } = weldon(['experiment', ...quick, '--cache', 'stop'], folder.path('.'));
    expect(code, stderr).to.equal(0);
    rmSync(folder.path('stop'), { recursive: true });
  });
});
