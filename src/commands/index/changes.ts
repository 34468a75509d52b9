import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inParallel } from '../../node/images/readImages.js';
import type { Meta } from '../../search/metaFilter.js';
import type { VectorStore } from '../../search/vectorStore.js';
import { givenFields } from './itemTable.js';

/** An image to be in the catalogue. */
export interface WantedItem {
  id: string;
  path: string;
  /** of its bytes */
  sha256: string;
  /** what is said of it beside what the bake writes; undefined where nothing was asked */
  meta: Meta | undefined;
}

/** What a bake has to do. */
export interface Changes {
  /** to be embedded: new, or with other bytes */
  embed: WantedItem[];
  /** whose vectors are in the catalogue under another name, with that name */
  copy: { item: WantedItem; from: string }[];
  /** whose vectors are right and of which something else is said now */
  relabel: WantedItem[];
  /** names of items whose files are gone */
  gone: string[];
  /** image files of a server that no item has any more */
  unput: string[];
  counts: { added: number; changed: number; gone: number; renamed: number; unchanged: number };
}

const words = (meta: Meta) =>
  JSON.stringify(
    Object.entries(meta)
      .filter(([, value]) => value != null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/**
 * Compares what shall be in a catalogue with what is, by content. Items whose files are elsewhere stay, and those that a
 * server was given.
 *
 * @param prune takes those of a server out, too
 */
export async function findChanges(
  store: VectorStore | null,
  root: string,
  wanted: readonly WantedItem[],
  prune = false,
): Promise<Changes> {
  const known = new Map<string, Meta>();
  if (store !== null) {
    for await (const rows of store.list()) {
      rows.forEach(({ id, meta }) => known.set(id, meta));
    }
  }
  const ids = new Set(wanted.map(({ id }) => id));
  const others = [...known.keys()].filter((id) => !ids.has(id));
  const areThere = await inParallel(others, async (id) => (await stat(join(root, id)).catch(() => null)) !== null);
  const gone = others.filter((id, i) => !areThere[i] && (prune || known.get(id)!.put == null));
  const byContent = new Map<string, string>();
  known.forEach(({ sha256 }, id) => byContent.set(sha256 as string, byContent.get(sha256 as string) ?? id));
  // Of equal contents, the vectors of one that is gone make a renamed image.
  gone.forEach((id) => byContent.set(known.get(id)!.sha256 as string, id));
  const goneIds = new Set(gone);
  const changes: Changes = {
    embed: [],
    copy: [],
    relabel: [],
    gone,
    unput: gone.flatMap((id) => known.get(id)!.put ?? []) as string[],
    counts: { added: 0, changed: 0, gone: 0, renamed: 0, unchanged: 0 },
  };
  for (const item of wanted) {
    const before = known.get(item.id);
    if (typeof before?.put === 'string') {
      changes.unput.push(before.put);
    }
    if (before?.sha256 === item.sha256) {
      changes.counts.unchanged++;
      const isSaid = item.meta === undefined || words(givenFields(before)) === words(item.meta);
      // What a server was given has a file now, and goes when that goes.
      if (!isSaid || before.put != null) {
        changes.relabel.push(item);
      }
      continue;
    }
    const from = byContent.get(item.sha256);
    if (from === undefined) {
      changes.embed.push(item);
    } else {
      changes.copy.push({ item, from });
    }
    if (before !== undefined) {
      changes.counts.changed++;
    } else if (from !== undefined && goneIds.delete(from)) {
      changes.counts.renamed++;
    } else {
      changes.counts.added++;
    }
  }
  changes.counts.gone = goneIds.size;
  return changes;
}
