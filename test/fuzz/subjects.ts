/** What is damaged, and what is then done with it: as the commands do, in this process. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { wideResnetDesign } from '../../src/backbones/networks/wideResnet.js';
import { readExperimentConfig } from '../../src/commands/experiment/readConfig.js';
import { evaluateModel } from '../../src/commands/evaluate/evaluateModel.js';
import { prepareHeatmapModel } from '../../src/commands/heatmap/heatmapModel.js';
import { importWeights } from '../../src/commands/import/importWeights.js';
import { readTrainConfig } from '../../src/commands/train/options.js';
import { encodeSafetensors } from '../../src/formats/safetensors.js';
import type { SafetensorsTensor } from '../../src/formats/safetensors.js';
import { classHeatmaps } from '../../src/heatmaps/classHeatmaps.js';
import { gradCam } from '../../src/heatmaps/gradCam.js';
import { weldonPooling2d } from '../../src/layers/index.js';
import { withRecipe } from '../../src/models/recipeMetadata.js';
import { readLabelFile } from '../../src/node/datasets/labelFile.js';
import { readBoxesFile } from '../../src/node/datasets/readers/annotations.js';
import { readForModel } from '../../src/node/images/readForModel.js';
import { readImage } from '../../src/node/images/readImage.js';
import { readClassNames } from '../../src/node/models/classNames.js';
import { fileHandler } from '../../src/node/models/fileHandler.js';
import { loadModel } from '../../src/node/models/loadModel.js';
import { openWeightFile } from '../../src/node/models/weightFile.js';
import { weightsFor } from '../src/backbones/weightsFor.js';
import { smallImage } from '../src/node/smallImages.js';
import { damaged, damagedJson, damagedTable } from './mutate.js';
import type { Draw } from './mutate.js';

/** Where one case lies: what it is made from, and where its results go. */
export interface Case {
  input: string;
  out: string;
  draw: Draw;
  index: number;
}

/** One kind of input: writes a damaged one, and uses it. A fault is thrown as an error that is none of the package's. */
export interface Subject {
  prepare(): Promise<void>;
  write(at: Case): void;
  use(at: Case): Promise<void>;
}

function checkFinite(what: string, values: ArrayLike<number> | null | undefined): void {
  const wrong = Array.from(values ?? []).findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new Error(`silent ${values![wrong]} in ${what} at ${wrong}`);
  }
}

/** The file that a case is about, written into its folder. */
function put(at: Case, name: string, bytes: Uint8Array | string): string {
  const path = join(at.input, name);
  writeFileSync(path, bytes);
  return path;
}

const noise = { data: Uint8Array.from({ length: 24 * 24 * 3 }, (_, i) => (i * 37) % 256), width: 24, height: 24 };

/** A model's maps and scores of an image, as `weldon heatmap` makes them. */
async function heatmapsOf(folder: string, image?: string): Promise<void> {
  const prepared = await prepareHeatmapModel({ model: folder });
  try {
    const { model, recipe } = prepared;
    const raw =
      image === undefined
        ? noise
        : await readForModel(image, recipe.resize).then(({ input: { pixels: data, width, height } }) => ({
            data,
            width,
            height,
          }));
    const settings = { prepared: image !== undefined, recipe };
    const read = await (prepared.gradCam === undefined
      ? classHeatmaps(model, raw, settings)
      : gradCam(prepared.gradCam, raw, settings));
    checkFinite('scores', read.scores[0]);
    checkFinite('probabilities', read.probabilities?.[0]);
    read.maps[0].forEach(({ data }) => checkFinite('maps', data));
  } finally {
    prepared.dispose();
  }
}

const recipe = {
  version: 1 as const,
  name: 'tiny',
  classNames: ['blue', 'green', 'red'],
  input: { colorOrder: 'rgb' as const, scale: 1 / 127.5, offset: -1 },
  resize: { rule: 'warp' as const, size: 24 },
  pooling: { kMax: 0.25 },
  activation: 'softmax' as const,
};

/** Models as folders of files: one to be made convolutional, one with maps of its own, one with a hidden layer. */
async function tinyModels(root: string): Promise<{ json: Record<string, unknown>; weights: Uint8Array }[]> {
  const conv = () =>
    tfl.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu', inputShape: [24, 24, 3] });
  const tails = [
    [tfl.layers.globalAveragePooling2d({}), tfl.layers.dense({ units: 3, activation: 'softmax' })],
    [tfl.layers.conv2d({ filters: 3, kernelSize: 1 }), weldonPooling2d({ kMax: 0.25 })],
    [
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({ units: 5, activation: 'relu' }),
      tfl.layers.dense({ units: 3 }),
    ],
  ];
  const made = [];
  for (const [i, tail] of tails.entries()) {
    const model = withRecipe(
      tfl.sequential({ layers: [conv(), tfl.layers.batchNormalization(), ...tail] }),
      i === 1 ? recipe : { ...recipe, pooling: undefined },
    );
    const folder = join(root, `model${i}`);
    await model.save(fileHandler(folder));
    model.dispose();
    const json = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Record<string, unknown>;
    // Weights are damaged too, and would not be looked at behind their check sum.
    delete json.weightsCrc32;
    made.push({ json, weights: Uint8Array.from(readFileSync(join(folder, 'weights.bin'))) });
  }
  return made;
}

function images(): Subject {
  let bases: [name: string, bytes: Uint8Array][] = [];
  return {
    async prepare() {
      const [width, height] = [40, 30];
      const data = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 7 + (i >> 5) * 13) & 255));
      const from = () => sharp(data, { raw: { width, height, channels: 3 } });
      bases = await Promise.all(
        Object.entries({
          'a.jpg': from().jpeg(),
          'progressive.jpg': from().jpeg({ progressive: true }).withMetadata({ orientation: 6 }),
          'cmyk.jpg': from().toColourspace('cmyk').jpeg(),
          'a.png': from().png(),
          'palette.png': from().png({ palette: true, colours: 16 }),
          'deep.png': from().toColourspace('rgb16').png({ progressive: true }),
          'alpha.png': from().ensureAlpha(0.5).png(),
          'a.gif': from().gif(),
          'a.webp': from().webp(),
          'lossless.webp': from().webp({ lossless: true }),
          'a.tif': from().tiff({ compression: 'lzw' }),
          'deep.tif': from().toColourspace('rgb16').tiff({ compression: 'deflate' }),
          'profile.jpg': from().withIccProfile('p3').jpeg(),
          'a.avif': from().avif({ effort: 0 }),
        }).map(async ([name, encoder]) => [name, Uint8Array.from(await encoder.toBuffer())] as [string, Uint8Array]),
      );
    },
    write(at) {
      const [name, bytes] = bases[at.index % bases.length];
      put(at, name, damaged(at.draw, bytes));
    },
    async use(at) {
      const path = join(at.input, bases[at.index % bases.length][0]);
      const { pixels, width, height } = await readImage(path);
      if (pixels.length !== width * height * 3 || pixels.length === 0) {
        throw new Error(`${pixels.length} bytes for ${width} × ${height} pixels`);
      }
      const { input } = await readForModel(
        path,
        at.draw.of([
          { rule: 'warp', size: 24 },
          { rule: 'crop', size: 24 },
        ]),
      );
      if (input.pixels.length !== 24 * 24 * 3) {
        throw new Error(`${input.width} × ${input.height} pixels for a network of 24 × 24`);
      }
    },
  };
}

const value = (name: string, i: number) =>
  /running_var|bn\d?\.weight/.test(name) ? 0.5 + (i % 7) / 7 : ((i * 37 + name.length) % 101) / 500 - 0.1;

function checkpoints(): Subject {
  const fixture = (name: string) =>
    Uint8Array.from(readFileSync(new URL(`../src/formats/fixtures/${name}`, import.meta.url)));
  let bases: [name: string, bytes: Uint8Array][] = [];
  let network = new Uint8Array();
  const isImport = (index: number) => index % 6 === 5;
  const nameOf = (index: number) => (isImport(index) ? 'network.safetensors' : bases[index % bases.length][0]);
  return {
    async prepare() {
      const part: SafetensorsTensor[] = [
        { name: 'a', shape: [2, 3], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: 'b', shape: [4], values: Uint16Array.of(1, 2, 3, 4), dtype: 'F16' },
        { name: 'c', shape: [], values: Float64Array.of(1) },
        { name: 'd', shape: [0, 3], values: new Float32Array(0) },
        { name: 'e', shape: [3], values: Uint8Array.of(1, 0, 1), dtype: 'BOOL' },
      ];
      bases = [
        ['legacy.pth', fixture('legacy.pth')],
        ['zip.pth', fixture('zip.pth')],
        ['a.safetensors', encodeSafetensors(part, { format: 'pt' })],
        ['m.safetensors.index.json', new TextEncoder().encode('{"metadata":{},"weight_map":{"a":"b.safetensors"}}')],
      ];
      const source = weightsFor(wideResnetDesign({ depth: 10, width: 1 }), { include: 'classifier' }, value);
      network = Uint8Array.from(
        encodeSafetensors(
          [...source.shapes].map(([name, shape]) => ({ name, shape, values: source.read(name) as Float32Array })),
        ),
      );
    },
    write(at) {
      const name = nameOf(at.index);
      const bytes = isImport(at.index) ? network : bases[at.index % bases.length][1];
      put(
        at,
        name,
        name.endsWith('.json') && at.draw.oneIn(2)
          ? damagedJson(at.draw, JSON.parse(Buffer.from(bytes).toString()))
          : damaged(at.draw, bytes),
      );
      if (name.endsWith('.json')) {
        put(at, 'b.safetensors', bases[2][1]);
      }
    },
    async use(at) {
      const path = join(at.input, nameOf(at.index));
      if (isImport(at.index)) {
        const out = join(at.out, 'model');
        await importWeights({ weights: path, backbone: 'wrn_10_1', out, float16: at.draw.oneIn(3) });
        const { model } = await loadModel(out);
        model.dispose();
        return;
      }
      const { source, close } = await openWeightFile(path);
      try {
        for (const [name, shape] of source.shapes) {
          const values = await source.read(name);
          const count = shape.reduce((product, side) => product * side, 1);
          if (values.length !== count) {
            throw new Error(`${values.length} values in a tensor of ${count}`);
          }
        }
      } finally {
        await close();
      }
    },
  };
}

function models(root: string): Subject {
  let bases: Awaited<ReturnType<typeof tinyModels>> = [];
  const image = join(root, 'image.png');
  return {
    async prepare() {
      bases = await tinyModels(root);
      await smallImage(image, ['red'], 7, 32);
    },
    write(at) {
      const { json, weights } = bases[at.index % bases.length];
      const ofWeights = at.draw.oneIn(5);
      put(at, 'model.json', ofWeights ? JSON.stringify(json) : damagedJson(at.draw, json));
      put(at, 'weights.bin', ofWeights ? damaged(at.draw, weights) : weights);
    },
    use: (at) => heatmapsOf(at.input, at.draw.oneIn(2) ? image : undefined),
  };
}

/** Files of text beside images and models: the name, what it holds, and who reads it. */
function texts(root: string): Subject {
  const classes = ['blue', 'green', 'red'];
  const names = Array.from({ length: 6 }, (_, i) => `${i}.png`);
  const row = (i: number) => classes[i % 3];
  const model = join(root, 'model1');
  const readers: { name: string; content: unknown; read: (path: string) => Promise<unknown> }[] = [
    {
      name: 'list.csv',
      content: ['image,label', ...names.map((name, i) => `${name},${row(i)}`)].join('\n'),
      read: (path) => readLabelFile(path, { root }),
    },
    {
      name: 'columns.csv',
      content: [
        `name,${classes.join(',')}`,
        ...names.map((name, i) => `${name},${classes.map((one) => Number(one === row(i))).join(',')}`),
      ].join('\n'),
      read: (path) => readLabelFile(path, { root }),
    },
    {
      name: 'several.csv',
      content: ['path,labels', ...names.map((name, i) => `${name},${row(i)};${row(i + 1)}`)].join('\n'),
      read: (path) => readLabelFile(path, { root, multiLabel: true }),
    },
    { name: 'classes.txt', content: classes.join('\n'), read: (path) => readClassNames(path, 3) },
    { name: 'classes.json', content: classes, read: (path) => readClassNames(path, 3) },
    {
      name: 'boxes.csv',
      content: ['image,label,x,y,width,height', ...names.map((name, i) => `${name},${row(i)},1,2,10,12`)].join('\n'),
      read: (path) => readBoxesFile(path, root, classes),
    },
    {
      name: 'recipe.json',
      content: { ...recipe, pooling: { kMax: 0.2, kMin: 1, alpha: 0.5 } },
      read: async (path) => {
        const prepared = await prepareHeatmapModel({ model, recipe: path });
        try {
          const read = await classHeatmaps(prepared.model, noise, { recipe: prepared.recipe });
          checkFinite('scores', read.scores[0]);
          checkFinite('probabilities', read.probabilities?.[0]);
        } finally {
          prepared.dispose();
        }
      },
    },
    {
      name: 'measured.csv',
      content: ['image,label', ...names.map((name, i) => `${name},${row(i)}`)].join('\n'),
      read: async (path) => {
        const report = await evaluateModel({ model, data: path, images: root });
        if (JSON.stringify(report).includes('null,null,null')) {
          throw new Error('a report of numbers that are none');
        }
      },
    },
    {
      name: 'train.json',
      content: {
        strategy: 'features',
        epochs: 3,
        learningRate: 0.01,
        kMax: 0.2,
        batchSize: 4,
        validation: 0.2,
        size: 64,
      },
      read: readTrainConfig,
    },
    {
      name: 'experiment.json',
      content: {
        version: 1,
        dataSet: { kind: 'folder' },
        backbone: { name: 'EfficientNet-Lite0', layer: 'head' },
        size: 128,
        protocol: {
          seeds: [1],
          heldOut: 0.3,
          repeats: 1,
          rates: [0.001],
          epochs: [2],
          batchSize: 8,
          weightDecay: 0.001,
          initial: 0.01,
        },
        methods: [{ kind: 'head', id: 'gap', name: 'GAP', pooling: 'mean' }],
      },
      read: (path) => readExperimentConfig(path, () => undefined),
    },
  ];
  return {
    async prepare() {
      await tinyModels(root);
      for (const [i, name] of names.entries()) {
        await smallImage(join(root, name), [row(i)], i, 24);
      }
    },
    write(at) {
      const { name, content } = readers[at.index % readers.length];
      put(at, name, typeof content === 'string' ? damagedTable(at.draw, content) : damagedJson(at.draw, content));
    },
    async use(at) {
      const { name, read } = readers[at.index % readers.length];
      await read(join(at.input, name));
    },
  };
}

export const kinds = ['images', 'checkpoints', 'models', 'texts'] as const;
export type Kind = (typeof kinds)[number];

/** @param root folder for what is made once */
export function subjectOf(kind: Kind, root: string): Subject {
  mkdirSync(root, { recursive: true });
  switch (kind) {
    case 'images':
      return images();
    case 'checkpoints':
      return checkpoints();
    case 'models':
      return models(root);
    case 'texts':
      return texts(root);
  }
}

/** Tensors in memory, which are the same before and after. */
export const tensorCount = (): number => tf.memory().numTensors;
