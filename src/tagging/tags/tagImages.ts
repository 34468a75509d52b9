import { checkKeys, expected, expectedInWords, nearestNames, WeldonError } from '../../errors.js';
import type { FrozenPass, NumberArray, PixelBatch } from '../../models/frozenPass.js';
import type { Guard } from './guard.js';
import { energyOf } from './guard.js';
import type { TagRegion } from './tagRegions.js';
import { regionOf, rivalGroups } from './tagRegions.js';

/** Scores of images by their features, and where they come from. */
export interface HeadOutput {
  /** `[batch, classes]`, logits */
  scores: NumberArray;
  /** `[batch, rows, columns, classes]` */
  maps?: NumberArray;
}

/** A network that gives tags. */
export interface TagModel {
  /** stands beside each of its tags */
  name: string;
  /** one per score; where two are alike, as ImageNet's two cranes, the better one counts */
  classNames: readonly string[];
  /** Models that share a pass compute it once. */
  pass: FrozenPass;
  /** Makes scores of the pass' features; without it, the pass gives scores itself. */
  head?: (features: NumberArray) => HeadOutput | Promise<HeadOutput>;
  /** `'softmax'`: one class an image, `'sigmoid'`: several. Default `'softmax'`. */
  activation?: 'softmax' | 'sigmoid';
  /** Tags an image, >= 1. Default 5. */
  top?: number;
  /** Tells images that the model does not know; it gives them no tag. */
  guard?: Guard;
}

export interface TagImagesOptions {
  /** Probability that a tag needs, 0 … 1. Default 0: thresholds leave many images bare and say less of the others. */
  least?: number;
  /** Whether to find where the evidence lies, for models that give maps. Default false. */
  regions?: boolean;
  /** Part of the cells that a region takes. Default 0.2. */
  regionShare?: number;
  /** Overlap from which regions are rivals for one object. Default 0.35. */
  rivals?: number;
}

export interface ImageTag {
  tag: string;
  /** probability, 0 … 1 */
  p: number;
  model: string;
  /** within the model, from 1 */
  rank: number;
  /** where the evidence lies, with `regions` */
  region?: TagRegion;
  /** number of the group of tags of this model that lie on the same object, from 0; with `regions` */
  object?: number;
}

/** What one model said of an image. */
export interface ModelVerdict {
  model: string;
  /** ln Σ exp(score) */
  energy: number;
  /** why it gives no tag; `null` where it gives some */
  reason: string | null;
}

export interface ImageTags {
  /** by model, then by rank */
  tags: ImageTag[];
  verdicts: ModelVerdict[];
}

const tagOptions = 'least regions regionShare rivals';

/** Probabilities of one image's classes. */
function probabilities(scores: ArrayLike<number>, energy: number, activation: 'softmax' | 'sigmoid'): number[] {
  const own = Array.from(scores);
  if (activation === 'sigmoid') {
    return own.map((score) => 1 / (1 + Math.exp(-score)));
  }
  return own.map((score) => Math.exp(score - energy));
}

function checkModel({ name, classNames, activation = 'softmax', top = 5, guard, pass, head }: TagModel): void {
  const owner = `the model ${JSON.stringify(name)}`;
  if (activation !== 'softmax' && activation !== 'sigmoid') {
    throw expected(`activation of ${owner}`, "'softmax' or 'sigmoid'", activation);
  }
  if (!Number.isInteger(top) || top < 1) {
    throw expected(`top of ${owner}`, 'a whole number >= 1', top);
  }
  if (guard !== undefined && 'none' in guard && !classNames.includes(guard.none)) {
    throw new WeldonError(
      `Expected the guard of ${owner} to be one of its classes but received ${JSON.stringify(guard.none)}` +
        nearestNames(guard.none, classNames),
    );
  }
  if (guard !== undefined && 'energy' in guard && !Number.isFinite(guard.energy)) {
    throw expected(`the guard energy of ${owner}`, 'a finite number', guard.energy);
  }
  const needed = head === undefined ? 'scores' : 'features';
  if (!pass.outputs.includes(needed)) {
    throw expectedInWords(`the pass of ${owner}`, `one that gives ${needed}`, `one of ${pass.outputs.join(', ')}`);
  }
}

/**
 * The tags of one image by one model: its best classes, never more than `top`.
 *
 * @param scores logits, one per class
 * @param maps `[rows, columns, classes]` of the image
 * @throws WeldonError for scores that are not finite or not one per class
 *
 * @example
 * tagsOfScores({ name: 'scenes', classNames: ['kitchen', 'coast'], pass }, [0.2, 3], null).tags[0]; // coast, 0.94
 */
export function tagsOfScores(
  model: Omit<TagModel, 'pass'>,
  scores: ArrayLike<number>,
  maps: { data: ArrayLike<number>; rows: number; columns: number } | null,
  options: TagImagesOptions = {},
): { tags: ImageTag[]; verdict: ModelVerdict } {
  checkKeys(options, tagOptions, 'tagsOfScores');
  const { name, classNames, activation = 'softmax', top = 5, guard } = model;
  const { least = 0, regionShare = 0.2, rivals = 0.35 } = options;
  if (scores.length !== classNames.length) {
    throw expectedInWords(`the scores of the model ${name}`, `${classNames.length}, one per class`, `${scores.length}`);
  }
  const energy = energyOf(scores);
  const without = (reason: string) => ({ tags: [], verdict: { model: name, energy, reason } });
  if (guard !== undefined && 'energy' in guard && energy < guard.energy) {
    return without(`unlike what ${name} knows: energy ${energy.toFixed(2)}, below ${guard.energy.toFixed(2)}`);
  }
  const p = probabilities(scores, energy, activation);
  const order = p.map((_, c) => c).sort((a, b) => scores[b] - scores[a] || a - b);
  if (guard !== undefined && 'none' in guard && classNames[order[0]] === guard.none) {
    return without(`unlike what ${name} knows: its class ${JSON.stringify(guard.none)} is the likeliest`);
  }
  const none = guard !== undefined && 'none' in guard ? guard.none : null;
  const seen = new Set<string>();
  const best: number[] = [];
  for (const c of order) {
    if (best.length === top || p[c] < least) {
      break;
    }
    if (classNames[c] !== none && !seen.has(classNames[c])) {
      seen.add(classNames[c]);
      best.push(c);
    }
  }
  if (best.length === 0) {
    return without(`nothing above ${least}: the likeliest is ${classNames[order[0]]} with ${p[order[0]].toFixed(3)}`);
  }
  const tags = best.map((c, i): ImageTag => ({ tag: classNames[c], p: p[c], model: name, rank: i + 1 }));
  if (options.regions === true && maps !== null) {
    const regions = best.map((c) => regionOf({ ...maps, classes: classNames.length }, c, regionShare));
    const groups = rivalGroups(
      regions.map(({ cells }) => cells),
      rivals,
    );
    tags.forEach((tag, i) => Object.assign(tag, { region: regions[i], object: groups[i] }));
  }
  return { tags, verdict: { model: name, energy, reason: null } };
}

/** One image's part of numbers `[batch, …]`. */
function partOf({ data, shape }: NumberArray, i: number): Float32Array {
  const size = data.length / shape[0];
  return data.subarray(i * size, (i + 1) * size);
}

/**
 * Tags images by one or several models: the best classes of each, never more than its `top`, with their probability, rank
 * and, if wanted, where in the image the evidence lies. A pass that models share runs once.
 *
 * @param images raw pixels of the size that the models take
 * @returns one entry an image; `blendTags` makes one list of it
 * @throws WeldonError for a pass that does not give what a model needs, scores that are not finite, options out of range
 *
 * @example
 * const [{ tags, verdicts }] = await tagImages([{ name: 'ImageNet', classNames, pass }], { data, shape: [1, 224, 224, 3] });
 * tags[0]; // { tag: 'seashore', p: 0.62, model: 'ImageNet', rank: 1 }
 */
export async function tagImages(
  models: readonly TagModel[],
  images: PixelBatch,
  options: TagImagesOptions = {},
): Promise<ImageTags[]> {
  checkKeys(options, tagOptions, 'tagImages');
  if (!(Number(options.least ?? 0) >= 0 && Number(options.least ?? 0) <= 1)) {
    throw expected('least for tagImages', 'a number from 0 to 1', options.least);
  }
  if (models.length === 0 || new Set(models.map(({ name }) => name)).size < models.length) {
    throw expectedInWords('the models for tagImages', 'one or more, no two of one name', `${models.length}`);
  }
  models.forEach(checkModel);
  const running = new Map<FrozenPass, ReturnType<FrozenPass['run']>>();
  models.forEach(({ pass }) => running.set(pass, running.get(pass) ?? pass.run(images)));
  // All have ended before one fails, so that nothing runs on behind an error.
  await Promise.allSettled(running.values());
  const outputs = await Promise.all(
    models.map(async ({ pass, head, name }): Promise<HeadOutput> => {
      const { scores, maps, features } = await running.get(pass)!;
      const given = head === undefined ? { scores, maps } : await head(features as NumberArray);
      if (given.scores?.shape.length !== 2 || given.scores.shape[0] !== images.shape[0]) {
        throw expectedInWords(
          `the scores of the model ${name}`,
          `[${images.shape[0]}, classes]`,
          `[${given.scores?.shape.join(', ') ?? ''}]`,
        );
      }
      return { scores: given.scores, maps: given.maps };
    }),
  );
  return Array.from({ length: images.shape[0] }, (_, i) => {
    const each = models.map((model, m) => {
      const { scores, maps } = outputs[m];
      const map = maps && { data: partOf(maps, i), rows: maps.shape[1], columns: maps.shape[2] };
      return tagsOfScores(model, partOf(scores, i), map ?? null, options);
    });
    return { tags: each.flatMap(({ tags }) => tags), verdicts: each.map(({ verdict }) => verdict) };
  });
}

/**
 * A head that is linear in the mean of the features, such as a network's last layer or a logistic regression on its
 * features: scores, and the maps that they are the mean of (class activation maps: Zhou et al., CVPR 2016).
 *
 * @param weights `[classes, depth]` row by row
 * @param biases one per class
 *
 * @example
 * const scenes = { name: 'scenes', classNames, pass, head: linearHead(weights, biases) };
 */
export function linearHead(
  weights: ArrayLike<number>,
  biases: ArrayLike<number>,
  options: { maps?: boolean } = {},
): (features: NumberArray) => HeadOutput {
  checkKeys(options, 'maps', 'linearHead');
  const classes = biases.length;
  const depth = weights.length / classes;
  if (classes === 0 || !Number.isInteger(depth) || depth < 1) {
    throw expectedInWords(
      'the weights for linearHead',
      'rows of one number per feature, one row per bias',
      `${weights.length} for ${classes} biases`,
    );
  }
  const w = Float32Array.from(weights);
  return ({ data, shape }) => {
    const [batch, rows, columns, found] = shape;
    if (shape.length !== 4 || found !== depth) {
      throw expectedInWords('the features for a head', `[batch, rows, columns, ${depth}]`, `[${shape.join(', ')}]`);
    }
    const cells = rows * columns;
    const scores = new Float32Array(batch * classes);
    const maps = options.maps === false ? null : new Float32Array(batch * cells * classes);
    const mean = new Float64Array(depth);
    for (let i = 0; i < batch; i++) {
      mean.fill(0);
      for (let cell = 0; cell < cells; cell++) {
        const from = (i * cells + cell) * depth;
        for (let k = 0; k < depth; k++) {
          mean[k] += data[from + k] / cells;
        }
        for (let c = 0; maps !== null && c < classes; c++) {
          let sum = biases[c];
          for (let k = 0; k < depth; k++) {
            sum += w[c * depth + k] * data[from + k];
          }
          maps[(i * cells + cell) * classes + c] = sum;
        }
      }
      for (let c = 0; c < classes; c++) {
        let sum = biases[c];
        for (let k = 0; k < depth; k++) {
          sum += w[c * depth + k] * mean[k];
        }
        scores[i * classes + c] = sum;
      }
    }
    return {
      scores: { data: scores, shape: [batch, classes] },
      maps: maps === null ? undefined : { data: maps, shape: [batch, rows, columns, classes] },
    };
  };
}
