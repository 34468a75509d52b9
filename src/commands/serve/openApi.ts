import { ownVersion } from '../../node/packageRoot.js';
import type { CheckedServeOptions } from './options.js';

const number = { type: 'number' };
const count = { type: 'integer' };
const ids = { type: 'array', items: { type: 'string' } };
const box = {
  type: 'object',
  description: 'pixels of the image, upright',
  required: ['x', 'y', 'width', 'height'],
  properties: { x: number, y: number, width: number, height: number },
};
const meta = { type: 'object', additionalProperties: true };
const json = (schema: object) => ({ 'application/json': { schema } });
const answer = (description: string, schema?: object) => ({ description, ...(schema && { content: json(schema) }) });
const refusals = {
  400: answer('refused, with the reason in a sentence', { $ref: '#/components/schemas/Error' }),
  404: answer('there is none', { $ref: '#/components/schemas/Error' }),
};
const item = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'the id of an item; a slash in it as %2F',
  schema: { type: 'string' },
};

const asked = {
  positive: { ...ids, description: 'items to be like' },
  negative: { ...ids, description: 'items to be unlike' },
  box: { ...box, description: 'the part that is sought: of the image, or of the one positive item' },
  k: { ...count, minimum: 1, maximum: 1000, default: 10 },
  offset: { ...count, minimum: 0, default: 0 },
  threshold: { ...number, description: 'the lowest similarity that counts' },
  filter: {
    type: 'object',
    description: 'by field: a value, a list of values, or {"min": …, "max": …}',
    additionalProperties: true,
  },
  windows: { ...count, minimum: 0, maximum: 5, description: 'places of the image that are looked at by themselves' },
  refine: { ...count, minimum: 0, maximum: 3, description: 'of these, how many are looked into once more' },
  size: { enum: [448, 640], description: 'side of the map that places are taken from' },
  boxes: {
    type: 'boolean',
    default: false,
    description: 'look for the place in each of the first 20 hits, a pass each',
  },
};

const found = {
  type: 'object',
  properties: {
    search: { type: 'string', description: 'names this search in feedback' },
    hits: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          score: { ...number, description: 'what the list is sorted by' },
          similarity: { ...number, description: 'what thresholds are compared with' },
          box: { ...box, nullable: true, description: 'where in the item; null where it was not looked for' },
          queryBox: { ...box, nullable: true, description: 'where in the query; null where examples were given' },
          vector: { ...count, description: 'which vector of the item matches: 0 the whole image, 1 … its crops' },
          meta,
        },
      },
    },
    nothingSimilar: { type: 'boolean' },
    ranking: { enum: ['class', 'window'] },
    metric: { enum: ['euclid', 'learnt'], description: 'learnt: of likes and unlikes, by weldon search --learn' },
    took: { ...number, description: 'milliseconds' },
  },
};

/** What the server offers, in OpenAPI 3.0. */
export function openApi({ token, writable, maxUpload }: CheckedServeOptions): object {
  const image = { type: 'string', format: 'binary', description: `an image of at most ${maxUpload} MB` };
  const form = (properties: object) => ({
    'multipart/form-data': { schema: { type: 'object', required: ['image'], properties } },
  });
  const changes = writable
    ? {
        put: {
          summary: 'add an item, or replace it',
          parameters: [item],
          requestBody: { required: true, content: form({ image, meta }) },
          responses: { 200: answer('replaced'), 201: answer('added'), ...refusals },
        },
        delete: { summary: 'delete an item', parameters: [item], responses: { 204: answer('deleted'), ...refusals } },
      }
    : {};
  return {
    openapi: '3.0.3',
    info: { title: 'weldon serve', version: ownVersion(), description: 'Search a catalogue of images by image.' },
    ...(token !== undefined && { security: [{ token: [] }] }),
    paths: {
      '/search': {
        post: {
          summary: 'find items like an image, or like items',
          requestBody: {
            required: true,
            content: { ...json({ type: 'object', properties: asked }), ...form({ image, ...asked }) },
          },
          responses: { 200: answer('the items, best first', found), ...refusals },
        },
      },
      '/feedback': {
        post: {
          summary: 'say which hits of a search were what was sought',
          requestBody: {
            required: true,
            content: json({
              type: 'object',
              required: ['search'],
              properties: { search: { type: 'string' }, like: ids, unlike: ids },
            }),
          },
          responses: { 204: answer('recorded'), ...refusals },
        },
      },
      '/items/{id}': {
        get: {
          summary: 'what is known of an item',
          parameters: [item],
          responses: {
            200: answer('the item', { type: 'object', properties: { id: { type: 'string' }, vectors: count, meta } }),
            ...refusals,
          },
        },
        ...changes,
      },
      '/items/{id}/image': {
        get: {
          summary: 'the image of an item',
          parameters: [item],
          responses: { 200: { description: 'its file', content: { 'image/*': {} } }, ...refusals },
        },
      },
      '/map': {
        get: {
          summary: 'all items in a plane',
          responses: {
            200: answer('x and y of each item from 0 to 1, one after the other', {
              type: 'object',
              properties: { ids, places: { type: 'array', items: number } },
            }),
          },
        },
      },
      '/health': { get: { summary: 'whether the server is up', security: [], responses: { 200: answer('it is') } } },
      '/openapi.json': { get: { summary: 'this description', responses: { 200: answer('this') } } },
    },
    components: {
      schemas: { Error: { type: 'object', properties: { error: { type: 'string' } } } },
      ...(token !== undefined && { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } }),
    },
  };
}
