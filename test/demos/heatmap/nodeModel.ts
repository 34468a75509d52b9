/** Models in Node, as the page's user would have them there. */
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tfl from '@tensorflow/tfjs-layers';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { attachWeldon, loadEfficientNetLite0 } from '../../../src/index.js';
import { modelFiles } from '../../../src/backbones/weights/modelFiles.js';
import type { ModelFile } from '../../../src/backbones/weights/modelFiles.js';
import { embeddedModelFolder } from '../../../src/node/packageRoot.js';
import { fileHandler } from '../../../src/node/models/fileHandler.js';

setWasmPaths(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')) + sep);

export function loadModel(folder: string): Promise<tfl.LayersModel> {
  return tfl.loadLayersModel(fileHandler(folder));
}

/** Files of a model on the embedded network, as float16 in several weight files. */
export async function modelFilesOf(classes: readonly string[]): Promise<ModelFile[]> {
  const network = await loadEfficientNetLite0(fileHandler(embeddedModelFolder('efficientnet-lite0')));
  const model = attachWeldon(network, {
    classes,
    maps: 2,
    seed: 3,
    recipe: { name: 'rooms', resize: { rule: 'warp', size: 224 } },
  });
  try {
    return await modelFiles(model, { weights: 'float16' });
  } finally {
    model.dispose();
    network.dispose();
  }
}
