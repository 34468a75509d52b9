import type * as tfl from '@tensorflow/tfjs-layers';
import type { WeightLayout } from '../../formats/weightSource.js';

/** What a unit of a network may hold. */
export type SlotPart = 'kernel' | 'bias' | 'gamma' | 'beta' | 'mean' | 'variance';

/** What a unit is called, for conventions that name its tensors. */
export interface SlotNames {
  /** What the names of its layers begin with, for example `stage2_block1_expand`. */
  unit: string;
  activation: 'relu' | 'relu6' | null;
  /** state_dict prefix of the convolution or linear layer; `null` for batch normalisation alone. */
  kernelPrefix: string | null;
  /** The kernel is a depthwise one. */
  depthwise: boolean;
  /** state_dict prefix of the batch normalisation, if there is one. */
  normPrefix: string | null;
}

/** A layer with a kernel. */
export interface KernelSlot {
  layer: tfl.layers.Layer;
  kind: 'convolution' | 'depthwise' | 'dense';
  /** The layer has a bias of its own, apart from what folding adds. */
  bias: boolean;
  /** For a dense layer behind flattened maps: their rows and columns, which PyTorch flattens behind the channels. */
  grid?: readonly [rows: number, columns: number];
}

/** Batch normalisation, behind a kernel or alone. */
export interface NormSlot {
  epsilon: number;
  /** The layer that takes its values; `null` where they are folded into the kernel before it. */
  layer: tfl.layers.Layer | null;
}

/** Which tensors fill which layers: builders collect one for every unit with weights. */
export interface WeightSlot {
  names: SlotNames;
  kernel: KernelSlot | null;
  norm: NormSlot | null;
}

/** The layers with weights, in the order in which slots are filled. */
export function slotLayers(slots: readonly WeightSlot[]): tfl.layers.Layer[] {
  return slots.flatMap(({ kernel, norm }) => [kernel?.layer, norm?.layer].filter((layer) => layer != null));
}

/** A kernel's sizes, the same for every layout: a matrix of `outputs` rows of `inputs` · `height` · `width` columns. */
export interface KernelSize {
  outputs: number;
  inputs: number;
  height: number;
  width: number;
}

/** Sizes of a built layer's kernel; a depthwise one counts as one input for each output. */
export function kernelSize({ layer, kind, grid = [1, 1] }: KernelSlot): KernelSize {
  const shape = layer.weights[0].shape as number[];
  if (kind === 'dense') {
    const [height, width] = grid;
    return { outputs: shape[1], inputs: shape[0] / (height * width), height, width };
  }
  const [height, width, inputs, outputs] = shape;
  return kind === 'depthwise' ? { outputs: inputs, inputs: 1, height, width } : { outputs, inputs, height, width };
}

/** Parts of a slot that a source has to give; `folded` sources have batch norm in the kernel and its bias already. */
export function slotParts({ kernel, norm }: WeightSlot, folded: boolean): SlotPart[] {
  const foldedHere = folded && kernel !== null && norm !== null;
  const parts: SlotPart[] = [];
  if (kernel !== null) {
    parts.push('kernel');
    if (kernel.bias || foldedHere) {
      parts.push('bias');
    }
  }
  if (norm !== null && !foldedHere) {
    parts.push('gamma', 'beta', 'mean', 'variance');
  }
  return parts;
}

/**
 * Shapes that a part may have, the usual one first. Where the bytes are the same, a linear layer may be stored as the
 * convolution it is (timm's VGG), and the other way round.
 */
export function acceptedShapes(slot: WeightSlot, part: SlotPart, layout: WeightLayout): number[][] {
  if (part !== 'kernel') {
    const layer = slot.kernel?.layer ?? slot.norm!.layer!;
    return [[slot.kernel === null ? layer.weights[0].shape[0]! : kernelSize(slot.kernel).outputs]];
  }
  const { outputs, inputs, height, width } = kernelSize(slot.kernel!);
  const flat = inputs * height * width;
  const [matrix, full] =
    layout === 'pytorch'
      ? [
          [outputs, flat],
          [outputs, inputs, height, width],
        ]
      : [[flat, outputs], slot.kernel!.layer.weights[0].shape as number[]];
  if (slot.kernel!.kind === 'dense') {
    const convolution = layout === 'pytorch' ? [outputs, flat, 1, 1] : [height, width, inputs, outputs];
    return [matrix, full, convolution];
  }
  return slot.kernel!.kind === 'depthwise' ? [full] : [full, matrix];
}
