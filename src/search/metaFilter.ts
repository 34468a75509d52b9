/** Metadata of items, and what may be asked of it. */
import { checkKeys, expected, nearestNames, WeldonError } from '../errors.js';

/** A text, a number, a truth, or several texts (labels, say); null is the same as none. */
export type MetaValue = string | number | boolean | null | readonly string[];

/** What is known of an item, by field. */
export type Meta = Readonly<Record<string, MetaValue>>;

type Plain = string | number | boolean;

/** A range of numbers, both ends within it; at least one end. */
export interface MetaRange {
  min?: number;
  max?: number;
}

/**
 * What the metadata must be, every field of it: `{ color: 'red' }` that value, `{ color: ['red', 'blue'] }` one of them,
 * `{ price: { min: 10, max: 20 } }` a number in that range. Of a field with several texts, one must fit. Values of other
 * types are other values: `1` is not `'1'`. An item without the field does not fit.
 */
export type MetaFilter = Readonly<Record<string, Plain | readonly Plain[] | MetaRange>>;

/** Whether every store can keep a text: PostgreSQL knows no NUL, and half of a pair of surrogates is no UTF-8. */
export function isKeepable(value: unknown): value is string {
  return typeof value === 'string' && !/[\0\p{Surrogate}]/u.test(value);
}

const isPlain = (value: unknown): value is Plain =>
  isKeepable(value) || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

/** @throws WeldonError for metadata that not every store could keep */
export function checkMeta(meta: Meta, owner: string): void {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) {
    throw expected(`metadata of ${owner}`, 'an object', meta);
  }
  for (const [field, value] of Object.entries(meta)) {
    if (field === '' || !isKeepable(field)) {
      throw expected(`a field of the metadata of ${owner}`, 'a text that is not empty, without a NUL', field);
    }
    const texts = Array.isArray(value) && value.every(isKeepable);
    if (value != null && !texts && !isPlain(value)) {
      throw expected(`${field} in the metadata of ${owner}`, 'a text, a finite number, true or false, or texts', value);
    }
  }
}

/** Metadata without the fields that say nothing. */
export function givenMeta(meta: Meta | undefined): Meta {
  return Object.fromEntries(
    Object.entries(meta ?? {})
      .filter(([, value]) => value != null)
      .map(([field, value]) => [field, Array.isArray(value) ? [...(value as readonly string[])] : value]),
  );
}

export function isRange(wanted: MetaFilter[string]): wanted is MetaRange {
  return typeof wanted === 'object' && !Array.isArray(wanted);
}

/** The values one of which a field must be. */
export function wantedValues(wanted: Plain | readonly Plain[]): readonly Plain[] {
  return Array.isArray(wanted) ? (wanted as readonly Plain[]) : [wanted as Plain];
}

/**
 * @param fields that there are
 * @throws WeldonError for a field that no item has, with the nearest, and for what is no filter
 */
export function checkFilter(filter: MetaFilter, fields: readonly string[], owner: string): void {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) {
    throw expected(`filter for ${owner}`, 'an object', filter);
  }
  for (const [field, wanted] of Object.entries(filter)) {
    const what = `${field} in the filter for ${owner}`;
    if (!fields.includes(field)) {
      throw new WeldonError(
        `Expected only fields of the metadata in the filter for ${owner} but received ${JSON.stringify(field)}` +
          (fields.length === 0 ? ': its items have no metadata' : nearestNames(field, fields)),
      );
    }
    if (wanted !== null && isRange(wanted)) {
      checkKeys(wanted, 'min max', what);
      const { min = -Infinity, max = Infinity } = wanted;
      if (!(min <= max) || (min === -Infinity && max === Infinity)) {
        throw expected(what, 'a range with min <= max, or one of the two', wanted);
      }
    } else if (!(Array.isArray(wanted) ? wanted.length > 0 && wanted.every(isPlain) : isPlain(wanted))) {
      throw expected(what, 'a value, a list of values, or a range such as {"min": 1}', wanted);
    }
  }
}

function valueMatcher(wanted: MetaFilter[string]): (value: MetaValue) => boolean {
  if (isRange(wanted)) {
    const { min = -Infinity, max = Infinity } = wanted;
    return (value) => typeof value === 'number' && value >= min && value <= max;
  }
  const values = new Set<MetaValue>(wantedValues(wanted));
  return (value) =>
    Array.isArray(value) ? (value as readonly string[]).some((each) => values.has(each)) : values.has(value);
}

/** Whether metadata fits a filter. */
export function metaMatcher(filter: MetaFilter): (meta: Meta) => boolean {
  const tests = Object.entries(filter).map(([field, wanted]) => ({ field, fits: valueMatcher(wanted) }));
  return (meta) => tests.every(({ field, fits }) => Object.hasOwn(meta, field) && fits(meta[field]));
}
