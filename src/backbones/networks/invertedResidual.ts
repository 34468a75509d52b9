import * as tfl from '@tensorflow/tfjs-layers';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { BackboneStage } from './backboneOptions.js';
import { FieldOfView } from './backboneDesign.js';
import type { BackboneDesign } from './backboneDesign.js';
import { apply, convolutionUnit } from './buildingBlocks.js';
import type { BlockContext } from './buildingBlocks.js';

/** A stage of inverted residual blocks, after the tables of the MobileNetV2 and EfficientNet papers. */
export interface ResidualStage {
  repeats: number;
  kernelSize: number;
  /** Of its first block. */
  strides: number;
  expansion: number;
  channels: number;
}

interface BlockDesign extends ResidualStage {
  /** Start of its layers' names. */
  name: string;
  /** Name of the layer that ends it. */
  output: string;
  /** state_dict prefix. */
  prefix: string;
}

/** Expansion 1×1 → depthwise k×k → linear projection 1×1, with a shortcut where shapes allow. */
function invertedResidual(context: BlockContext, input: SymbolicTensor, block: BlockDesign): SymbolicTensor {
  const { kernelSize, strides, channels, name, output, prefix } = block;
  const inputChannels = input.shape[3] as number;
  const shortcut = strides === 1 && inputChannels === channels;
  // timm numbers a block's convolutions and norms from the first that is there.
  const [depthwiseNorm, projection, projectionNorm] =
    block.expansion === 1 ? ['bn1', 'conv_pw', 'bn2'] : ['bn2', 'conv_pwl', 'bn3'];
  let x = input;
  if (block.expansion !== 1) {
    x = convolutionUnit(context, x, {
      name: `${name}_expand`,
      filters: inputChannels * block.expansion,
      kernelSize: 1,
      prefix: `${prefix}.conv_pw`,
      norm: `${prefix}.bn1`,
      activation: 'relu6',
    });
  }
  x = convolutionUnit(context, x, {
    name: `${name}_depthwise`,
    filters: null,
    kernelSize,
    strides,
    prefix: `${prefix}.conv_dw`,
    norm: `${prefix}.${depthwiseNorm}`,
    activation: 'relu6',
  });
  x = convolutionUnit(context, x, {
    name: shortcut ? `${name}_project` : output,
    filters: channels,
    kernelSize: 1,
    prefix: `${prefix}.${projection}`,
    norm: `${prefix}.${projectionNorm}`,
  });
  return shortcut ? apply(tfl.layers.add({ name: output }), [input, x]) : x;
}

function drawStage(context: BlockContext, input: SymbolicTensor, stage: ResidualStage, index: number): SymbolicTensor {
  const name = `stage${index + 1}`;
  let x = input;
  for (let block = 0; block < stage.repeats; block++) {
    const blockName = `${name}_block${block + 1}`;
    x = invertedResidual(context, x, {
      ...stage,
      strides: block === 0 ? stage.strides : 1,
      name: blockName,
      output: block === stage.repeats - 1 ? name : blockName,
      prefix: `blocks.${index}.${block}`,
    });
  }
  return x;
}

/**
 * Stages `stem`, `stage1` …, `head`, under timm's names: a 3×3 convolution of stride 2, stages of inverted residual
 * blocks, a 1×1 convolution, all with ReLU6.
 */
export function residualStages(
  stemChannels: number,
  design: readonly ResidualStage[],
  headChannels: number,
): Pick<BackboneDesign, 'stages' | 'draw'> {
  const field = new FieldOfView();
  const stages: BackboneStage[] = [field.window(3, 2).stage('stem', stemChannels)];
  design.forEach((stage, index) => {
    for (let block = 0; block < stage.repeats; block++) {
      field.window(stage.kernelSize, block === 0 ? stage.strides : 1);
    }
    stages.push(field.stage(`stage${index + 1}`, stage.channels));
  });
  stages.push(field.stage('head', headChannels));
  return {
    stages,
    draw: [
      (context, image) =>
        convolutionUnit(context, image, {
          name: 'stem',
          filters: stemChannels,
          kernelSize: 3,
          strides: 2,
          prefix: 'conv_stem',
          norm: 'bn1',
          activation: 'relu6',
        }),
      ...design.map(
        (stage, index) => (context: BlockContext, input: SymbolicTensor) => drawStage(context, input, stage, index),
      ),
      (context, input) =>
        convolutionUnit(context, input, {
          name: 'head',
          filters: headChannels,
          kernelSize: 1,
          prefix: 'conv_head',
          norm: 'bn2',
          activation: 'relu6',
        }),
    ],
  };
}
