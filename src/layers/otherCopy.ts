import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { WeldonError } from '../errors.js';

function isModel(value: object): boolean {
  return (
    'getLayer' in value && typeof value.getLayer === 'function' && 'layers' in value && Array.isArray(value.layers)
  );
}

function isSymbolic(value: object): boolean {
  return 'sourceLayer' in value && 'nodeIndex' in value && !(value instanceof tf.Tensor);
}

/**
 * Refuses models and symbolic tensors that are none of the classes this package imports though they look like them:
 * npm has installed TensorFlow.js twice, and neither copy knows the other's layers. (Tensors and kernels are shared.)
 *
 * @throws WeldonError that says how to find the copies
 */
export function refuseOtherCopy(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  const foreign =
    (isModel(value) && !(value instanceof tfl.LayersModel)) ||
    (isSymbolic(value) && !(value instanceof tfl.SymbolicTensor));
  if (foreign) {
    throw new WeldonError(
      `${what} is made by another copy of @tensorflow/tfjs-layers than the one that tfjs-weldon imports, and neither ` +
        'knows the layers of the other: `npm ls @tensorflow/tfjs-core @tensorflow/tfjs-layers` shows the copies, of which ' +
        'one may stay (`npm dedupe`, or the same version for everyone)',
    );
  }
}
