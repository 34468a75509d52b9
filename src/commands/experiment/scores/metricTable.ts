import type { ImageDataSet } from '../../../node/datasets/index.js';
import type { Metric } from '../../report/results.js';
import type { FaithfulnessConfig } from '../config.js';
import type { ImageTruth } from './groundTruth.js';

/**
 * The columns of a data set's table, each with what it means and where it is from.
 *
 * @param splits of which the first is the one whose images are perturbed
 */
export function metricsFor(
  test: ImageDataSet,
  groundTruth: readonly ImageTruth[] | null,
  faithfulness?: FaithfulnessConfig,
  splits = 1,
): Metric[] {
  const metric = (
    id: string,
    name: string,
    group: Metric['group'],
    explained: string,
    better: Metric['better'] = 'higher',
  ): Metric => ({ id, name, explained, group, unit: 'share', better });
  const recognition = test.multiLabel
    ? [
        metric('map', 'mAP', 'recognition', 'Mean over classes of the average precision at the rank of each positive'),
        metric(
          'map07',
          'mAP, 11 points',
          'recognition',
          'The same with precision at eleven values of recall ' +
            '(Everingham et al., The Pascal visual object classes challenge, IJCV 2010, the rule of 2007)',
        ),
      ]
    : [
        metric('accuracy', 'Accuracy', 'recognition', 'Part of the test images that are given their class'),
        metric(
          'meanClass',
          'Mean-class accuracy',
          'recognition',
          'The same for each class, then the mean over classes',
        ),
      ];
  const boxed = groundTruth?.some(({ boxes }) => boxes !== undefined) === true;
  const where =
    groundTruth === null
      ? []
      : [
          metric(
            'pointing',
            'Pointing',
            'localisation',
            'Part of the tests in which the centre of the strongest region ' +
              'lies on an object of the class; each class that an image shows is one test (the pointing game of Zhang et ' +
              'al., ECCV 2016, without tolerance)',
          ),
          metric(
            'pointing15',
            'Pointing, 15 px',
            'localisation',
            'The same, and less than 15 pixels beside an object hits as well, as in their program',
          ),
          metric(
            'pointwise',
            'Pointwise mAP',
            'localisation',
            'Mean over classes of the average precision where test ' +
              'images are ranked by the probability of the class, and one is right if it shows the class and the strongest ' +
              'region lies less than 18 pixels from an object of it (Oquab et al., Is object localization for free?, CVPR ' +
              '2015): recognition and place in one number',
          ),
        ];
  const masked = groundTruth?.some(({ pixels }) => pixels !== undefined) === true;
  const iou = masked
    ? [
        metric(
          'miou',
          'mIoU',
          'localisation',
          'Places that are of a class and were given it over those that are of it ' +
            'or were given it, mean over classes (as Pascal VOC scores segmentation): each region of the map is given the ' +
            'strongest of the classes that the image shows',
        ),
      ]
    : [];
  const boxes = boxed
    ? [
        metric(
          'corLoc',
          'CorLoc',
          'localisation',
          'Part of the images of a class, mean over classes, in which a box ' +
            'around the largest connected part of the map above a threshold overlaps an object of the class with an ' +
            'intersection over union of one half or more (Deselaers et al., IJCV 2012). The threshold, from the least ' +
            'evidence of a map to its most, is the one that is best for the other half of the test images',
        ),
        metric(
          'maxBoxAcc',
          'MaxBoxAcc',
          'localisation',
          'The same, all images alike, at the threshold that is best ' +
            'for them: one for all images, chosen on the test images themselves and anew in each draw (Choe et al., ' +
            'Evaluating weakly supervised object localization methods right, CVPR 2020)',
        ),
        metric(
          'maxBoxAccV2',
          'MaxBoxAccV2',
          'localisation',
          'The same with a box around every connected part, of which ' +
            'one must fit; mean over intersections over union of 0.3, 0.5 and 0.7, each at its best threshold (Choe et al.)',
        ),
      ]
    : [];
  const sample =
    faithfulness === undefined
      ? ''
      : ` ${Math.min(faithfulness.images, test.images.length)} test images${
          splits > 1 ? ' of the first split alone' : ''
        }, first seed`;
  const share = 'the probability of the class that the method takes the image for';
  const faithful =
    faithfulness === undefined
      ? []
      : [
          metric(
            'deletion',
            'Deletion',
            'faithfulness',
            `Area under ${share}, as the pixels with the most evidence take ` +
              `the image's mean colour, in ${faithfulness.steps} equal steps; low where the map knows what the class hangs on ` +
              `(Petsiuk et al., RISE, BMVC 2018).${sample}. Surer networks have larger areas: compare methods of the same head`,
            'lower',
          ),
          metric(
            'insertion',
            'Insertion',
            'faithfulness',
            'The same as pixels come back, those with the most evidence ' +
              'first, into the blurred image; high for a good map (Petsiuk et al.)',
          ),
          metric(
            'averageDrop',
            'Average drop',
            'faithfulness',
            `Part of ${share} that is lost where the image is shown ` +
              `through its map, the rest in its mean colour (Chattopadhay et al., Grad-CAM++, WACV 2018).${sample}. Maps ` +
              'are scaled from their least evidence to their most: one with evidence against the class lets through what is ' +
              'neither for nor against it, one by Grad-CAM, which is cut off at zero, does not',
            'lower',
          ),
          metric(
            'increase',
            'Increase',
            'faithfulness',
            'Part of the images whose class becomes more probable so (Chattopadhay et al.)',
          ),
        ];
  return [...recognition, ...where, ...iou, ...boxes, ...faithful];
}
