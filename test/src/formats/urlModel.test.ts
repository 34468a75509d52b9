import { expect } from 'chai';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { layersModelWeights } from '../../../src/formats/layersModelWeights.js';
import { encodeSafetensors } from '../../../src/formats/safetensors.js';
import { besideUrl, readUrl, urlModel } from '../../../src/formats/urlModel.js';
import { openWeightFile } from '../../../src/node/models/weightFile.js';
import { expectRejection } from './expectRejection.js';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Serves files by range; of `null` nothing is ever answered. */
async function withFiles(files: Record<string, Uint8Array | null>, body: (url: string, asked: string[]) => unknown) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const content = files[new URL(request.url ?? '', 'http://x').pathname.slice(1)];
    if (content === null) {
      return;
    }
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const end = Math.min(Number(to) + 1, content.length);
    response
      .writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${content.length}` })
      .end(content.subarray(Number(from), end));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('models at an address', () => {
  const model = (path: string) => ({
    format: 'layers-model',
    modelTopology: {
      class_name: 'Sequential',
      config: { layers: [{ class_name: 'Dense', config: { name: 'dense', units: 1, batch_input_shape: [null, 2] } }] },
    },
    weightsManifest: [{ paths: [path], weights: [{ name: 'dense/kernel', shape: [2, 1], dtype: 'float32' }] }],
  });
  const part = (name: string, value: number) =>
    encodeSafetensors([{ name, shape: [2], values: Float32Array.of(value, value + 1) }]);

  it('feature: weights beside a model.json', async () => {
    const weights = new Uint8Array(Float32Array.of(3, 4).buffer);
    await withFiles({ 'rooms/model.json': json(model('a b.bin')), 'rooms/a%20b.bin': weights }, async (url, asked) => {
      const source = await layersModelWeights(`${url}rooms/model.json?key=1`);
      expect([...(await source.read('dense/kernel'))]).to.deep.equal([3, 4]);
      expect(asked).to.deep.equal(['/rooms/model.json?key=1', '/rooms/a%20b.bin?key=1']);
    });
  });

  it('exception: a manifest that leaves its folder, weights cut off, no model, no JSON', async () => {
    const files = {
      'up/model.json': json(model('../secret.bin')),
      'other/model.json': json(model('http://127.0.0.1:1/weights.bin')),
      'short/model.json': json(model('w.bin')),
      'short/w.bin': new Uint8Array(4),
      'none/model.json': json({ a: 1 }),
      'text/model.json': new TextEncoder().encode('<html>'),
    };
    await withFiles(files, async (url, asked) => {
      for (const [folder, words] of [
        ['up', 'to be in the same folder but received a path that leaves it'],
        ['other', 'to be in the same folder but received a path that leaves it'],
        ['short', '8 bytes together, as model.json says but received 4'],
        ['none', 'received another: it has no modelTopology or weightsManifest'],
        ['text', 'received text that is not JSON'],
      ]) {
        await expectRejection(layersModelWeights(`${url}${folder}/model.json`), words);
      }
      expect(asked.filter((path) => path.includes('secret'))).to.deep.equal([]);
    });
  });

  it('feature: names stay in the folder, whatever marks they hold', () => {
    expect(besideUrl('https://x.org/a/i.json?t=1', 'w#1?.bin')).to.equal('https://x.org/a/w%231%3F.bin?t=1');
    for (const name of ['../b', '/b', '//y.org/b', 'https://y.org/b', '.', 'c/../../b']) {
      expect(() => besideUrl('https://x.org/a/i.json', name), name).to.throw('in the same folder');
    }
  });

  it('exception: a file longer than it may be is not fetched, a silent server is given up', async () => {
    await withFiles({ 'a.json': new Uint8Array(70_000), never: null }, async (url, asked) => {
      await expectRejection(readUrl(`${url}a.json`, 69_999), 'a file of at most 69999 bytes but received one of 70000');
      expect(asked).to.have.length(1);
      await expectRejection(readUrl(`${url}never`, 100, { timeout: 200 }), 'nothing for 0.2 seconds');
      await expectRejection(urlModel(`${url}none.json`).load!(), 'the status 404');
    });
  });

  it('feature: an index of safetensors files; exception: one that leaves its folder, or names what is not there', async () => {
    const index = (map: Record<string, unknown>) => json({ metadata: {}, weight_map: map });
    const files = {
      'm.safetensors.index.json': index({ x: 'a.safetensors', y: 'b.safetensors' }),
      'a.safetensors': part('x', 1),
      'b.safetensors': part('y', 5),
      'up.safetensors.index.json': index({ x: '../a.safetensors' }),
      'far.safetensors.index.json': index({ x: 'http://127.0.0.1:1/a.safetensors' }),
      'lost.safetensors.index.json': index({ x: 'c.safetensors' }),
      'wrong.safetensors.index.json': index({ y: 'a.safetensors' }),
      'odd.safetensors.index.json': index({ x: { a: 1 } }),
    };
    await withFiles(files, async (url) => {
      const { source, close } = await openWeightFile(`${url}m.safetensors.index.json`);
      expect([...(await source.read('y')), ...(await source.readPart!('x', 1, 1))]).to.deep.equal([5, 6, 2]);
      await close();
      for (const [name, words] of [
        ['up', 'names in its own folder but received "../a.safetensors"'],
        ['far', 'names in its own folder but received "http://127.0.0.1:1/a.safetensors"'],
        ['lost', 'c.safetensors to be a URL that answers but received the status 404'],
        ['wrong', 'to be in a.safetensors but received a file without it'],
        ['odd', 'names in its own folder'],
      ]) {
        await expectRejection(openWeightFile(`${url}${name}.safetensors.index.json`), words);
      }
    });
  });
});
