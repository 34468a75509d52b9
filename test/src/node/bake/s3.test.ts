import { expect } from 'chai';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import S3rver from 's3rver';
import type { ListedImage } from '../../../../src/node/bake/bakePlaces.js';
import { s3Sink, s3Source } from '../../../../src/node/bake/s3.js';
import { openSink } from '../../../../src/node/bake/shardSink.js';
import { rejection, temporaryFolder } from '../temporaryFolder.js';

const names = ['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'] as const;

describe('images and shards in S3', () => {
  const folder = temporaryFolder();
  const before_ = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  let server: S3rver;
  const list = async (place: string, said: string[] = []) => {
    const images: ListedImage[] = [];
    const source = await s3Source();
    for await (const image of source.list(place, { notice: (sentence) => said.push(sentence) })) {
      images.push(image);
    }
    await source.close?.();
    return images;
  };

  before(async () => {
    server = new S3rver({
      port: 0,
      address: '127.0.0.1',
      silent: true,
      directory: folder.path('s3'),
      configureBuckets: [{ name: 'photos', configs: [] }],
    });
    const { port } = (await server.run()) as AddressInfo;
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${port}`;
    process.env.AWS_ACCESS_KEY_ID = 'S3RVER';
    process.env.AWS_SECRET_ACCESS_KEY = 'S3RVER';
  });
  after(async () => {
    await server.close();
    for (const name of names) {
      if (before_[name] === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = before_[name];
      }
    }
  });

  it('feature: a sink gives back what was put there, names in order, and nothing else', async () => {
    const sink = await openSink('s3://photos/run/');
    expect(sink.location).to.equal('s3://photos/run');
    expect(await sink.get('bake.json')).to.equal(null);
    expect(await sink.has('bake.json')).to.equal(false);
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    await sink.put('bake.json', bytes);
    await Promise.all(['b', 'a', 'c'].map((name) => sink.put(`shards/${name}.json`, Buffer.from(name))));
    expect(await sink.get('bake.json')).to.deep.equal(bytes);
    expect(await sink.has('shards/b.json')).to.equal(true);
    const listed: string[] = [];
    for await (const name of sink.list('shards/')) {
      listed.push(name);
    }
    expect(listed).to.deep.equal(['shards/a.json', 'shards/b.json', 'shards/c.json']);
    await sink.remove('shards/b.json');
    expect(await sink.has('shards/b.json')).to.equal(false);
    await sink.close?.();
  });

  it('feature: a source lists images by their names, and reads them up to a size', async () => {
    const sink = await s3Sink('s3://photos/images');
    await sink.put('a b.jpg', Buffer.from('first'));
    await sink.put('c+d?.png', Buffer.from('second'));
    await sink.put('notes.txt', Buffer.from('no image'));
    const said: string[] = [];
    const images = await list('s3://photos/images/', said);
    expect(images.map(({ key, size }) => [key, size])).to.deep.equal([
      ['s3://photos/images/a b.jpg', 5],
      ['s3://photos/images/c+d?.png', 6],
    ]);
    expect(images[0].etag).to.match(/^[0-9a-f]{32}$/);
    expect(said).to.deep.equal(['s3://photos/images/: 1 other objects are passed over, by their names']);
    const source = await s3Source();
    expect(Buffer.from(await source.read(images[1].key, { maxBytes: 6 })).toString()).to.equal('second');
    expect(await rejection(source.read(images[1].key, { maxBytes: 5 }))).to.equal(
      'Expected s3://photos/images/c+d?.png to be an image of at most 5 bytes but received more',
    );
    expect(await rejection(source.read('s3://photos/images/gone.jpg', { maxBytes: 5 }))).to.match(
      /^Expected s3:\/\/photos\/images\/gone.jpg to be an image that can be read but received 404 NoSuchKey/,
    );
    await Promise.all([sink.close?.(), source.close?.()]);
  });

  it('exception: no bucket, no rights, and what is no place', async () => {
    expect(await rejection(list('s3://nowhere/x'))).to.match(
      /^Expected s3:\/\/nowhere to be a bucket that can be listed but received 404 NoSuchBucket/,
    );
    const sink = await s3Sink('s3://nowhere/x');
    expect(await rejection(sink.put('a', Buffer.from('a')))).to.match(
      /^Expected s3:\/\/nowhere to be a bucket that can be written/,
    );
    expect(await rejection(s3Sink('s3://me:secret@bucket/x'))).to.equal(
      'Expected a place in S3 to be s3://bucket/prefix but received another address',
    );
    process.env.AWS_ACCESS_KEY_ID = 'another';
    const message = await rejection(list('s3://photos/images'));
    process.env.AWS_ACCESS_KEY_ID = 'S3RVER';
    expect(message).to.match(
      /^Expected s3:\/\/photos to be a bucket that can be listed but received 403 InvalidAccessKeyId/,
    );
    expect(message).to.not.match(/another|S3RVER/);
    await sink.close?.();
  });

  it('feature: a server that is busy is asked again', async () => {
    let asked = 0;
    const busy: Server = createServer((_, response) => {
      response.writeHead([503, 429, 200][Math.min(asked++, 2)]).end('then');
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const usual = process.env.AWS_ENDPOINT_URL_S3;
    process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
    const source = await s3Source();
    expect(Buffer.from(await source.read('s3://photos/a.jpg', { maxBytes: 10 })).toString()).to.equal('then');
    process.env.AWS_ENDPOINT_URL_S3 = usual;
    expect(asked).to.equal(3);
    await source.close?.();
    busy.close();
    busy.closeAllConnections();
  });
});
