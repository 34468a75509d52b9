/**
 * Trains a network on photos of your own and draws where it looks.
 *
 *   node main.mjs photos            one folder of photos per class
 */
import { attachWeldon, fineTune, loadEfficientNetLite0, readRecipe } from 'tfjs-weldon';
import {
  embeddedModelFolder,
  evaluateModel,
  fileHandler,
  heatmapFiles,
  imageBatches,
  readClassFolders,
  splitDataSet,
  startRuntime,
} from 'tfjs-weldon/node';

const [folder = 'photos', epochs = '8', size = '320'] = process.argv.slice(2);

const { engine, reason } = await startRuntime();
console.log(reason);

const photos = await readClassFolders(folder);
const { first: train, second: heldOut } = splitDataSet(photos, { share: 0.8, seed: 0 });
console.log(`${photos.classes.join(', ')}: ${train.images.length} to train on, ${heldOut.images.length} held out`);

// The network of the package, with a head for these classes on it.
const files = fileHandler(embeddedModelFolder('efficientnet-lite0'));
const network = await loadEfficientNetLite0(files, { include: 'features' });
const recipe = { resize: { rule: 'warp', size: Number(size) } };
const model = attachWeldon(network, { classes: photos.classes, kMax: 0.1, seed: 0, recipe });

// The head alone first, then the last stages of the network too.
const images = { recipe: readRecipe(model), batchSize: 8, shuffle: 0 };
const data = {
  train: imageBatches(train, { ...images, augmentation: { flip: true, crop: {} } }),
  validation: imageBatches(heldOut, { ...images, shuffle: null }),
};
const { best } = await fineTune(model, data, {
  strategy: 'twoPhase',
  trainFrom: 'stage6',
  epochs: Number(epochs),
  learningRate: 1e-3,
  optimizer: 'adamW',
  onEpoch: ({ epoch, loss }) => console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}`),
});
await data.train.close();
await data.validation.close();
console.log(`best: ${best.value.toFixed(3)} of the held-out photos, epoch ${best.epoch}`);

await model.save(fileHandler('model')); // with class names, scaling and size: a folder is all that others need
const { accuracy } = await evaluateModel({ model: 'model', data: folder, engine });
console.log('accuracy on all photos', accuracy);

const paths = heldOut.images.map(({ path }) => path);
for await (const { error } of heatmapFiles(paths, { model: 'model', out: 'heatmaps', formats: ['html'], engine })) {
  if (error !== undefined) {
    console.error(error.message);
  }
}
console.log('heatmaps/index.html');
process.exit(); // some backends keep handles open
