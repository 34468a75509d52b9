/** Each start in a process of its own: a backend, once registered, stays. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const runtime = pathToFileURL(`${root}src/node/runtime/startRuntime.ts`).href;

function start(options: string, prelude = ''): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `
    ${prelude}
    const { startRuntime } = await import('${runtime}');
    try { console.log(JSON.stringify(await startRuntime(${options}))); } catch (error) { console.error(error.message); process.exitCode = 1; }
  `,
    ],
    { cwd: root, encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
}

describe('startRuntime', function () {
  for (const backend of ['wasm', 'cpu']) {
    it(`starts ${backend} when asked to, quietly`, () => {
      const { stdout, stderr } = start(`{ backend: '${backend}' }`);
      expect(stderr).to.equal('');
      expect(JSON.parse(stdout)).to.include({ backend, device: 'cpu' });
    });
  }

  it('says why a backend does not start', () => {
    const { code, stderr } = start(`{ backend: 'cuda' }`);
    expect(code).to.equal(1);
    expect(stderr.trim()).to.equal(
      'Expected backend for startRuntime to be \'auto\' or one of tensorflow, webgpu, onnx, wasm, cpu but received "cuda"',
    );
  });

  it('prefers a WebGPU adapter that is real, and passes over one that only emulates', () => {
    const adapter = (architecture: string) => `
      globalThis.navigator ??= {};
      Object.defineProperty(globalThis.navigator, 'gpu', { configurable: true, value: {
        requestAdapter: async () => ({ info: { vendor: 'acme', architecture: '${architecture}', device: '', description: '' } }) } });`;
    const software = JSON.parse(start('{}', adapter('swiftshader')).stdout) as { backend: string; reason: string };
    expect(software.backend).to.be.oneOf(['wasm', 'tensorflow']);
    expect(software.reason).to.contain('a software adapter only (acme swiftshader)');
    // A real one is tried; this fake cannot make a device, and the next backend takes over.
    const real = JSON.parse(start('{}', adapter('turing')).stdout) as {
      backend: string;
      considered: { backend: string; state: string }[];
    };
    expect(real.considered[0]).to.include({ backend: 'webgpu', state: 'unusable' });
    expect(real.considered.at(-1)).to.include({ backend: real.backend, state: 'chosen' });
  });
});
