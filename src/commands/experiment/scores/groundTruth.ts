import { readImage } from '../../../node/images/readImage.js';
import type { ImageAnnotation } from '../../../node/datasets/readers/annotations.js';
import type { ExperimentData } from '../../../node/datasets/readers/splits.js';

/** Where things are in one image, and its size in pixels. */
export type ImageTruth = ImageAnnotation & { width: number; height: number };

/** Where things are in each test image; `null` where the data set does not say. */
export async function readGroundTruth(
  { annotations }: ExperimentData,
  paths: readonly string[],
): Promise<ImageTruth[] | null> {
  if (annotations === undefined) {
    return null;
  }
  const found: ImageTruth[] = [];
  for (const path of paths) {
    const annotation = await annotations.read(path);
    if (annotation?.pixels !== undefined) {
      const { width, height } = annotation.pixels;
      found.push({ ...annotation, width, height });
    } else {
      const { width, height } = await readImage(path);
      // An image without a mask is of no class anywhere.
      found.push(
        annotations.kind === 'masks'
          ? { pixels: { data: new Int16Array(width * height).fill(-1), width, height }, width, height }
          : { boxes: annotation?.boxes ?? [], width, height },
      );
    }
  }
  return found;
}
