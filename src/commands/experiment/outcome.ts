import type { Split } from '../../node/datasets/readers/splits.js';
import type { SavedHead, SavedNetwork } from './cache/savedModels.js';

/** What a trained method says of the test images. */
export interface SeedOutcome {
  seed: number;
  /** `[images, classes]`; see `ScoreKind` */
  scores: number[];
  /**
   * maps of the classes that each image shows, in the order of its labels, rounded; empty where the data set has no
   * ground truth
   */
  maps: number[][][];
  /** for each image, the map of the class with the highest score among those that it does not show; see `rivalOf` */
  rivals?: number[][];
  /** scores of the training images, for methods on top of this one */
  trainScores?: number[];
  /** the head itself, where something is asked of it later */
  head?: SavedHead;
  /** the trained network, likewise */
  network?: SavedNetwork;
}

/**
 * What scores are: before softmax or sigmoid; after it, as a mean of probabilities is; or distances from the border of
 * a linear SVM, of which nobody knows how probable they make a class.
 */
export type ScoreKind = 'logits' | 'probabilities' | 'margins';

/** What perturbed images tell of a method's maps; see `Faithfulness`. One entry per image of the sample. */
export interface FaithfulnessOutcome {
  /** numbers of the sample's images among the test images */
  images: number[];
  deletion: number[];
  insertion: number[];
  /** part of its probability that the class loses where only its evidence is shown */
  drop: number[];
  /** 1 where it becomes more probable so */
  increase: number[];
}

/** Training over epochs. */
export interface TrainedEpochs {
  /** mean loss on the training images, by epoch; what is unknown is `null` */
  losses: (number | null)[];
  /** validation score after some of the epochs, counted from 1 */
  heldOut: { epoch: number; value: number }[];
}

/** What was chosen for a method, and from what. */
export interface Choice {
  /**
   * what was tried, and what the held-out images gave (accuracy, or mean average precision); `null` where nothing was
   * measured, for there was one candidate only, or its training diverged
   */
  tried: { rate?: number; epochs?: number; c?: number; heldOut: number | null }[];
  rate?: number;
  epochs?: number;
  c?: number;
  /** how the training with what was chosen went, on the images that were not held out */
  curve?: TrainedEpochs;
}

/** All that a method gives for one split. */
export interface MethodOutcome {
  choice: Choice | null;
  /** rows and columns of the maps */
  grid: [number, number] | null;
  seeds: SeedOutcome[];
  /** default: logits */
  scoreKind?: ScoreKind;
  faithfulness?: FaithfulnessOutcome;
}

/** What is wanted of a head besides its scores of the test images. */
export interface HeadWants {
  /** maps of the classes that test images show, and of the strongest other one */
  maps: boolean;
  /** scores of the training images */
  train: boolean;
  /** the head itself */
  head: boolean;
}

/** What all methods gave on one split. */
export interface FinishedSplit {
  split: Split;
  /** by id of the method */
  outcomes: Map<string, MethodOutcome>;
}
