/** Images and shards in S3, and what speaks its language: rights come from the credential chain of the SDK. */
import type * as s3 from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { expectedInWords, WeldonError } from '../../errors.js';
import { isImageName } from '../images/imageNames.js';
import { optionalPackages } from '../vectorStores/optionalPackage.js';
import type { ImageSource, ShardSink } from './bakePlaces.js';
import { sourceLost } from './bakePlaces.js';

interface S3Place {
  Bucket: string;
  /** a key or a prefix */
  key: string;
}

/** Keys stand as they are, not as in a URL. @throws WeldonError for what is no place */
function placeOf(location: string): S3Place {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/is.exec(location);
  if (found === null) {
    throw expectedInWords('a place in S3', 's3://bucket/prefix', 'another address');
  }
  return { Bucket: found[1], key: found[2] ?? '' };
}

type Client = Pick<s3.S3, 'getObject' | 'putObject' | 'headObject' | 'deleteObject' | 'listObjectsV2' | 'destroy'>;

async function openClient(): Promise<Client> {
  const [{ S3 }] = (await optionalPackages({ '@aws-sdk/client-s3': '3' }, 'images and shards in S3')) as [typeof s3];
  const endpoint = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return new S3({
    // 429, 5xx and broken connections, with growing pauses.
    maxAttempts: 6,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000 },
    // Servers other than Amazon's have no name per bucket, and no region.
    ...(endpoint === undefined ? {} : { forcePathStyle: true, region: process.env.AWS_REGION ?? 'us-east-1' }),
  });
}

const statusOf = (error: unknown) =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
const nameOf = (error: unknown) => (error as Error).name;
const isAbsent = (error: unknown) => nameOf(error) !== 'NoSuchBucket' && statusOf(error) === 404;

/** What S3 says: for good, as WeldonError; for now, as an error of `lost`. */
function s3Error(error: unknown, place: string, rule: string, lost: (message: string) => Error): Error {
  const { message } = error as Error;
  const name = nameOf(error);
  const status = statusOf(error);
  const said = [status || '', name === 'Error' || name === 'UnknownError' ? '' : name, message.split('\n')[0]];
  const sentence = expectedInWords(place, rule, said.filter(Boolean).join(' '));
  const isForGood =
    (status >= 400 && status < 500 && status !== 429 && status !== 408) ||
    /Credentials|Region is missing/i.test(`${name} ${message}`);
  return isForGood ? sentence : lost(sentence.message);
}

async function* objectsOf(client: Client, { Bucket, key: Prefix }: S3Place, signal?: AbortSignal) {
  for (let ContinuationToken: string | undefined; ;) {
    const page = await client.listObjectsV2({ Bucket, Prefix, ContinuationToken }, { abortSignal: signal });
    yield* page.Contents ?? [];
    ContinuationToken = page.NextContinuationToken;
    if (page.IsTruncated !== true || ContinuationToken === undefined) {
      return;
    }
  }
}

/** Images in buckets. A bucket that does not let one in is told when it is listed, and fails jobs that read in it. */
export async function s3Source(): Promise<ImageSource> {
  const client = await openClient();
  return {
    async *list(location, { signal, notice }) {
      const place = placeOf(location);
      let others = 0;
      try {
        for await (const { Key = '', Size, ETag } of objectsOf(client, place, signal)) {
          if (!isImageName(Key)) {
            others++;
            continue;
          }
          const etag = ETag?.replaceAll('"', '');
          yield { key: `s3://${place.Bucket}/${Key}`, size: Size, ...(etag === undefined ? {} : { etag }) };
        }
      } catch (error) {
        throw error instanceof WeldonError || signal?.aborted === true
          ? error
          : s3Error(error, `s3://${place.Bucket}`, 'a bucket that can be listed', sourceLost);
      }
      if (others > 0) {
        notice(`${location}: ${others} other objects are passed over, by their names`);
      }
    },
    async read(location, { maxBytes, signal }) {
      const { Bucket, key: Key } = placeOf(location);
      try {
        const { Body, ContentLength = 0 } = await client.getObject({ Bucket, Key }, { abortSignal: signal });
        const tooMany = () => expectedInWords(location, `an image of at most ${maxBytes} bytes`, 'more');
        const stream = Body as Readable;
        const chunks: Buffer[] = [];
        let count = 0;
        if (ContentLength > maxBytes) {
          stream.destroy();
          throw tooMany();
        }
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          count += chunk.length;
          if (count > maxBytes) {
            stream.destroy();
            throw tooMany();
          }
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      } catch (error) {
        if (error instanceof WeldonError || signal?.aborted === true) {
          throw error;
        }
        const known = s3Error(error, location, 'an image that can be read', sourceLost);
        // Without rights every image looks bad: the job fails instead, and is tried again when they are given.
        throw isAbsent(error) ? known : known instanceof WeldonError ? sourceLost(known.message) : known;
      }
    },
    close: async () => client.destroy(),
  };
}

const sinkLost = (message: string) => Object.assign(new Error(message), { code: 'SINK_LOST' });

/**
 * Shards in a bucket.
 *
 * @param location `s3://bucket/prefix`
 * @throws WeldonError (when used) for a bucket that is not there, and one without rights
 */
export async function s3Sink(location: string): Promise<ShardSink> {
  const { Bucket, key } = placeOf(location.replace(/\/+$/, ''));
  const client = await openClient();
  const prefix = key === '' ? '' : `${key}/`;
  const keyOf = (name: string) => prefix + name;
  const place = `s3://${Bucket}`;
  const tried = async <T>(rule: string, run: () => Promise<T>, absent?: T): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      if (absent !== undefined && isAbsent(error)) {
        return absent;
      }
      throw s3Error(error, place, rule, sinkLost);
    }
  };
  return {
    location: key === '' ? place : `${place}/${key}`,
    put: (name, bytes) =>
      tried('a bucket that can be written', async () => {
        await client.putObject({ Bucket, Key: keyOf(name), Body: bytes, ContentLength: bytes.length });
      }),
    get: (name) =>
      tried<Uint8Array | null>(
        'a bucket that can be read',
        async () => (await (await client.getObject({ Bucket, Key: keyOf(name) })).Body?.transformToByteArray()) ?? null,
        null,
      ),
    has: (name) =>
      tried(
        'a bucket that can be read',
        async () => {
          await client.headObject({ Bucket, Key: keyOf(name) });
          return true;
        },
        false,
      ),
    async *list(start) {
      try {
        for await (const { Key = '' } of objectsOf(client, { Bucket, key: keyOf(start) })) {
          yield Key.slice(prefix.length);
        }
      } catch (error) {
        throw error instanceof WeldonError ? error : s3Error(error, place, 'a bucket that can be listed', sinkLost);
      }
    },
    remove: (name) =>
      tried('a bucket that can be written', async () => {
        await client.deleteObject({ Bucket, Key: keyOf(name) });
      }),
    close: async () => client.destroy(),
  };
}
