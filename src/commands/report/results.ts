/**
 * What an evaluation gives, as plain data: written as JSON beside the report, and all that the report is made from.
 * Shares are from 0 to 1, never percentages. What is unknown is `null` or left out, never NaN, which JSON has no word
 * for.
 */
export interface EvaluationResults {
  version: 1;
  /** for example `Scattered objects` */
  title: string;
  made: Circumstances;
  dataSet: DataSetFacts;
  /** columns of the table, the one that decides first */
  measures: Measure[];
  /** rows of the table, in its order; published figures are rows too */
  rows: ResultRow[];
  /** differences between two rows on the same test images */
  comparisons: Comparison[];
  /** what the words in `comparisons[].test` mean, each in a sentence with its source */
  tests?: { name: string; explained: string }[];
  /** one figure against something that was varied: k, image size, alpha */
  sweeps: Sweep[];
  /** training over epochs */
  curves: TrainingCurve[];
  /**
   * Images that a row got most wrong and most right, the clearest first; `looked`, where nothing could be judged,
   * those that are there with maps of the classes that the network itself knows.
   */
  images: { worst: Example[]; best: Example[]; looked?: Example[] };
  /** what a reader must know: images that are missing or were skipped, rows that were left out and why */
  notices: string[];
}

/** How the results came about. */
export interface Circumstances {
  /** ISO 8601 */
  date: string;
  /** the command line that makes them again */
  command: string;
  /** of this package */
  version: string;
  backend: string;
  /** of this run; what an earlier one had done already took none */
  seconds: number | null;
  /** one word and one value each: backbone, sizes, seeds … */
  facts: { name: string; value: string }[];
}

export interface DataSetFacts {
  name: string;
  classes: string[];
  multiLabel: boolean;
  /** numbers of images; validation is a part of train that was held out to choose by */
  train: number;
  validation: number;
  test: number;
  /** of random splits, where there are several */
  splits?: number;
  /** licence or terms, where it is to be had */
  terms?: string;
  /** images that are listed but not there, as listed */
  missing?: string[];
}

/** A figure and its interval: 95 %, by bootstrap over test images unless the row says otherwise. */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
  /** the figure of each seed or split, where there are several; `value` is their mean */
  each?: number[];
}

/** A column of the table. */
export interface Measure {
  /** key of `figures` */
  id: string;
  /** a few letters more than the column needs: `Mean-class accuracy` */
  name: string;
  /** what is measured, in a sentence, with its source: shown below the table */
  explained: string;
  group: 'recognition' | 'localisation' | 'faithfulness' | 'cost';
  /** `'share'` is shown as a percentage */
  unit: 'share' | 'number' | 'seconds';
  better: 'higher' | 'lower';
}

/** A row of the table. */
export interface ResultRow {
  id: string;
  /** `WELDON, k = 8 %` */
  name: string;
  /** rows of one strategy stand together: `from scratch`, `features`, `fine-tuned`, `published` … */
  strategy: string;
  /** image size, seeds, what validation chose */
  details: string[];
  /** figures of others, as they published them, not measured here */
  published?: { source: string };
  /** by id of the measure; one that was not measured is left out */
  figures: Record<string, Figure>;
  /** the first measure for each class, by the first seed; `null` for a class without test images */
  perClass?: (number | null)[];
  /** `[classes][classes]`, rows are what images show, columns what they are taken for, by the first seed */
  confusion?: number[][];
}

/** How much better row `row` is than row `against`. */
export interface Comparison {
  row: string;
  against: string;
  measure: string;
  /** `row` − `against`, paired by test image */
  difference: Figure;
  /** of no difference */
  p: number | null;
  /** `paired bootstrap`, `exact McNemar` … */
  test: string;
}

export interface SweepPoint {
  x: number;
  /** how x is shown where the number alone does not tell: `8 %` */
  label?: string;
  figure: Figure;
}

export interface Sweep {
  /** `Accuracy against k` */
  title: string;
  /** name of what was varied, with its unit: `k⁺ = k⁻, share of regions` */
  x: string;
  /** whether x is spread by its logarithm */
  logarithmic?: boolean;
  measure: string;
  lines: SweepLine[];
}

export interface SweepLine {
  name: string;
  /** id of the row, where the line is of one row: readers are shown the row's name, told apart from others' */
  row?: string;
  points: SweepPoint[];
}

export interface TrainingCurve {
  /** id of the row */
  row: string;
  /** one entry per epoch */
  epochs: { epoch: number; loss: number | null; validation: number | null }[];
  /** what was chosen */
  best: number | null;
}

/** An image and what a row says of it. */
export interface Example {
  /** id of the row whose model judged it, or a model's name where it is no row's */
  row: string;
  /** from the data set's folder */
  path: string;
  /** size of the image, pixels */
  width: number;
  height: number;
  /** its classes, by name */
  classes: string[];
  /**
   * Where the prediction is wrong the map of the true class (`role: 'true'`), then that of the predicted one
   * (`role: 'predicted'`); where it is right one map (`role: 'both'`). Without a verdict, classes of the network's own
   * (`role: 'own'`), the strongest first
   */
  maps: JudgedMap[];
  /** where its objects really are, pixels of the image */
  boxes?: { className: string; x: number; y: number; width: number; height: number }[];
}

export interface JudgedMap {
  className: string;
  /** `'both'` where the prediction is right */
  role: 'true' | 'predicted' | 'both' | 'own';
  probability: number | null;
  score: number;
  rows: number;
  columns: number;
  /** raw evidence, row by row, three or four significant digits */
  values: number[];
}
