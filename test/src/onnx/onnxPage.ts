/** The script of the page in which a model is exported and opened in onnxruntime-web; the test run drives it. */
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/wasm';
import { attachWeldon } from '../../../src/models/attachWeldon.js';
import { readOutModel } from '../../../src/models/readOutModel.js';
import { exportOnnx } from '../../../src/onnx/index.js';
import type { PageBackend } from '../../browser/startBackend.js';
import { startBackend } from '../../browser/startBackend.js';
import { mobileNetV1Like, seedWeights } from '../models/smallModels.js';

/** What the test run calls in the page; errors come back as rejections. */
export interface OnnxPage {
  start(backend: PageBackend): Promise<string>;
  /** Largest differences between a file's outputs and those of the model that it was made of. */
  compare(): Promise<Record<'scores' | 'class_maps', number>>;
}

declare global {
  var onnx: OnnxPage;
}

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('ort.wasm', location.href).href };

globalThis.onnx = {
  start: async (backend) => (await startBackend(backend)).backend,

  async compare() {
    const backbone = mobileNetV1Like({ size: null });
    const model = seedWeights(attachWeldon(backbone, { classes: 3, maps: 2, kMax: 0.4, kMin: 2, alpha: 0.5 }));
    const shape: [number, number, number, number] = [2, 32, 40, 3];
    const pixels = Float32Array.from({ length: 2 * 32 * 40 * 3 }, (_, i) => (i * 37) % 256);
    const recipe = { input: { colorOrder: 'rgb' as const, scale: 1 / 127.5, offset: -1 } };
    const session = await ort.InferenceSession.create(await exportOnnx(model, { recipe }));
    const found = await session.run({ images: new ort.Tensor('float32', pixels, shape) });
    const [scores, maps] = tf.tidy(() => {
      const x = tf.sub(tf.div(tf.tensor4d(pixels, shape), 127.5), 1);
      return readOutModel(model).model.predict(x) as tf.Tensor[];
    });
    const far = async (name: string, wanted: tf.Tensor) => {
      const values = await wanted.data();
      return Math.max(...Array.from(found[name].data as Float32Array, (value, i) => Math.abs(value - values[i])));
    };
    return { scores: await far('scores', scores), class_maps: await far('class_maps', maps) };
  },
};
