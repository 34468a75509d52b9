/**
 * Tags, a second model on the same features, a guard and themes, measured on real images: what `weldon tag` and
 * `weldon themes` rest on.
 *
 *   npm run bench:tags -- [--data ../shared/data] [--cache FOLDER] [--json bench/results/tags.json]
 *
 * The network is the package's EfficientNet-Lite0 at 224 pixels, warped; features are the mean over the cells. The first
 * run computes 8 841 of them, one core-minute in ONNX Runtime, and keeps them in the cache.
 */
import * as tf from '@tensorflow/tfjs-core';
import { writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fileHandler, startRuntime } from '../src/index.node.js';
import { loadEfficientNetLite0 } from '../src/index.js';
import { areaUnderRoc } from '../src/metrics/areaUnderRoc.js';
import { recipeParts } from '../src/models/recipeMetadata.js';
import { blendTags, cooccurrence, energyOf, hoyer, tagMatrix, tagsOfScores, themesOf } from '../src/tagging/index.js';
import type { BlendedTags, TaggedImage, ThemesOfImages } from '../src/tagging/index.js';
import type { FeatureTable } from '../src/training/linear/featureTable.js';
import { takeRows } from '../src/training/linear/featureTable.js';
import type { LinearModel } from '../src/training/linear/linearModel.js';
import { linearScores, predictClasses } from '../src/training/linear/linearModel.js';
import { trainLinearSoftmax } from '../src/training/linear/linearSoftmax.js';
import { shuffledOrder } from '../src/training/trainingData.js';
import { benchImages, depth, gapFeatures } from './tagFeatures.js';
import { bestPairing, normalizedMutualInformation } from './tagMeasures.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: fileURLToPath(new URL('../../shared/data', import.meta.url)) },
    cache: { type: 'string', default: join(tmpdir(), 'weldon-bench-tags') },
    json: { type: 'string' },
  },
});

const started = Date.now();
const say = (text: string) => process.stderr.write(`${((Date.now() - started) / 1000).toFixed(0)} s: ${text}\n`);
const percent = (value: number) => Math.round(value * 1e4) / 100;
const rounded = (value: number) => Math.round(value * 1e4) / 1e4;

const runtime = await startRuntime({ backend: 'onnx' });
const folder = fileURLToPath(new URL('../models/efficientnet-lite0/', import.meta.url));
const images = await benchImages(options.data);
const { features, engine } = await readFeatures();
say(`${images.length} features by ${engine}`);
const table: FeatureTable = { values: features, size: depth };

const imageNet = await imageNetHead();
const imageNetScores = linearScores(imageNet.model, table);
const scenes = trainScenes();
const sceneScores = linearScores(scenes.model, { values: scenes.standardized, size: depth });
say('scene head');

const tagged = images.map(({ path }, i) => {
  const both = [
    tagsOfScores({ name: 'ImageNet', classNames: imageNet.classNames, top: 5 }, rowOf(imageNetScores, 1000, i), null),
    tagsOfScores(
      { name: 'scenes', classNames: scenes.names, top: 2 },
      rowOf(sceneScores, scenes.names.length, i),
      null,
    ),
  ];
  // The two have some words in common; here each model's tag is a column of its own.
  const tags = both.map((one) => one.tags.map((tag) => ({ ...tag, tag: `${tag.model}: ${tag.tag}` })));
  return { image: path, own: tags[0], both: tags.flat(), blended: blend(both) };
});
const onImageNet = tagged.map(({ image, own }): TaggedImage => ({ image, tags: own }));
const onBoth = tagged.map(({ image, both }): TaggedImage => ({ image, tags: both }));

const report = {
  date: new Date().toISOString(),
  network: 'EfficientNet-Lite0, 224 px, warped, mean of the features',
  engine,
  versions: { node: process.versions.node, 'tfjs-core': tf.version_core },
  device: { cpu: cpus()[0]?.model, cores: cpus().length },
  images: images.length,
  sceneHead: scenes.measured,
  guard: guard(),
  folderReadOut: { top5: readOut(onImageNet), blended5and2: readOut(onBoth) },
  blend: blendFacts(),
  themes: { both: await themes(onBoth, 8), imageNetOnly: await themes(onImageNet, 2) },
};
console.log(JSON.stringify(report, null, 2));
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

async function readFeatures(): Promise<{ features: Float32Array; engine: string }> {
  const network = await loadEfficientNetLite0(fileHandler(folder), { stages: 'head' });
  const pass = await runtime.engine.open({ model: network, outputs: ['features'] });
  try {
    return { features: await gapFeatures(pass, images, options.cache), engine: pass.name };
  } finally {
    await pass.dispose();
    network.dispose();
  }
}

/** The network's own last layer, on the mean of the features. */
async function imageNetHead(): Promise<{ model: LinearModel; classNames: readonly string[] }> {
  const classifier = await loadEfficientNetLite0(fileHandler(folder));
  const [kernel, bias] = classifier.layers[classifier.layers.length - 1].getWeights();
  const [size, classes] = kernel.shape.slice(-2);
  const values = await kernel.data();
  const weights = Float64Array.from(
    { length: classes * size },
    (_, at) => values[(at % size) * classes + Math.floor(at / size)],
  );
  const model = { classes, size, weights, biases: Float64Array.from(await bias.data()) };
  const { classNames = [] } = recipeParts(classifier);
  classifier.dispose();
  return { model, classNames };
}

function rowOf(scores: Float32Array, classes: number, i: number): Float32Array {
  return scores.subarray(i * classes, (i + 1) * classes);
}

/** Numbers of the images that pass a test. */
function numbersOf(holds: (image: (typeof images)[number]) => boolean): number[] {
  return images.flatMap((image, i) => (holds(image) ? [i] : []));
}

function isScene({ set }: (typeof images)[number]): boolean {
  return set === 'scene15' || set === 'places_rooms6';
}

function trainScenes() {
  const [training, test] = [true, false].map((part) => numbersOf((image) => isScene(image) && image.training === part));
  const names = [...new Set(training.map((i) => images[i].folder!))].sort();
  const rows = takeRows(table, training).values;
  const standardized = features.slice();
  for (let k = 0; k < depth; k++) {
    let [mean, square] = [0, 0];
    for (let at = k; at < rows.length; at += depth) {
      mean += rows[at] / training.length;
    }
    for (let at = k; at < rows.length; at += depth) {
      square += (rows[at] - mean) ** 2 / training.length;
    }
    for (let at = k; at < standardized.length; at += depth) {
      standardized[at] = (standardized[at] - mean) / (Math.sqrt(square) || 1);
    }
  }
  const all = { values: standardized, size: depth };
  const labelOf = (i: number) => names.indexOf(images[i].folder!);
  const model = trainLinearSoftmax(takeRows(all, training), training.map(labelOf), { c: 0.003, tolerance: 1e-3 });
  const scores = linearScores(model, takeRows(all, test));
  const ranks = test.map((i, row) => {
    const own = rowOf(scores, names.length, row);
    return own.filter((score) => score > own[labelOf(i)]).length;
  });
  const within = (most: number) => percent(ranks.filter((rank) => rank < most).length / test.length);
  return {
    names,
    model,
    standardized,
    measured: { labels: names.length, training: training.length, test: test.length, top1: within(1), top2: within(2) },
  };
}

/** Whether the scene head tells scenes, which it was not trained on, from clothes and food. */
function guard() {
  const inside = numbersOf((image) => isScene(image) && !image.training);
  const outside = numbersOf(({ set }) => set === 'clothing' || set === 'food10');
  const labels = [...inside.map(() => 1), ...outside.map(() => 0)];
  const classes = scenes.names.length;
  const scores = [...inside, ...outside].map((i) => rowOf(sceneScores, classes, i));
  const highest = scores.map((row) => Math.max(...row) - energyOf(row));
  return {
    inside: inside.length,
    outside: outside.length,
    energyAuc: rounded(areaUnderRoc(scores.map(energyOf), labels)),
    maximumProbabilityAuc: rounded(areaUnderRoc(highest, labels)),
  };
}

/** How well a linear model reads the folder of test images from binary tags. */
function readOut(tags: readonly TaggedImage[]): number {
  const { matrix, tags: columns } = tagMatrix(tags, 'binary');
  const values = new Float32Array(images.length * columns.length);
  for (let i = 0; i < images.length; i++) {
    for (let at = matrix.starts[i]; at < matrix.starts[i + 1]; at++) {
      values[i * columns.length + matrix.indices[at]] = 1;
    }
  }
  const binary = { values, size: columns.length };
  const [training, test] = [true, false].map((part) =>
    numbersOf(({ folder: name, training: own }) => name !== null && own === part),
  );
  const names = [...new Set(training.map((i) => images[i].folder))].sort();
  const labelOf = (i: number) => names.indexOf(images[i].folder);
  const model = trainLinearSoftmax(takeRows(binary, training), training.map(labelOf), { c: 1, tolerance: 1e-2 });
  const found = predictClasses(model, takeRows(binary, test));
  say(`read-out of ${columns.length} tags`);
  return percent(test.filter((i, row) => labelOf(i) === found[row]).length / test.length);
}

function blend(both: readonly ReturnType<typeof tagsOfScores>[]): BlendedTags {
  return blendTags(
    { tags: both.flatMap(({ tags }) => tags), verdicts: both.map(({ verdict }) => verdict) },
    { most: 7 },
  );
}

/** How often the second model says what the first says already. */
function blendFacts() {
  const { matrix, tags } = tagMatrix(onBoth, 'binary');
  const { pairs, communities, modularity } = cooccurrence(matrix, tags);
  const alike = new Set(pairs.filter(({ npmi }) => npmi > 0.5).map(({ a, b }) => `${a}|${b}`));
  const redundant = (rank: number) =>
    percent(
      tagged.filter(({ own, both }) => own.some(({ tag }) => alike.has([tag, both[5 + rank].tag].sort().join('|'))))
        .length / images.length,
    );
  return {
    tags: tags.length,
    edges: pairs.length,
    communities: communities.filter(({ length }) => length > 1).length,
    modularity: rounded(modularity),
    bestSceneTagRedundant: redundant(0),
    secondSceneTagRedundant: redundant(1),
    mostTags: Math.max(...tagged.map(({ blended }) => blended.tags.length)),
  };
}

function matchedCosine(a: ThemesOfImages, b: ThemesOfImages): number {
  const cosines = a.themes.map((one) => {
    const own = new Map(one.tags.map(({ tag, weight }) => [tag, weight]));
    return b.themes.map((other) => other.tags.reduce((sum, { tag, weight }) => sum + weight * (own.get(tag) ?? 0), 0));
  });
  return bestPairing(cosines).reduce((sum, j, i) => sum + cosines[i][j], 0) / cosines.length;
}

async function themes(tags: readonly TaggedImage[], splits: number) {
  const inFolders = numbersOf(({ folder: name }) => name !== null);
  const own = inFolders.map((i) => tags[i]);
  const begun = performance.now();
  const found = await themesOf(own, { themes: 30 });
  const seconds = (performance.now() - begun) / 1000;
  const k = found.themes.length;
  const rows = own.map((_, i) => found.scores.subarray(i * k, (i + 1) * k));
  const names = [...new Set(inFolders.map((i) => images[i].folder))];
  const nmi = normalizedMutualInformation(
    rows.map((row) => row.indexOf(Math.max(...row))),
    inFolders.map((i) => names.indexOf(images[i].folder)),
  );
  // Splits differ more than anything else: one alone would tell of its seed.
  const halvesMatched: number[] = [];
  for (let seed = 0; seed < splits; seed++) {
    const order = shuffledOrder(own.length, seed);
    const halves = [0, 1].map((half) => own.filter((_, i) => order[i] % 2 === half));
    const [first, second] = await Promise.all(halves.map((half) => themesOf(half, { themes: 30 })));
    halvesMatched.push(rounded(matchedCosine(first, second)));
  }
  const again = await themesOf(own, { themes: 30 });
  const sparseness = rows.map((row) => hoyer(row)).filter((value) => value !== null);
  say('themes');
  return {
    images: own.length,
    themes: k,
    iterations: found.iterations,
    seconds: rounded(seconds),
    nmi: rounded(nmi),
    hoyer: rounded(sparseness.reduce((sum, value) => sum + value, 0) / sparseness.length),
    zeros: percent([...found.scores].filter((score) => score === 0).length / found.scores.length),
    halvesMatched: {
      mean: rounded(halvesMatched.reduce((sum, value) => sum + value, 0) / splits),
      each: halvesMatched,
    },
    sameTwice: JSON.stringify(again) === JSON.stringify(found),
    names: found.themes.slice(0, 10).map(({ name }) => name),
  };
}
