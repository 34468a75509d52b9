import { expect } from 'chai';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openWeights } from '../../../src/formats/openWeights.js';
import { readAhead } from '../../../src/formats/byteRanges.js';
import { safetensors } from '../../../src/formats/safetensors.js';
import { urlRanges } from '../../../src/formats/urlRanges.js';
import { expectRejection } from './expectRejection.js';

/** 3 MiB in which every place can be told from its neighbours. */
const file = Uint8Array.from({ length: 3 * 2 ** 20 + 5 }, (_, i) => (i * 31 + (i >> 8) * 17 + (i >> 16)) & 255);

interface Site {
  url: string;
  /** `GET bytes=0-65535` and so on, in the order they came. */
  requests: string[];
}

/** Serves `file` by range; `answer` may do otherwise, and returns whether it did. */
async function withSite(
  body: (site: Site) => Promise<void>,
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => boolean = () => false,
  content: Uint8Array = file,
): Promise<void> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.headers.range ?? 'all'}`);
    if (answer(request, response, requests.length)) {
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined) {
      response.writeHead(200, { 'content-length': content.length }).end(request.method === 'HEAD' ? '' : content);
    } else if (Number(from) >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    } else {
      const end = Math.min(Number(to) + 1, content.length);
      response
        .writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${content.length}`, etag: '"a"' })
        .end(content.subarray(Number(from), end));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/w.safetensors`, requests });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('urlRanges', () => {
  it('reads by range, short pieces from blocks that are kept', async () => {
    await withSite(async ({ url, requests }) => {
      const ranges = await urlRanges(url);
      expect([ranges.size, ranges.name]).to.deep.equal([file.length, url]);
      for (const [offset, length] of [
        [0, 10],
        [5, 100],
        [70_000, 9],
        [2 ** 20 - 3, 7],
        [file.length - 4, 4],
        [9, 0],
      ]) {
        expect(await ranges.read(offset, length), `${length} from ${offset}`).to.deep.equal(
          file.slice(offset, offset + length),
        );
      }
      // The opening, then each block once; nothing was asked of the third.
      expect(requests).to.deep.equal([
        'GET bytes=0-65535',
        'GET bytes=0-1048575',
        'GET bytes=1048576-2097151',
        'GET bytes=3145728-3145732',
      ]);
      expect(await ranges.read(100_000, 2_000_000)).to.deep.equal(file.slice(100_000, 2_100_000));
      expect(requests.at(-1)).to.equal('GET bytes=100000-2099999');
    });
  });

  it('keeps the whole file where the server knows no ranges', async () => {
    await withSite(
      async ({ url, requests }) => {
        const ranges = await urlRanges(url);
        expect(await ranges.read(2_000_000, 50)).to.deep.equal(file.slice(2_000_000, 2_000_050));
        expect(requests).to.deep.equal(['GET bytes=0-65535']);
      },
      (_, response) => {
        response.writeHead(200).end(file);
        return true;
      },
    );
  });

  it('asks for the size where Content-Range is hidden', async () => {
    await withSite(
      async ({ url, requests }) => {
        expect((await urlRanges(url)).size).to.equal(file.length);
        expect(requests).to.deep.equal(['GET bytes=0-65535', 'HEAD all']);
      },
      (request, response) => {
        if (request.method === 'HEAD') {
          return false;
        }
        response.writeHead(206).end(file.subarray(0, 65536));
        return true;
      },
    );
  });

  it('reads an empty file', async () => {
    await withSite(
      async ({ url }) => {
        expect((await urlRanges(url)).size).to.equal(0);
        await expectRejection(safetensors(url), 'but received 0 bytes');
      },
      undefined,
      new Uint8Array(),
    );
  });

  it('exception: gives up a server that is silent, sends other bytes, or too many', async () => {
    const silent = (site: Site) => urlRanges(site.url, { timeout: 200 });
    await withSite(
      (site) => expectRejection(silent(site), 'a URL that answers but received nothing for 0.2 seconds'),
      () => true,
    );
    await withSite(
      (site) => expectRejection(silent(site), 'sent completely but received nothing for 0.2 seconds'),
      (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-65535/${file.length}` }).write('some');
        return true;
      },
    );
    const other = (from: number) => (_: IncomingMessage, response: ServerResponse, count: number) => {
      if (count === 1) {
        return false;
      }
      const range = `bytes ${from}-${from + 1048575}/${file.length}`;
      response.writeHead(206, { 'content-range': range, etag: '"a"' }).end(file.subarray(from, from + 1048576));
      return true;
    };
    await withSite(async ({ url }) => {
      const ranges = await urlRanges(url);
      await expectRejection(
        ranges.read(70_000, 9),
        'answered with 1048576 bytes from 0 on but received Content-Range: bytes 7-1048582/',
      );
    }, other(7));
    await withSite(
      ({ url }) => expectRejection(urlRanges(url), 'answered with at most 65536 bytes but received more'),
      (_, response) => {
        response.writeHead(206, { 'content-range': `bytes 0-65535/${file.length}` }).end(file);
        return true;
      },
    );
  });

  it('takes a fetch of your own', async () => {
    await withSite(async ({ url }) => {
      const agents: string[] = [];
      const own: typeof fetch = (address, init) => {
        agents.push(new Headers(init?.headers).get('range') ?? '');
        return fetch(address, init);
      };
      await urlRanges(new URL(url), { fetch: own });
      expect(agents).to.deep.equal(['bytes=0-65535']);
    });
  });

  describe('exception', () => {
    const status = (code: number, from: number) => (_: unknown, response: ServerResponse, count: number) => {
      if (count < from) {
        return false;
      }
      response.writeHead(code).end();
      return true;
    };

    it('says what the server answered', async () => {
      await withSite(({ url }) => expectRejection(urlRanges(url), 'the status 404 Not Found'), status(404, 1));
      await withSite(
        async ({ url }) => expectRejection((await urlRanges(url)).read(100_000, 9), 'the status 503'),
        status(503, 2),
      );
    });

    it('says that nothing answers, or that the address is none', async () => {
      await expectRejection(urlRanges('http://127.0.0.1:9/'), 'Expected http://127.0.0.1:9/ to be a URL that answers');
      await expectRejection(urlRanges('w.safetensors'), 'Expected w.safetensors to be a URL that answers');
    });

    it('notices another file, another size, and a piece that is too short', async () => {
      const piece =
        (headers: Record<string, string>, length = 2 ** 20) =>
        (_: unknown, response: ServerResponse, count: number) => {
          if (count === 1) {
            return false;
          }
          response.writeHead(206, headers).end(new Uint8Array(length));
          return true;
        };
      const read = async ({ url }: Site) => (await urlRanges(url)).read(100_000, 9);
      const size = `bytes 0-1/${file.length}`;
      await withSite(
        (site) => expectRejection(read(site), 'another one while it was being read'),
        piece({ 'content-range': size, etag: '"b"' }),
      );
      await withSite(
        (site) => expectRejection(read(site), 'another one while it was being read'),
        piece({ 'content-range': 'bytes 0-1/9', etag: '"a"' }),
      );
      await withSite(
        (site) => expectRejection(read(site), 'sent completely but received 7 of 1048576 bytes'),
        piece({ 'content-range': size, etag: '"a"' }, 7),
      );
      await withSite(
        (site) => expectRejection(read(site), 'a server that answers every range request'),
        status(200, 2),
      );
    });

    it('asks for the size to be shown where nothing tells it', async () => {
      await withSite(
        ({ url }) => expectRejection(urlRanges(url), 'let the server send Content-Range'),
        (request, response) => {
          response
            .writeHead(206, { 'transfer-encoding': 'chunked' })
            .end(request.method === 'HEAD' ? undefined : file.subarray(0, 65536));
          return true;
        },
      );
    });
  });

  it('opens weights', async () => {
    const header = new TextEncoder().encode(JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }));
    const bytes = Uint8Array.of(
      ...new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer),
      ...header,
      ...new Uint8Array(Float32Array.of(1.5, -2).buffer),
    );
    await withSite(
      async ({ url }) => {
        expect(await (await openWeights(url)).read('w')).to.deep.equal(Float32Array.of(1.5, -2));
      },
      undefined,
      bytes,
    );
  });
});

describe('readAhead', () => {
  it('forgets a read that failed', async () => {
    let failures = 1;
    const ranges = readAhead({
      size: 10,
      read: async (offset, length) => {
        if (failures-- > 0) {
          throw new Error('not now');
        }
        return file.slice(offset, offset + length);
      },
    });
    expect(await ranges.read(2, 3).catch(String)).to.equal('Error: not now');
    expect(await ranges.read(2, 3)).to.deep.equal(file.slice(2, 5));
  });

  it('keeps the sixteen blocks used last', async () => {
    const reads: number[] = [];
    const ranges = readAhead({
      size: 20 * 2 ** 20,
      read: async (offset, length) => {
        reads.push(offset / 2 ** 20);
        return new Uint8Array(length);
      },
    });
    const at = (block: number) => ranges.read(block * 2 ** 20, 1);
    for (let block = 0; block < 16; block++) {
      await at(block);
    }
    await at(0);
    await at(16);
    await at(0);
    await at(1);
    expect(reads).to.deep.equal([...Array(17).keys(), 1]);
  });
});
