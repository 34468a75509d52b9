/** The two tables of a catalogue's folder, opened, and what LanceDB says when something fails. */
import type * as lancedb from '@lancedb/lancedb';
import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expectedInWords, WeldonError } from '../../errors.js';
import type { StoreDescription } from '../../search/vectorStore.js';
import { checkDescription } from '../../search/vectorStore.js';
import { makeFolder, writeError } from '../storage/atomicWrite.js';
import { madeAnew } from './collectHits.js';
import { lanceSchema, quoted } from './lanceRows.js';
import type { Arrow } from './lanceRows.js';
import { optionalPackages } from './optionalPackage.js';

/** Commits of others that a write meets before it gives up; LanceDB itself tries some times, too. */
const tries = 12;

/** What LanceDB adds to a sentence: where in its sources the error arose. */
function plainMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .split('\n')[0]
    .replace(/,? (location: ?)?(\S*\.rs:\d+(:\d+)?)?$/, '')
    .slice(0, 300);
}

const isConflict = (error: unknown) => /conflict|concurrent|incompatible transaction/i.test(plainMessage(error));
/** A reader whose version was cleaned up meanwhile finds the latest when it looks again. */
const isGone = (error: unknown) => /not found|no such file/i.test(plainMessage(error));

/**
 * Runs a call of LanceDB: conflicts with other writers are tried again, other failures become a sentence.
 *
 * @throws WeldonError
 */
export async function lanceCall<T>(folder: string, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (error instanceof WeldonError) {
        throw error;
      }
      if (attempt >= tries || !(isConflict(error) || (isGone(error) && attempt <= 2 && existsSync(folder)))) {
        const message = plainMessage(error);
        const code = /permission denied|read-only|os error (13|30)/i.test(message)
          ? 'EACCES'
          : /no space|os error 28/i.test(message)
            ? 'ENOSPC'
            : null;
        throw code === null
          ? expectedInWords(folder, 'a folder that LanceDB reads and writes', message)
          : writeError(join(folder, 'vectors'), Object.assign(new Error(message), { code }));
      }
      // Writers that met once should not meet again: each waits by its own number.
      await delay(20 * attempt + ((process.pid * 7919 * attempt) % 50));
    }
  }
}

/** The tables of a catalogue. */
export interface LanceTables {
  db: lancedb.Connection;
  vectors: lancedb.Table;
  /** name → bytes: the description, fields, what was kept */
  settings: lancedb.Table;
  description: StoreDescription;
  /** tells it from others that lay in this place */
  birth: string;
  lance: typeof lancedb;
  arrow: Arrow;
}

/** Writes one setting, or takes it away. */
export async function writeSetting(
  { settings, arrow }: Pick<LanceTables, 'settings' | 'arrow'>,
  name: string,
  bytes: Uint8Array | null,
): Promise<void> {
  if (bytes === null) {
    await settings.delete(`name = ${quoted(name)}`);
    return;
  }
  const row = new arrow.Table({
    name: arrow.vectorFromArray([name], new arrow.Utf8()),
    bytes: arrow.vectorFromArray([bytes], new arrow.Binary()),
  });
  await settings.mergeInsert('name').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(row);
}

export async function readSetting(settings: lancedb.Table, name: string): Promise<Uint8Array | null> {
  const table = await settings
    .query()
    .where(`name = ${quoted(name)}`)
    .select(['bytes'])
    .limit(1)
    .toArrow();
  const bytes = table.numRows === 0 ? null : (table.getChild('bytes')!.get(0) as Uint8Array);
  return bytes && new Uint8Array(bytes);
}

const descriptionName = 'weldon description';
const birthName = 'weldon birth';

/**
 * Another catalogue may take the place of one that is open.
 *
 * @throws WeldonError where one has
 */
export async function checkSame(folder: string, { settings, birth }: LanceTables): Promise<void> {
  const now = await readSetting(settings, birthName);
  if (now === null || new TextDecoder().decode(now) !== birth) {
    throw madeAnew(folder);
  }
}

async function checkFolder(folder: string, create: boolean): Promise<void> {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isDirectory()) {
    throw expectedInWords(folder, "a catalogue's folder", 'a file of that name');
  }
  if (!create && !existsSync(join(folder, 'vectors.lance'))) {
    const received = stats === undefined ? 'no folder of that name' : 'a folder without a catalogue';
    throw expectedInWords(folder, "a catalogue's folder, as weldon index makes it", received);
  }
  if (create) {
    await makeFolder(folder);
  }
}

/**
 * Opens a catalogue's folder.
 *
 * @param create what makes its vectors, where a folder without a catalogue shall become one
 * @throws WeldonError for a folder without a catalogue, one that cannot be read, and where LanceDB is not installed
 */
export async function openLanceTables(folder: string, create: StoreDescription | null): Promise<LanceTables> {
  // Its warnings speak of its own inside, such as parts of an index that stay empty.
  process.env.LANCEDB_LOG ??= 'error';
  const [lance, arrow] = (await optionalPackages(
    { '@lancedb/lancedb': '0.31.0', 'apache-arrow': '18.1.0' },
    'a catalogue in a folder',
  )) as [typeof lancedb, Arrow];
  await checkFolder(folder, create !== null);
  return lanceCall(folder, async () => {
    const db = await lance.connect(folder, { readConsistencyInterval: 0 });
    const names = await db.tableNames();
    if (!names.includes('vectors') && create !== null) {
      // The vectors' table comes last: what was begun and not ended is no catalogue yet, and begun anew.
      const { Schema, Field, Utf8, Binary } = arrow;
      const columns = new Schema([new Field('name', new Utf8(), false), new Field('bytes', new Binary(), false)]);
      if (names.includes('settings')) {
        await db.dropTable('settings');
      }
      const settings = await db.createEmptyTable('settings', columns);
      await writeSetting({ settings, arrow }, descriptionName, new TextEncoder().encode(JSON.stringify(create)));
      await writeSetting({ settings, arrow }, birthName, new TextEncoder().encode(randomUUID()));
      await db.createEmptyTable('vectors', lanceSchema(arrow, create.dimension));
    }
    const [vectors, settings] = [await db.openTable('vectors'), await db.openTable('settings')];
    const text = await readSetting(settings, descriptionName);
    let description: StoreDescription;
    try {
      description = JSON.parse(new TextDecoder().decode(text ?? new Uint8Array())) as StoreDescription;
      checkDescription(description, folder);
    } catch {
      throw expectedInWords(folder, "a whole catalogue's folder", 'one without its description: bake it anew');
    }
    const birth = new TextDecoder().decode((await readSetting(settings, birthName)) ?? new Uint8Array());
    return { db, vectors, settings, description, birth, lance, arrow };
  });
}
