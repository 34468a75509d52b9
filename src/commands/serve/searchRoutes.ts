/** The requests that run the network, or change the catalogue. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { Box } from '../../models/resizeMapping.js';
import { embeddedImage, embeddingRows } from '../../node/bake/imageRows.js';
import type { DecodedImage } from '../../node/images/readImage.js';
import { decodeImage, readImage } from '../../node/images/readImage.js';
import { placeInFile, searchImageOf } from '../../node/images/searchImage.js';
import { rowsOfVectors } from '../../search/embedImages.js';
import type { Meta, MetaFilter } from '../../search/metaFilter.js';
import { projectTo2d } from '../../search/projectTo2d.js';
import { searchImages } from '../../search/searchImages.js';
import { checkOptions } from '../checkOptions.js';
import { bakedBox, metaOf } from '../index/catalogueRows.js';
import { isOwnField, ownFields } from '../index/itemTable.js';
import type { Feedback } from './feedbackFile.js';
import type { CheckedServeOptions, SearchRequest } from './options.js';
import { feedbackRequest, searchRequest } from './options.js';
import type { OpenedCatalogue, ServedCatalogue } from './servedCatalogue.js';
import { readForm, Refusal, unknownItem } from './requests.js';
import { sha256Of } from '../../node/storage/plainFile.js';

/** Longest side that a query is decoded to: parts of it are embedded at a few hundred pixels. */
const querySide = 2048;
/** Searches whose query vectors are remembered, for feedback. */
const remembered = 1000;
/** Hits in which a place is looked for. */
const mostBoxes = 20;
/** Requests that may wait for the network. */
const mostWaiting = 256;

/** Runs at most some at a time, in the order in which they came. */
function gate(lanes: () => number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(run: () => Promise<T>): Promise<T> => {
    if (waiting.length >= mostWaiting) {
      throw new Refusal(503, 'Too many requests wait for the network: try again later');
    }
    if (running >= lanes()) {
      await new Promise<void>((begin) => waiting.push(begin));
    }
    running++;
    try {
      return await run();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}

/** A box in pixels of an image of another size. */
function scaled({ x, y, width, height }: Box, by: number): Box {
  return { x: x * by, y: y * by, width: width * by, height: height * by };
}

/** As it is told: to a hundredth of a pixel. */
function boxOrNull(box: Box | null): Box | null {
  const to = (value: number) => Math.round(value * 100) / 100;
  return box && { x: to(box.x), y: to(box.y), width: to(box.width), height: to(box.height) };
}

/** Stops what a client waits for when it has gone. */
function untilGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) {
      gone.abort(new Refusal(499, 'The client has gone'));
    }
  });
  return gone.signal;
}

export interface SearchRoutes {
  served: ServedCatalogue;
  options: CheckedServeOptions;
  record: ((feedback: Feedback) => Promise<void>) | null;
}

/** Adds the routes to a server. */
export function searchRoutes(server: FastifyInstance, { served, options, record }: SearchRoutes): void {
  const { writable, maxUpload, maxMegapixels } = options;
  const reading = { maxPixels: maxMegapixels * 1e6, maxSide: querySide };
  let lanes = 1;
  const withNetwork = gate(() => lanes);
  const searches = new Map<string, number[][]>();
  let map: { revision: number; places: Promise<unknown> } | null = null;

  async function bodyOf(request: FastifyRequest): Promise<{ image: Buffer | null; fields: unknown }> {
    return request.isMultipart() ? readForm(request, maxUpload) : { image: null, fields: request.body ?? {} };
  }

  /** The image that is sought by: the upload, or with a box the image of the one positive example. */
  async function queryImage(upload: Buffer | null, asked: SearchRequest): Promise<DecodedImage | null> {
    if (upload !== null) {
      return decodeImage(upload, 'the uploaded image', reading);
    }
    if (asked.box === undefined) {
      return null;
    }
    const [id] = asked.positive;
    if (asked.positive.length !== 1) {
      throw expectedInWords(
        'a box',
        'in an image, or in the one positive example',
        `${asked.positive.length} of these`,
      );
    }
    const [item] = await served.use(({ catalogue: { store } }) => store.get([id]));
    const file = item && (await served.imageFile(item));
    if (file === null) {
      throw new Refusal(404, `There is no image of ${JSON.stringify(id)} here`);
    }
    return readImage(file, reading);
  }

  server.post('/search', async (request, reply) => {
    const begun = performance.now();
    const { image: upload, fields } = await bodyOf(request);
    const asked = checkOptions(searchRequest, fields, { owner: 'the search', kind: 'fields' });
    if (request.isMultipart() && upload === null) {
      throw expectedInWords('the form', 'one with an image in the field image', 'none');
    }
    const signal = untilGone(reply);
    const { positive, negative, box, filter, boxes, ...rest } = asked;
    const decoded = await queryImage(upload, asked);
    return withNetwork(() =>
      served.use(async ({ catalogue, pass }) => {
        lanes = pass.lanes ?? 1;
        // Boxes are told in pixels of the image as it was sent.
        const scale = decoded === null ? 1 : decoded.width / decoded.originalWidth;
        const like = upload === null && box !== undefined ? [] : positive;
        const query = {
          ...(decoded !== null && { image: searchImageOf(decoded) }),
          ...(box !== undefined && { box: scaled(box, scale) }),
          like,
          unlike: negative,
        };
        const found = await searchImages(catalogue, pass, query, { ...rest, filter: filter as MetaFilter, signal });
        const places = found.hits.map((hit) => bakedBox(hit));
        for (const [i, hit] of (boxes ? found.hits.slice(0, mostBoxes) : []).entries()) {
          signal.throwIfAborted();
          const file = places[i] === null && found.parts.length > 0 ? await served.imageFile(hit) : null;
          if (file !== null) {
            places[i] = await placeInFile(catalogue, pass, file, found.parts[hit.part].row, reading);
          }
        }
        const id = randomUUID();
        if (record !== null) {
          searches.set(
            id,
            found.parts.map(({ row }) => Array.from(row)),
          );
          const [oldest] = searches.keys();
          searches.delete(searches.size > remembered ? oldest : '');
        }
        return {
          search: id,
          hits: found.hits.map(({ id: item, score, similarity, queryBox, vector, meta }, i) => ({
            id: item,
            score,
            similarity,
            box: boxOrNull(places[i]),
            queryBox: boxOrNull(queryBox && scaled(queryBox, 1 / scale)),
            vector,
            meta,
          })),
          nothingSimilar: found.nothingSimilar,
          ranking: found.ranking,
          metric: found.metric,
          took: performance.now() - begun,
        };
      }),
    );
  });

  server.post('/feedback', async (request, reply) => {
    if (record === null) {
      throw new Refusal(404, 'This server takes no feedback: start it with --feedback FILE');
    }
    const { search, like, unlike } = checkOptions(feedbackRequest, request.body ?? {}, {
      owner: 'the feedback',
      kind: 'fields',
    });
    const query = searches.get(search);
    if (query === undefined) {
      throw new Refusal(404, `There was no search ${JSON.stringify(search)}, or too long ago`);
    }
    const ids = [...like, ...unlike];
    const items = await served.use(({ catalogue: { store } }) => store.get(ids));
    const missing = items.findIndex((item) => item === null);
    if (missing !== -1 || ids.length === 0) {
      throw ids.length === 0
        ? expectedInWords('the feedback', 'about one item or more', 'none in like and unlike')
        : unknownItem(ids[missing]);
    }
    await record({ time: new Date().toISOString(), query, like, unlike });
    return reply.code(204).send();
  });

  server.get('/map', () =>
    served.use(async (opened) => {
      const { revision } = await opened.catalogue.store.info();
      if (map?.revision !== revision) {
        const places = mapOf(opened);
        map = { revision, places };
        places.catch(() => {
          map = null;
        });
      }
      return map.places;
    }),
  );

  server.put<{ Params: { id: string } }>('/items/:id', async (request, reply) => {
    const { id } = request.params;
    checkWritable();
    if (!request.isMultipart()) {
      throw expectedInWords('the item', 'multipart/form-data with an image', 'another kind of content');
    }
    const { image, fields } = await readForm(request, maxUpload);
    if (image === null) {
      throw expectedInWords('the form', 'one with an image in the field image', 'none');
    }
    const { meta = {}, ...others } = fields;
    if (Object.keys(others).length > 0) {
      throw expectedInWords('the form', 'one with image and meta alone', JSON.stringify(Object.keys(others)[0]));
    }
    const taken = Object.keys(meta as object).find(isOwnField);
    if (taken !== undefined) {
      throw expectedInWords('meta', `without ${ownFields.join(', ')}, which a bake writes`, taken);
    }
    const decoded = await decodeImage(image, 'the uploaded image', reading);
    const isNew = await withNetwork(() =>
      served.use(async ({ catalogue, pass }) => {
        const { store, description, settings, made } = catalogue;
        const [before] = await store.get([id]);
        const file = await served.keepImage(id, image, decoded.format);
        const { prepare, compute } = embeddingRows(pass, { ...settings, size: description.size });
        const [row] = await compute([await prepare(image, file)]);
        if (row instanceof WeldonError) {
          throw row;
        }
        const embedded = embeddedImage(row);
        const sha256 = sha256Of(image);
        const vectors = rowsOfVectors(made, embedded.vectors);
        const said = metaOf({ id, sha256, meta: meta as Meta }, embedded);
        await store.upsert([{ id, vectors, meta: { ...said, put: basename(file) } }]);
        if (before !== null) {
          await served.dropImage(before, file);
        }
        return before === null;
      }),
    );
    return reply.code(isNew ? 201 : 200).send({ id });
  });

  server.delete<{ Params: { id: string } }>('/items/:id', async ({ params: { id } }, reply) => {
    checkWritable();
    const item = await served.use(async ({ catalogue: { store } }) => {
      const [before] = await store.get([id]);
      return (await store.delete([id])) === 0 ? null : before;
    });
    if (item === null) {
      throw unknownItem(id);
    }
    await served.dropImage(item);
    return reply.code(204).send();
  });

  function checkWritable(): void {
    if (!writable) {
      throw new Refusal(403, 'This server changes nothing: start it with --writable');
    }
  }
}

/** All items in a plane: ids, and x and y of each from 0 to 1. */
async function mapOf({ catalogue: { store } }: OpenedCatalogue): Promise<{ ids: string[]; places: number[] }> {
  const ids: string[] = [];
  const vectors: Float32Array[] = [];
  for await (const rows of store.scan()) {
    for (const { id, vectors: own } of rows) {
      ids.push(id);
      vectors.push(own[0].subarray(0, -1));
    }
  }
  const places = await projectTo2d(vectors);
  return { ids, places: Array.from(places, (value) => Math.round(value * 1e4) / 1e4) };
}
