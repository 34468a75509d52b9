import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../node/temporaryFolder.js';
import { buildCommand, commandFile, weldon } from '../builtCommand.js';

const photos = fileURLToPath(new URL('../../../../demos/photos/', import.meta.url));

describe('weldon serve, the command', () => {
  const folder = temporaryFolder();
  before(buildCommand);

  it('smoke: serves what weldon index has baked, on the same network, and ends with 0 when it is told to', async () => {
    const catalogue = folder.path('catalogue');
    expect(weldon(['index', photos, '--out', catalogue]).code).to.equal(0);
    const token = 'a-token-of-the-test';
    const server = spawn(process.execPath, [commandFile, 'serve', catalogue, '--port', '0', '--json'], {
      env: { ...process.env, WELDON_TOKEN: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(server, 'exit');
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const form = new FormData();
    form.append('image', new Blob([readFileSync(`${photos}cat.jpg`)]), 'cat.jpg');
    form.append('windows', '0');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/search`, { method: 'POST', body: form, headers });
    const { hits, nothingSimilar } = (await answer.json()) as {
      hits: { id: string; score: number }[];
      nothingSimilar: boolean;
    };
    expect(hits[0].id).to.equal('cat.jpg');
    expect(hits[0].score).to.be.closeTo(1, 1e-4);
    expect(nothingSimilar).to.equal(false);
    const image = await fetch(`${url}/items/cat.jpg/image`, { headers });
    expect(Buffer.from(await image.arrayBuffer())).to.deep.equal(readFileSync(`${photos}cat.jpg`));
    server.kill('SIGTERM');
    expect(await ended).to.deep.equal([0, null]);
    expect(said).to.contain(`Serving at ${url}`).and.not.contain(token);
  });

  it('exception: places without a catalogue end with 1 and a sentence, wrong options with 2', () => {
    const nowhere = folder.path('nowhere');
    const { code, stderr } = weldon(['serve', nowhere]);
    expect(code).to.equal(1);
    expect(stderr).to.contain(`Expected ${nowhere} to be a catalogue's folder`).and.not.contain('    at ');
    expect(weldon(['serve', nowhere, '--port', '70000']).code).to.equal(2);
    expect(weldon(['serve']).code).to.equal(2);
    const missing = weldon(['serve', nowhere, '--token-file', folder.path('no token')]);
    expect([
      missing.code,
      missing.stderr.includes('to be a file with the token but received no file of that name'),
    ]).to.deep.equal([1, true]);
  });
});
