import { expect } from 'chai';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'node:http';
import { once } from 'node:events';
import sharp from 'sharp';
import { readFeedback } from '../../../../src/commands/serve/feedbackFile.js';
import type { ServeCatalogueOptions } from '../../../../src/commands/serve/options.js';
import type { CatalogueServer } from '../../../../src/commands/serve/serveCatalogue.js';
import { serveWith } from '../../../../src/commands/serve/serveCatalogue.js';
import { rejection, temporaryFolder } from '../../node/temporaryFolder.js';
import { bakeGreys, greyId, greyPass, greyPng } from './greyCatalogue.js';

interface Answer {
  status: number;
  body: {
    error?: string;
    hits: { id: string; queryBox: Record<string, number>; box: object | null; meta: object }[];
  } & Record<string, unknown>;
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

function form(fields: Record<string, unknown>, ...images: Uint8Array[]): FormData {
  const data = new FormData();
  Object.entries(fields).forEach(([name, value]) => data.append(name, JSON.stringify(value)));
  images.forEach((image) => data.append('image', new Blob([image as Uint8Array<ArrayBuffer>]), 'photo.png'));
  return data;
}

const asJson = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('weldon serve', () => {
  const folder = temporaryFolder();
  const greys = Array.from({ length: 18 }, (_, i) => i + 1);
  const servers: CatalogueServer[] = [];
  const notices: string[] = [];
  let catalogue: string;

  async function serve(options: Partial<ServeCatalogueOptions> = {}): Promise<string> {
    const server = await serveWith(
      { catalogue, port: 0, notice: (sentence) => notices.push(sentence), ...options },
      async () => greyPass(),
    );
    servers.push(server);
    return server.url;
  }
  before(async () => {
    catalogue = folder.path('catalogue');
    await bakeGreys(catalogue, folder.path('images'), greys);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    expect(notices.splice(0)).to.deep.equal([]);
  });

  it('smoke: finds the item that an uploaded image shows, and where, in pixels of the image as it was sent', async () => {
    const url = await serve();
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    const whole = await ask(`${url}/search`, { method: 'POST', body: form({ k: 3 }, await greyPng(7)) });
    expect(whole.status).to.equal(200);
    expect(whole.body.hits).to.have.length(3);
    expect(whole.body.hits[0]).to.deep.include({ id: greyId(7), meta: { even: false, grey: 7 }, box: null, vector: 0 });
    expect(whole.body.nothingSimilar).to.equal(false);
    expect(whole.body.took).to.be.above(0);
    const inside = { grey: 3, x: 384, y: 1152, side: 960 };
    // Decoded at three quarters of its side.
    const room = await greyPng(25, { side: 2688, inside });
    const { body } = await ask(`${url}/search`, { method: 'POST', body: form({}, room) });
    expect(body.hits[0].id).to.equal(greyId(3));
    const { x, y, width, height } = body.hits[0].queryBox;
    expect(x).to.be.within(inside.x - 200, inside.x + inside.side);
    expect(y).to.be.within(inside.y - 200, inside.y + inside.side);
    expect(x + width).to.be.at.most(inside.x + inside.side + 200);
    expect(y + height).to.be.at.most(inside.y + inside.side + 200);
    const placed = await ask(`${url}/search`, { method: 'POST', body: form({ boxes: true, k: 2 }, room) });
    expect(placed.body.hits[0].box).to.have.keys('x', 'y', 'width', 'height');
    const box = { x: 480, y: 1248, width: 600, height: 600 };
    const boxed = await ask(`${url}/search`, { method: 'POST', body: form({ box, refine: 0 }, room) });
    expect(boxed.body.hits[0]).to.deep.include({ id: greyId(3), queryBox: box });
  });

  it('feature: searches by items, by a part of one, with filter, offset and threshold', async () => {
    const url = await serve();
    const alike = await ask(`${url}/search`, asJson({ positive: [greyId(5)], k: 2 }));
    expect(alike.body.hits[0]).to.deep.include({ id: greyId(6), queryBox: null });
    const next = await ask(`${url}/search`, asJson({ positive: [greyId(5)], offset: 1, k: 1 }));
    expect(next.body.hits[0].id).to.equal(alike.body.hits[1].id);
    const filter = { even: false, grey: { min: 4, max: 9 } };
    const filtered = await ask(`${url}/search`, asJson({ positive: [greyId(5)], negative: [greyId(2)], filter }));
    expect(filtered.body.hits.map(({ id }) => id).sort()).to.deep.equal([greyId(7), greyId(9)]);
    const none = await ask(`${url}/search`, asJson({ positive: [greyId(5)], threshold: 5 }));
    expect(none.body.hits).to.deep.equal([]);
    const box = { x: 0, y: 0, width: 48, height: 48 };
    const part = await ask(`${url}/search`, asJson({ positive: [greyId(5)], box, k: 1, refine: 0 }));
    expect(part.body.hits[0]).to.deep.include({ id: greyId(5), queryBox: box });
  });

  it('smoke: items, their images, the map, health and the description of all', async () => {
    const url = await serve();
    const path = `${url}/items/${encodeURIComponent(greyId(4))}`;
    expect((await ask(path)).body).to.deep.equal({ id: greyId(4), vectors: 1, meta: { even: true, grey: 4 } });
    const image = await fetch(`${path}/image`);
    expect(image.headers.get('content-type')).to.equal('image/png');
    expect(Buffer.from(await image.arrayBuffer())).to.deep.equal(readFileSync(folder.path(`images/${greyId(4)}`)));
    const map = (await ask(`${url}/map`)).body as unknown as { ids: string[]; places: number[] };
    expect(map.ids).to.deep.equal(greys.map(greyId));
    expect(map.places).to.have.length(36);
    expect(map.places.every((value) => value >= 0 && value <= 1)).to.equal(true);
    expect((await ask(`${url}/health`)).body).to.deep.include({ status: 'ok', count: 18, model: 'greys' });
    const { paths } = (await ask(`${url}/openapi.json`)).body as unknown as { paths: Record<string, object> };
    expect(Object.keys(paths)).to.deep.equal([
      ...['/search', '/feedback', '/items/{id}', '/items/{id}/image', '/map', '/health', '/openapi.json'],
    ]);
  });

  it('feature: items are added, replaced and deleted where that is allowed, with their images', async () => {
    const url = await serve({ writable: true });
    const id = '../../new item/ü.png';
    const path = `${url}/items/${encodeURIComponent(id)}`;
    const put = (grey: number, meta: object) =>
      greyPng(grey).then((image) => ask(path, { method: 'PUT', body: form({ meta }, image) }));
    expect(await put(19, { grey: 19 })).to.deep.equal({ status: 201, body: { id } });
    expect((await ask(path)).body.meta).to.deep.include({ grey: 19, width: 96, height: 96 });
    const own = await ask(path, { method: 'PUT', body: form({ meta: { sha256: 'x' } }, await greyPng(1)) });
    expect(own.body.error).to.equal(
      'Expected meta to be without folder, sha256, width, height, boxes, put, which a bake writes but received sha256',
    );
    const sought = await ask(`${url}/search`, { method: 'POST', body: form({ k: 1 }, await greyPng(19)) });
    expect(sought.body.hits[0].id).to.equal(id);
    expect((await put(20, {})).status).to.equal(200);
    const image = await fetch(`${path}/image`);
    expect(Buffer.from(await image.arrayBuffer())).to.deep.equal(await greyPng(20));
    expect((await ask(path, { method: 'DELETE' })).status).to.equal(204);
    expect((await ask(path, { method: 'DELETE' })).status).to.equal(404);
    expect((await ask(`${path}/image`)).status).to.equal(404);
    const readOnly = await serve();
    for (const method of ['PUT', 'DELETE']) {
      const refused = await ask(`${readOnly}/items/x`, { method });
      expect(refused).to.deep.equal({
        status: 403,
        body: { error: 'This server changes nothing: start it with --writable' },
      });
    }
  });

  it('exception: ids do not leave the folder of images', async () => {
    folder.write('secret.txt', 'secret');
    symlinkSync(folder.path('secret.txt'), folder.path('images/link.png'));
    const url = await serve({ writable: true });
    for (const id of ['../secret.txt', folder.path('secret.txt'), 'link.png', 'grey/../../secret.txt', 'grey']) {
      const path = `${url}/items/${encodeURIComponent(id)}`;
      expect((await ask(`${path}/image`)).status, id).to.equal(404);
      // As an item of that name: the image is the one that was sent.
      expect((await ask(path, { method: 'PUT', body: form({}, await greyPng(3)) })).status).to.equal(201);
      const image = await fetch(`${path}/image`);
      expect(Buffer.from(await image.arrayBuffer())).to.deep.equal(await greyPng(3));
      expect((await ask(path, { method: 'DELETE' })).status).to.equal(204);
    }
    expect(readFileSync(folder.path('secret.txt'), 'utf8')).to.equal('secret');
  });

  it('exception: requests that mean nothing are refused in a sentence', async () => {
    const url = await serve();
    const image = await greyPng(3);
    const cases: [RequestInit, number, string][] = [
      [asJson({ positive: ['gone'] }), 400, 'Expected like to name items of the catalogue but received "gone"'],
      [asJson({}), 400, 'to be an image or items to be like but received neither'],
      [asJson({ negative: [greyId(2)] }), 400, 'but received only items to be unlike'],
      [
        asJson({ positive: [greyId(2)], k: 0 }),
        400,
        'Expected k for the search to be a whole number from 1 to 1000 but received 0',
      ],
      [asJson({ positive: [greyId(2)], offset: -1 }), 400, 'Expected offset for the search to be'],
      [asJson({ positive: [greyId(2)], filter: { evn: true } }), 400, 'received "evn". Nearest: "even"'],
      [asJson({ positiv: [] }), 400, 'Expected only fields in the search but received "positiv". Nearest: "positive"'],
      [asJson([1]), 400, 'Expected'],
      [{ ...asJson(0), body: '{"k":' }, 400, 'Expected the body to be JSON but received text that is not'],
      [{ ...asJson(0), body: '' }, 400, 'Expected the body to be JSON but received none'],
      [
        { method: 'POST', headers: { 'content-type': 'text/xml' }, body: 'x' },
        415,
        'Expected the body to be JSON or multipart/form-data',
      ],
      // JSON.parse makes it a field, which must not be left out: the search would be unfiltered.
      [
        { method: 'POST', body: form({ filter: JSON.parse('{"__proto__":1}') as object }, image) },
        400,
        'Expected only fields of the metadata',
      ],
      [
        { method: 'POST', body: form({ box: { x: 90, y: 0, width: 20, height: 20 } }, image) },
        400,
        'to be a box of a pixel or more within the image',
      ],
      [{ method: 'POST', body: form({ box: [1] }, image) }, 400, 'to be an object of x, y, width and height in pixels'],
      [
        { method: 'POST', body: form({}) },
        400,
        'Expected the form to be one with an image in the field image but received none',
      ],
      [
        { method: 'POST', body: form({}, image, image) },
        400,
        'to be one with one file, in the field image but received a second file',
      ],
      [{ method: 'POST', body: form({}, Buffer.from('no image')) }, 400, 'Expected the uploaded image to be a JPEG'],
      [{ method: 'POST', body: form({}, Buffer.alloc(0)) }, 400, 'but received an empty file'],
      [{ method: 'POST', body: form({}, image.subarray(0, 60)) }, 400, 'Expected the uploaded image to be'],
      [{ method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }, 400, 'Expected'],
      [
        { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: 'x' },
        400,
        'Expected the form',
      ],
    ];
    for (const [init, status, words] of cases) {
      const answer = await ask(`${url}/search`, init);
      expect(answer.status, words).to.equal(status);
      expect(answer.body.error).to.contain(words);
    }
    expect((await ask(`${url}/nothing`)).body.error).to.contain('There is nothing at GET /nothing');
    expect((await ask(`${url}/items/%zz`)).body).to.deep.equal({
      error: 'Expected the address to be of percent-encoded UTF-8 but received another',
    });
    expect((await ask(`${url}/items/gone`)).status).to.equal(404);
    expect((await ask(`${url}/feedback`, asJson({}))).status).to.equal(404);
  });

  it('exception: uploads that are too large, and images that unpack to too much, are refused before they cost memory', async () => {
    const url = await serve({ maxUpload: 1 });
    const large = await ask(`${url}/search`, { method: 'POST', body: form({}, new Uint8Array(100e6)) });
    expect(large.status).to.equal(413);
    expect(large.body.error).to.equal('Expected the upload to be of at most 1 MB but received a larger one');
    // Without a length, the limit is met while reading.
    const chunks = new ReadableStream({
      async start(controller) {
        const text = new TextEncoder();
        controller.enqueue(text.encode('--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'));
        for (let i = 0; i < 30; i++) {
          controller.enqueue(new Uint8Array(100_000));
        }
        controller.enqueue(text.encode('\r\n--x--\r\n'));
        controller.close();
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: chunks };
    expect((await ask(`${url}/search`, { ...init, duplex: 'half' } as RequestInit)).status).to.equal(413);
    const bomb = await sharp({ create: { width: 9000, height: 6000, channels: 3, background: '#fff' } })
      .png({ compressionLevel: 9, palette: true, colours: 2 })
      .toBuffer();
    expect(bomb.length).to.be.below(1e6);
    const unpacked = await ask(`${url}/search`, { method: 'POST', body: form({}, bomb) });
    expect(unpacked.status).to.equal(400);
    expect(unpacked.body.error).to.contain('to be an image of at most 50 megapixels but received 9000 × 6000');
  });

  it('exception: a token is asked for, and other names of this machine are not answered', async () => {
    const token = 'a-long-secret-token';
    const url = await serve({ token });
    for (const authorization of ['', 'Bearer', 'Bearer a-long-secret-tokem', `Basic ${token}`, token]) {
      const refused = await fetch(`${url}/items/${encodeURIComponent(greyId(4))}`, { headers: { authorization } });
      expect(refused.status).to.equal(401);
      expect(refused.headers.get('www-authenticate')).to.equal('Bearer');
    }
    const init = asJson({ positive: [greyId(5)] });
    expect((await ask(`${url}/search`, init)).status).to.equal(401);
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    expect((await ask(`${url}/search`, { ...init, headers })).status).to.equal(200);
    expect((await ask(`${url}/health`)).status).to.equal(200);
    const foreign = request(`${url}/health`, { headers: { host: 'evil.example' } }).end();
    const [response] = (await once(foreign, 'response')) as [{ statusCode: number; resume(): void }];
    response.resume();
    expect(response.statusCode).to.equal(403);
  });

  it('feature: a client that hangs is left, and others are served meanwhile', async () => {
    const url = await serve({ requestTimeout: 1 });
    const { port } = new URL(url);
    const hanging = connect(Number(port), '127.0.0.1');
    hanging.write(
      'POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
    );
    let said = '';
    hanging.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const closed = once(hanging, 'close');
    expect((await ask(`${url}/search`, asJson({ positive: [greyId(5)] }))).status).to.equal(200);
    await closed;
    expect(said).to.match(/^(HTTP\/1.1 408|$)/);
  });

  it('feature: likes and unlikes are recorded, a line each, and read again', async () => {
    const path = folder.path('feedback.jsonl');
    const url = await serve({ feedback: path });
    const { body } = await ask(`${url}/search`, { method: 'POST', body: form({}, await greyPng(7)) });
    const said = { search: body.search, like: [greyId(7)], unlike: [greyId(1), greyId(2)] };
    expect((await ask(`${url}/feedback`, asJson(said))).status).to.equal(204);
    expect((await ask(`${url}/feedback`, asJson({ ...said, like: ['gone'] }))).status).to.equal(404);
    expect((await ask(`${url}/feedback`, asJson({ ...said, search: 'x' }))).status).to.equal(404);
    expect((await ask(`${url}/feedback`, asJson({ search: body.search }))).status).to.equal(400);
    writeFileSync(path, '{"cut off', { flag: 'a' });
    const [feedback, ...others] = await readFeedback(path);
    expect(others).to.deep.equal([]);
    expect(feedback).to.deep.include({ like: [greyId(7)], unlike: [greyId(1), greyId(2)] });
    expect(feedback.query[0].every(Number.isFinite)).to.equal(true);
    for (const [odd, received] of [
      [folder.path('no likes'), 'no file of that name: check the path'],
      [folder.path('.'), 'a folder'],
    ]) {
      expect(await rejection(readFeedback(odd))).to.equal(
        `Expected ${odd} to be a file of feedback, as weldon serve --feedback writes it but received ${received}`,
      );
    }
    writeFileSync(path, '"?"\n');
    expect(await rejection(readFeedback(path))).to.equal(
      `Expected line 1 of ${path} to be feedback in JSON but received something else`,
    );
  });

  it('feature: a catalogue that is baked again is served throughout, the old one and then the new', async () => {
    const path = folder.path('baked again');
    await bakeGreys(path, folder.path('images'), greys.slice(0, 8));
    const url = await serve({ catalogue: path });
    const sought = form({ k: 1, windows: 0 }, await greyPng(9));
    let baking = true;
    const baked = bakeGreys(path, folder.path('images'), greys.slice(0, 12)).finally(() => {
      baking = false;
    });
    const seen: string[] = [];
    do {
      const { status, body } = await ask(`${url}/search`, { method: 'POST', body: sought });
      expect(status).to.equal(200);
      seen.push(body.hits[0].id);
    } while (baking);
    await baked;
    expect((await ask(`${url}/search`, { method: 'POST', body: sought })).body.hits[0].id).to.equal(greyId(9));
    expect(seen[0]).to.not.equal(greyId(9));
  });

  it('feature: closing answers what is under way', async () => {
    const url = await serve();
    const image = await greyPng(25, { side: 320, inside: { grey: 3, x: 32, y: 32, side: 150 } });
    const answers = [1, 2, 3].map(() => ask(`${url}/search`, { method: 'POST', body: form({}, image) }));
    await delay(100);
    const [server] = servers.splice(0);
    await server.close();
    for (const { status } of await Promise.all(answers)) {
      expect(status).to.equal(200);
    }
    expect(await fetch(url).catch((error: Error) => error.message)).to.equal('fetch failed');
  });

  it('feature: sixteen clients at once are answered without an error, in turn', async () => {
    const url = await serve();
    const image = await greyPng(7);
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let i = 0; i < 8; i++) {
          const begun = performance.now();
          const { status, body } = await ask(`${url}/search`, {
            method: 'POST',
            body: form({ k: 2, windows: 0 }, image),
          });
          expect([status, body.hits[0].id]).to.deep.equal([200, greyId(7)]);
          times.push(performance.now() - begun);
        }
      }),
    );
    expect(times).to.have.length(128);
  });

  it('exception: options and places that are none are refused', async () => {
    const nowhere = folder.path('nowhere');
    expect(await rejection(serve({ catalogue: nowhere }))).to.contain('but received no folder of that name');
    expect(existsSync(nowhere)).to.equal(false);
    expect(await rejection(serve({ token: 'short' }))).to.contain(
      'Expected token for serveCatalogue to be 8 or more letters',
    );
    expect(await rejection(serve({ prot: 80 } as Partial<ServeCatalogueOptions>))).to.contain('Nearest: "port"');
    const url = await serve();
    const port = Number(new URL(url).port);
    expect(await rejection(serve({ port }))).to.equal(
      `Expected the port to be free but received ${port}, where another program listens: choose one with --port`,
    );
  });
});
