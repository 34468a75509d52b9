/** An image file and what it shows. */
export interface LabelledImage {
  path: string;
  /** class numbers; exactly one where the data set is not `multiLabel` */
  labels: readonly number[];
}

/** Labelled image files; none is open, and none is known to be readable until `checkImages` says so. */
export interface ImageDataSet {
  /** where it was read from, for sentences */
  name: string;
  classes: readonly string[];
  /** whether an image may show several classes, or none */
  multiLabel: boolean;
  images: readonly LabelledImage[];
}

/** The first few of a list, for a sentence: `a, b, c and 5 more`. */
export function someOf(words: readonly string[], shown = 3): string {
  return words.slice(0, shown).join(', ') + (words.length > shown ? ` and ${words.length - shown} more` : '');
}
