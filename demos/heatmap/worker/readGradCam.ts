import * as tf from '@tensorflow/tfjs-core';
import { classHeatmaps, gradCam, planResize, receptiveField, scaleGeometry } from '../../../src/index.js';
import type { GradCamReading } from '../messages.js';
import type { DecodedPhoto } from '../../page/worker/decodeImage.js';
import { lastModel } from './reading.js';

/** The layer before the class maps, in models on the page's own backbone. */
const lastStage = 'head';

/** The page's own backbone by layers that one may choose; maps finer than the first of them show little but edges. */
const stages = ['stage3', 'stage4', 'stage5', 'stage6', 'stage7', lastStage];

/** What has run once on a GPU, whose first run prepares programs. */
const prepared = new Set<string>();

async function timed<T>(name: string, run: () => Promise<T>): Promise<[result: T, milliseconds: number]> {
  const key = `${tf.getBackend()} ${name}`;
  if (tf.getBackend() !== 'wasm' && !prepared.has(key)) {
    await run();
    prepared.add(key);
  }
  const begin = performance.now();
  const result = await run();
  return [result, performance.now() - begin];
}

/** Grad-CAM of a class by the network that was run last, on the same pixels as its class maps. */
export async function readGradCam(photo: DecodedPhoto, index: number, wanted: string | null): Promise<GradCamReading> {
  const { model, recipe } = await lastModel();
  const { pixels } = photo;
  const names = new Set(model.layers.map(({ name }) => name));
  const layer = wanted ?? (names.has(lastStage) ? lastStage : undefined);
  const options = { classes: [index], recipe: { resize: recipe.resize } };
  const { width, height, toImage } = planResize(pixels.width, pixels.height, recipe.resize);
  const size = `${width} ${height}`;
  const [, classMapMilliseconds] = await timed(`maps ${size}`, () => classHeatmaps(model, pixels, options));
  const [read, milliseconds] = await timed(`${layer} ${size}`, () => gradCam(model, pixels, { ...options, layer }));
  const { rows, columns } = receptiveField(model, { inputSize: [height, width], layer: read.layer });
  const onPixels = {
    x: { start: columns.center * toImage.scaleX + toImage.offsetX, step: columns.stride * toImage.scaleX },
    y: { start: rows.center * toImage.scaleY + toImage.offsetY, step: rows.stride * toImage.scaleY },
  };
  const known = stages.filter((name) => names.has(name));
  return {
    map: read.maps[0][0],
    layer: read.layer,
    milliseconds,
    classMapMilliseconds,
    layers: known.includes(read.layer) ? known : [...known, read.layer],
    geometry: scaleGeometry(onPixels, photo.width / pixels.width, photo.height / pixels.height),
  };
}
