/** The networks that give tags: loaded, and those on the same features joined to one pass. */
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { basename, resolve } from 'node:path';
import { expectedInWords, WeldonError } from '../../errors.js';
import { convolutionalize, headIsExact } from '../../models/convolutionalize.js';
import { forwardPass, frozenValues } from '../../models/forward.js';
import type { FrozenOutput, FrozenPass, NumberArray } from '../../models/frozenPass.js';
import type { GraphValue, LayerGraph } from '../../models/layerGraph.js';
import { layerGraph, stepsFor } from '../../models/layerGraph.js';
import { endsInClassMaps } from '../../models/readOutModel.js';
import { refuseSmallInput } from '../../models/receptiveField.js';
import type { ModelRecipe } from '../../models/recipe.js';
import { usualActivation } from '../../models/recipe.js';
import { spatialAxes } from '../../models/spatialAxes.js';
import { mergeRecipes } from '../../models/recipeMetadata.js';
import { loadHashedModel } from '../../node/models/loadModel.js';
import { modelRecipe } from '../../node/models/modelRecipe.js';
import { toStderr } from '../../node/notice.js';
import { embeddedModelFolder } from '../../node/packageRoot.js';
import { openPass } from '../../node/runtime/frozenEngine.js';
import type { HeadOutput, TagModel } from '../../tagging/tags/tagImages.js';
import { hashUpTo } from '../../training/hashOfModel.js';
import { runSteps } from '../../training/runSteps.js';
import { modelOfRun } from '../train/runFolder.js';
import type { TagFilesOptions } from './options.js';

/** Side of the embedded network's input for tags, where they were measured; heat maps want more. */
const embeddedSize = 224;

/** Tags of each model but the first. */
const tagsOfOthers = 2;

/** Models that take the same pixels. */
export interface TagGroup {
  resize: ModelRecipe['resize'];
  models: TagModel[];
}

export interface OpenTagModels {
  groups: TagGroup[];
  /** of each model, in their order */
  facts: { name: string; classes: number; size: number; engine: string; sharesFeaturesWith?: string }[];
  /** tags an image at most */
  most: number;
  /** classes of all models */
  labels: string[];
  /** stands for all that decides what the models say */
  made: unknown;
  /** calls that may be under way at once */
  lanes: number;
  dispose(): Promise<void>;
}

interface Loaded {
  name: string;
  path: string;
  model: tfl.LayersModel;
  recipe: ModelRecipe;
  graph: LayerGraph;
  values: Partial<Record<FrozenOutput, GraphValue>>;
  /** stands for its features; `null` where it has none */
  features: string | null;
  sha256: string;
  isEmbedded: boolean;
}

/** A model that gives its scores, and maps where they are wanted and it can have them. */
function withOutputs(own: tfl.LayersModel, regions: boolean): tfl.LayersModel {
  const maps = regions && !endsInClassMaps(own) && headIsExact(own);
  return maps || frozenValues(layerGraph(own)).scores === undefined ? convolutionalize(own, { pooling: 'same' }) : own;
}

/** Passes give channels last; heads take features as their model has them. */
function isShareable(graph: LayerGraph, features: GraphValue | undefined): features is GraphValue {
  return features !== undefined && spatialAxes(graph).get(features)?.row === 1;
}

async function load(
  folder: string | null,
  { regions = false, size, recipe: given }: TagFilesOptions,
  made: { dispose(): unknown }[],
): Promise<Loaded> {
  const path = folder === null ? embeddedModelFolder('efficientnet-lite0') : await modelOfRun(folder);
  const loaded = await loadHashedModel(path);
  made.push(loaded.model);
  if (loaded.kind === 'graph') {
    throw new WeldonError(`${loaded.path} is a GraphModel: weldon tag takes LayersModels`);
  }
  const model = withOutputs(loaded.model, regions);
  if (model !== loaded.model) {
    made.push(model);
  }
  const needed = ['classNames', 'input', 'resize.rule', ...(size === undefined ? ['resize.size'] : [])];
  const known = await modelRecipe(model, loaded.path, folder === null ? undefined : given, needed);
  const side = size ?? (folder === null ? embeddedSize : undefined);
  const recipe = mergeRecipes(known, side === undefined ? {} : { resize: { size: side } }) as ModelRecipe;
  refuseSmallInput(model, recipe.resize.size, size === undefined ? 'size of the recipe' : 'size for tagFiles');
  const graph = layerGraph(model);
  const values = frozenValues(graph);
  const classes = values.scores?.shape[1];
  if (classes !== recipe.classNames.length) {
    throw expectedInWords(
      `the class names of the model ${folder ?? loaded.path}`,
      `${classes ?? 'some'}, one per score`,
      String(recipe.classNames.length),
    );
  }
  return {
    name: folder === null ? recipe.name : basename(resolve(folder)),
    path: folder ?? loaded.path,
    model,
    recipe,
    graph,
    values,
    features: isShareable(graph, values.features) ? await hashUpTo(graph, values.features) : null,
    sha256: loaded.sha256,
    isEmbedded: folder === null,
  };
}

/** The layers behind a model's features, on the active backend. */
function headOf({ graph, values }: Loaded, regions: boolean): NonNullable<TagModel['head']> {
  const features = values.features as GraphValue;
  const scores = values.scores as GraphValue;
  const maps = regions ? values.maps : undefined;
  const stage = (from: GraphValue, to: GraphValue) => {
    const below = new Set(stepsFor(graph, [from]));
    const steps = stepsFor(graph, [to]).filter((step) => !below.has(step));
    return (x: tf.Tensor) =>
      from === to ? tf.clone(x) : runSteps(graph.steps, steps, new Map([[from, x]]), to, { training: false });
  };
  const toMaps = maps && stage(features, maps);
  const toScores = stage(maps ?? features, scores);
  const numbers = async (tensor: tf.Tensor): Promise<NumberArray> => ({
    data: (await tensor.data()) as Float32Array,
    shape: [...tensor.shape],
  });
  return async ({ data, shape }): Promise<HeadOutput> => {
    const results = tf.tidy(() => {
      const x = tf.tensor(data, shape);
      const found = toMaps?.(x);
      return found === undefined ? [toScores(x)] : [toScores(found), found];
    });
    try {
      const [first, second] = await Promise.all(results.map(numbers));
      return { scores: first, maps: second };
    } finally {
      tf.dispose(results);
    }
  };
}

/** Names of their own: of two folders called alike the paths. */
function named(models: readonly Loaded[]): Loaded[] {
  const alike = ({ name }: Loaded) => models.filter((other) => other.name === name).length > 1;
  const result = models.map((one) => (alike(one) ? { ...one, name: one.path } : one));
  const twice = result.find(({ name }, i) => result.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) {
    throw expectedInWords('the models for tagFiles', 'no two alike', `${twice.path} twice`);
  }
  return result;
}

/** The embedded network takes images as the first model on its features does, so that one pass serves both. */
function adapted(models: readonly Loaded[], { size }: TagFilesOptions): Loaded[] {
  return models.map((one) => {
    const like =
      one.isEmbedded && size === undefined
        ? models.find((other) => !other.isEmbedded && other.features !== null && other.features === one.features)
        : undefined;
    return like === undefined ? one : { ...one, recipe: { ...one.recipe, resize: like.recipe.resize } };
  });
}

function guardOf({ recipe: { classNames }, isEmbedded }: Loaded, guard: number | undefined): TagModel['guard'] {
  const none = classNames.find((name) => name.toLowerCase() === 'none');
  if (none !== undefined) {
    return { none };
  }
  return guard === undefined || isEmbedded ? undefined : { energy: guard };
}

/**
 * Loads the models for tags. Models on the same features of images of the same size share one pass that gives them, each
 * with its own head; others run alone.
 *
 * @throws WeldonError for a model that cannot be read, gives no scores or lacks part of its recipe
 */
export async function openTagModels(options: TagFilesOptions): Promise<OpenTagModels> {
  const { models: folders = [], embedded = true, regions = false, top, guard, engine, notice = toStderr } = options;
  const made: { dispose(): unknown }[] = [];
  const passes: FrozenPass[] = [];
  const dispose = async () => {
    await Promise.all(passes.map((pass) => pass.dispose()));
    made.reverse().forEach((model) => void model.dispose());
  };
  try {
    const loaded: Loaded[] = [];
    for (const folder of [...(embedded ? [null] : []), ...folders]) {
      loaded.push(await load(folder, options, made));
    }
    const models = adapted(named(loaded), options);
    const open = async ({ model, recipe: { input } }: Loaded, outputs: FrozenOutput[], hash: string) => {
      const spec = { model, outputs, input, hash };
      const pass = (await openPass(engine, spec, notice)) ?? forwardPass(model, { outputs, input });
      passes.push(pass);
      return pass;
    };
    const pixelsOf = ({ recipe: { resize, input } }: Loaded) => JSON.stringify([resize, input]);
    const shared = new Map<string, { pass: FrozenPass; name: string }>();
    const groups = new Map<string, TagGroup>();
    const facts: OpenTagModels['facts'] = [];
    for (const [i, one] of models.entries()) {
      const { name, recipe, values, features, sha256 } = one;
      const { classNames, activation = usualActivation(classNames.length), resize } = recipe;
      const key = JSON.stringify([features, pixelsOf(one)]);
      const sharing = models.filter(
        (other) => features !== null && other.features === features && pixelsOf(other) === pixelsOf(one),
      );
      const maps = regions && values.maps !== undefined;
      if (regions && !maps) {
        notice(`The model ${name} has layers behind its pooling and no class maps: its tags have no regions`);
      }
      let pass: FrozenPass;
      let lead: string | undefined;
      if (sharing.length > 1) {
        lead = shared.get(key)?.name;
        pass = shared.get(key)?.pass ?? (await open(one, ['features'], features as string));
        shared.set(key, { pass, name: lead ?? name });
      } else {
        pass = await open(one, maps ? ['scores', 'maps'] : ['scores'], `${sha256} ${regions}`);
      }
      const guarded = guardOf(one, guard);
      if (!one.isEmbedded && guarded === undefined) {
        notice(
          `The model ${name} has no guard, since none was calibrated: it tags images unlike its own, too; give --guard, or train it with a class "none"`,
        );
      }
      const place = JSON.stringify(resize);
      const group = groups.get(place) ?? { resize, models: [] };
      group.models.push({
        name,
        classNames,
        pass,
        ...(sharing.length > 1 ? { head: headOf(one, regions) } : {}),
        // Scores of other models are no logits of one choice.
        activation: activation === 'softmax' ? 'softmax' : 'sigmoid',
        top: i === 0 ? (top ?? 5) : Math.min(top ?? tagsOfOthers, tagsOfOthers),
        guard: guarded,
      });
      groups.set(place, group);
      facts.push({
        name,
        classes: classNames.length,
        size: resize.size,
        engine: pass.name,
        ...(lead === undefined ? {} : { sharesFeaturesWith: lead }),
      });
    }
    return {
      groups: [...groups.values()],
      facts,
      most: top ?? 5 + tagsOfOthers * (models.length - 1),
      labels: [...new Set(models.flatMap(({ recipe: { classNames } }) => classNames))],
      made: models.map(({ name, sha256, recipe }, i) => [name, sha256, recipe, facts[i].engine, top, guard]),
      lanes: Math.max(...passes.map(({ lanes = 1 }) => lanes)),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
