/** Images by URL: with limits, since any server may be at the other end. */
import type { IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expectedInWords, WeldonError } from '../../errors.js';
import { decodedPieces } from '../readText.js';
import type { ImageSource, ListedImage, SourceOptions } from './bakePlaces.js';
import { isListName, refuseSecrets, sourceLost, withoutSecrets } from './bakePlaces.js';
import { readLine } from './manifest.js';
import { isPublicAddress, lookupPublic, privateCode, privateError } from './publicAddress.js';

const mostRedirects = 5;
/** Bytes of an image at most, whatever else allows more. */
const mostBytes = 2 ** 27;
const mostListBytes = 2 ** 33;
/** Milliseconds before the first byte, and for the whole of an image. */
const times = { first: 15_000, image: 60_000, list: 3_600_000 };
/** Milliseconds before a server that fails is asked again. */
const pauses = [500, 2000, 8000];
const longestPause = 30_000;

interface Fetched {
  response: IncomingMessage;
  url: URL;
}

/** What is wrong with a URL for good, so that the image is a bad one. */
const bad = (key: string, received: string) =>
  expectedInWords(withoutSecrets(key), `${isListAt(key) ? 'a list' : 'an image'} that can be fetched`, received);

const isListAt = (place: string) => URL.canParse(place) && isListName(new URL(place).pathname);

/**
 * An image of a list that some server gives: relative to the list, of the web or of S3, and never a file of this machine.
 *
 * @throws WeldonError for any other line
 */
function imageOfList(line: string, place: string): ListedImage {
  const { key, ...more } = readLine(line);
  if (/^s3:\/\//i.test(key)) {
    return { key, ...more };
  }
  const url = URL.canParse(key, place) ? new URL(key, place) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw expectedInWords(
      withoutSecrets(place),
      'a list of addresses of the web or of S3',
      JSON.stringify(withoutSecrets(key)),
    );
  }
  return { key: url.href, ...more };
}

/** Failures that may pass. */
class Passing extends Error {
  constructor(
    message: string,
    readonly seconds = 0,
  ) {
    super(message);
  }
}

/** Seconds between requests to a host; waits are in the order of the calls. */
function limiter(perSecond: number | undefined): (host: string) => Promise<void> {
  const next = new Map<string, number>();
  return async (host) => {
    if (perSecond === undefined) {
      return;
    }
    const now = performance.now();
    const at = Math.max(now, next.get(host) ?? 0);
    next.set(host, at + 1000 / perSecond);
    await delay(at - now);
  };
}

/** @param times may be shortened, for tests */
export function webSource(
  { allowPrivateAddresses = false, requestsPerHost }: SourceOptions = {},
  limits: { first: number; image: number } = times,
): ImageSource {
  const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
  const myTurn = limiter(requestsPerHost);

  /** One request; the answer's body has not been read. */
  function ask(url: URL, signal?: AbortSignal): Promise<IncomingMessage> {
    const isHttps = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    // Numbers are not looked up, and would pass by.
    if (!allowPrivateAddresses && isIP(host) !== 0 && !isPublicAddress(host)) {
      return Promise.reject(privateError());
    }
    return new Promise((resolve, reject) => {
      const request = (isHttps ? httpsRequest : httpRequest)(
        url,
        {
          agent: agents[url.protocol as keyof typeof agents],
          headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'weldon' },
          signal,
          ...(allowPrivateAddresses ? {} : { lookup: lookupPublic as never }),
        },
        resolve,
      );
      request.setTimeout(limits.first, () => request.destroy(new Passing(`nothing for ${limits.first / 1000} s`)));
      request.once('error', reject);
      request.end();
    });
  }

  async function follow(key: string, signal?: AbortSignal): Promise<Fetched> {
    let url = new URL(key);
    for (let hop = 0; hop <= mostRedirects; hop++) {
      await myTurn(url.host);
      const response = await ask(url, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
        return { response, url };
      }
      response.destroy();
      const target = URL.canParse(headers.location, url) ? new URL(headers.location, url) : null;
      if (target === null || !/^https?:$/.test(target.protocol) || target.username !== '') {
        throw bad(key, 'a redirect to what is no address of the web');
      }
      if (url.protocol === 'https:' && target.protocol === 'http:') {
        throw bad(key, 'a redirect from https to http');
      }
      url = target;
    }
    throw bad(key, `more than ${mostRedirects} redirects`);
  }

  /** An answer with a body that is wanted; what fails for now is asked again. */
  async function fetched(key: string, signal?: AbortSignal): Promise<IncomingMessage> {
    if (!URL.canParse(key)) {
      throw bad(key, 'what is no address of the web');
    }
    for (let attempt = 0; ; attempt++) {
      try {
        const { response } = await follow(key, signal);
        const { statusCode = 0, statusMessage = '', headers } = response;
        if (statusCode === 200) {
          return response;
        }
        response.destroy();
        if (statusCode === 429 || statusCode >= 500 || statusCode === 408) {
          throw new Passing(`${statusCode} ${statusMessage}`, Number(headers['retry-after'] ?? 0) || 0);
        }
        throw bad(key, `${statusCode} ${statusMessage}`.trim());
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException;
        if (error instanceof WeldonError || signal?.aborted === true) {
          throw error;
        }
        if (code === privateCode) {
          throw bad(key, `${message}, which is fetched only where that is allowed`);
        }
        if (code === 'ENOTFOUND' || code.startsWith('HPE_') || code.includes('CERT')) {
          throw bad(key, message);
        }
        if (attempt === pauses.length) {
          throw sourceLost(bad(key, message).message);
        }
        const asked = error instanceof Passing ? error.seconds * 1000 : 0;
        await delay(Math.min(longestPause, Math.max(asked, pauses[attempt])), undefined, { signal });
      }
    }
  }

  return {
    async *list(place, { signal }) {
      if (!URL.canParse(place)) {
        throw bad(place, 'what is no address of the web');
      }
      if (!isListAt(place)) {
        refuseSecrets(place);
        yield { key: place };
        return;
      }
      const tooSlow = AbortSignal.timeout(times.list);
      const response = await fetched(place, AbortSignal.any([tooSlow, ...(signal ? [signal] : [])]));
      const lines = createInterface({
        input: Readable.from(decodedPieces(capped(response, place, mostListBytes))),
        crlfDelay: Infinity,
      });
      try {
        for await (const line of lines) {
          if (line.trim() !== '') {
            yield imageOfList(line, place);
          }
        }
      } catch (error) {
        if (error instanceof WeldonError || signal?.aborted === true) {
          throw error;
        }
        // A list that breaks off is none: what follows would be left out in silence.
        throw bad(
          place,
          tooSlow.aborted ? 'one that does not end' : `one that breaks off: ${(error as Error).message}`,
        );
      }
    },
    async read(key, { maxBytes, signal }) {
      const chunks: Buffer[] = [];
      const response = await fetched(key, signal);
      let isSlow = false;
      const timer = setTimeout(() => {
        isSlow = true;
        response.destroy();
      }, limits.image);
      try {
        for await (const chunk of capped(response, key, Math.min(maxBytes, mostBytes))) {
          chunks.push(chunk);
        }
      } catch (error) {
        if (isSlow) {
          throw bad(key, `one that does not end within ${limits.image / 1000} s`);
        }
        const isOurs = error instanceof WeldonError || signal?.aborted === true;
        throw isOurs ? error : sourceLost(bad(key, (error as Error).message).message);
      } finally {
        clearTimeout(timer);
      }
      return Buffer.concat(chunks);
    },
    async close() {
      Object.values(agents).forEach((agent) => agent.destroy());
    },
  };
}

/** The bytes of an answer, which is cut off where it is too long. */
async function* capped(response: IncomingMessage, key: string, most: number): AsyncGenerator<Buffer> {
  const refusal = () => bad(key, `more than ${most} bytes`);
  if (Number(response.headers['content-length'] ?? 0) > most) {
    response.destroy();
    throw refusal();
  }
  let count = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    count += chunk.length;
    if (count > most) {
      response.destroy();
      throw refusal();
    }
    yield chunk;
  }
}
