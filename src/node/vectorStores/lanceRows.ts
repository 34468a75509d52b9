/** Rows of a LanceDB table: one for every vector of an item. */
import type * as arrow from 'apache-arrow';
import { isRange, wantedValues } from '../../search/metaFilter.js';
import type { Meta, MetaFilter } from '../../search/metaFilter.js';
import type { StoreRow } from '../../search/vectorStore.js';

export type Arrow = typeof arrow;

/** An item with its place in catalogue order. */
export interface OrderedRow extends Required<StoreRow> {
  order: number;
}

/** The column that holds a numeric field, for ranges; names are case-insensitive there, and plain ASCII. */
export function numberColumn(field: string): string {
  return `n_${Buffer.from(field).toString('hex')}`;
}

/** The fields that columns of these names hold as numbers. */
export function fieldsOfColumns(names: Iterable<string>): string[] {
  return [...names].filter((name) => name.startsWith('n_')).map((name) => Buffer.from(name.slice(2), 'hex').toString());
}

/** The numeric fields of metadata. */
export function numericFields(meta: Meta): string[] {
  return Object.keys(meta).filter((field) => typeof meta[field] === 'number');
}

const tagOf = (field: string, value: unknown) => JSON.stringify([field, value]);

/** What equality is asked of: one text for each value of each field. */
function tagsOf(meta: Meta): string[] {
  return Object.entries(meta).flatMap(([field, value]) =>
    Array.isArray(value) ? (value as readonly string[]).map((each) => tagOf(field, each)) : [tagOf(field, value)],
  );
}

export const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A filter in LanceDB's SQL; null where everything fits. */
export function lanceFilter(filter: MetaFilter, numbers: ReadonlySet<string>): string | null {
  const parts = Object.entries(filter).map(([field, wanted]) => {
    if (isRange(wanted)) {
      if (!numbers.has(field)) {
        return 'false';
      }
      const column = numberColumn(field);
      const ends: string[] = [];
      for (const [end, sign] of [
        [wanted.min, '>='],
        [wanted.max, '<='],
      ] as const) {
        if (end !== undefined && Number.isFinite(end)) {
          ends.push(`${column} ${sign} CAST('${end}' AS DOUBLE)`);
        }
      }
      return ends.join(' AND ') || `${column} IS NOT NULL`;
    }
    const tags = wantedValues(wanted).map((value) => quoted(tagOf(field, value)));
    return tags.length === 1 ? `array_has(tags, ${tags[0]})` : `array_has_any(tags, [${tags.join(', ')}])`;
  });
  return parts.length === 0 ? null : parts.map((part) => `(${part})`).join(' AND ');
}

/** Columns of the table; numeric fields are added as they come. */
export function lanceSchema(
  { Schema, Field, Utf8, Int32, Float64, Float32, FixedSizeList, List }: Arrow,
  dimension: number,
) {
  const numbers = (length: number) => new FixedSizeList(length, new Field('item', new Float32(), true));
  return new Schema([
    new Field('key', new Utf8(), false),
    new Field('id', new Utf8(), false),
    new Field('part', new Int32(), false),
    new Field('place', new Float64(), false),
    new Field('meta', new Utf8(), false),
    new Field('tags', new List(new Field('item', new Utf8(), true)), false),
    new Field('v', numbers(dimension), false),
    new Field('z', numbers(dimension - 1), false),
  ]);
}

/**
 * Items as a table of Arrow, numbers without a detour over objects.
 *
 * @param fields numeric ones that the table has columns for
 */
export function lanceTable(
  arrowModule: Arrow,
  rows: readonly OrderedRow[],
  dimension: number,
  fields: readonly string[],
) {
  const { Table, Schema, Field, RecordBatch, Struct, makeData, vectorFromArray, Utf8, Int32, Float64, List } =
    arrowModule;
  const base = lanceSchema(arrowModule, dimension);
  const schema = new Schema([
    ...base.fields,
    ...fields.map((field) => new Field(numberColumn(field), new Float64(), true)),
  ]);
  const flat = rows.flatMap((row) => row.vectors.map((vector, part) => ({ row, vector, part })));
  const v = new Float32Array(flat.length * dimension);
  const z = new Float32Array(flat.length * (dimension - 1));
  flat.forEach(({ vector }, i) => {
    v.set(vector, i * dimension);
    z.set(vector.subarray(0, dimension - 1), i * (dimension - 1));
  });
  const numbers = (name: 'v' | 'z', values: Float32Array, width: number) => {
    const { type } = schema.fields.find((field) => field.name === name)! as arrow.Field<arrow.FixedSizeList>;
    const child = makeData({ type: type.children[0].type as arrow.Float32, data: values, length: values.length });
    return makeData({ type, length: values.length / width, nullCount: 0, child });
  };
  const texts = (of: (each: (typeof flat)[number]) => string) => vectorFromArray(flat.map(of), new Utf8()).data[0];
  const tags = vectorFromArray(
    flat.map(({ row }) => tagsOf(row.meta)),
    new List(new Field('item', new Utf8(), true)),
  ).data[0];
  const children = [
    texts(({ row, part }) => `${part}/${row.id}`),
    texts(({ row }) => row.id),
    vectorFromArray(
      flat.map(({ part }) => part),
      new Int32(),
    ).data[0],
    vectorFromArray(
      flat.map(({ row }) => row.order),
      new Float64(),
    ).data[0],
    texts(({ row }) => JSON.stringify(row.meta)),
    tags,
    numbers('v', v, dimension),
    numbers('z', z, dimension - 1),
    ...fields.map(
      (field) =>
        vectorFromArray(
          flat.map(({ row: { meta } }) => (typeof meta[field] === 'number' ? meta[field] : null)),
          new Float64(),
        ).data[0],
    ),
  ];
  const data = makeData({ type: new Struct(schema.fields), length: flat.length, nullCount: 0, children });
  return new Table(schema, [new RecordBatch(schema, data)]);
}

/** What {@link itemsOf} reads. */
export const itemColumns = ['id', 'part', 'place', 'meta', 'v'];

/** Items without their places. */
export function plainRows(rows: readonly OrderedRow[]): Required<StoreRow>[] {
  return rows.map(({ id, vectors, meta }) => ({ id, vectors, meta }));
}

/** Items of rows that were read with `id`, `part`, `place`, `meta` and `v`, in catalogue order. */
export function itemsOf(table: arrow.Table, dimension: number): OrderedRow[] {
  const items = new Map<string, OrderedRow & { vectors: Float32Array[] }>();
  for (const batch of table.batches) {
    const column = (name: string) => batch.getChild(name)!;
    const [ids, parts, orders, metas] = ['id', 'part', 'place', 'meta'].map(column);
    const [list] = column('v').data;
    const values = (list.children[0].values as Float32Array).subarray(list.offset * dimension);
    for (let i = 0; i < batch.numRows; i++) {
      const id = ids.get(i) as string;
      let item = items.get(id);
      if (item === undefined) {
        item = { id, order: orders.get(i) as number, meta: JSON.parse(metas.get(i) as string) as Meta, vectors: [] };
        items.set(id, item);
      }
      item.vectors[parts.get(i) as number] = values.slice(i * dimension, (i + 1) * dimension);
    }
  }
  return [...items.values()].sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}
