import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tryOnnx } from '../../../../src/node/runtime/onnxRuntime.js';
import { temporaryFolder } from '../temporaryFolder.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const install = 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0';

describe('tryOnnx', () => {
  const folder = temporaryFolder();

  /** A package as it would lie in node_modules. */
  async function fake(name: string, version: unknown, main: string, native = true): Promise<string> {
    const path = folder.path(name);
    const bin = join(path, 'bin', 'napi-v6', process.platform, process.arch);
    await mkdir(native ? bin : path, { recursive: true });
    await writeFile(
      join(path, 'package.json'),
      JSON.stringify({ name: 'onnxruntime-node', version, main: 'index.js' }),
    );
    await writeFile(join(path, 'index.js'), main);
    if (native) {
      await writeFile(join(bin, 'onnxruntime_binding.node'), '');
    }
    return path;
  }

  it('feature: the one that is installed is usable', async () => {
    const trial = await tryOnnx();
    expect(trial).to.include({ usable: true });
    expect(trial.reason).to.match(/^onnxruntime-node 1\.\d+\.\d+$/);
  });

  const sound = 'exports.InferenceSession = { create() {} }; exports.Tensor = class {};';
  const cases: [what: string, make: () => Promise<string | null>, sentence: RegExp][] = [
    ['none', async () => null, /^onnxruntime-node is not installed: /],
    ['another major version', () => fake('major', '2.0.1', sound), /^onnxruntime-node 2\.0\.1 is not of version 1: /],
    ['no version', () => fake('no version', undefined, sound), /^onnxruntime-node undefined is not of version 1: /],
    [
      'no native part',
      () => fake('no native', '1.30.0', sound, false),
      /^onnxruntime-node 1\.30\.0 has no native part for \w+ \w+: /,
    ],
    [
      'a library that does not load',
      () => fake('broken', '1.30.0', `throw new Error('libonnxruntime.so.1: cannot open shared object\\nmore');`),
      /^onnxruntime-node 1\.30\.0 does not load \(libonnxruntime\.so\.1: cannot open shared object\): /,
    ],
    ['something else', () => fake('else', '1.30.0', 'exports.x = 1;'), /has no InferenceSession: /],
  ];
  for (const [what, make, sentence] of cases) {
    it(`exception: ${what}: one sentence, and the line that installs it`, async () => {
      const trial = await tryOnnx(await make());
      expect(trial.usable).to.equal(false);
      expect(trial.reason).to.match(sentence);
      expect(trial.reason.endsWith(install)).to.equal(true);
      expect(trial.reason).not.to.contain('\n');
    });
  }

  it('feature: npm ci of a checkout fetches nothing for CUDA', async () => {
    const settings = await readFile(join(root, '.npmrc'), 'utf8');
    expect(settings).to.match(/^onnxruntime-node-install=skip$/m);
    // How npm hands the setting to install scripts; onnxruntime-node's reads this or ONNXRUNTIME_NODE_INSTALL.
    const { stdout } = spawnSync(
      'npm',
      ['exec', '--no', '-c', 'node -p process.env.npm_config_onnxruntime_node_install'],
      { cwd: root, encoding: 'utf8' },
    );
    expect(
      stdout.trim(),
      'npm no longer passes onnxruntime-node-install of .npmrc on: set ONNXRUNTIME_NODE_INSTALL=skip where npm ci runs ' +
        '(README and the workflow of continuous integration)',
    ).to.equal('skip');
  });
});
