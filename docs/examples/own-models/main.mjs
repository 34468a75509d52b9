/**
 * Heat maps of one image by a network from PyTorch and by one from Keras.
 *
 *   node main.mjs photo.jpg resnet18.safetensors resnet18 keras-model
 *
 * The Keras model was converted by tensorflowjs, and recipe.json says how it takes images.
 */
import { readFile } from 'node:fs/promises';
import { classHeatmaps, convolutionalize } from 'tfjs-weldon';
import { heatmapFiles, importWeights, loadModel, readImage, startRuntime } from 'tfjs-weldon/node';

const [photo, weights, backbone, kerasFolder] = process.argv.slice(2);
const { engine } = await startRuntime();

// From PyTorch: the file becomes a folder that everything here loads.
const { missing } = await importWeights({ weights, backbone, out: 'from-pytorch' });
console.log(`from-pytorch lacks ${missing.join(', ') || 'nothing'}`);

// From Keras: a folder already; its recipe is beside it.
const recipe = JSON.parse(await readFile('recipe.json', 'utf8'));
const { kind, model } = await loadModel(kerasFolder);
if (kind !== 'layers') {
  throw new Error('This is a GraphModel: see attachWeldonToGraph');
}
const { classes, maps } = await classHeatmaps(convolutionalize(model), await readImage(photo), { recipe, top: 1 });
console.log(`Keras: ${classes[0][0].name}, a map of ${maps[0][0].rows} × ${maps[0][0].columns}`);

for (const [name, options] of [
  ['pytorch', { model: 'from-pytorch' }],
  ['keras', { model: kerasFolder, recipe: 'recipe.json' }],
]) {
  for await (const { error } of heatmapFiles([photo], {
    ...options,
    out: `maps-${name}`,
    top: 3,
    formats: ['png'],
    engine,
  })) {
    console.log(`maps-${name}`, error?.message ?? 'written');
  }
}
process.exit(); // some backends keep handles open
