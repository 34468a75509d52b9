/**
 * Slides as bags of tiles: learns from one yes or no per slide which tiles speak for yes.
 *
 *   node main.mjs tiles labels.csv
 *
 * tiles/SLIDE/*.png are the tiles of a slide, labels.csv has lines `slide,label` with 0 or 1. Writes scores.json: for each
 * slide its probability, and the score of each tile, by which a heat map of the slide can be painted.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { input, layers, model as makeModel } from '@tensorflow/tfjs-layers';
import { arrayData, extractFeatures, fineTune, loadEfficientNetLite0, readRecipe, weldonPooling1d } from 'tfjs-weldon';
import { embeddedModelFolder, fileHandler, imageBatches, startRuntime } from 'tfjs-weldon/node';

const [folder = 'tiles', labelFile = 'labels.csv', tileSize = '224'] = process.argv.slice(2);
await startRuntime();

const lines = (await readFile(labelFile, 'utf8')).trim().split('\n').slice(1);
const slides = lines.map((line) => ({ name: line.split(',')[0], label: Number(line.split(',')[1]) }));

// A vector per tile, by a network that stays as it is.
const files = fileHandler(embeddedModelFolder('efficientnet-lite0'));
const network = await loadEfficientNetLite0(files, { include: 'features' });
const recipe = readRecipe(network, { classNames: ['tile'], resize: { rule: 'warp', size: Number(tileSize) } });
for (const slide of slides) {
  slide.tiles = (await readdir(join(folder, slide.name))).sort();
  const images = slide.tiles.map((name) => ({ path: join(folder, slide.name, name), labels: [0] }));
  const tiles = imageBatches(
    { name: slide.name, classes: ['tile'], multiLabel: false, images },
    { recipe, batchSize: 16, shuffle: null },
  );
  slide.vectors = (await extractFeatures(network, tiles, { normalize: true })).table;
  await tiles.close();
}

// Padded to the longest bag; the mask says which tiles are real.
const width = slides[0].vectors.size;
const most = Math.max(...slides.map(({ tiles }) => tiles.length));
const values = new Float32Array(slides.length * most * width);
const masks = new Uint8Array(slides.length * most);
slides.forEach(({ tiles, vectors }, bag) => {
  values.set(vectors.values, bag * most * width);
  masks.fill(1, bag * most, bag * most + tiles.length);
});

// One score per tile, pooled to one per slide.
const bags = input({ shape: [null, width], name: 'bags' });
const mask = input({ shape: [null], name: 'mask' });
// Weights that begin at zero make a run repeatable.
const evidence = layers.dense({ units: 1, name: 'evidence', kernelInitializer: 'zeros' }).apply(bags);
const score = weldonPooling1d({ kMax: 0.2, kMin: 0 }).apply([evidence, mask]);
const answer = layers.activation({ activation: 'sigmoid' }).apply(score);
const model = makeModel({ inputs: [bags, mask], outputs: answer });

const labels = slides.map(({ label }) => label);
const train = arrayData({ images: values, imageShape: [most, width], masks, labels, batchSize: 8 });
const { history } = await fineTune(
  model,
  { train },
  { strategy: 'scratch', epochs: 40, learningRate: 0.05, optimizer: 'adam' },
);
console.log(`loss ${history[0].loss.toFixed(3)}, at the end ${history.at(-1).loss.toFixed(3)}`);

const ofTiles = makeModel({ inputs: bags, outputs: model.getLayer('evidence').output });
const [x, m] = [
  tf.tensor3d(values, [slides.length, most, width]),
  tf.tensor2d(Float32Array.from(masks), [slides.length, most]),
];
const probabilities = await model.predict([x, m]).data();
const tileScores = await ofTiles.predict(x).data();
const scores = slides.map(({ name, tiles }, bag) => ({
  slide: name,
  probability: probabilities[bag],
  tiles: Object.fromEntries(tiles.map((tile, i) => [tile, tileScores[bag * most + i]])),
}));
await writeFile('scores.json', JSON.stringify(scores, null, 2));
await model.save(fileHandler('model'));
console.log('scores.json');
process.exit(); // some backends keep handles open
