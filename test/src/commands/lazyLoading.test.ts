/** What the built command loads: help must not wait for TensorFlow.js. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { backboneNames } from '../../../src/backbones/names.js';
import { listBackbones } from '../../../src/backbones/findBackbone.js';
import { temporaryFolder } from '../node/temporaryFolder.js';
import { buildCommand, commandFile, weldon } from './builtCommand.js';

const hook = new URL('./recordModules.mjs', import.meta.url).href;
const dist = new URL('../..', pathToFileURL(commandFile)).href;
const heavy = ['@tensorflow', 'sharp', 'canvas', 'cli-progress', 'piscina'];

describe('modules that the command loads', function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  before(buildCommand);

  function loadedBy(args: readonly string[]): string[] {
    const list = folder.write('modules', '');
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, commandFile, ...args], {
      encoding: 'utf8',
      env: { ...process.env, MODULE_LIST: list },
    });
    expect(status, stderr).to.equal(0);
    return readFileSync(list, 'utf8').trim().split('\n');
  }

  for (const args of [['--version'], ['--help'], ['heatmap', '--help'], ['help', 'train'], ['import', '--help']]) {
    it(`feature: weldon ${args.join(' ')} loads few of them, and no computing`, () => {
      const loaded = loadedBy(args);
      const own = loaded.filter((url) => url.startsWith(dist));
      expect(own).to.include(pathToFileURL(commandFile).href);
      expect(own, own.join('\n')).to.have.length.of.at.most(25);
      for (const name of heavy) {
        expect(loaded.filter((url) => url.includes(`/node_modules/${name}/`))).to.deep.equal([]);
      }
    });
  }

  it('feature: every command is told in the list as in its own help', () => {
    const listed = [...weldon(['--help']).stdout.matchAll(/^ {2}(\w+) (\[options\].*?)(?: {2}.*)?$/gm)];
    expect(listed.map(([, name]) => name)).to.include.members(['heatmap', 'train', 'evaluate', 'import', 'info']);
    for (const [, name, usage] of listed) {
      const { stdout, code } = weldon(['help', name]);
      expect(code).to.equal(0);
      expect(stdout).to.contain(`Usage: weldon ${name} ${usage}\n`);
      // The words in angle brackets are the arguments that it describes.
      const described = [...(/^Arguments:\n([^]*?)\n\n/m.exec(stdout)?.[1] ?? '').matchAll(/^ {2}(\S+)/gm)];
      expect([...usage.matchAll(/[<[](\w+)(?:\.\.\.)?[\]>]/g)].slice(1).map(([, word]) => word)).to.deep.equal(
        described.map(([, word]) => word),
      );
    }
  });

  it('feature: the names in help texts are those of the catalogue', () => {
    expect(listBackbones().map(({ name }) => name)).to.deep.equal(backboneNames);
  });
});
