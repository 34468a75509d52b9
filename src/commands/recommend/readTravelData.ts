import { join } from 'node:path';
import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import type { CsvRow } from '../../node/datasets/csvTable.js';
import { readCsvTable } from '../../node/datasets/csvTable.js';
import type { Notice } from '../../node/notice.js';
import { toStderr } from '../../node/notice.js';
import type { Offer, TravelData, UserEvent } from '../../tagging/choices/travelData.js';
import { indexTravelData, neverOpen, withoutUsers } from '../../tagging/choices/travelData.js';

export interface ReadTravelDataOptions {
  /** Folder with `offers.csv`, `visits.csv` and `reservations.csv`. */
  folder: string;
  /** Another file than the folder's. */
  offers?: string;
  visits?: string;
  reservations?: string;
  /** Columns of the offers that are shares of themes. Default: all that are nothing else. */
  themes?: readonly string[];
  /** Users of whom nothing is taken: neither visits nor reservations. */
  forget?: readonly string[];
  /** Takes a sentence about offers that are never open. Default: a line on stderr. */
  notice?: Notice;
}

/** How the files write days. */
export type DayForm = 'number' | 'date';

/** Offers, visits and reservations, and whether their days are dates. */
export interface TravelFiles {
  data: TravelData;
  days: DayForm;
}

/** Columns of the offers beside the themes. */
const offerColumns = ['offer', 'destination', 'category', 'price', 'stars', 'nights', 'first_day', 'last_day'];

const oneDay = 86_400_000;

/** A day as it is written: a whole number, or a date as `2026-07-14`, counted from 1970. `null` for neither. */
export function readDay(word: string): { day: number; form: DayForm } | null {
  if (/^-?\d+$/.test(word)) {
    return { day: Number(word), form: 'number' };
  }
  const time = /^\d{4}-\d\d-\d\d$/.test(word) ? Date.parse(`${word}T00:00:00Z`) : NaN;
  // A 31st of February would be counted on into March.
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== word
    ? null
    : { day: time / oneDay, form: 'date' };
}

export function dayText(day: number, form: DayForm): string {
  return form === 'number' ? String(day) : new Date(day * oneDay).toISOString().slice(0, 10);
}

/** A file's rows by the names of their columns. */
interface Table {
  path: string;
  columns: string[];
  rows: { line: number; of(column: string): string }[];
}

async function readTable(path: string, needed: readonly string[], notice: Notice): Promise<Table> {
  const [head, ...rows] = await readCsvTable(path, notice, 'a CSV file');
  const columns = head.cells;
  const twice = columns.find((name, i) => columns.indexOf(name) < i);
  if (twice !== undefined) {
    throw expectedInWords(`the columns of ${path}`, 'named differently', `${JSON.stringify(twice)} twice`);
  }
  const missing = needed.find((name) => !columns.includes(name));
  if (missing !== undefined) {
    throw new WeldonError(
      `Expected ${path} to have the column ${JSON.stringify(missing)} but received ${columns.map((name) => JSON.stringify(name)).join(', ')}` +
        nearestNames(missing, columns, 1),
    );
  }
  const places = new Map(columns.map((name, i) => [name, i]));
  const row = ({ cells, line }: CsvRow) => ({ line, of: (column: string) => cells[places.get(column)!] });
  return { path, columns, rows: rows.map(row) };
}

/** Reads cells, and remembers how days are written: one form in all files. */
class Cells {
  form: { form: DayForm; where: string } | null = null;

  word({ path }: Table, { line, of }: Table['rows'][number], column: string): string {
    const word = of(column);
    if (word === '') {
      throw expectedInWords(`${column} in line ${line} of ${path}`, 'a value', 'nothing');
    }
    return word;
  }

  number(table: Table, row: Table['rows'][number], column: string): number {
    const word = this.word(table, row, column);
    const value = Number(word);
    if (!Number.isFinite(value)) {
      throw expected(`${column} in line ${row.line} of ${table.path}`, 'a number', word);
    }
    return value;
  }

  day(table: Table, row: Table['rows'][number], column: string): number {
    const word = this.word(table, row, column);
    const found = readDay(word);
    const where = `line ${row.line} of ${table.path}`;
    if (found === null) {
      throw expected(`${column} in ${where}`, 'a whole number or a date such as 2026-07-14', word);
    }
    this.form ??= { form: found.form, where };
    if (this.form.form !== found.form) {
      const wanted = this.form.form === 'date' ? 'a date' : 'a whole number';
      throw expected(`${column} in ${where}`, `${wanted}, as in ${this.form.where}`, word);
    }
    return found.day;
  }
}

function offersOf(table: Table, cells: Cells, themes: readonly string[]): Offer[] {
  return table.rows.map((row) => ({
    id: cells.word(table, row, 'offer'),
    destination: cells.word(table, row, 'destination'),
    category: cells.word(table, row, 'category'),
    price: cells.number(table, row, 'price'),
    stars: cells.number(table, row, 'stars'),
    nights: cells.number(table, row, 'nights'),
    firstDay: cells.day(table, row, 'first_day'),
    lastDay: cells.day(table, row, 'last_day'),
    themes: themes.map((theme) => cells.number(table, row, theme)),
  }));
}

function eventsOf(table: Table, cells: Cells): UserEvent[] {
  return table.rows.map((row) => ({
    day: cells.day(table, row, 'day'),
    user: cells.word(table, row, 'user'),
    offer: cells.word(table, row, 'offer'),
  }));
}

/**
 * Reads the data of a travel site from CSV files. Offers: `offer, destination, category, price, stars, nights, first_day,
 * last_day` and one column a theme, the shares of themes in the offer's images; visits and reservations: `day, user,
 * offer`. Days are whole numbers or dates, in all files alike.
 *
 * @throws WeldonError for a file that cannot be read, a missing column (with the nearest), a cell that is no number or
 *   day, an offer twice, a price of 0 or less, an event of an offer that does not exist
 *
 * @example
 * const { data } = await readTravelData({ folder: 'bookings', forget: ['129'] });
 */
export async function readTravelData(options: ReadTravelDataOptions): Promise<TravelFiles> {
  checkKeys(options, 'folder offers visits reservations themes forget notice', 'readTravelData');
  const { folder, notice = toStderr, forget = [] } = options;
  const pathOf = (name: 'offers' | 'visits' | 'reservations') => options[name] ?? join(folder, `${name}.csv`);
  const eventColumns = ['day', 'user', 'offer'];
  const offers = await readTable(pathOf('offers'), [...offerColumns, ...(options.themes ?? [])], notice);
  const visits = await readTable(pathOf('visits'), eventColumns, notice);
  const reservations = await readTable(pathOf('reservations'), eventColumns, notice);
  const themes = options.themes ?? offers.columns.filter((name) => !offerColumns.includes(name));
  if (themes.length === 0) {
    throw expectedInWords(
      offers.path,
      'a table with a column per theme of the images',
      `one of ${offers.columns.join(', ')} alone`,
    );
  }
  const cells = new Cells();
  const all: TravelData = {
    themes,
    offers: offersOf(offers, cells, themes),
    visits: eventsOf(visits, cells),
    reservations: eventsOf(reservations, cells),
  };
  indexTravelData(all);
  const closed = neverOpen(all);
  if (closed.length > 0) {
    const shown = closed.slice(0, 5).map(({ id }) => id);
    notice(
      `${closed.length} of ${all.offers.length} offers have a last day before their first and are never open: ` +
        `${shown.join(', ')}${closed.length > shown.length ? ', …' : ''}`,
    );
  }
  return { data: forget.length > 0 ? withoutUsers(all, forget) : all, days: cells.form?.form ?? 'number' };
}
