import type * as tfl from '@tensorflow/tfjs-layers';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import { convolutionalize, headIsExact } from '../../models/convolutionalize.js';
import { endsInClassMaps, readOutModel } from '../../models/readOutModel.js';
import { disposeModel, loadModel } from '../../node/models/loadModel.js';
import { modelRecipe } from '../../node/models/modelRecipe.js';
import { toStderr } from '../../node/notice.js';
import { embeddedModelFolder } from '../../node/packageRoot.js';
import { atomicWrite, makeRoomFor, writeError } from '../../node/storage/atomicWrite.js';
import { exportOnnx } from '../../onnx/index.js';
import { isOwnFile } from '../../onnx/modelFile.js';
import { poolingText } from '../../pooling/poolingText.js';
import type { ExportModelOptions } from './options.js';
import { checkExportOptions } from './options.js';

/** What was exported. */
export interface ExportedModel {
  /** The file's full path. */
  path: string;
  bytes: number;
  format: 'onnx';
  opset: number;
  weights: 'float32' | 'float16';
  /** How class maps become scores, as a heat map tells it; `null` for a file without class maps. */
  pooling: string[] | null;
}

/** An older file of that name is only replaced where this package wrote it. */
async function checkOlderFile(path: string): Promise<void> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return;
    }
    throw writeError(path, error);
  }
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(64), 0, 64, 0);
    if (!isOwnFile(buffer.subarray(0, bytesRead))) {
      throw expectedInWords(path, 'a new file, or an older export', 'another file of that name: choose another name');
    }
  } finally {
    await file.close();
  }
}

/** Class maps for a classifier that has none, where its scores are a pooling of such maps. */
function withMaps(model: tfl.LayersModel): tfl.LayersModel {
  try {
    return !endsInClassMaps(model) && headIsExact(model) ? convolutionalize(model) : model;
  } catch (error) {
    if (error instanceof WeldonError) {
      return model; // no classifier: exported as it is
    }
    throw error;
  }
}

/**
 * Writes a model as an ONNX file, which ONNX Runtime and many other tools run: scores, probabilities and class maps from
 * raw pixels of any size; see `exportOnnx`. A classifier without class maps gets them as for heat maps, without training;
 * with `maps: false` it stays as it is. The file is written whole or not at all, and replaces none but an older export.
 *
 * @throws WeldonError for a model that cannot be read or has no form in ONNX, naming the layer; for a recipe that does not
 *   say how images are scaled, options out of range, a folder that cannot be written to, and another file of that name
 *
 * @example
 * await startRuntime({ backend: 'cpu' });
 * await exportModel({ model: 'runs/rooms', out: 'rooms.onnx', float16: true });
 */
export async function exportModel(options: ExportModelOptions): Promise<ExportedModel> {
  checkExportOptions(options);
  const { out, opset = 17, float16 = false, scaling = true, notice = toStderr } = options;
  await makeRoomFor(out);
  await checkOlderFile(out);
  const loaded = await loadModel(options.model ?? embeddedModelFolder('efficientnet-lite0'));
  if (loaded.kind === 'graph') {
    loaded.model.dispose();
    throw expectedInWords(loaded.path, 'a LayersModel', 'a GraphModel, whose layers cannot be read');
  }
  const own = loaded.model;
  const model = options.maps === false ? own : withMaps(own);
  try {
    const isImage = model.inputs[0].shape.length === 4;
    const recipe = await modelRecipe(model, loaded.path, options.recipe, scaling && isImage ? ['input'] : []);
    const weights = float16 ? 'float16' : 'float32';
    const bytes = await exportOnnx(model, {
      opset,
      outputs: options.outputs,
      weights,
      scaling,
      recipe,
      onNotice: notice,
    });
    await atomicWrite(out, bytes);
    const pooling = endsInClassMaps(model) ? poolingText(readOutModel(model).pooling) : null;
    return { path: resolve(out), bytes: bytes.length, format: 'onnx', opset, weights, pooling };
  } finally {
    if (model !== own) {
      disposeModel(model);
    }
    disposeModel(own);
  }
}
