/**
 * The benchmark of the search, on pictures of ../shared: what it finds, and what it costs beside the network's passes.
 *
 *   npm run bench:search -- [--backend onnx] [--rows find,clean,…] [--split test] [--cache DIR] [--server postgres://…] [--json FILE]
 *
 * Features are kept in --cache (default: a folder of the system's for temporary files), so that a second run is quick;
 * rows of time run the network itself. With --server, the time of a query over 10 000 items in pgvector is told, too.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { intersectionOverUnion } from '../src/metrics/localization/groundTruth.js';
import { rankingQuality } from '../src/metrics/retrieval.js';
import { openFrozenNetwork } from '../src/node/features/frozenNetwork.js';
import { readSearchImage } from '../src/node/images/searchImage.js';
import type { Catalogue, SearchOptions, SearchResult } from '../src/search/index.js';
import { projectTo2d, searchImages } from '../src/search/index.js';
import type { Picture } from './searchData.js';
import { bake, dataFolder, openNetwork, pictures, scattered } from './searchData.js';
import type { Figure } from './searchMeasures.js';
import { areaUnderRoc, figure, mapQuality } from './searchMeasures.js';
import { bakeRows } from './searchBake.js';
import { timeRows } from './searchTimes.js';

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'onnx' },
    rows: { type: 'string', default: 'find,clean,crops,nothing,classes,poolings,map,times,bake' },
    split: { type: 'string', default: 'test' },
    cache: { type: 'string', default: join(tmpdir(), 'weldon-bench-search') },
    json: { type: 'string' },
    server: { type: 'string' },
  },
});
const wanted = options.rows.split(',');

/** One line of the result: what was measured, what it must reach. */
export interface Row {
  row: string;
  what: string;
  measured: number | Figure;
  bar?: string;
  reached?: boolean;
}

const rows: Row[] = [];
function tell(row: string, what: string, measured: number | Figure, least?: number, most?: number): void {
  const value = typeof measured === 'number' ? measured : measured.value;
  const bar =
    least !== undefined
      ? `>= ${Number(least.toPrecision(4))}`
      : most !== undefined
        ? `<= ${Number(most.toPrecision(4))}`
        : undefined;
  const reached = bar === undefined ? undefined : value >= (least ?? -Infinity) && value <= (most ?? Infinity);
  rows.push({ row, what, measured, bar, reached });
  const interval = typeof measured === 'number' ? '' : ` (${measured.low.toFixed(3)} … ${measured.high.toFixed(3)})`;
  console.log(
    `${row}: ${what} ${value.toFixed(3)}${interval}${bar === undefined ? '' : `, ${bar}: ${reached ? 'yes' : 'NO'}`}`,
  );
}

const network = await openNetwork(options.backend as 'auto', options.cache);
const begun = performance.now();
const catalogues = new Map<string, Promise<Catalogue>>();
function catalogueOf(folder: string): Promise<Catalogue> {
  const known = catalogues.get(folder) ?? bake(network.kept, pictures(folder));
  catalogues.set(folder, known);
  return known;
}

async function searchAll(
  catalogue: Catalogue,
  chosen: readonly Picture[],
  how: SearchOptions,
): Promise<SearchResult[]> {
  const results: SearchResult[] = [];
  for (const { path } of chosen) {
    results.push(await searchImages(catalogue, network.kept, { image: await readSearchImage(path) }, how));
  }
  return results;
}

const percent = (values: readonly number[]) => figure(values.map((value) => 100 * value));
const ids = ({ hits }: SearchResult) => hits.map(({ id }) => id);

let found: SearchResult[] = [];
if (wanted.includes('find') || wanted.includes('nothing')) {
  const catalogue = await catalogueOf('clothing/train');
  const queries = scattered(options.split as 'test');
  found = await searchAll(catalogue, queries, {});
  const recall = (results: readonly SearchResult[], k: number) =>
    percent(results.map((result, i) => (ids(result).slice(0, k).includes(queries[i].item) ? 1 : 0)));
  const row = `a garment somewhere in a room, all ${queries.length}`;
  tell(row, 'default, R@1 in percent', recall(found, 1), 76);
  tell(row, 'default, R@10 in percent', recall(found, 10), 86);
  tell(row, 'default, passes at most', Math.max(...found.map(({ passes }) => passes)), undefined, 13);
  const overlaps = found.map(({ hits }, i) => intersectionOverUnion(hits[0].queryBox!, queries[i].box));
  tell(row, 'default, mean IoU of the best box', figure(overlaps), 0.45);
  if (wanted.includes('find')) {
    const quick = await searchAll(catalogue, queries, { windows: 1, refine: 0 });
    tell(row, 'quick, R@1 in percent', recall(quick, 1), 52);
    tell(row, 'quick, passes at most', Math.max(...quick.map(({ passes }) => passes)), undefined, 5);
    const whole = await searchAll(catalogue, queries, { windows: 0 });
    tell(row, 'whole image, R@1 in percent', recall(whole, 1));
    tell(row, 'whole image, R@10 in percent', recall(whole, 10), undefined, 10);
    const chosen = await searchAll(catalogue, queries, { centroids: true });
    tell(row, 'with centroids, R@1 in percent', recall(chosen, 1), recall(found, 1).value - 2);
  }
}

if (wanted.includes('clean') || wanted.includes('nothing')) {
  const catalogue = await catalogueOf('clothing/train');
  const queries = pictures('clothing/test');
  const precision = (results: readonly SearchResult[]) =>
    percent(
      results.map((result, i) =>
        rankingQuality(result.hits.map(({ meta }) => meta.label === queries[i].label)).precisionAt(10),
      ),
    );
  const results = await searchAll(catalogue, queries, {});
  if (wanted.includes('clean')) {
    const whole = precision(await searchAll(catalogue, queries, { windows: 0 }));
    const cosine = precision(await searchAll(catalogue, queries, { windows: 0, gate: false }));
    tell('clean queries', 'default, P@10 in percent', precision(results), Math.max(whole.value, cosine.value));
    tell('clean queries', 'whole image, P@10 in percent', whole);
    tell('clean queries', 'whole image by window score, P@10 in percent', cosine);
    const quick = precision(await searchAll(catalogue, queries, { windows: 1, refine: 0 }));
    tell('clean queries', 'quick, P@10 in percent', quick);
  }
  if (wanted.includes('nothing')) {
    const rooms = pictures('places_rooms6/eval').filter((_, i) => i % 5 === 0);
    const empty = await searchAll(catalogue, rooms, {});
    const row = `nothing similar, ${rooms.length} rooms`;
    tell(
      row,
      'AUC of item there against room',
      areaUnderRoc(
        found.map(({ similarity }) => similarity),
        empty.map(({ similarity }) => similarity),
      ),
      0.95,
    );
    const passing = (all: readonly SearchResult[]) =>
      percent(all.map(({ nothingSimilar }) => (nothingSimilar ? 0 : 1)));
    tell(row, 'clean queries that pass, percent', passing(results), 95);
    tell(row, 'rooms that pass, percent', passing(empty), undefined, 5);
    tell(row, 'rooms with an item that pass, percent', passing(found));
    tell(row, 'threshold', catalogue.facts.threshold);
  }
}

if (wanted.includes('crops')) {
  const chosen = scattered('test').filter((_, i) => i % 2 === 0);
  const catalogue = await bake(network.kept, chosen, 4);
  const clothing = new Map(pictures('clothing/train').map((picture) => [picture.id, picture]));
  const queries = chosen.map(({ item }) => clothing.get(item)!);
  const rank1 = (results: readonly SearchResult[]) =>
    percent(results.map((each, i) => (ids(each)[0] === chosen[i].id ? 1 : 0)));
  const row = 'a garment against 200 rooms with garments';
  tell(row, 'crops: 4, R@1 in percent', rank1(await searchAll(catalogue, queries, {})), 70);
  const plain = await bake(network.kept, chosen);
  tell(row, 'without crops, whole image, R@1 in percent', rank1(await searchAll(plain, queries, { windows: 0 })));
}

if (wanted.includes('classes')) {
  for (const [folder, least] of [
    ['clothing', 47],
    ['food10', 33.5],
  ] as const) {
    const catalogue = await catalogueOf(`${folder}/train`);
    const queries = pictures(`${folder}/test`);
    const results = await searchAll(catalogue, queries, { windows: 0, k: catalogue.facts.count });
    const precisions = results.map(
      ({ hits }, i) => rankingQuality(hits.map(({ meta }) => meta.label === queries[i].label)).averagePrecision,
    );
    tell(`class mAP, ${folder}`, 'percent', percent(precisions), least);
  }
}

if (wanted.includes('poolings')) {
  const { pass: withMaps, dispose } = await openFrozenNetwork({ layer: 'head', engine: network.engine, maps: true });
  const queries = pictures('clothing/test');
  for (const pooling of ['gap', { kind: 'gem', power: 3 }, 'rmac', 'weldon'] as const) {
    const pass = pooling === 'weldon' ? withMaps : network.kept;
    const catalogue = await bake(pass, pictures('clothing/train'), 0, pooling);
    const precisions: number[] = [];
    for (const { path, label } of queries) {
      const how = { windows: 0, k: catalogue.facts.count };
      const { hits } = await searchImages(catalogue, pass, { image: await readSearchImage(path) }, how);
      precisions.push(rankingQuality(hits.map(({ meta }) => meta.label === label)).averagePrecision);
    }
    tell('class mAP of clothing by pooling', `${catalogue.description.pooling}, percent`, percent(precisions));
  }
  await dispose();
}

if (wanted.includes('map')) {
  const catalogue = await catalogueOf('clothing/train');
  const vectors: Float32Array[] = [];
  const labels: string[] = [];
  for await (const part of catalogue.store.scan()) {
    vectors.push(...part.map((item) => item.vectors[0]));
    labels.push(...part.map(({ meta }) => meta.label as string));
  }
  const places = await projectTo2d(vectors, { seed: 1 });
  const { trustworthiness, nearestTen } = mapQuality(
    vectors.map((vector) => vector.subarray(0, 50)),
    places,
    labels,
  );
  tell('map of clothing/train', 'trustworthiness', trustworthiness, 0.94);
  tell('map of clothing/train', '10-NN', nearestTen, 0.67);
}

if (wanted.includes('times')) {
  await timeRows(network.pass, await catalogueOf('clothing/train'), scattered('test'), tell, options.server);
}

if (wanted.includes('bake')) {
  await bakeRows(network.pass, network.engine, dataFolder('clothing/train'), pictures('clothing/train'), tell);
}

const record = {
  date: new Date().toISOString(),
  engine: network.pass.name,
  split: options.split,
  versions: {
    'tfjs-weldon': (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
    node: process.versions.node,
  },
  device: { cpu: cpus()[0].model, cores: cpus().length },
  seconds: Math.round((performance.now() - begun) / 1000),
  rows,
};
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
}
await network.dispose();
