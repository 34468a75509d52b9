import { checkKeys, expectedInWords, WeldonError } from '../errors.js';
import { arrayRanges, readAhead } from './byteRanges.js';
import type { ByteRanges } from './byteRanges.js';

export interface UrlRangesOptions {
  /** Takes the place of the global `fetch`, for headers of your own. */
  fetch?: typeof fetch;
  /** Milliseconds without a byte after which a server is given up. Default 30 000. */
  timeout?: number;
}

/** Of a file that a server sends whole: it is kept in memory. */
const mostInMemory = 2 ** 31;

/** Bytes asked for at first: a header, as a rule. */
const first = 64 * 1024;

/** What went wrong, which fetch keeps behind a general word. */
function reasonOf(error: unknown): string {
  const { message = String(error), cause } = error instanceof Error ? error : ({} as Partial<Error>);
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
}

/** Total of `Content-Range: bytes 0-99/1234`, or `null` where it is unknown or hidden from this page. */
function totalOf(response: Response): number | null {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? null : Number(total);
}

/**
 * A URL read by HTTP range requests. A server that does not know them sends the whole file, which is then kept in
 * memory, once. Small reads are answered from blocks of 1 MiB, so that a network's many short vectors do not cost a
 * request each.
 *
 * @throws WeldonError for a URL that does not answer within the time, answers with an error or with other bytes than
 * were asked for, hides its size, or changes meanwhile
 *
 * @example
 * const weights = await safetensors(await urlRanges(url, {
 *   fetch: (address, init) => fetch(address, { ...init, headers: { ...init?.headers, authorization } }),
 * }));
 */
export async function urlRanges(url: string | URL, options: UrlRangesOptions = {}): Promise<ByteRanges> {
  checkKeys(options, 'fetch timeout', 'urlRanges');
  const name = String(url);
  const request = options.fetch ?? fetch;
  const timeout = options.timeout ?? 30_000;
  /** An answer and what stops it: the time without a byte is counted from one to the next. */
  interface Answer {
    response: Response;
    stop: AbortController;
  }
  const patiently = async <T>(stop: AbortController, rule: string, wait: Promise<T>): Promise<T> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(expectedInWords(name, rule, `nothing for ${timeout / 1000} seconds`));
        stop.abort();
      }, timeout);
    });
    try {
      return await Promise.race([wait, silence]);
    } catch (error) {
      throw error instanceof WeldonError ? error : expectedInWords(name, rule, `the error: ${reasonOf(error)}`);
    } finally {
      clearTimeout(timer);
      wait.catch(() => undefined);
    }
  };
  const ask = async (init: RequestInit): Promise<Answer> => {
    const stop = new AbortController();
    const wait = Promise.resolve().then(() => request(url, { ...init, signal: stop.signal }));
    return { response: await patiently(stop, 'a URL that answers', wait), stop };
  };
  /** The body, as long as it is no longer than it may be. */
  const bodyOf = async ({ response, stop }: Answer, most: number): Promise<Uint8Array> => {
    const rule = 'sent completely';
    const tooLong = () => {
      stop.abort();
      return expectedInWords(name, `answered with at most ${most} bytes`, 'more');
    };
    if (Number(response.headers.get('content-length') ?? 0) > most && !response.headers.has('content-encoding')) {
      throw tooLong();
    }
    const reader = response.body?.getReader();
    if (reader === undefined) {
      return new Uint8Array(await patiently(stop, rule, response.arrayBuffer()));
    }
    const pieces: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { done, value } = await patiently(stop, rule, reader.read());
      if (done) {
        break;
      }
      pieces.push(value);
      length += value.length;
      if (length > most) {
        throw tooLong();
      }
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  };
  const range = (offset: number, length: number) =>
    ask({ headers: { range: `bytes=${offset}-${offset + length - 1}` } });
  /** Refuses bytes that the server itself says are of another place; where it hides that, nothing can be told. */
  const checkPlace = (response: Response, offset: number, bytes: number) => {
    const said = response.headers.get('content-range');
    const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(said ?? '') ?? [];
    if (said !== null && (Number(from) !== offset || Number(to) - offset + 1 !== bytes)) {
      throw expectedInWords(name, `answered with ${bytes} bytes from ${offset} on`, `Content-Range: ${said}`);
    }
  };
  const refused = (response: Response) =>
    expectedInWords(name, 'a URL that answers', `the status ${response.status} ${response.statusText}`.trim());

  const openingAnswer = await range(0, first);
  const opening = openingAnswer.response;
  if (opening.status === 416 && totalOf(opening) === 0) {
    return arrayRanges(new Uint8Array(), name);
  }
  if (opening.status === 200) {
    return arrayRanges(await bodyOf(openingAnswer, mostInMemory), name);
  }
  if (opening.status !== 206) {
    throw refused(opening);
  }
  const head = await bodyOf(openingAnswer, first);
  checkPlace(opening, 0, head.length);
  const size =
    totalOf(opening) ?? Number((await ask({ method: 'HEAD' })).response.headers.get('content-length') ?? NaN);
  if (!Number.isSafeInteger(size) || size < head.length) {
    throw expectedInWords(
      name,
      'a URL that tells its size',
      'none: let the server send Content-Range, and expose it to other sites',
    );
  }
  const tag = opening.headers.get('etag');
  return readAhead({
    name,
    size,
    async read(offset, length) {
      if (offset + length <= head.length) {
        return head.slice(offset, offset + length);
      }
      const answer = await range(offset, length);
      const { response } = answer;
      if (response.status !== 206) {
        throw response.status === 200
          ? expectedInWords(name, 'a server that answers every range request', 'the whole file')
          : refused(response);
      }
      const bytes = await bodyOf(answer, length);
      const total = totalOf(response);
      if ((total !== null && total !== size) || response.headers.get('etag') !== tag) {
        throw expectedInWords(name, 'the same file from first to last', 'another one while it was being read');
      }
      if (bytes.length !== length) {
        throw expectedInWords(name, 'sent completely', `${bytes.length} of ${length} bytes`);
      }
      checkPlace(response, offset, length);
      return bytes;
    },
  });
}
