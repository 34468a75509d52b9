import type { ImageDataSet } from '../../../src/node/dataSets/index.js';
import type { JudgedMap, JudgedPicture } from '../report/results.js';
import type { TrueRegions } from './experimentData.js';
import type { RowOutcome } from './outcome.js';

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(score - most));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

/**
 * The test pictures that a row's first seed is surest of and least sure of, by the probability of their class, with the
 * map of that class. Only where the data set tells places, for only then maps are kept.
 */
export function judgedPictures(
  row: string, test: ImageDataSet, { grid, seeds: [{ scores, maps }] }: RowOutcome, places: readonly TrueRegions[],
  pathOf: (path: string) => string, count = 8,
): { worst: JudgedPicture[]; best: JudgedPicture[] } {
  if (test.multiLabel || grid === null || maps.length === 0) {
    return { worst: [], best: [] };
  }
  const classes = test.classes.length;
  const judged = test.images.map(({ path, labels: [label] }, i) => {
    const own = scores.slice(i * classes, (i + 1) * classes);
    const probability = softmax(own)[label];
    const predicted = own.indexOf(Math.max(...own));
    const map: JudgedMap = {
      className: test.classes[label], role: predicted === label ? 'both' : 'true', probability, score: own[label],
      rows: grid[0], columns: grid[1], values: maps[i][0],
    };
    const { width, height, boxes } = places[i];
    return {
      probability,
      picture: {
        row, path: pathOf(path), width, height, classes: [test.classes[label]], maps: [map],
        boxes: boxes?.map(({ label: shown, x, y, width: w, height: h }) => ({ className: test.classes[shown], x, y, width: w, height: h })),
      } satisfies JudgedPicture,
    };
  }).sort((a, b) => a.probability - b.probability);
  return {
    worst: judged.slice(0, count).map(({ picture }) => picture),
    best: judged.slice(-count).reverse().map(({ picture }) => picture),
  };
}
