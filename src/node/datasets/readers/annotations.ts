import type { ObjectPlaces } from '../../../metrics/index.js';
import type { Box } from '../../../models/index.js';

/** A true box of a picture, in pixels of its file. */
export interface LabelledBox extends Box {
  /** class number */
  label: number;
}

/** The class number of each pixel of a picture, negative for void, row by row. */
export interface LabelledPixels {
  data: Int16Array;
  width: number;
  height: number;
}

/** Where the objects of one picture really are: used to measure maps, never to train. */
export type PictureAnnotation =
  { boxes: readonly LabelledBox[]; pixels?: undefined } | { pixels: LabelledPixels; boxes?: undefined };

/** Where the objects of a data set's pictures are. */
export interface Annotations {
  kind: 'boxes' | 'masks';
  /** The objects of a picture of the data set, by its path; `null` for one that is not annotated. */
  read(path: string): Promise<PictureAnnotation | null>;
}

/** The objects of one class, as the localisation metrics take them. */
export function placesOf(annotation: PictureAnnotation, label: number): ObjectPlaces {
  if (annotation.boxes !== undefined) {
    return { boxes: annotation.boxes.filter((box) => box.label === label) };
  }
  const { data, width, height } = annotation.pixels;
  const mask = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    mask[i] = data[i] === label ? 1 : 0;
  }
  return { mask: { data: mask, width, height } };
}
