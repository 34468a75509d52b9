import { z } from 'zod';
import type { Box } from '../../models/resizeMapping.js';
import type { FrozenEngine } from '../../node/runtime/frozenEngine.js';
import type { MetaFilter } from '../../search/metaFilter.js';
import * as check from '../checkOptions.js';

/** How a query is looked for. */
export interface QueryOptions {
  /** Windows of the query that are embedded by themselves, 0 … 5; 0 compares the whole image alone. Default 5. */
  windows?: number;
  /** Of these, how many are looked into once more, 0 … 3. Default 3, at most `windows`. */
  refine?: number;
  /** Side in pixels of the map that windows are taken from: 448, or 640 for small objects. Default 448. */
  size?: 448 | 640;
  /** What the metadata of items must be. */
  filter?: MetaFilter;
}

/** What the functions of a search have in common. */
export interface CatalogueOptions {
  /** A folder that `indexImages` made, `postgres://…?catalogue=name`, or the zip file of a collection. */
  catalogue: string;
  /** Where the network runs, whatever the catalogue was made on; see `startRuntime`. Default: there. */
  engine?: FrozenEngine;
  signal?: AbortSignal;
  /** Takes sentences about what was left out. Default: lines on stderr. */
  notice?: (sentence: string) => void;
}

/** How {@link searchCatalogue} searches. */
export interface SearchCatalogueOptions extends CatalogueOptions, QueryOptions {
  /** The image that is sought. Without it, `like` says what is. */
  image?: string;
  /** The part of the image that is sought, in its pixels. */
  box?: Box;
  /** Items that shall count as examples. */
  like?: readonly string[];
  /** Items whose likes are not wanted. */
  unlike?: readonly string[];
  /** Items wanted. Default 10. */
  top?: number;
  /** Leaves out items with a lower window score. Default: none. */
  threshold?: number;
  /** Whether the place in every hit that matches is looked for, a pass of the network each. Default: with `out`. */
  boxes?: boolean;
  /** Folder for a page and a picture of the query and what was found, matching places outlined. Default: none. */
  out?: string;
}

/** How {@link evaluateSearch} measures. */
export interface EvaluateSearchOptions extends CatalogueOptions, QueryOptions {
  /** A CSV file with the columns query and relevant, perhaps x0, y0, x1, y1; or a JSON object query → item or items. */
  truth: string;
  /** Folder for a page with the figures and some of the queries, matching places outlined. Default: none. */
  out?: string;
  /** Called with the number of queries done, and all. */
  onQueries?: (done: number, total: number) => void;
}

/** How {@link learnFromFeedback} learns. */
export interface LearnFromFeedbackOptions extends Pick<CatalogueOptions, 'catalogue' | 'notice'> {
  /** What `weldon serve --feedback` has recorded. */
  feedback: string;
}

/** How {@link findDuplicates} looks. */
export interface FindDuplicatesOptions extends CatalogueOptions {
  /** The field that says what an item is. Default: `label`, `class`, or the folder's name. */
  label?: string;
}

const queryOptions = {
  windows: check.wholeNumber(0, 5).optional(),
  refine: check.wholeNumber(0, 3).optional(),
  size: check.ruled(z.union([z.literal(448), z.literal(640)]), '448 or 640', (word) => Number(word)).optional(),
  filter: check
    .ruled(
      z.custom<MetaFilter>((value) => typeof value === 'object' && value !== null),
      'fields and what they must be, such as color=red|blue or price=10..20',
      readFilter,
    )
    .optional(),
};

const catalogueOptions = {
  catalogue: check.text(),
  engine: check.engine().optional(),
  signal: check.abortSignal().optional(),
  notice: check.callback<(sentence: string) => void>().optional(),
};

const ids = () =>
  check.ruled(z.array(z.string().min(1)).min(1).readonly(), 'names of items, separated by commas', check.toWords);

/** What each option may be, for the command line and the functions alike. */
export const searchOptions = {
  ...catalogueOptions,
  ...queryOptions,
  image: check.text().optional(),
  box: check
    .ruled(
      z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
      'four numbers x0,y0,x1,y1 in pixels',
      readBox,
    )
    .optional(),
  like: ids().optional(),
  unlike: ids().optional(),
  top: check.wholeNumber(1).optional(),
  threshold: check.number('a number', () => true).optional(),
  boxes: check.yesOrNo().optional(),
  out: check.text().optional(),
} satisfies { [K in keyof Required<SearchCatalogueOptions>]: z.ZodType<SearchCatalogueOptions[K]> };

const evaluateOptions = {
  ...catalogueOptions,
  ...queryOptions,
  truth: check.text(),
  out: check.text().optional(),
  onQueries: check.callback<(done: number, total: number) => void>().optional(),
} satisfies { [K in keyof Required<EvaluateSearchOptions>]: z.ZodType<EvaluateSearchOptions[K]> };

const { catalogue, notice } = catalogueOptions;
const learnOptions = { catalogue, notice, feedback: check.text() };

const duplicatesOptions = { ...catalogueOptions, label: check.text().optional() };

/** A box by its corners, as one writes it on the command line; what makes no sense comes back as it is. */
function readBox(word: string): unknown {
  const corners = word.split(',').map(Number);
  if (corners.length !== 4 || !corners.every(Number.isFinite)) {
    return word;
  }
  const [x0, y0, x1, y1] = corners;
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/** A word as the values that it may mean: `12` a number or a text. */
function meanings(word: string): (string | number | boolean)[] {
  return [
    word,
    ...(word !== '' && Number.isFinite(Number(word)) ? [Number(word)] : []),
    ...(word === 'true' || word === 'false' ? [word === 'true'] : []),
  ];
}

/** `color=red|blue,price=10..20` as a filter, or one in JSON; what makes no sense comes back as it is. */
export function readFilter(word: string): unknown {
  if (word.trim().startsWith('{')) {
    try {
      return JSON.parse(word);
    } catch {
      return word;
    }
  }
  const fields = word.split(',').map((part): [string, unknown] | null => {
    const at = part.indexOf('=');
    const [field, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (at < 1 || value === '') {
      return null;
    }
    const range = /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec(value);
    if (range !== null && (range[1] !== '' || range[2] !== '')) {
      return [
        field,
        { ...(range[1] !== '' && { min: Number(range[1]) }), ...(range[2] !== '' && { max: Number(range[2]) }) },
      ];
    }
    return [field, value.split('|').flatMap((each) => meanings(each.trim()))];
  });
  return fields.includes(null) ? word : Object.fromEntries(fields as [string, unknown][]);
}

const words = (owner: string) => ({ owner, kind: 'options of a search' });

/** @throws WeldonError for an unknown option, with the nearest names, and for a value out of range */
export function checkSearchOptions(options: unknown): SearchCatalogueOptions {
  return check.checkOptions(z.strictObject(searchOptions), options, words('searchCatalogue'));
}

/** @throws WeldonError as {@link checkSearchOptions} */
export function checkEvaluateOptions(options: unknown): EvaluateSearchOptions {
  return check.checkOptions(z.strictObject(evaluateOptions), options, words('evaluateSearch'));
}

/** @throws WeldonError as {@link checkSearchOptions} */
export function checkLearnOptions(options: unknown): LearnFromFeedbackOptions {
  return check.checkOptions(z.strictObject(learnOptions), options, words('learnFromFeedback'));
}

/** @throws WeldonError as {@link checkSearchOptions} */
export function checkForgetOptions(options: unknown): void {
  check.checkOptions(z.strictObject({ catalogue }), options, words('forgetMetric'));
}

/** @throws WeldonError as {@link checkSearchOptions} */
export function checkDuplicatesOptions(options: unknown): FindDuplicatesOptions {
  return check.checkOptions(z.strictObject(duplicatesOptions), options, words('findDuplicates'));
}
