import type { SlotNames, SlotPart } from './weightSlots.js';
import type { WeightLayout } from '../../formats/weightSource.js';

/** A convention by which weights are named. */
export interface WeightNaming {
  /** Whose, for reports: `torchvision`, `timm`, `Keras`. */
  convention: string;
  layout: WeightLayout;
  /** Batch norm is multiplied into kernels and biases. */
  folded: boolean;
  nameOf(names: SlotNames, part: SlotPart): string;
}

const torchParts: Record<SlotPart, string> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
};

/**
 * PyTorch state_dict names: the slots' own prefixes, or what `rename` makes of them.
 *
 * @param rename from a full name of the slots, for example `layer1.0.bn1.running_mean`
 */
export function torchNaming(convention: string, rename: (name: string) => string = (name) => name): WeightNaming {
  return {
    convention,
    layout: 'pytorch',
    folded: false,
    nameOf(names, part) {
      const prefix = part === 'kernel' || part === 'bias' ? names.kernelPrefix : names.normPrefix;
      return rename(`${prefix}.${torchParts[part]}`);
    },
  };
}

/** Names of the layers that one unit of our own models becomes; the last of them bears the unit's name. */
export interface UnitLayers {
  kernel: string;
  norm: string;
  activation: string;
}

/**
 * Names of a unit's layers: `<unit>_conv`, `<unit>_norm`, and `<unit>` for the last. Without a normalisation layer a
 * ReLU is part of the convolution; ReLU6 is always a layer of its own (see `convolutionUnit`).
 */
export function unitLayers(
  { unit, activation }: Pick<SlotNames, 'unit' | 'activation'>,
  normLayer: boolean,
): UnitLayers {
  const kernelIsLast = !normLayer && activation !== 'relu6';
  const normIsLast = activation === null;
  return { kernel: kernelIsLast ? unit : `${unit}_conv`, norm: normIsLast ? unit : `${unit}_norm`, activation: unit };
}

const layerParts: Record<SlotPart, string> = {
  kernel: 'kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  mean: 'moving_mean',
  variance: 'moving_variance',
};

/**
 * TensorFlow.js's and Keras's names: `<layer>/<part>`.
 *
 * @param layerOf the layer that holds the part
 */
export function layersNaming(
  convention: string,
  folded: boolean,
  layerOf: (names: SlotNames, part: SlotPart) => string,
): WeightNaming {
  return {
    convention,
    layout: 'tensorflow',
    folded,
    nameOf(names, part) {
      const variable = part === 'kernel' && names.depthwise ? 'depthwise_kernel' : layerParts[part];
      return `${layerOf(names, part)}/${variable}`;
    },
  };
}

/** Models that these builders made, saved and loaded again, with batch norm kept or folded. */
export const ownNamings: readonly WeightNaming[] = [false, true].map((folded) =>
  layersNaming('tfjs-weldon', folded, (names, part) => {
    const layers = unitLayers(names, names.kernelPrefix === null || (!folded && names.normPrefix !== null));
    return part === 'kernel' || part === 'bias' ? layers.kernel : layers.norm;
  }),
);
