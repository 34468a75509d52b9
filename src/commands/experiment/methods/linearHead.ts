import { mixSeeds } from '../../../random.js';
import { averagePrecision } from '../../../metrics/averagePrecision.js';
import { argmax } from '../../../metrics/checkScores.js';
import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { splitDataSet } from '../../../node/datasets/split.js';
import { oneVsAllLogistic } from '../../../training/losses/logistic.js';
import { softmaxCrossEntropy } from '../../../training/losses/softmaxCrossEntropy.js';
import type { CheckpointStore } from '../../../training/checkpoint.js';
import { channelStatistics } from '../../../training/heads/featureSet.js';
import type { FeatureSet, Normalisation } from '../../../training/heads/featureSet.js';
import type { HeadSpec, TrainedHead } from '../../../training/heads/headSpec.js';
import { scoreHeads } from '../../../training/heads/scoreHeads.js';
import { trainHeads } from '../../../training/heads/trainHeads.js';
import { saveHead } from '../cache/savedModels.js';
import type { Choice, HeadWants, SeedOutcome } from '../outcome.js';
import { rounded } from '../cache/resultCache.js';
import type { HeadMethod, NormalizeWord, ProtocolConfig } from '../config.js';

export interface FrozenTask {
  train: ImageDataSet;
  features: FeatureSet;
  normalize: NormalizeWord;
  protocol: ProtocolConfig;
}

/** What is told of the trainings of heads while they run; each is named by what tells it from others of the task. */
export interface HeadWatch {
  /** where a training saves its checkpoints */
  checkpoints?: (what: string) => CheckpointStore;
  onResume?: (what: string, done: number, total: number) => void;
  onBatch?: (what: string, done: number, total: number) => void;
}

/** 1 for each class that an image shows, image by image. */
function multiHotOf({ images, classes }: ImageDataSet): Float32Array[] {
  return images.map(({ labels }) => {
    const multiHot = new Float32Array(classes.length);
    labels.forEach((label) => {
      multiHot[label] = 1;
    });
    return multiHot;
  });
}

/** Part of some images that is right, or mean average precision: what choices go by. */
export function validationScore(
  images: ImageDataSet['images'],
  classes: number,
  multiLabel: boolean,
  scores: ArrayLike<number>,
): number {
  if (!multiLabel) {
    return images.filter(({ labels }, i) => argmax(scores, i, classes) === labels[0]).length / images.length;
  }
  const each = Array.from({ length: classes }, (_, c) =>
    averagePrecision(
      images.map((_image, i) => scores[i * classes + c]),
      images.map(({ labels }) => (labels.includes(c) ? 1 : 0)),
    ),
  ).filter((value) => !Number.isNaN(value));
  return each.reduce((sum, value) => sum + value, 0) / each.length;
}

/** Numbers of the images of a part of a data set. */
export function membersOf(whole: ImageDataSet, part: ImageDataSet): number[] {
  const numbers = new Map(whole.images.map((image, i) => [image, i]));
  return part.images.map((image) => numbers.get(image) as number);
}

function normalization(word: NormalizeWord, features: FeatureSet, members: number[]): Normalisation {
  return word === 'channels' ? channelStatistics(features, members) : word;
}

const watched = ({ checkpoints, onResume, onBatch }: HeadWatch, what: string) => ({
  checkpoints: checkpoints?.(what),
  onResume: (done: number, total: number) => onResume?.(what, done, total),
  onBatch: (done: number, total: number) => onBatch?.(what, done, total),
});

const specOf = ({ pooling, maps = 1 }: HeadMethod, rate: number, seed: number): HeadSpec => ({
  pooling,
  maps,
  rate,
  seed,
});
const lossFor = (multiLabel: boolean) => (multiLabel ? oneVsAllLogistic() : softmaxCrossEntropy());

/**
 * Chooses learning rate and number of epochs for each method on a held-out part of the training images: all candidates
 * of all methods train side by side on the rest. Statistics come from the rest alone, too. A candidate that is lost in
 * training is not chosen.
 *
 * @returns what was chosen, method by method; `null` where all candidates are lost
 */
export async function chooseForHeads(
  methods: readonly HeadMethod[],
  task: FrozenTask,
  watch: HeadWatch = {},
): Promise<(Choice | null)[]> {
  const { train, features, protocol, normalize } = task;
  const { rates, epochs, repeats, heldOut, batchSize, weightDecay, initial } = protocol;
  const sums = methods.map(() => epochs.map(() => rates.map(() => 0)));
  const losses = methods.map(() => epochs.map((count) => rates.map(() => new Array<number>(count).fill(0))));
  const curves = methods.map(() => epochs.map(() => rates.map(() => new Map<number, number>())));
  const candidates = methods.flatMap((method) => rates.map((rate) => specOf(method, rate, 1)));
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { first, second } = splitDataSet(train, { share: 1 - heldOut, seed: mixSeeds(repeat, 1) });
    const [inside, outside] = [membersOf(train, first), membersOf(train, second)];
    const normalised = normalization(normalize, features, inside);
    // NaN for heads that are lost.
    const scoresOf = async (heads: readonly TrainedHead[]) => {
      const values = heads.map(() => NaN);
      const there = heads.flatMap(({ lost }, i) => (lost === undefined ? [i] : []));
      (
        await scoreHeads(
          there.map((i) => heads[i]),
          features,
          { members: outside, normalise: normalised, batchSize },
        )
      ).forEach(({ scores }, at) => {
        values[there[at]] = validationScore(second.images, train.classes.length, train.multiLabel, scores);
      });
      return values;
    };
    for (const [e, count] of epochs.entries()) {
      const heads = await trainHeads(candidates, {
        features,
        members: inside,
        multiHot: multiHotOf(train),
        classes: train.classes.length,
        normalise: normalised,
        loss: lossFor(train.multiLabel),
        epochs: count,
        batchSize,
        weightDecay,
        initial,
        seed: repeat,
        // For the report; choices are made at the end.
        validation: { every: Math.ceil(count / 5), scores: scoresOf },
        ...watched(watch, `choosing, part ${repeat + 1} of ${repeats}, ${count} epochs`),
      });
      (await scoresOf(heads)).forEach((value, i) => {
        const [r, at] = [Math.floor(i / rates.length), i % rates.length];
        sums[r][e][at] += value / repeats;
        losses[r][e][at] = losses[r][e][at].map((sum, epoch) => sum + heads[i].losses[epoch] / repeats);
        const curve = curves[r][e][at];
        heads[i].validation.forEach(({ epoch, score }) => curve.set(epoch, (curve.get(epoch) ?? 0) + score / repeats));
      });
    }
  }
  return methods.map((_, r) => {
    const tried = epochs.flatMap((count, e) =>
      rates.map((rate, i) => ({ rate, epochs: count, heldOut: Number.isNaN(sums[r][e][i]) ? null : sums[r][e][i] })),
    );
    const best = tried.reduce((a, b) => ((b.heldOut ?? -Infinity) > (a.heldOut ?? -Infinity) ? b : a));
    if (best.heldOut === null) {
      return null;
    }
    const [e, at] = [epochs.indexOf(best.epochs), rates.indexOf(best.rate)];
    return {
      tried,
      rate: best.rate,
      epochs: best.epochs,
      curve: {
        losses: rounded(losses[r][e][at], 5),
        heldOut: [...curves[r][e][at]].map(([epoch, value]) => ({ epoch, value: Number(value.toPrecision(5)) })),
      },
    };
  });
}

/** A method that is lost in the training on all images. */
export interface LostHead {
  /** the epoch, counted from 1 */
  lost: number;
}

/** Trains methods with what was chosen on all training images, and scores the test images. */
export async function testHeads(
  methods: readonly { method: HeadMethod; choice: Choice; wants: HeadWants }[],
  task: FrozenTask,
  test: ImageDataSet,
  testFeatures: FeatureSet,
  seed: number,
  watch: HeadWatch = {},
): Promise<(SeedOutcome | LostHead)[]> {
  const { train, features, protocol, normalize } = task;
  const { batchSize, weightDecay, initial } = protocol;
  const members = train.images.map((_, i) => i);
  const normalised = normalization(normalize, features, members);
  const outcomes = new Array<SeedOutcome | LostHead>(methods.length);
  for (const epochs of new Set(methods.map(({ choice }) => choice.epochs as number))) {
    const together = methods.flatMap(({ choice }, i) => (choice.epochs === epochs ? [i] : []));
    const all = await trainHeads(
      together.map((i) => specOf(methods[i].method, methods[i].choice.rate as number, seed)),
      {
        features,
        members,
        multiHot: multiHotOf(train),
        classes: train.classes.length,
        normalise: normalised,
        loss: lossFor(train.multiLabel),
        epochs,
        batchSize,
        weightDecay,
        initial,
        seed,
        ...watched(watch, `seed ${seed}, ${epochs} epochs`),
      },
    );
    all.forEach(({ lost }, at) => {
      if (lost !== undefined) {
        outcomes[together[at]] = { lost };
      }
    });
    const heads = all.filter(({ lost }) => lost === undefined);
    const trainable = together.filter((_, at) => all[at].lost === undefined);
    const results = await scoreHeads(heads, testFeatures, {
      members: test.images.map((_, i) => i),
      normalise: normalised,
      batchSize,
      mapsOf: trainable.some((i) => methods[i].wants.maps) ? (image) => test.images[image].labels : undefined,
    });
    // A linear model on several methods' scores (Object Bank) is trained on those of the training images.
    const trained = trainable.some((i) => methods[i].wants.train)
      ? await scoreHeads(heads, features, { members, normalise: normalised, batchSize })
      : null;
    results.forEach(({ scores, maps, rivals }, at) => {
      const { wants } = methods[trainable[at]];
      outcomes[trainable[at]] = {
        seed,
        scores: rounded(scores, 6),
        maps: wants.maps ? maps.map((list) => list.map((map) => rounded(map))) : [],
        ...(wants.maps ? { rivals: rivals.map((map) => rounded(map)) } : {}),
        ...(wants.train && trained !== null ? { trainScores: rounded(trained[at].scores, 6) } : {}),
        ...(wants.head ? { head: saveHead(heads[at], normalised) } : {}),
      };
    });
  }
  return outcomes;
}
