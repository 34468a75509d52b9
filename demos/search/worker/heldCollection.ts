/** The collection in the worker: vectors, thumbnails, map; it grows by photos of the user. */
import { WeldonError } from '../../../src/index.js';
import type { Box } from '../../../src/index.js';
import {
  embedImages,
  mapOfImage,
  openCatalogue,
  readCollection,
  rowsOfVectors,
  sealCatalogue,
  unzipCollection,
  zipCollection,
} from '../../../src/search/index.js';
import type { Catalogue, Collection, FrozenPass, ImageMap, Meta } from '../../../src/search/index.js';
import { decodePhoto } from '../../page/worker/decodeImage.js';
import type { AddedItem, CollectionState } from '../messages.js';
import { searchable } from './photo.js';

/** Values of a field that a list of them may have. */
const mostValues = 40;

/** Maps of items that are kept, for other looks at them. */
const keptMaps = 96;

/** Fields that a bake writes for itself. */
const hiddenFields = ['sha256', 'width', 'height', 'boxes'];

export interface HeldCollection {
  collection: Collection;
  catalogue: Catalogue;
  ids: string[];
  metas: Meta[];
  /** thumbnails of photos that were added since it was opened, behind those of the sheets */
  added: Blob[];
  bitmaps: (Promise<ImageBitmap> | undefined)[];
  maps: Map<number, ImageMap>;
}

const blobOf = (bytes: Uint8Array, type = 'image/webp') => new Blob([bytes as BlobPart], { type });

async function hold(collection: Collection): Promise<HeldCollection> {
  const catalogue = await openCatalogue(collection.store);
  const held: HeldCollection = { collection, catalogue, ids: [], metas: [], added: [], bitmaps: [], maps: new Map() };
  for await (const rows of collection.store.scan()) {
    rows.forEach(({ id, meta }) => {
      held.ids.push(id);
      held.metas.push(meta);
    });
  }
  return held;
}

async function fetched(url: string): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new WeldonError(`Cannot load ${url}: there is no connection, and this browser has not kept it yet.`);
  }
  if (!response.ok) {
    throw new WeldonError(`Cannot load ${url}: the server answers ${response.status}.`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** @param folder URL of the page's collection, with a slash at the end */
export async function fetchCollection(folder: string): Promise<HeldCollection> {
  return hold(await readCollection((name) => fetched(folder + name)));
}

/** @param like what the network of the page has made; a collection of another one is refused */
export async function openZip(file: Blob, name: string, like: HeldCollection | null): Promise<HeldCollection> {
  const held = await hold(await unzipCollection(file, name));
  const { model, version } = held.catalogue.description;
  if (like !== null && model !== like.catalogue.description.model) {
    throw new WeldonError(
      `${name} was made with another network than this page has, so photos cannot be compared with it. ` +
        'Make it anew with weldon index --collection.',
    );
  }
  if (like !== null && version !== like.catalogue.description.version) {
    throw new WeldonError(`${name} was made by another version. Make it anew with weldon index --collection.`);
  }
  return held;
}

function fieldsOf(metas: readonly Meta[]): CollectionState['fields'] {
  const values = new Map<string, Set<string>>();
  for (const meta of metas) {
    for (const [name, value] of Object.entries(meta)) {
      const known = values.get(name) ?? new Set();
      values.set(name, known);
      (Array.isArray(value) ? (value as string[]) : [value]).forEach((each) => {
        if (typeof each === 'string') {
          known.add(each);
        }
      });
    }
  }
  const shown = [...values]
    .filter(([name, { size }]) => !hiddenFields.includes(name) && size > 1 && size <= mostValues)
    .map(([name, all]) => ({ name, values: [...all].sort() }));
  // Folders say what an item is where nothing else does.
  return shown.length > 1 ? shown.filter(({ name }) => name !== 'folder') : shown;
}

/** @param original the page's own collection, which the samples were searched in */
export function stateOf(held: HeldCollection, original: HeldCollection): CollectionState {
  const { collection, catalogue, ids, metas } = held;
  return {
    facts: collection.facts,
    ids: [...ids],
    metas: [...metas],
    threshold: catalogue.facts.threshold,
    fields: fieldsOf(metas),
    sheets: held === original ? null : collection.sheets.map((bytes) => blobOf(bytes)),
    fitsSamples: catalogue.description.pca === original.catalogue.description.pca,
  };
}

/** The part of a tile that the image covers: as large as it fits, in the middle. */
function imageInTile({ width, height }: { width: number; height: number }, side: number): Box {
  const scale = side / Math.max(width, height);
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  return { x: Math.floor((side - w) / 2), y: Math.floor((side - h) / 2), width: w, height: h };
}

const sizeOf = (meta: Meta) =>
  typeof meta.width === 'number' && typeof meta.height === 'number'
    ? { width: meta.width, height: meta.height }
    : { width: 1, height: 1 };

async function thumbnailPixels(held: HeldCollection, tile: number) {
  const { side, columns, perSheet } = held.collection.facts.thumbnails;
  const inSheets = held.ids.length - held.added.length;
  const sheet = Math.floor(tile / perSheet);
  const isAdded = tile >= inSheets;
  const bitmap = isAdded
    ? await createImageBitmap(held.added[tile - inSheets])
    : await (held.bitmaps[sheet] ??= createImageBitmap(blobOf(held.collection.sheets[sheet])));
  const within = imageInTile(sizeOf(held.metas[tile]), side);
  const place = isAdded ? 0 : tile % perSheet;
  const [left, top] = [(place % columns) * side + within.x, Math.floor(place / columns) * side + within.y];
  const canvas = new OffscreenCanvas(within.width, within.height);
  const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, left, top, within.width, within.height, 0, 0, within.width, within.height);
  return context.getImageData(0, 0, within.width, within.height);
}

/** The map of an item, from its thumbnail. */
export async function mapOfItem(held: HeldCollection, tile: number, pass: FrozenPass): Promise<ImageMap> {
  const known = held.maps.get(tile);
  const { data, width, height } = known === undefined ? await thumbnailPixels(held, tile) : new ImageData(1, 1);
  const map =
    known ??
    (await mapOfImage(
      pass,
      searchable({ data: data as Uint8ClampedArray, width, height }),
      held.catalogue.description.size,
    ));
  held.maps.delete(tile);
  held.maps.set(tile, map);
  if (held.maps.size > keptMaps) {
    held.maps.delete(held.maps.keys().next().value!);
  }
  return map;
}

/** A place in the map among the items that are most alike. */
async function placeNear({ catalogue, collection, ids }: HeldCollection, row: Float32Array): Promise<[number, number]> {
  const near = await catalogue.store.search([row], { k: 3, score: 'class' });
  const { places } = collection.facts;
  const middle = (axis: number) =>
    near.reduce((sum, { id }) => sum + places[2 * ids.indexOf(id) + axis], 0) / Math.max(1, near.length);
  return [middle(0), middle(1)];
}

async function thumbnailOf(preview: ImageBitmap, side: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  const { x, y, width, height } = imageInTile(preview, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(preview, x, y, width, height);
  return canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
}

function freeName(held: HeldCollection, name: string): string {
  const wanted = `yours/${name}`;
  let id = wanted;
  for (let i = 2; held.ids.includes(id); i++) {
    id = wanted.replace(/(\.\w+)?$/, ` ${i}$1`);
  }
  return id;
}

/** Adds a photo. */
export async function addPhoto(held: HeldCollection, file: Blob, name: string, pass: FrozenPass): Promise<AddedItem> {
  const { catalogue, collection } = held;
  const { side } = collection.facts.thumbnails;
  const { pixels, preview, width, height } = await decodePhoto(file, name, 640);
  try {
    const { pooling } = catalogue.settings;
    const vectors = await embedImages(pass, [searchable(pixels)], { pooling, size: catalogue.description.size });
    const [row] = rowsOfVectors(catalogue.made, vectors);
    const place = await placeNear(held, row);
    const id = freeName(held, name);
    const thumbnail = await thumbnailOf(preview, side);
    await catalogue.store.upsert([{ id, vectors: [row], meta: { folder: 'yours', width, height } }]);
    const [stored] = await catalogue.store.get([id]);
    held.ids.push(id);
    held.metas.push(stored!.meta);
    held.added.push(thumbnail);
    collection.facts.places.push(...place);
    collection.facts.count++;
    return { id, tile: held.ids.length - 1, thumbnail, place };
  } finally {
    preview.close();
  }
}

/** After photos were added: what a search needs to know of all items. */
export async function settle(held: HeldCollection): Promise<void> {
  await sealCatalogue(held.collection.store);
  held.catalogue = await openCatalogue(held.collection.store);
}

/** The sheets with the thumbnails of added photos in their places. */
async function sheetsWithAdded({ collection, ids, added }: HeldCollection): Promise<Uint8Array[]> {
  const { side, columns, perSheet } = collection.facts.thumbnails;
  const first = ids.length - added.length;
  const sheets = [...collection.sheets];
  for (let sheet = Math.floor(first / perSheet); sheet * perSheet < ids.length; sheet++) {
    const count = Math.min(perSheet, ids.length - sheet * perSheet);
    const canvas = new OffscreenCanvas(columns * side, Math.ceil(count / columns) * side);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    if (sheets[sheet] !== undefined) {
      context.drawImage(await createImageBitmap(blobOf(sheets[sheet])), 0, 0);
    }
    for (let tile = Math.max(first, sheet * perSheet); tile < sheet * perSheet + count; tile++) {
      const at = tile % perSheet;
      const thumbnail = await createImageBitmap(added[tile - first]);
      context.drawImage(thumbnail, (at % columns) * side, Math.floor(at / columns) * side);
    }
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
    sheets[sheet] = new Uint8Array(await blob.arrayBuffer());
  }
  return sheets;
}

/** The collection as a zip file. */
export async function zipOf(held: HeldCollection): Promise<Blob> {
  const { facts, store } = held.collection;
  const sheets = held.added.length === 0 ? held.collection.sheets : await sheetsWithAdded(held);
  const thumbnails = { ...facts.thumbnails, sheets: sheets.map((_, i) => `thumbnails-${i}.webp`) };
  return blobOf(zipCollection({ facts: { ...facts, thumbnails }, store, sheets }), 'application/zip');
}
