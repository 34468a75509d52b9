import { expectedInWords } from '../errors.js';
import { arrayRanges, readAhead } from './byteRanges.js';
import type { ByteRanges } from './byteRanges.js';

export interface UrlRangesOptions {
  /** Takes the place of the global `fetch`, for headers of your own. */
  fetch?: typeof fetch;
}

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
 * @throws WeldonError for a URL that does not answer, answers with an error, hides its size, or changes meanwhile
 *
 * @example
 * const weights = await safetensors(await urlRanges(url, {
 *   fetch: (address, init) => fetch(address, { ...init, headers: { ...init?.headers, authorization } }),
 * }));
 */
export async function urlRanges(url: string | URL, options: UrlRangesOptions = {}): Promise<ByteRanges> {
  const name = String(url);
  const request = options.fetch ?? fetch;
  const ask = async (init: RequestInit): Promise<Response> => {
    try {
      return await request(url, init);
    } catch (error) {
      throw expectedInWords(name, 'a URL that answers', `the error: ${reasonOf(error)}`);
    }
  };
  const bodyOf = async (response: Response): Promise<Uint8Array> => {
    try {
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      throw expectedInWords(name, 'sent completely', `the error: ${reasonOf(error)}`);
    }
  };
  const range = (offset: number, length: number) =>
    ask({ headers: { range: `bytes=${offset}-${offset + length - 1}` } });
  const refused = (response: Response) =>
    expectedInWords(name, 'a URL that answers', `the status ${response.status} ${response.statusText}`.trim());

  const opening = await range(0, first);
  if (opening.status === 416 && totalOf(opening) === 0) {
    return arrayRanges(new Uint8Array(), name);
  }
  if (opening.status === 200) {
    return arrayRanges(await bodyOf(opening), name);
  }
  if (opening.status !== 206) {
    throw refused(opening);
  }
  const head = await bodyOf(opening);
  const size = totalOf(opening) ?? Number((await ask({ method: 'HEAD' })).headers.get('content-length') ?? NaN);
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
      const response = await range(offset, length);
      if (response.status !== 206) {
        throw response.status === 200
          ? expectedInWords(name, 'a server that answers every range request', 'the whole file')
          : refused(response);
      }
      const bytes = await bodyOf(response);
      const total = totalOf(response);
      if ((total !== null && total !== size) || response.headers.get('etag') !== tag) {
        throw expectedInWords(name, 'the same file from first to last', 'another one while it was being read');
      }
      if (bytes.length !== length) {
        throw expectedInWords(name, 'sent completely', `${bytes.length} of ${length} bytes`);
      }
      return bytes;
    },
  });
}
