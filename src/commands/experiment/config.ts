/** What an experiment is, as its config says it: the schema, and the types that follow from it. */
import { z } from 'zod';
import { poolingPresets } from '../../pooling/presets.js';
import type { PoolingChoice } from '../../pooling/presets.js';
import * as check from '../checkOptions.js';

const counts = () => check.ruled(z.array(z.number().int().min(1)).min(1), 'one or more whole numbers >= 1');
const rates = () => check.ruled(z.array(z.number().positive()).min(1), 'one or more numbers > 0');
const pixels = () => check.number('a whole number of pixels >= 32', (value) => Number.isInteger(value) && value >= 32);
/** Shares from 0 to 1 by id of the metric. */
const estimates = () => z.record(z.string(), z.number());
/** How features reach a head: as they are, each region divided by its root mean square, or channels standardised. */
const normalization = () => check.ruled(z.enum(['none', 'regions', 'channels']), "'none', 'regions' or 'channels'");

/** What a list of kinds reads like: `'head', 'svm' or 'scratch'`. */
export function inWords(kinds: readonly string[]): string {
  const quoted = kinds.map((kind) => `'${kind}'`);
  return quoted.length === 1 ? quoted[0] : `${quoted.slice(0, -1).join(', ')} or ${quoted[quoted.length - 1]}`;
}

/** A preset's name, or options; which of them there are, the pooling itself checks. */
const pooling = () =>
  z.custom<PoolingChoice>().superRefine((value, context) => {
    if (typeof value !== 'string' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      const names = Object.keys(poolingPresets).map((name) => `'${name}'`);
      context.addIssue({
        code: 'custom',
        message: `${names.join(', ')}, or options of a pooling`,
        params: value === undefined ? { received: 'none' } : undefined,
      });
    }
  });

const named = {
  id: check.ruled(z.string().regex(/^[\w@.-]+$/), 'an id of letters and digits'),
  name: z.string(),
  /** estimates of a reference run of the same method */
  reference: estimates().optional(),
  /** the method takes long: it runs with `--full`, or where `--methods` names it or a method that is made from it */
  full: check.ruled(z.literal(true), 'true, or absent').optional(),
};

/** What methods on frozen features may say otherwise than the run. */
const onFeatures = { layer: z.string().optional(), size: pixels().optional(), normalize: normalization().optional() };

const head = z.strictObject({
  kind: z.literal('head'),
  ...named,
  ...onFeatures,
  pooling: pooling(),
  /** maps per class; default 1 */
  maps: check.wholeNumber(1).optional(),
});

const svm = z.strictObject({
  kind: z.literal('svm'),
  ...named,
  ...onFeatures,
  /** how maps of features become a vector */
  pooling: pooling(),
});

const trained = z.strictObject({
  kind: z.enum(['fineTune', 'scratch']),
  ...named,
  pooling: pooling(),
  maps: check.wholeNumber(1).optional(),
  size: pixels().optional(),
  /** the last layer that stays as it is; its features are cached */
  trainFrom: z.string().optional(),
  /** part of the head's rate that the backbone learns at; default 0.1 */
  backboneRate: check.number('a number >= 0', (value) => value >= 0).optional(),
  /** the regions that are pooled at first */
  poolingSchedule: z.strictObject({ from: z.number(), until: z.number().optional() }).optional(),
  /** epochs in which only the head learns, before all that is trained; default none */
  headEpochs: check
    .number('a whole number >= 1, in a method that fine-tunes', (n) => Number.isInteger(n) && n >= 1)
    .optional(),
  /** part of the head's feature maps dropped as a whole in training; default 0 */
  dropMap: check.number('a number with 0 <= dropMap < 1', (value) => value >= 0 && value < 1).optional(),
  /** of `scratch`: a network by its name, in place of the run's, such as `wrn_10_1`; its last layer is read */
  network: z.string().optional(),
  /** of such a network: dropout between the convolutions of a Wide ResNet's blocks, and stochastic depth */
  blockDropout: check.rate().optional(),
  survival: check.number('a number with 0 < survival <= 1', (value) => value > 0 && value <= 1).optional(),
  /** default `adam` */
  optimizer: check.oneOf(['adam', 'sgd']).optional(),
  /** default 0 */
  weightDecay: check.number('a number >= 0', (value) => value >= 0).optional(),
  weightDecayOf: check.oneOf(['kernels', 'all']).optional(),
  /** pixels of reflect pad-and-crop, new in every epoch; default none */
  padCrop: check.wholeNumber(1).optional(),
  rates: rates(),
  epochs: counts(),
  /** images per step; default 16 */
  batchSize: check.wholeNumber(1).optional(),
});

/** The mean of the methods' probabilities, or a linear SVM on their scores (Object Bank). */
const combined = z.strictObject({
  kind: z.enum(['ensemble', 'objectBank']),
  ...named,
  of: check.ruled(z.array(z.string()).min(2), 'ids of two methods or more above it'),
});

/** Methods that have maps of their own. */
export const kindsWithMaps: readonly string[] = ['head', 'fineTune', 'scratch'];

/** Maps by Grad-CAM of the heads or the trained networks of another method: measured by where they point, not by classes. */
const gradCam = z.strictObject({
  kind: z.literal('gradCam'),
  ...named,
  of: check.ruled(z.string(), `the id of a method of kind ${inWords(kindsWithMaps)}`),
});

/** Where images and labels are, in the folder of `--data`. */
const dataSet = z.discriminatedUnion('kind', [
  /** class folders, divided as the folder is (`train` beside `test`) or in random `splits` */
  z.strictObject({
    kind: z.literal('folder'),
    splits: check.wholeNumber(1).optional(),
    perClass: check.wholeNumber(1).optional(),
    share: check.number('a number with 0 < share < 1', (value) => value > 0 && value < 1).optional(),
    allowShared: check.yesOrNo().optional(),
  }),
  /** 100 images of each class train, several random times */
  z.strictObject({ kind: z.literal('scene15'), splits: check.wholeNumber(1).optional() }),
  /** `labels.csv` and images of several labels, halved by the MD5 of their names; `without`: classes left out */
  z.strictObject({
    kind: z.literal('labelledList'),
    without: z.array(z.string()).optional(),
    allowShared: check.yesOrNo().optional(),
  }),
  /** CIFAR's binary files: `train.bin` or `data_batch_*.bin`, and `test.bin` or `test_batch.bin` */
  z.strictObject({ kind: z.literal('cifar'), allowShared: check.yesOrNo().optional() }),
  /** the official lists */
  z.strictObject({ kind: z.literal('mit67') }),
  z.strictObject({ kind: z.literal('pascalVoc'), train: z.string().optional(), test: z.string().optional() }),
  /** small objects in rooms, made by `npm run mit67` */
  z.strictObject({
    kind: z.literal('scatteredObjects'),
    seed: z.number().optional(),
    trainPerClass: z.number().optional(),
    testPerClass: z.number().optional(),
  }),
]);

/** What perturbed images tell of maps: deletion, insertion, average drop and increase. */
const faithfulness = z.strictObject({
  /** test images that are perturbed: a sample that is always the same */
  images: check.wholeNumber(1),
  /** equal steps in which pixels are taken away or put in */
  steps: check.wholeNumber(1),
  /** ids of methods that have maps: of kind `head`, `fineTune`, `scratch` or `gradCam` */
  methods: z.array(z.string()),
});

const protocol = z.strictObject({
  /** one training per seed; estimates are their means */
  seeds: check.ruled(z.array(z.number().int()).min(1), 'one or more whole numbers').default([1, 2]),
  /** part of the training images that choices are made on */
  heldOut: check.number('a number with 0 < heldOut < 1', (value) => value > 0 && value < 1).default(0.3),
  /** times that another part is held out; choices go by the mean */
  repeats: check.wholeNumber(1).default(1),
  /** learning rates and numbers of epochs to choose from, for heads on frozen features */
  rates: rates().default([3e-4, 1e-3, 3e-3, 1e-2]),
  epochs: counts().default([15]),
  batchSize: check.wholeNumber(1).default(32),
  weightDecay: check.number('a number >= 0', (value) => value >= 0).default(1e-3),
  /** deviation of the heads' initial weights */
  initial: check.number('a number >= 0', (value) => value >= 0).default(0.01),
  /** left out: images are not perturbed */
  faithfulness: faithfulness.optional(),
});

const triple = z.tuple([z.number(), z.number(), z.number()]);
const backbone = z.strictObject({
  name: z.string().default('a network'),
  layer: z.string(),
  /** how it takes images, for weights that do not say so */
  input: z
    .strictObject({
      colorOrder: check.oneOf(['rgb', 'bgr']),
      scale: z.union([z.number(), triple]),
      offset: z.union([z.number(), triple]),
    })
    .partial()
    .optional(),
});

/** A run: everything that decides its estimates, apart from the images and the weights. */
export const experimentSchema = z.strictObject({
  version: z.literal(1),
  title: z.string().optional(),
  dataSet,
  backbone: check.ruled(backbone, 'a name and a layer'),
  /** images are warped to size × size pixels */
  size: pixels(),
  normalize: normalization().default('none'),
  protocol: protocol.prefault({}),
  methods: z.array(z.discriminatedUnion('kind', [head, svm, trained, combined, gradCam])).default([]),
  /** pairs of method ids: the first against the second */
  comparisons: z.array(check.ruled(z.tuple([z.string(), z.string()]), 'a pair of ids of methods')).default([]),
  published: z.array(z.strictObject({ name: z.string(), source: z.string(), estimates: estimates() })).optional(),
  terms: z.string().optional(),
});

export type ExperimentConfig = z.output<typeof experimentSchema> & { title: string };
export type DataSetConfig = z.output<typeof dataSet>;
export type NormalizeWord = NonNullable<z.output<typeof onFeatures.normalize>>;
export type ProtocolConfig = z.output<typeof protocol>;
export type FaithfulnessConfig = z.output<typeof faithfulness>;
export type HeadMethod = z.output<typeof head>;
export type SvmMethod = z.output<typeof svm>;
export type TrainedMethod = z.output<typeof trained>;
export type CombinedMethod = z.output<typeof combined>;
export type GradCamMethod = z.output<typeof gradCam>;
export type MethodConfig = HeadMethod | SvmMethod | TrainedMethod | CombinedMethod | GradCamMethod;

/** Ids of the methods that a method is made from. */
export const madeFrom = (method: MethodConfig): readonly string[] =>
  !('of' in method) ? [] : typeof method.of === 'string' ? [method.of] : method.of;

/** The method whose images are shown. */
export const exampleMethod = ({ comparisons }: ExperimentConfig): string | undefined => comparisons[0]?.[0];

/** What a trained method says of its training, with the defaults; rates and numbers of epochs are chosen from. */
export function trainingOf({
  kind,
  pooling,
  maps = 1,
  trainFrom,
  backboneRate = 0.1,
  poolingSchedule,
  headEpochs = 0,
  dropMap = 0,
  batchSize = 16,
  network,
  blockDropout,
  survival,
  optimizer,
  weightDecay,
  weightDecayOf,
  padCrop,
}: TrainedMethod) {
  return {
    kind,
    pooling,
    maps,
    trainFrom,
    backboneRate: kind === 'scratch' ? 1 : backboneRate,
    poolingSchedule,
    headEpochs,
    dropMap,
    batchSize,
    network,
    blockDropout,
    survival,
    optimizer,
    weightDecay,
    weightDecayOf,
    padCrop,
  };
}
