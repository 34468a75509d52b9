import { expect } from 'chai';
import type { FrozenPass } from '../../../src/models/frozenPass.js';
import type { Catalogue, SearchableImage } from '../../../src/search/index.js';
import {
  beginCatalogue,
  describeCatalogue,
  embedImages,
  fitPca,
  mapOfImage,
  memoryStore,
  openCatalogue,
  partOfMap,
  placesAlike,
  projector,
  rowsOfVectors,
  sealCatalogue,
  searchImages,
  whereAlike,
} from '../../../src/search/index.js';
import { refusal } from '../../refusal.js';

const depth = 24;
const cell = 32;

/** Colours 1 … 20 come in ten pairs that are alike; others are like none of them. */
function featuresOf(color: number): Float32Array {
  const features = new Float32Array(depth);
  if (color < 1 || color > 20) {
    features[depth - 1] = 1;
  } else {
    features[Math.ceil(color / 2)] = 1;
    features[12 + (color % 2)] = 0.5;
  }
  return features;
}

/** A network that sees of every 32 pixels the colour of one. */
const pass: FrozenPass = {
  name: 'colours',
  outputs: ['features'],
  async run({ data, shape: [batch, height, width] }) {
    const [rows, columns] = [height / cell, width / cell];
    const features = new Float32Array(batch * rows * columns * depth);
    for (let at = 0; at < batch * rows * columns; at++) {
      const [image, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
      const color = data[((image * height + row * cell + cell / 2) * width + column * cell + cell / 2) * 3];
      features.set(featuresOf(color), at * depth);
    }
    return { features: { data: features, shape: [batch, rows, columns, depth] } };
  },
  dispose: () => undefined,
};

/** An image of one colour, with a box of another in it. */
function flat(color: number, inside?: { color: number; x: number; y: number; side: number }): SearchableImage {
  const side = 448;
  return {
    width: side,
    height: side,
    cut(box, size) {
      const pixels = new Uint8Array(size * size * 3);
      for (let at = 0; at < size * size; at++) {
        const x = box.x + (((at % size) + 0.5) * box.width) / size;
        const y = box.y + ((Math.floor(at / size) + 0.5) * box.height) / size;
        const within =
          inside !== undefined &&
          x >= inside.x &&
          x < inside.x + inside.side &&
          y >= inside.y &&
          y < inside.y + inside.side;
        pixels.fill(within ? inside.color : color, at * 3, at * 3 + 3);
      }
      return pixels;
    },
  };
}

const colors = Array.from({ length: 20 }, (_, i) => i + 1);
const idOf = (color: number) => `color ${color}`;

async function makeCatalogue(): Promise<Catalogue> {
  const vectors = await embedImages(
    pass,
    colors.map((color) => flat(color)),
  );
  const pca = fitPca(
    vectors.flatMap((vector) => Array.from(vector)),
    depth,
    { dimensions: 16 },
  );
  const made = { model: 'colours', engine: pass.name, size: 224, settings: { pooling: 'gap' as const, crops: 0 }, pca };
  const store = memoryStore(await describeCatalogue(made));
  await beginCatalogue(store, made);
  const rows = rowsOfVectors(projector(pca), vectors);
  await store.upsert(
    colors.map((color, i) => ({ id: idOf(color), vectors: [rows[i]], meta: { even: color % 2 === 0 } })),
  );
  await sealCatalogue(store);
  return openCatalogue(store);
}

describe('search by an image', () => {
  let catalogue: Catalogue;
  before(async () => {
    catalogue = await makeCatalogue();
  });

  it('smoke: an item itself is found by the whole image, in one pass', async () => {
    const { hits, ranking, passes, nothingSimilar } = await searchImages(catalogue, pass, { image: flat(7) });
    expect([hits[0].id, ranking, passes, nothingSimilar]).to.deep.equal([idOf(7), 'class', 1, false]);
    expect(hits).to.have.length(10);
  });

  it('feature: an item within another image is found, with its place, in 13 passes', async () => {
    const inside = { color: 3, x: 64, y: 192, side: 160 };
    const { hits, passes, ranking } = await searchImages(catalogue, pass, { image: flat(77, inside) });
    expect([hits[0].id, ranking]).to.deep.equal([idOf(3), 'window']);
    expect(passes).to.be.at.most(13);
    // Of one colour, any part of the object is as like the item as all of it.
    const { x, y, width, height } = hits[0].queryBox!;
    expect(x).to.be.at.least(inside.x - cell / 2);
    expect(y).to.be.at.least(inside.y - cell / 2);
    expect(x + width).to.be.at.most(inside.x + inside.side + cell / 2);
    expect(y + height).to.be.at.most(inside.y + inside.side + cell / 2);
  });

  it('feature: one window without a second look takes five passes, none at all takes one', async () => {
    const image = flat(77, { color: 3, x: 64, y: 192, side: 160 });
    const quick = await searchImages(catalogue, pass, { image }, { windows: 1, refine: 0 });
    expect([quick.hits[0].id, quick.passes]).to.deep.equal([idOf(3), 5]);
    expect((await searchImages(catalogue, pass, { image }, { windows: 0 })).passes).to.equal(1);
  });

  it('feature: a box is taken as it is', async () => {
    const image = flat(77, { color: 3, x: 64, y: 192, side: 160 });
    const box = { x: 64, y: 192, width: 160, height: 160 };
    const { hits, passes } = await searchImages(catalogue, pass, { image, box });
    expect([hits[0].id, passes]).to.deep.equal([idOf(3), 1]);
    expect(hits[0].queryBox).to.deep.equal(box);
  });

  it('feature: where in the query, and where in the hit', async () => {
    const inside = { color: 3, x: 64, y: 192, side: 160 };
    const image = flat(77, inside);
    const { hits, parts } = await searchImages(catalogue, pass, { image });
    const [item] = await catalogue.store.get([hits[0].id]);
    const inQuery = await whereAlike(catalogue, pass, image, item!.vectors[0]);
    expect(inQuery.box).to.deep.equal({ x: 64, y: 192, width: 128, height: 128 });
    // Cell (8, 4) lies in the box, cell (1, 11) far from it.
    expect(inQuery.data[8 * inQuery.columns + 4]).to.be.greaterThan(inQuery.data[inQuery.columns + 11] + 0.2);
    const inHit = await whereAlike(catalogue, pass, flat(3), parts[hits[0].part].row);
    expect(inHit.score).to.be.greaterThan(0.9);
    expect(await refusal(whereAlike(catalogue, pass, image, new Float32Array(3)))).to.match(
      /^Expected row for whereAlike to be a vector of \d+ numbers but received 3$/,
    );
  });

  it('feature: examples, several and against others, are not found again', async () => {
    const like = [idOf(4), idOf(5)];
    const { hits, passes } = await searchImages(catalogue, null, { like, unlike: [idOf(6)] }, { k: 20 });
    expect(passes).to.equal(0);
    expect(hits).to.have.length(17);
    expect(hits.map(({ id }) => id)).to.not.include.members([...like, idOf(6)]);
    const both = await searchImages(catalogue, pass, { image: flat(9), like: [idOf(4)] });
    expect(both.hits[0].id).to.equal(idOf(9));
  });

  it('feature: pages, filters, thresholds; centroids find the same here', async () => {
    const image = flat(7);
    const all = await searchImages(catalogue, pass, { image }, { k: 20 });
    const page = await searchImages(catalogue, pass, { image }, { k: 5, offset: 5 });
    expect(page.hits).to.deep.equal(all.hits.slice(5, 10));
    const even = await searchImages(catalogue, pass, { image }, { k: 20, filter: { even: true } });
    expect(even.hits).to.have.length(10);
    const near = await searchImages(catalogue, pass, { image }, { threshold: 0.99 });
    expect(near.hits.map(({ id }) => id)).to.deep.equal([idOf(7)]);
    const cluttered = flat(77, { color: 3, x: 64, y: 192, side: 160 });
    const chosen = await searchImages(catalogue, pass, { image: cluttered }, { centroids: true });
    expect(chosen.hits[0].id).to.equal(idOf(3));
  });

  it('cardinality: k beyond the count, a page beyond the end', async () => {
    expect((await searchImages(catalogue, pass, { image: flat(7) }, { k: 1000 })).hits).to.have.length(20);
    expect((await searchImages(catalogue, pass, { image: flat(7) }, { offset: 20 })).hits).to.deep.equal([]);
  });

  it('feature: what an earlier search looked at is ranked anew, without the network', async () => {
    for (const image of [flat(7), flat(0, { color: 7, x: 64, y: 128, side: 128 })]) {
      const { took: _, ...found } = await searchImages(catalogue, pass, { image });
      const { took: __, ...again } = await searchImages(catalogue, null, { again: found });
      expect(again).to.deep.equal({ ...found, passes: 0, map: null });
      const filter = { even: true };
      const filtered = await searchImages(catalogue, null, { again: found, like: [idOf(8)] }, { filter });
      const [fromImage] = await Promise.all([searchImages(catalogue, pass, { image, like: [idOf(8)] }, { filter })]);
      expect(filtered.hits.every(({ meta }) => meta.even === true && meta.id !== idOf(8))).to.equal(true);
      expect(fromImage.hits.length).to.equal(filtered.hits.length);
    }
    const { map } = await searchImages(catalogue, pass, { image: flat(0, { color: 7, x: 64, y: 128, side: 128 }) });
    const seen = map!;
    expect([seen.rows, seen.columns, seen.size, seen.width]).to.deep.equal([14, 14, 448, 448]);
    const box = { x: 64, y: 128, width: 128, height: 128 };
    const part = partOfMap(catalogue, seen, box);
    const { hits } = await searchImages(catalogue, null, {
      again: { parts: [part], ranking: 'window', byWhole: false },
    });
    expect([hits[0].id, hits[0].queryBox]).to.deep.equal([idOf(7), box]);
    expect(placesAlike(catalogue, seen, part.row).box).to.deep.equal(box);
    expect(placesAlike(catalogue, await mapOfImage(pass, flat(7), 224), part.row).data).to.have.length(49);
    expect(await refusal(Promise.resolve().then(() => partOfMap(catalogue, seen, { ...box, width: NaN })))).to.match(
      /^Expected box for partOfMap to be a place in the image/,
    );
    expect(
      await refusal(searchImages(catalogue, pass, { image: flat(1), again: { ...hits, parts: [part] } as never })),
    ).to.equal(
      'Expected an earlier search for searchImages to be one of an image, which is not given anew but received one, and an image',
    );
  });

  it('exception: bad input is refused in a sentence', async () => {
    const image = flat(7);
    const refused: [Parameters<typeof searchImages>[2], Parameters<typeof searchImages>[3], string][] = [
      [{}, {}, 'Expected a query of searchImages to be an image or items to be like but received neither'],
      [
        { unlike: [idOf(1)] },
        {},
        'Expected a query of searchImages to be an image or items to be like but received only items to be unlike',
      ],
      [
        { like: ['color 200'] },
        {},
        'Expected like to name items of the catalogue but received "color 200". Nearest: "color 20", "color 2", "color 10"',
      ],
      [{ image }, { k: 0 }, 'Expected k for searchImages to be a whole number >= 1 but received 0'],
      [{ image }, { offset: -1 }, 'Expected offset for searchImages to be a whole number >= 0 but received -1'],
      [{ image }, { windows: 6 }, 'Expected windows for searchImages to be a whole number from 0 to 5 but received 6'],
      [{ image }, { size: 300 }, 'Expected size for searchImages to be 448 or 640 but received 300'],
      [{ image }, { threshold: NaN }, 'Expected threshold for searchImages to be a number but received NaN'],
      [
        { image },
        { filter: { evn: true } },
        'Expected only fields of the metadata in the filter for the store but received "evn". Nearest: "even"',
      ],
      [
        { image },
        { window: 3 } as never,
        'Expected only known options for searchImages but received "window". Nearest: "windows", "size", "filter"',
      ],
      [
        { image, box: { x: 400, y: 0, width: 100, height: 10 } },
        {},
        'Expected box for searchImages to be a box of a pixel or more within the image of 448 × 448 pixels but received ' +
          '{"x":400,"y":0,"width":100,"height":10}',
      ],
      [
        { image, box: { x: 4, y: 0, width: 0, height: 10 } },
        {},
        'Expected box for searchImages to be a box of a pixel or more within the image of 448 × 448 pixels but received ' +
          '{"x":4,"y":0,"width":0,"height":10}',
      ],
    ];
    for (const [query, options, sentence] of refused) {
      expect(await refusal(searchImages(catalogue, pass, query, options)), sentence).to.equal(sentence);
    }
  });

  it('exception: features that are not finite, of another depth, or none', async () => {
    const broken = (data: Float32Array, shape: number[]): FrozenPass => ({
      ...pass,
      run: async () => ({ features: { data, shape } }),
    });
    const image = flat(1);
    expect(await refusal(embedImages(broken(Float32Array.of(NaN), [1, 1, 1, 1]), [image]))).to.equal(
      'Expected features of image 0 to be finite numbers but received one that is not',
    );
    expect(await refusal(embedImages(broken(Float32Array.of(0), [1, 1, 1, 1]), [image]))).to.equal(
      'Expected features of image 0 to be different from zero somewhere but received zeros alone',
    );
    expect(await refusal(searchImages(catalogue, broken(Float32Array.of(1), [1, 1, 1, 1]), { image }))).to.equal(
      'Expected features to be of depth 24, as those of the catalogue, but received 1',
    );
    expect(await refusal(embedImages({ ...pass, run: async () => ({}) }, [image]))).to.equal(
      'Expected what colours gives to be features [1, rows, columns, depth] but received features',
    );
  });

  it('exception: a catalogue that is unfinished, none, or made otherwise', async () => {
    const empty = memoryStore(catalogue.description);
    expect(await refusal(openCatalogue(empty))).to.equal(
      'Expected the store to be a catalogue of images but received one without a PCA: bake it with weldon index',
    );
    const made = { model: 'colours', engine: 'x', size: 224, settings: catalogue.settings, pca: catalogue.made.pca };
    await beginCatalogue(empty, made);
    const unfinished = await openCatalogue(empty);
    expect([unfinished.finished, catalogue.finished]).to.deep.equal([false, true]);
    expect((await searchImages(unfinished, pass, { image: flat(1) })).hits).to.deep.equal([]);
    expect(await refusal(openCatalogue(catalogue.store, { model: 'another' }))).to.match(
      /^Expected vectors for the catalogue to be made as those in it, with model "colours", but received "another"/,
    );
  });
});
