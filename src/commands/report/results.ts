/**
 * What an evaluation gives, as plain data: written as JSON beside the report, and all that the report is made from.
 * Shares are from 0 to 1, never percentages. What is unknown is `null` or left out, never NaN, which JSON has no word
 * for.
 */
export interface ExperimentResults {
  version: 1;
  /** for example `Scattered objects` */
  title: string;
  made: Circumstances;
  dataSet: DataSetFacts;
  /** columns of the table, the one that decides first */
  metrics: Metric[];
  /** rows of the table, in its order, published ones too */
  methods: MethodResult[];
  /** differences between two methods on the same test images */
  comparisons: Comparison[];
  /** what the words in `comparisons[].test` mean, each in a sentence with its source */
  tests?: { name: string; explained: string }[];
  /** one estimate against something that was varied: k, image size, alpha */
  sweeps: Sweep[];
  /** training over epochs */
  curves: TrainingCurve[];
  /**
   * Images that a method got most wrong and most right, the clearest first; `preview`, where nothing could be measured,
   * those that are there with maps of the classes that the network itself knows.
   */
  examples: { worst: Example[]; best: Example[]; preview?: Example[] };
  /** what a reader must know: images that are missing or were skipped, methods that were left out and why */
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

/** An estimate and its interval: 95 %, by bootstrap over test images unless the method says otherwise. */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  /** the estimate of each seed or split, where there are several; `value` is their mean */
  each?: number[];
}

/** A column of the table. */
export interface Metric {
  /** key of `estimates` */
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
export interface MethodResult {
  id: string;
  /** `WELDON, k = 8 %` */
  name: string;
  /** methods of one strategy stand together: `from scratch`, `features`, `fine-tuned`, `published` … */
  strategy: string;
  /** image size, seeds, what validation chose */
  details: string[];
  /** estimates of others, as they published them, not measured here */
  published?: { source: string };
  /** by id of the metric; one that was not measured is left out */
  estimates: Record<string, Estimate>;
  /** the first metric for each class, by the first seed; `null` for a class without test images */
  perClass?: (number | null)[];
  /** `[classes][classes]`, rows are what images show, columns what they are taken for, by the first seed */
  confusion?: number[][];
}

/** How much better method `method` is than method `against`. */
export interface Comparison {
  method: string;
  against: string;
  metric: string;
  /** `method` − `against`, paired by test image */
  difference: Estimate;
  /** of no difference */
  p: number | null;
  /** `paired bootstrap`, `exact McNemar` … */
  test: string;
}

export interface SweepPoint {
  x: number;
  /** how x is shown where the number alone does not tell: `8 %` */
  label?: string;
  estimate: Estimate;
}

export interface Sweep {
  /** `Accuracy against k` */
  title: string;
  /** name of what was varied, with its unit: `k⁺ = k⁻, share of regions` */
  x: string;
  /** whether x is spread by its logarithm */
  logarithmic?: boolean;
  metric: string;
  lines: SweepLine[];
}

export interface SweepLine {
  name: string;
  /** id of the method, where the line is of one method: readers are shown the method's name, told apart from others' */
  method?: string;
  points: SweepPoint[];
}

export interface TrainingCurve {
  /** id of the method */
  method: string;
  /** one entry per epoch */
  epochs: { epoch: number; loss: number | null; validation: number | null }[];
  /** what was chosen */
  best: number | null;
}

/** An image and what a method says of it. */
export interface Example {
  /** id of the method whose model it is shown to, or a model's name where it is no method's */
  method: string;
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
  maps: ExampleMap[];
  /** where its objects really are, pixels of the image */
  boxes?: { className: string; x: number; y: number; width: number; height: number }[];
}

export interface ExampleMap {
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
