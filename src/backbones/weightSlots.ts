import type * as tfl from '@tensorflow/tfjs-layers';

/** The batch normalisation that follows a convolution. */
export interface NormSlot {
  /** state_dict prefix: `<prefix>.weight`, `.bias`, `.running_mean`, `.running_var`. */
  prefix: string;
  epsilon: number;
  /** The layer that takes its values; `null` where they are folded into the convolution. */
  layer: tfl.layers.Layer | null;
}

/** Which tensors of a state_dict fill which layer: builders collect one for every layer with weights. */
export interface WeightSlot {
  layer: tfl.layers.Layer;
  kind: 'convolution' | 'depthwise' | 'dense';
  /** state_dict prefix: `<prefix>.weight` and, where the network has one, `<prefix>.bias`. */
  prefix: string;
  bias: boolean;
  norm: NormSlot | null;
}

/** The PyTorch shape of a slot's kernel, from the built layer's own. */
export function kernelShape(slot: WeightSlot): number[] {
  const shape = slot.layer.weights[0].shape as number[];
  if (slot.kind === 'dense') {
    return [shape[1], shape[0]];
  }
  const [height, width, inputs, outputs] = shape;
  return slot.kind === 'depthwise' ? [inputs, 1, height, width] : [outputs, inputs, height, width];
}

/** Every tensor a slot needs: name → PyTorch shape. */
export function slotShapes(slot: WeightSlot): Map<string, readonly number[]> {
  const shape = kernelShape(slot);
  const needed = new Map<string, readonly number[]>([[`${slot.prefix}.weight`, shape]]);
  if (slot.bias) {
    needed.set(`${slot.prefix}.bias`, [shape[0]]);
  }
  if (slot.norm !== null) {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
      needed.set(`${slot.norm.prefix}.${part}`, [shape[0]]);
    }
  }
  return needed;
}
