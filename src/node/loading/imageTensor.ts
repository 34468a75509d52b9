import * as tf from '@tensorflow/tfjs-core';
import { expectedInWords } from '../../errors.js';
import type { PictureTask, PreparedPicture } from './imageTask.js';

/**
 * Prepared pictures as one tensor `[batch, height, width, 3]`; the caller disposes it.
 *
 * @throws WeldonError naming the pictures where they are of different sizes, as the resize rule `'fit'` leaves them
 */
export function pictureTensor(pictures: readonly PreparedPicture[], tasks: readonly PictureTask[]): tf.Tensor4D {
  const [{ width, height }] = pictures;
  const values = new Float32Array(pictures.length * width * height * 3);
  pictures.forEach((picture, i) => {
    if (picture.width !== width || picture.height !== height) {
      throw expectedInWords(
        'the pictures of a batch',
        `all of the network size of ${tasks[0].path}, ${width}×${height}`,
        `${picture.width}×${picture.height} for ${tasks[i].path}: resize by 'warp' or 'crop', or take batchSize 1`,
      );
    }
    values.set(picture.values, i * width * height * 3);
  });
  return tf.tensor4d(values, [pictures.length, height, width, 3]);
}
