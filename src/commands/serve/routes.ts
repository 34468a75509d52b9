/** The HTTP interface of a catalogue. */
import multipart from '@fastify/multipart';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isIP } from 'node:net';
import { basename, extname, resolve } from 'node:path';
import { WeldonError } from '../../errors.js';
import { collectionRoute } from './collectionRoute.js';
import { openApi } from './openApi.js';
import type { CheckedServeOptions } from './options.js';
import type { ServedCatalogue } from './servedCatalogue.js';
import { searchRoutes } from './searchRoutes.js';
import { Refusal, tooLarge, unknownItem } from './requests.js';

/** What browsers shall take the files of images for, by their endings. */
const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.gif': 'image/gif',
  '.avif': 'image/avif',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
};

/** Milliseconds after which a connection without traffic is closed. */
const idleTime = 60_000;

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Whether the header carries the token; takes as long for a wrong one as for the right one. */
function carries(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

/**
 * A page elsewhere may have its own name point to this machine and so read what only this machine should: of requests to
 * a loopback address, only those that name one are answered.
 */
function isLocalName(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

export const isLoopback = (host: string) => isLocalName(host.includes(':') ? `[${host}]` : host);

/** What the framework refuses before a route sees it, in the words of this package. */
const frameworkWords: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'Expected the address to be of percent-encoded UTF-8 but received another',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Expected the body to be JSON or multipart/form-data, and its content-type to say so',
  FST_ERR_CTP_INVALID_JSON_BODY: 'Expected the body to be JSON but received text that is not',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'Expected the body to be JSON but received none',
  FST_ERR_CTP_BODY_TOO_LARGE: 'Expected JSON of at most 1 MB but received more',
};

function answerError(error: unknown, reply: FastifyReply, notice: (sentence: string) => void): void {
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
  if (error instanceof Refusal) {
    void reply.code(error.status).send({ error: error.message });
  } else if (error instanceof WeldonError) {
    void reply.code(code === 'STORE_LOST' ? 503 : 400).send({ error: message });
  } else if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    void reply.code(statusCode).send({ error: frameworkWords[code ?? ''] ?? message });
  } else {
    notice(`A request failed: ${message}`);
    void reply.code(500).send({ error: 'The request failed; the server has said why where it was started' });
  }
}

/**
 * The server, not yet listening.
 *
 * @param record takes feedback, where there is a file for it
 */
export async function makeServer(
  served: ServedCatalogue,
  options: CheckedServeOptions & { notice: (sentence: string) => void },
  record: Parameters<typeof searchRoutes>[1]['record'],
): Promise<FastifyInstance> {
  const { host, token, maxUpload, requestTimeout, notice, page } = options;
  const server = fastify({
    bodyLimit: 2 ** 20,
    requestTimeout: 1000 * requestTimeout,
    connectionTimeout: Math.max(idleTime, 2000 * requestTimeout),
    keepAliveTimeout: 10_000,
    // The default looks for hanging clients every half minute.
    http: { connectionsCheckingInterval: Math.min(1000, 500 * requestTimeout), headersTimeout: 1000 * requestTimeout },
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    frameworkErrors: (error, _, reply) => answerError(error, reply as unknown as FastifyReply, options.notice),
  });
  await server.register(multipart, {
    limits: { fileSize: Math.floor(maxUpload * 2 ** 20), files: 2, fields: 20, fieldSize: 2 ** 18, parts: 24 },
  });
  // Connections of what is under way end with its answer: kept alive, they would hold up the end of the server.
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
  });
  server.addHook('onSend', async (_, reply) => {
    if (closing) {
      void reply.header('connection', 'close');
    }
  });
  server.setErrorHandler((error, _, reply) => answerError(error, reply, notice));
  server.setNotFoundHandler((request, reply) => {
    void reply
      .code(404)
      .send({ error: `There is nothing at ${request.method} ${request.url}; GET /openapi.json lists all` });
  });
  server.addHook('onRequest', async (request: FastifyRequest, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (isLoopback(host) && !isLocalName(request.headers.host ?? '')) {
      throw new Refusal(403, 'Expected a request to this machine by its own name, such as localhost');
    }
    const isOpen = request.url === '/health' || request.method === 'OPTIONS';
    if (token !== undefined && !isOpen && !carries(request.headers.authorization, token)) {
      void reply.header('www-authenticate', 'Bearer');
      throw new Refusal(401, "Expected the header Authorization to be Bearer and the server's token");
    }
    if (Number(request.headers['content-length'] ?? 0) > (maxUpload + 1) * 2 ** 20) {
      throw tooLarge(maxUpload);
    }
  });

  server.get('/health', () =>
    served.use(async ({ catalogue: { store } }) => {
      const { count, revision, description } = await store.info();
      return { status: 'ok', count, revision, model: description.model, engine: description.engine };
    }),
  );
  const description = openApi(options);
  server.get('/openapi.json', () => description);

  server.get<{ Params: { id: string } }>('/items/:id', ({ params: { id } }) =>
    served.use(async ({ catalogue: { store } }) => {
      const [item] = await store.get([id]);
      if (item === null) {
        throw unknownItem(id);
      }
      return { id, vectors: item.vectors.length, meta: item.meta };
    }),
  );
  server.get<{ Params: { id: string } }>('/items/:id/image', async ({ params: { id } }, reply) => {
    const [item] = await served.use(({ catalogue: { store } }) => store.get([id]));
    const file = item === null ? null : await served.imageFile(item);
    if (file === null) {
      throw item === null ? unknownItem(id) : new Refusal(404, `There is no image of ${JSON.stringify(id)} here`);
    }
    void reply.type(imageTypes[extname(file).toLowerCase()] ?? 'image/jpeg');
    return reply.send(createReadStream(file));
  });
  searchRoutes(server, { served, options, record });
  if (page !== undefined) {
    collectionRoute(server, { served, name: basename(options.catalogue.replace(/[?].*$/, '')), notice });
    await server.register(fastifyStatic, { root: resolve(page), index: ['index.html'] });
  }
  return server;
}
