import { z } from 'zod';
import type { RuntimeBackend } from '../../node/runtime/backendNames.js';
import { runtimeBackends } from '../../node/runtime/backendNames.js';
import * as check from '../checkOptions.js';

export interface ServeCatalogueOptions {
  /** The catalogue: a folder, or `postgres://…?catalogue=name`. */
  catalogue: string;
  /** Address to listen at. Default `'127.0.0.1'`, which other machines do not reach */
  host?: string;
  /** Default 8484; 0 takes a free one. */
  port?: number;
  /** Folder that the images of the catalogue lie in. Default: the one that it was baked from */
  images?: string;
  /** Whether items may be added, replaced and deleted. Default false */
  writable?: boolean;
  /** Folder for the images of items that are added. Default: `added` in the catalogue's folder */
  added?: string;
  /** What every request but `/health` must carry as `Authorization: Bearer …`. Default: nothing */
  token?: string;
  /** File that likes and unlikes are appended to, a line of JSON each. Default: they are not taken */
  feedback?: string;
  /** Folder with a page that is served at `/`; it finds the catalogue at `/collection/`. Default: none */
  page?: string;
  /** Largest upload in megabytes. Default 20 */
  maxUpload?: number;
  /** Largest image in megapixels. Default 50 */
  maxMegapixels?: number;
  /** Where the network runs, whatever the catalogue was made on. Default: there; where that cannot be, it is refused */
  backend?: 'auto' | RuntimeBackend;
  /** Seconds that a request may take to arrive. Default 30 */
  requestTimeout?: number;
  /** Takes a sentence about what the server does not say to its clients. Default: a line on stderr */
  notice?: (sentence: string) => void;
}

/** What each option may be, for the command line and `serveCatalogue` alike. */
export const serveOptions = {
  catalogue: check.text(),
  host: check.text().default('127.0.0.1'),
  port: check.wholeNumber(0, 65_535).default(8484),
  images: check.text().optional(),
  writable: check.yesOrNo().default(false),
  added: check.text().optional(),
  token: check
    .ruled(z.string().regex(/^[\x21-\x7e]{8,}$/), '8 or more letters, digits and signs, no blanks')
    .optional(),
  feedback: check.text().optional(),
  page: check.text().optional(),
  maxUpload: check.number('a number of megabytes > 0', (value) => value > 0).default(20),
  maxMegapixels: check.number('a number of megapixels > 0', (value) => value > 0).default(50),
  backend: check.oneOf(['auto', ...runtimeBackends]).optional(),
  requestTimeout: check.number('a number of seconds > 0', (value) => value > 0).default(30),
  notice: check.callback<(sentence: string) => void>().optional(),
};

/** The options with their defaults. */
export type CheckedServeOptions = z.output<ReturnType<typeof serveSchema>>;

export const serveSchema = () => z.strictObject(serveOptions);

/** A request to `/search`, as JSON or as the fields of a form. */
export const searchRequest = z.strictObject({
  positive: check.ruled(z.array(z.string().min(1)).max(100), 'a list of at most 100 ids').default([]),
  negative: check.ruled(z.array(z.string().min(1)).max(100), 'a list of at most 100 ids').default([]),
  box: check
    .ruled(
      z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      'an object of x, y, width and height in pixels',
    )
    .optional(),
  k: check.wholeNumber(1, 1000).default(10),
  offset: check.wholeNumber(0, 1_000_000).default(0),
  threshold: check.number('a number', Number.isFinite).optional(),
  // A record would leave out a field of the name __proto__, and so search unfiltered.
  filter: check
    .instance<Record<string, unknown>>(
      'an object of fields',
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    )
    .default({}),
  windows: check.wholeNumber(0, 5).optional(),
  refine: check.wholeNumber(0, 3).optional(),
  size: check.ruled(z.union([z.literal(448), z.literal(640)]), '448 or 640').optional(),
  boxes: check.yesOrNo().default(false),
});

export type SearchRequest = z.output<typeof searchRequest>;

/** A request to `/feedback`. */
export const feedbackRequest = z.strictObject({
  search: check.text(),
  like: check.ruled(z.array(z.string().min(1)).max(1000), 'a list of ids').default([]),
  unlike: check.ruled(z.array(z.string().min(1)).max(1000), 'a list of ids').default([]),
});
