/** The script of a page that gives its images to `classHeatmaps` in every form a page has; see drawnImages.test.ts. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { RawImages } from '../../src/index.js';
import { attachWeldon, classHeatmaps, gradCam } from '../../src/index.js';

declare global {
  /** Scores of each form of one image, and what is said of one that the page may not read. */
  var scoresOfForms: (foreign: string) => Promise<{ scores: Record<string, number[][]>; refusal: string }>;
}

globalThis.scoresOfForms = async (foreign) => {
  await tf.setBackend('cpu');
  const backbone = tfl.sequential();
  const initializer = tfl.initializers.randomNormal({ seed: 1 });
  backbone.add(tfl.layers.conv2d({ filters: 4, kernelSize: 3, kernelInitializer: initializer, inputShape: [8, 8, 3] }));
  const model = attachWeldon(backbone, {
    classes: 2,
    seed: 1,
    recipe: { input: { colorOrder: 'rgb', scale: 1 / 255, offset: 0 }, resize: { rule: 'warp', size: 8 } },
  });
  const canvas = document.createElement('canvas');
  canvas.width = 12;
  canvas.height = 10;
  const context = canvas.getContext('2d')!;
  for (let i = 0; i < 120; i++) {
    context.fillStyle = `rgb(${(i * 37) % 256}, ${(i * 91) % 256}, ${(i * 53) % 256})`;
    context.fillRect(i % 12, Math.floor(i / 12), 1, 1);
  }
  const loaded = async (source: string) => {
    const element = new Image();
    element.width = 99; // the size on the page is not that of the image
    element.src = source;
    await element.decode();
    return element;
  };
  const element = await loaded(canvas.toDataURL());
  const offscreen = new OffscreenCanvas(12, 10);
  offscreen.getContext('2d')!.drawImage(canvas, 0, 0);
  const bitmap = await createImageBitmap(canvas);
  const forms: Record<string, RawImages> = {
    ImageData: context.getImageData(0, 0, 12, 10),
    canvas,
    OffscreenCanvas: offscreen,
    img: element,
    ImageBitmap: bitmap,
    array: [element, bitmap, canvas],
  };
  const scores: Record<string, number[][]> = {};
  for (const [form, images] of Object.entries(forms)) {
    scores[form] = (await classHeatmaps(model, images)).scores.map((each) => Array.from(each));
    await gradCam(model, images);
  }
  const refusal = await classHeatmaps(model, await loaded(foreign)).then(
    () => '',
    (error: Error) => `${error.name}: ${error.message}`,
  );
  return { scores, refusal };
};
