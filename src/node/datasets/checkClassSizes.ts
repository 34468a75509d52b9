import { expected, expectedInWords } from '../../errors.js';
import type { ImageDataSet } from './imageDataSet.js';
import { someOf } from './imageDataSet.js';

/** @throws WeldonError naming the classes, of those asked about, that have fewer than `atLeast` pictures */
export function refusePoorClasses(
  { name, classes, images }: ImageDataSet,
  among: readonly string[],
  atLeast: number,
): void {
  if (!Number.isInteger(atLeast) || atLeast < 0) {
    throw expected('atLeast', 'a whole number >= 0', atLeast);
  }
  const counts = classes.map(() => 0);
  images.forEach(({ labels }) => labels.forEach((label) => counts[label]++));
  const poor = among.flatMap((each) => {
    const count = counts[classes.indexOf(each)];
    return count < atLeast ? [`${each} with ${count === 0 ? 'none' : count}`] : [];
  });
  if (poor.length > 0) {
    throw expectedInWords(`every class of ${name}`, `one with ${atLeast} pictures or more`, someOf(poor));
  }
}
