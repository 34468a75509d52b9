import type * as tfl from '@tensorflow/tfjs-layers';
import { expectedInWords } from '../../errors.js';
import { convolutionalize, headIsExact } from '../../models/convolutionalize.js';
import { forwardPass, frozenValues } from '../../models/forward.js';
import type { FrozenOutput, FrozenPass } from '../../models/frozenPass.js';
import { layerGraph } from '../../models/layerGraph.js';
import { endsInClassMaps } from '../../models/readOutModel.js';
import { refuseSmallInput } from '../../models/receptiveField.js';
import type { ModelRecipe, ResizeRule } from '../../models/recipe.js';
import { usualActivation } from '../../models/recipe.js';
import type { RecipeParts } from '../../models/recipeMetadata.js';
import { descriptorOf } from '../../search/descriptors.js';
import type { DescriptorChoice } from '../../search/descriptors.js';
import { openFrozenNetwork } from '../features/frozenNetwork.js';
import { loadHashedModel } from '../models/loadModel.js';
import { modelRecipe } from '../models/modelRecipe.js';
import type { Notice } from '../notice.js';
import { embeddedModelFolder } from '../packageRoot.js';
import type { FrozenEngine } from '../runtime/frozenEngine.js';
import { openPass } from '../runtime/frozenEngine.js';
import type { BakeRecipe, BakeTask } from './bakeJob.js';
import { embeddingRows, featureRows, heatmapRows, scoreRows, tagRows } from './imageRows.js';
import type { RowMaker } from './imageRows.js';

/** What is asked of a bake; what is left out follows from the task and the model. */
export interface BakeAsked {
  task: BakeTask;
  /** folder of a LayersModel; default: the embedded EfficientNet-Lite0 */
  model?: string | null;
  /** of features and embeddings; default: the backbone's last spatial output */
  layer?: string | null;
  /** side in pixels; default: 224 for features, embeddings and the embedded model, otherwise as the model says */
  size?: number;
  /** default `'warp'` */
  resize?: 'warp' | 'crop';
  dtype?: BakeRecipe['dtype'];
  /** of embeddings; default `'gap'` */
  pooling?: DescriptorChoice;
  /** parts of every image that are embedded beside the whole; default 0 */
  crops?: number;
  /** classes an image, of tags and heat maps; default 5 */
  top?: number;
  /** parts of a recipe that the model lacks, or a JSON file with them */
  recipe?: RecipeParts | string;
}

/** A bake's network, and what makes rows of images with it. */
export interface BakeNetwork {
  recipe: BakeRecipe;
  classNames: string[] | null;
  /** batches that may be under way at once */
  lanes: number;
  maker: RowMaker;
  dispose(): Promise<void>;
}

/** Where a bake's network runs. */
export interface BakeEngine {
  engine?: FrozenEngine;
  threads?: number;
  notice?: Notice;
}

const embeddedSize = 224;
const usualTop = 5;

type Opened = Pick<BakeRecipe, 'modelHash' | 'layer' | 'input'> & {
  pass: FrozenPass;
  size: number | undefined;
  crop: number | undefined;
  names: string[] | null;
  activation?: ModelRecipe['activation'];
  dispose(): Promise<void>;
};

async function openFeatures(
  { task, model, layer, recipe, size, pooling = 'gap' }: BakeAsked,
  at: BakeEngine,
): Promise<Opened> {
  const input = typeof recipe === 'object' ? recipe.input : undefined;
  const maps = task === 'embeddings' && descriptorOf(pooling, 'a bake').outputs.includes('maps');
  const network = await openFrozenNetwork({
    folder: model ?? undefined,
    layer: layer ?? undefined,
    input,
    maps,
    ...at,
  });
  const { modelHash, pass } = network;
  const dispose = () => network.dispose();
  return {
    ...{ modelHash, pass, dispose, layer: network.layer, input: network.input, names: null },
    ...{ size: size ?? embeddedSize, crop: undefined },
  };
}

/** A model that gives these outputs. @throws WeldonError for one that cannot, whatever the engine */
function withOutputs(own: tfl.LayersModel, task: BakeTask, path: string): tfl.LayersModel {
  if (task === 'heatmaps') {
    if (!endsInClassMaps(own) && !headIsExact(own)) {
      throw expectedInWords(
        `the model ${path} for the task heatmaps`,
        'one with class maps',
        'one with layers behind its pooling: weldon heatmap draws its maps by Grad-CAM',
      );
    }
    return endsInClassMaps(own) ? own : convolutionalize(own);
  }
  return frozenValues(layerGraph(own)).scores === undefined ? convolutionalize(own, { pooling: 'same' }) : own;
}

async function openScores({ task, model: folder, recipe: given, size }: BakeAsked, at: BakeEngine): Promise<Opened> {
  const loaded = await loadHashedModel(folder ?? embeddedModelFolder('efficientnet-lite0'));
  const made: { dispose(): unknown }[] = [loaded.model];
  const dispose = () => made.reverse().forEach((model) => void model.dispose());
  try {
    if (loaded.kind === 'graph') {
      throw expectedInWords(`${loaded.path} for the task ${task}`, 'a LayersModel', 'a GraphModel');
    }
    const model = withOutputs(loaded.model, task, loaded.path);
    if (model !== loaded.model) {
      made.push(model);
    }
    const isEmbedded = folder == null;
    const needed = ['classNames', 'input', ...(size === undefined ? ['resize.size'] : [])];
    const recipe = (await modelRecipe(model, loaded.path, isEmbedded ? undefined : given, needed)) as ModelRecipe;
    const { input, classNames, activation } = recipe;
    const outputs: FrozenOutput[] = task === 'heatmaps' ? ['scores', 'maps'] : ['scores'];
    const classes = frozenValues(layerGraph(model)).scores?.shape[1];
    if (classes !== classNames.length) {
      throw expectedInWords(
        `the class names of the model ${loaded.path}`,
        `${classes ?? 'some'}, one per score`,
        String(classNames.length),
      );
    }
    const modelHash = loaded.sha256;
    const spec = { model, outputs, input, hash: `${modelHash} ${task === 'heatmaps'}`, threads: at.threads };
    const pass = (await openPass(at.engine, spec, at.notice)) ?? forwardPass(model, { outputs, input });
    const side = size ?? (isEmbedded && task !== 'heatmaps' ? embeddedSize : recipe.resize.size);
    refuseSmallInput(model, side, size === undefined ? 'size of the recipe' : 'size for a bake');
    return {
      ...{
        modelHash,
        layer: null,
        input,
        pass,
        size: side,
        crop: recipe.resize.cropRatio,
        names: classNames,
        activation,
      },
      dispose: async () => {
        dispose();
        await pass.dispose();
      },
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function makerOf(recipe: BakeRecipe, { pass, names, activation }: Opened): RowMaker {
  const { task, resize, pooling = 'gap', crops = 0, top = usualTop } = recipe;
  switch (task) {
    case 'features':
      return featureRows(pass, resize);
    case 'embeddings':
      return embeddingRows(pass, { pooling, crops, size: resize.size });
    case 'scores':
      return scoreRows(pass, resize);
    case 'heatmaps':
      return heatmapRows(pass, resize, top);
    case 'tags': {
      const classNames = names as string[];
      const asked = activation ?? usualActivation(classNames.length);
      const model = { name: 'the model', classNames, top };
      return tagRows(pass, resize, { ...model, activation: asked === 'softmax' ? 'softmax' : 'sigmoid' });
    }
  }
}

/**
 * Opens the network of a bake.
 *
 * @throws WeldonError for a model that cannot do the task, lacks part of its recipe or cannot be read, and for an option
 *   that the task does not have
 */
export async function openBakeNetwork(asked: BakeAsked, at: BakeEngine = {}): Promise<BakeNetwork> {
  const { task } = asked;
  const only = (name: keyof BakeAsked, tasks: readonly BakeTask[]) => {
    if (asked[name] != null && !tasks.includes(task)) {
      throw expectedInWords(`${name} for a bake`, `given for ${tasks.join(' or ')} only`, `it for ${task}`);
    }
  };
  only('layer', ['features', 'embeddings']);
  only('pooling', ['embeddings']);
  only('crops', ['embeddings']);
  only('top', ['tags', 'heatmaps']);
  if (task === 'embeddings' && asked.resize === 'crop') {
    throw expectedInWords('resize for a bake', "'warp' for embeddings", "'crop'");
  }
  const opened = await (task === 'features' || task === 'embeddings' ? openFeatures(asked, at) : openScores(asked, at));
  try {
    const rule: ResizeRule['rule'] = asked.resize ?? 'warp';
    const halves = task === 'features' || task === 'heatmaps';
    const recipe: BakeRecipe = {
      task,
      model: asked.model ?? null,
      modelHash: opened.modelHash,
      layer: opened.layer,
      resize: {
        rule,
        size: opened.size as number,
        ...(rule === 'crop' && opened.crop !== undefined ? { cropRatio: opened.crop } : {}),
      },
      input: opened.input,
      engine: opened.pass.name,
      dtype: asked.dtype ?? (halves ? 'float16' : 'float32'),
      ...(task === 'embeddings' ? { pooling: asked.pooling ?? 'gap', crops: asked.crops ?? 0 } : {}),
      ...(task === 'tags' || task === 'heatmaps' ? { top: asked.top ?? usualTop } : {}),
    };
    const lanes = opened.pass.lanes ?? 1;
    return { recipe, classNames: opened.names, lanes, maker: makerOf(recipe, opened), dispose: opened.dispose };
  } catch (error) {
    await opened.dispose();
    throw error;
  }
}
