import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { readImage } from '../../../node/images/readImage.js';
import type { Example, ExampleMap } from '../../report/results.js';
import type { ImageTruth } from './groundTruth.js';
import type { MethodOutcome } from '../outcome.js';
import { rivalOf } from '../../../metrics/localization/peak.js';
import { probabilities } from './probabilities.js';

/** What a method says of an image: of the class it shows, and of the strongest other one. */
interface RankedImage {
  image: number;
  /** place among the image's labels of the class that it gives least to */
  at: number;
  /** the strongest class that the image does not show; −1 where it shows all */
  rival: number;
  /** what the shown class is ahead, from −1 to 1 */
  lead: number;
}

/**
 * The test images that a method's first seed has most wrong and most right: by how far the probability of the class that
 * an image shows (of several, the least sure one) is ahead of the strongest class that it does not show. Of each the
 * map of the true class, and where another one is taken for it that one's too.
 *
 * @param groundTruth where the data set tells objects' places, else `null`
 */
export async function examplesOf(
  method: string,
  test: ImageDataSet,
  { grid, seeds: [{ scores, maps, rivals }] }: MethodOutcome,
  groundTruth: readonly ImageTruth[] | null,
  pathOf: (path: string) => string,
  count = 8,
): Promise<{ worst: Example[]; best: Example[] }> {
  if (grid === null || maps.length === 0) {
    return { worst: [], best: [] };
  }
  const classes = test.classes.length;
  const sure = probabilities(scores, classes, test.multiLabel);
  const ranked = test.images
    .flatMap(({ labels }, image): RankedImage[] => {
      if (labels.length === 0) {
        return [];
      }
      const of = (label: number) => sure[image * classes + label];
      const at = labels.reduce((least, label, i) => (of(label) < of(labels[least]) ? i : least), 0);
      const rival = rivalOf(scores, image * classes, classes, labels);
      return [{ image, at, rival, lead: of(labels[at]) - (rival < 0 ? 0 : of(rival)) }];
    })
    .sort((a, b) => a.lead - b.lead);

  const show = async ({ image, at, rival }: RankedImage): Promise<Example> => {
    const { path, labels } = test.images[image];
    const map = (label: number, role: ExampleMap['role'], values: number[]): ExampleMap => ({
      className: test.classes[label],
      role,
      probability: sure[image * classes + label],
      score: scores[image * classes + label],
      rows: grid[0],
      columns: grid[1],
      values,
    });
    const of = (label: number) => sure[image * classes + label];
    // Of several labels each is a question of its own: yes from one half on.
    const found = test.multiLabel ? of(labels[at]) >= 0.5 : rival < 0 || of(labels[at]) >= of(rival);
    const mistaken = rival >= 0 && (test.multiLabel ? of(rival) >= 0.5 : !found);
    const { width, height, boxes } =
      groundTruth === null ? { ...(await readImage(path)), boxes: undefined } : groundTruth[image];
    return {
      method,
      path: pathOf(path),
      width,
      height,
      classes: labels.map((label) => test.classes[label]),
      maps: [
        map(labels[at], found ? 'both' : 'true', maps[image][at]),
        ...(mistaken && rivals !== undefined ? [map(rival, 'predicted', rivals[image])] : []),
      ],
      ...(boxes === undefined
        ? {}
        : {
            boxes: boxes.map(({ label, x, y, width: w, height: h }) => ({
              className: test.classes[label],
              x,
              y,
              width: w,
              height: h,
            })),
          }),
    };
  };
  return {
    worst: await Promise.all(ranked.slice(0, count).map(show)),
    best: await Promise.all(ranked.slice(-count).reverse().map(show)),
  };
}
