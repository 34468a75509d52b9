import { expect } from 'chai';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseSecrets, withoutSecrets } from '../../../../src/node/bake/bakePlaces.js';
import type { ListedImage } from '../../../../src/node/bake/bakePlaces.js';
import { isPublicAddress } from '../../../../src/node/bake/publicAddress.js';
import { webSource } from '../../../../src/node/bake/webSource.js';
import { rejection } from '../temporaryFolder.js';

describe('images by URL', () => {
  const maxBytes = 1000;
  let server: Server;
  let base = '';
  let tries = 0;
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    '/image': (_, response) => response.end('bytes'),
    '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
    '/once': (_, response) => response.writeHead(301, { location: '/image' }).end(),
    '/away': (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
    '/local-name': (_, response) => response.writeHead(302, { location: 'http://localhost:1/' }).end(),
    '/file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    '/large': (_, response) =>
      response.writeHead(200, { 'content-length': maxBytes + 1 }).end('x'.repeat(maxBytes + 1)),
    '/endless': (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(400)), 5);
      response.once('close', () => clearInterval(timer));
    },
    '/slow': (_, response) => {
      const timer = setInterval(() => response.write('x'), 50);
      response.once('close', () => clearInterval(timer));
    },
    '/busy': (_, response) =>
      ++tries < 2 ? response.writeHead(429, { 'retry-after': '1' }).end() : response.end('then'),
    '/list.txt': (_, response) =>
      response.end('\ufeff/image\n\nhttps://other.example/b.jpg\tsize=12\ns3://bucket/c.jpg\n'),
    '/broken.txt': (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write('/image\n');
      setTimeout(() => response.destroy(), 50);
    },
  };
  const source = () => webSource({ allowPrivateAddresses: true });

  before(async () => {
    server = createServer((request, response) => {
      const answer = answers[request.url ?? ''];
      void (answer === undefined ? response.writeHead(404).end() : answer(request, response));
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  it('feature: come whole, over redirects, and when a busy server has time', async () => {
    const web = source();
    for (const [path, bytes] of [
      ['/image', 'bytes'],
      ['/once', 'bytes'],
      ['/busy', 'then'],
    ]) {
      expect(Buffer.from(await web.read(base + path, { maxBytes })).toString()).to.equal(bytes);
    }
    await web.close?.();
  });

  it('feature: a list names others, from where it lies on', async () => {
    const web = source();
    const images: ListedImage[] = [];
    for await (const image of web.list(`${base}/list.txt`, { notice: () => undefined })) {
      images.push(image);
    }
    expect(images).to.deep.equal([
      { key: `${base}/image` },
      { key: 'https://other.example/b.jpg', size: 12 },
      { key: 's3://bucket/c.jpg' },
    ]);
    await web.close?.();
  });

  const listed = async (place: string) => {
    const web = source();
    try {
      for await (const { key } of web.list(place, { notice: () => undefined })) {
        expect(key).to.be.a('string');
      }
    } finally {
      await web.close?.();
    }
  };

  it('exception: a list leads to no file of this machine, however it is written', async () => {
    for (const line of ['file:///etc/passwd', 'file:/etc/passwd', 'FILE:etc/passwd', 'mailto:a@b.jpg', 'http://[']) {
      answers['/files.txt'] = (_, response) => response.end(`${line}\n`);
      expect(await rejection(listed(`${base}/files.txt`))).to.equal(
        `Expected ${base}/files.txt to be a list of addresses of the web or of S3 but received "${line}"`,
      );
    }
  });

  it('exception: lists that break off, are not there, or are no address; none tells its secret', async () => {
    for (const [place, sentence] of [
      ['/broken.txt', `${base}/broken.txt to be a list that can be fetched but received one that breaks off: aborted`],
      ['/none.txt?token=x1', `${base}/none.txt?token=… to be a list that can be fetched but received 404 Not Found`],
    ]) {
      expect(await rejection(listed(base + place))).to.equal(`Expected ${sentence}`);
    }
    expect(await rejection(listed(`${base.replace('//', '//me:x1@')}/none.txt`))).to.include(
      `Expected ${base}/none.txt`,
    );
    expect(await rejection(listed('http://me:x1@['))).to.equal(
      'Expected http://[ to be an image that can be fetched but received what is no address of the web',
    );
  });

  it('exception: what never comes to an end, or leads elsewhere, is a bad image', async () => {
    const web = webSource({ allowPrivateAddresses: true }, { first: 5000, image: 300 });
    for (const [path, received] of [
      ['/loop', 'more than 5 redirects'],
      ['/file', 'a redirect to what is no address of the web'],
      ['/large', 'more than 1000 bytes'],
      ['/endless', 'more than 1000 bytes'],
      ['/slow', 'one that does not end within 0.3 s'],
      ['/nothing', '404 Not Found'],
    ]) {
      expect(await rejection(web.read(base + path, { maxBytes }))).to.equal(
        `Expected ${base}${path} to be an image that can be fetched but received ${received}`,
      );
    }
    await web.close?.();
  });

  it('exception: addresses of this machine and its neighbours, also by name and after a redirect', async () => {
    const received = 'an address of this machine or its neighbours, which is fetched only where that is allowed';
    const closed = webSource();
    for (const url of [
      `${base}/image`,
      base.replace('127.0.0.1', 'localhost'),
      'http://[::1]/',
      'http://0x7f.1/',
      'http://10.1.2.3/',
    ]) {
      expect(await rejection(closed.read(url, { maxBytes }))).to.equal(
        `Expected ${url} to be an image that can be fetched but received ${received}`,
      );
    }
    await closed.close?.();
  });

  it('exception: a server that stays busy fails the job, not the image', async () => {
    answers['/down'] = (_, response) => response.writeHead(503).end();
    const web = source();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 200);
    const error = await web.read(`${base}/down`, { maxBytes, signal: stop.signal }).catch((each: Error) => each);
    expect((error as Error).name).to.equal('AbortError');
    await web.close?.();
  });

  it('feature: a host is asked as often as it is allowed', async () => {
    const web = webSource({ allowPrivateAddresses: true, requestsPerHost: 20 });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => web.read(`${base}/image`, { maxBytes })));
    expect(performance.now() - begun).to.be.at.least(199);
    await web.close?.();
  });
});

describe('addresses', () => {
  it('feature: are of the internet, or of this machine and its neighbours', () => {
    for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '2606:4700::1111']) {
      expect(isPublicAddress(address), address).to.equal(true);
    }
    for (const address of [
      '0.0.0.0',
      '10.0.0.1',
      '100.64.0.1',
      '127.8.8.8',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '198.19.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::ffff:8.8.8.8',
      '::ffff:127.0.0.1',
      'fe80::1',
      'fd00::1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'localhost',
    ]) {
      expect(isPublicAddress(address), address).to.equal(false);
    }
  });

  it('exception: that let in whoever has them are in no manifest, nor in the sentence', () => {
    for (const key of [
      'https://me:secret1@host/a.jpg',
      'https://host/a.jpg?X-Amz-Signature=secret1&X-Amz-Expires=60',
      'https://host/a.jpg?sv=2020&sig=secret1',
      'https://host/a.jpg?token=secret1',
      'https://host/a.jpg?auth_key=secret1',
      's3://me:secret1@bucket/a.jpg',
      'https://me:secret1@[/a.jpg',
    ]) {
      expect(() => refuseSecrets(key)).to.throw(/manifests hold no secrets/);
      expect(() => refuseSecrets(key)).to.not.throw(/secret1/);
      expect(key.startsWith('s3:') ? '' : withoutSecrets(key)).to.not.include('secret1');
    }
    for (const key of ['photos/a.jpg', 'https://host/a.jpg?size=large', 's3://bucket/token=1/a b?.jpg', 'C:\\a.jpg']) {
      expect(() => refuseSecrets(key)).to.not.throw();
    }
  });
});
