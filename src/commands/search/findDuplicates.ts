import { queryOffset, queryVector } from '../../search/catalogue.js';
import { expectedInWords, nearestNames } from '../../errors.js';
import type { Meta } from '../../search/metaFilter.js';
import type { Projector } from '../../search/pca.js';
import { openForSearch } from './openForSearch.js';
import { checkDuplicatesOptions } from './options.js';
import type { FindDuplicatesOptions } from './options.js';

/**
 * Cosines within the catalogue's directions from which two images count as the same, stored otherwise, and as similar. Of
 * `clothing/train`, encoded anew at quality 50 or a sixth brighter, 19 of 20 reach 0.94; at half the size 3 of 4; of
 * different images 1 of 20 reaches 0.91 with its nearest.
 */
export const duplicateThresholds = { same: 0.94, similar: 0.9 };

/** Items that belong together, in catalogue order. */
export interface DuplicateGroup {
  /** `'identical'`: of the same bytes; `'same'`: re-encoded or resized; `'similar'` */
  kind: 'identical' | 'same' | 'similar';
  ids: string[];
  /** the least cosine by which one of them came to the others; 1 for the same bytes */
  similarity: number;
}

/** An item whose nearest are of other classes. */
export interface OddItem {
  id: string;
  label: string;
  /** the class that most of its nearest are of, and how many of them */
  like: string;
  votes: number;
}

/** What {@link findDuplicates} finds. */
export interface DuplicateReport {
  items: number;
  thresholds: typeof duplicateThresholds;
  groups: DuplicateGroup[];
  /** the field that says what an item is, `null` where there is none */
  label: string | null;
  unlike: OddItem[];
}

/** Items near one another that are looked at, and of how many nearest a class is read. */
const looked = 16;
const voters = 10;
const atOnce = 64;
/** A vector's window score with itself is less than 1 by what lies outside of the directions, rarely by so much. */
const leastOfItself = 0.7;

/** A stored vector's window score with itself. */
function withItself(made: Projector, row: Float32Array): number {
  const squares = row.subarray(0, -1).reduce((sum, value) => sum + value * value, 0);
  return squares + row[row.length - 1] + queryOffset(made, row);
}

/** What items are, by the field asked for, the first of the usual ones, or their folders where there are several. */
function labelField(asked: string | undefined, items: ReadonlyMap<string, Meta>): string | null {
  const fields = new Set([...items.values()].flatMap((meta) => Object.keys(meta)));
  if (asked !== undefined) {
    if (!fields.has(asked)) {
      throw expectedInWords(
        'label',
        `a field of the catalogue`,
        `${JSON.stringify(asked)}${nearestNames(asked, [...fields])}`,
      );
    }
    return asked;
  }
  const found = ['label', 'class'].find((field) => fields.has(field));
  const folders = new Set([...items.values()].map(({ folder }) => folder));
  return found ?? (folders.size > 1 ? 'folder' : null);
}

/** Joins pairs to groups. */
function joined(pairs: readonly (readonly [string, string])[]): string[][] {
  const parent = new Map<string, string>();
  const top = (id: string): string => {
    const next = parent.get(id) ?? id;
    return next === id ? id : top(next);
  };
  pairs.forEach(([a, b]) => {
    const [x, y] = [top(a), top(b)];
    parent.set(y, x);
    parent.set(x, x);
  });
  const groups = new Map<string, string[]>();
  [...parent.keys()].forEach((id) => groups.set(top(id), [...(groups.get(top(id)) ?? []), id]));
  return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * Finds images that a catalogue has several times: of the same bytes; the same image re-encoded or resized, cosine 0.94 and
 * more; similar ones, 0.90 and more. And, where it is known what items are, those that are unlike their class: at
 * most one of the ten nearest is of it, and half of them are of one other.
 *
 * @throws WeldonError for a catalogue that cannot be read, and a field that it does not have
 *
 * @example
 * const { groups, unlike } = await findDuplicates({ catalogue: 'catalogue' });
 */
export async function findDuplicates(options: FindDuplicatesOptions): Promise<DuplicateReport> {
  checkDuplicatesOptions(options);
  const opened = await openForSearch(options);
  try {
    const { catalogue } = opened;
    const { store, made } = catalogue;
    const items = new Map<string, Meta>();
    const own = new Map<string, number>();
    const near: { a: string; b: string; score: number }[] = [];
    const nearest = new Map<string, string[]>();
    for await (const rows of store.list()) {
      rows.forEach(({ id, meta }) => items.set(id, meta));
    }
    const label = labelField(options.label, items);
    for await (const rows of store.scan()) {
      options.signal?.throwIfAborted();
      for (let at = 0; at < rows.length; at += atOnce) {
        const part = rows.slice(at, at + atOnce);
        part.forEach(({ id, vectors: [whole] }) => own.set(id, withItself(made, whole)));
        const vectors = part.map((row) => queryVector(row.vectors[0]));
        const found = await store.search(vectors, { k: looked, reduce: 'none', score: 'window' });
        for (const hit of found) {
          const { id, vectors: whole } = part[hit.query];
          const score = hit.score + queryOffset(made, whole[0]);
          if (hit.id !== id && hit.vector === 0 && score >= duplicateThresholds.similar * leastOfItself) {
            near.push({ a: id, b: hit.id, score });
          }
        }
        const alike =
          label === null ? [] : await store.search(vectors, { k: voters + 1, reduce: 'none', score: 'class' });
        part.forEach(({ id }, query) => {
          const others = alike.filter((hit) => hit.query === query && hit.id !== id).map((hit) => hit.id);
          nearest.set(id, others.slice(0, voters));
        });
      }
    }
    const pairs = near.map(({ a, b, score }) => ({ a, b, score: score / Math.sqrt(own.get(a)! * own.get(b)!) }));
    return {
      items: items.size,
      thresholds: duplicateThresholds,
      groups: groupsOf(items, pairs),
      label,
      unlike: label === null ? [] : oddItems(items, nearest, label),
    };
  } finally {
    await opened.close();
  }
}

function groupsOf(
  items: ReadonlyMap<string, Meta>,
  pairs: readonly { a: string; b: string; score: number }[],
): DuplicateGroup[] {
  const order = new Map([...items.keys()].map((id, i) => [id, i]));
  const sorted = (ids: readonly string[]) => [...ids].sort((a, b) => order.get(a)! - order.get(b)!);
  const byContent = new Map<string, string[]>();
  items.forEach(({ sha256 }, id) => {
    if (typeof sha256 === 'string') {
      byContent.set(sha256, [...(byContent.get(sha256) ?? []), id]);
    }
  });
  const identical = [...byContent.values()].filter((ids) => ids.length > 1);
  const groups: DuplicateGroup[] = identical.map((ids) => ({ kind: 'identical', ids: sorted(ids), similarity: 1 }));
  const isEqual = (a: string, b: string) =>
    items.get(a)!.sha256 !== undefined && items.get(a)!.sha256 === items.get(b)!.sha256;
  for (const kind of ['same', 'similar'] as const) {
    const upper = kind === 'same' ? Infinity : duplicateThresholds.same;
    const own = pairs.filter(
      ({ a, b, score }) => score >= duplicateThresholds[kind] && score < upper && !isEqual(a, b),
    );
    for (const ids of joined(own.map(({ a, b }) => [a, b] as const))) {
      const within = new Set(ids);
      const scores = own.filter(({ a, b }) => within.has(a) && within.has(b)).map(({ score }) => score);
      groups.push({ kind, ids: sorted(ids), similarity: Math.min(...scores) });
    }
  }
  return groups;
}

function oddItems(items: ReadonlyMap<string, Meta>, nearest: ReadonlyMap<string, string[]>, field: string): OddItem[] {
  const odd: OddItem[] = [];
  nearest.forEach((others, id) => {
    const label = items.get(id)![field];
    const votes = new Map<string, number>();
    others.forEach((other) => {
      const theirs = String(items.get(other)?.[field] ?? '');
      votes.set(theirs, (votes.get(theirs) ?? 0) + 1);
    });
    const own = String(label ?? '');
    const [like, most] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
    if (label != null && like !== own && (votes.get(own) ?? 0) <= 1 && most >= voters / 2) {
      odd.push({ id, label: own, like, votes: most });
    }
  });
  return odd.sort((a, b) => b.votes - a.votes);
}
