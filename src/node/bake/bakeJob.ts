import type { ResizeRule } from '../../models/recipe.js';
import type { ModelRecipe } from '../../models/recipe.js';
import type { DescriptorChoice } from '../../search/descriptors.js';

/** What a bake makes of every image. */
export const bakeTasks = ['features', 'embeddings', 'tags', 'scores', 'heatmaps'] as const;
export type BakeTask = (typeof bakeTasks)[number];

/** All that decides what comes of an image; workers that cannot keep to it refuse its jobs. */
export interface BakeRecipe {
  task: BakeTask;
  /** folder of the model, `null` for the embedded one; where it lies decides nothing */
  model: string | null;
  /** stands for the network, up to `layer` where there is one */
  modelHash: string;
  /** whose output the features are; `null` for outputs of the whole model */
  layer: string | null;
  resize: ResizeRule;
  input: ModelRecipe['input'];
  /** `FrozenPass.name` */
  engine: string;
  dtype: 'float32' | 'float16';
  /** of embeddings */
  pooling?: DescriptorChoice;
  /** parts of every image that are embedded beside the whole */
  crops?: number;
  /** classes an image, of tags and heat maps */
  top?: number;
}

/** Some lines of a manifest to be done: about 200 bytes, that hold no secrets and no pixels. */
export interface BakeJob {
  /** folder or URL of the bake, as `openSink` takes it */
  out: string;
  /** id of the recipe, see `recipeId` */
  recipe: string;
  /** name of the manifest's part in `out` */
  manifest: string;
  /** first line in that part, from 0, and the one behind the last */
  from: number;
  to: number;
}

/** What came of a job. */
export interface ShardResult {
  id: string;
  /** images that were read */
  rows: number;
  /** images that could not be, each with its reason in the shard */
  bad: number;
  /** `false` where the shard was there already */
  computed: boolean;
}
