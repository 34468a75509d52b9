import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

describe('wasm modules', () => {
  it('are what their AssemblyScript sources compile to, for plain and for shared memory, and small enough', function () {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['build/assembly.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).to.equal('');
    expect(status, stdout).to.equal(0);
    expect(stdout).to.match(/together: \d+ characters of text/);
  });
});
