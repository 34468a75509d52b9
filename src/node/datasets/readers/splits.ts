import { expectedInWords } from '../../../errors.js';
import type { ImageDataSet } from '../imageDataSet.js';
import { someOf } from '../imageDataSet.js';
import type { Annotations } from './annotations.js';

/** What to train on and what to measure on, once. */
export interface Split {
  train: ImageDataSet;
  test: ImageDataSet;
}

/** A data set as a protocol divides it. */
export interface ProtocolData {
  /** for headings: `MIT67` */
  name: string;
  classes: readonly string[];
  multiLabel: boolean;
  /** one, or several random ones */
  splits: readonly Split[];
  /** where objects are, if that is known */
  annotations?: Annotations;
  /** classes that do not count for a picture, neither shown nor not, by its path: "difficult" in Pascal VOC */
  leftOut?: ReadonlyMap<string, readonly number[]>;
  /** pictures that are listed but not there, as listed; empty unless that was allowed */
  missing: readonly string[];
  /** pictures that are there but in no list, by path, where there are lists: never trained on, never measured on */
  unlisted?: readonly string[];
  /** what a reader of the results must know */
  notices: readonly string[];
  /** licence or terms, and where it is to be had */
  terms?: string;
}

/** @throws WeldonError naming the classes that have nothing to be measured on, or nothing to be learned from */
export function refuseUntested({ train, test }: Split): void {
  for (const [part, set] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const counts = set.classes.map((_, label) => set.images.filter(({ labels }) => labels.includes(label)).length);
    const empty = set.classes.filter((_, label) => counts[label] === 0);
    if (empty.length > 0) {
      throw expectedInWords(
        `every class of ${set.name}`,
        `one with pictures to ${part} on`,
        `${empty.length === 1 ? 'one' : `${empty.length}`} without: ${someOf(empty)}`,
      );
    }
  }
}
