/** What a bake reads from and writes to, whatever lies behind it. */
import { extname } from 'node:path';
import { expectedInWords } from '../../errors.js';
import type { Notice } from '../notice.js';

/** An image to be done. */
export interface ListedImage {
  /** path or address */
  key: string;
  /** bytes, where known */
  size?: number;
  /** what a server says of its content */
  etag?: string;
}

/** Where images come from: files, buckets, web servers. */
export interface ImageSource {
  /** Images at a place: a folder, a prefix, a list of their keys; one that holds none gives none. */
  list(place: string, options: { signal?: AbortSignal; notice: Notice }): AsyncIterable<ListedImage>;
  /**
   * The bytes of an image.
   *
   * @throws WeldonError for an image that is bad whenever it is tried: it becomes a row with the reason. Any other error
   *   (a server that is away) fails the job, which is tried again
   */
  read(key: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/**
 * Where a bake's files go: a folder, a bucket. Names are relative, with `/` between folders. A file is there as a whole or
 * not at all, and stays when `put` has ended.
 */
export interface ShardSink {
  /** as `openSink` takes it again, on any machine; holds no secrets */
  readonly location: string;
  /** Writes a file, in place of one of that name. @throws WeldonError where it cannot be, a full disk among others */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** `null` for none */
  get(name: string): Promise<Uint8Array | null>;
  has(name: string): Promise<boolean>;
  /** Names that begin so, a folder's name with its `/`, in the order of their bytes. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes a file; none of that name is no error. */
  remove(name: string): Promise<void>;
  close?(): Promise<void>;
}

/** How images are fetched from other machines. */
export interface SourceOptions {
  /** Whether URLs may lead to this machine and its neighbours. Default false. */
  allowPrivateAddresses?: boolean;
  /** Requests a second to one host. Default: as many as come. */
  requestsPerHost?: number;
}

/** A server that is away, or wants to be left alone: the image may be there when it is asked again. */
export function sourceLost(message: string): Error {
  return Object.assign(new Error(message), { code: 'SOURCE_LOST' });
}

/** Parts of a query by which a URL lets in whoever has it. */
const secretNames =
  /^((x-amz-|x-goog-)?signature|sig|(access|auth)?[_-]?token|(api|auth|secret)[_-]?key|auth|jwt|password|passwd|pwd|(client[_-]?)?secret)$/i;

/**
 * Keys of images are written into manifests, shards and logs, and must let nobody in.
 *
 * @throws WeldonError, that does not tell the secret
 */
export function refuseSecrets(key: string): void {
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(key)) {
    return;
  }
  let url: URL;
  try {
    url = new URL(key);
  } catch {
    // Keys of S3 may hold anything; what else is no address is refused where it is read.
    if (withoutSecrets(key) === key) {
      return;
    }
    throw expectedInWords(
      withoutSecrets(key),
      'the address of an image',
      'one with a user and password: manifests hold no secrets',
    );
  }
  const place = `${url.protocol}//${url.host}${url.pathname}`;
  if (url.password !== '' || url.username !== '') {
    throw expectedInWords(place, 'the address of an image', 'one with a user and password: manifests hold no secrets');
  }
  const secret = /^https?:$/.test(url.protocol) && [...url.searchParams.keys()].find((name) => secretNames.test(name));
  if (secret) {
    const received = `one that is signed (${secret}): manifests hold no secrets; take s3://bucket/key, or public URLs`;
    throw expectedInWords(place, 'the address of an image', received);
  }
}

/** An address as sentences may tell it: no user, no password, no signature. */
export function withoutSecrets(place: string): string {
  if (!/^https?:/i.test(place)) {
    return place;
  }
  if (!URL.canParse(place)) {
    return place.replace(/\/\/[^/]*@/, '//');
  }
  const url = new URL(place);
  const names = [...new Set(url.searchParams.keys())].filter((name) => secretNames.test(name));
  if (url.username === '' && url.password === '' && names.length === 0) {
    return place;
  }
  url.username = '';
  url.password = '';
  names.forEach((name) => url.searchParams.set(name, '…'));
  return url.href.replaceAll(encodeURIComponent('…'), '…');
}

const listNames = ['.txt', '.tsv', '.lst', '.list'];

/** Whether a place is a list of images by its name, a line each. */
export const isListName = (place: string) => listNames.includes(extname(place).toLowerCase());

/** `s3` of `s3://bucket/key`; none for a path. */
export const schemeOf = (place: string) => /^([a-z][a-z0-9+.-]+):\/\//i.exec(place)?.[1].toLowerCase();
