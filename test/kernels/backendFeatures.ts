/**
 * What works on which backend. The conformance cases take their expectations from here (`nan`, tolerances), and
 * FEATURES.md is written from here: `npm run features`.
 */
import type { BackendName } from '../tolerances.js';
import { gradientTolerances, tolerances } from '../tolerances.js';

export interface BackendFeatures {
  /** the name in the table */
  title: string;
  /** where the conformance cases run on it */
  checkedIn: string;
  /** how the op is computed */
  kernel: string;
  /** whether a NaN in a map makes its score NaN */
  nan: boolean;
  /** how the regions are read out */
  regions: string;
  limits: string;
}

export const backendFeatures: Record<BackendName, BackendFeatures> = {
  cpu: {
    title: 'cpu', checkedIn: 'Node, Chromium', kernel: 'own, typed arrays', nan: true, regions: 'own', limits: 'memory',
  },
  wasm: {
    title: 'wasm, with and without SIMD and threads', checkedIn: 'Node, Chromium', kernel: 'own, AssemblyScript in TensorFlow.js\' memory',
    nan: true, regions: 'own', limits: 'memory; one thread',
  },
  tensorflow: {
    title: 'tensorflow (tfjs-node, tfjs-node-gpu)', checkedIn: 'Node, on TensorFlow\'s CPU kernels', kernel: 'own, of TensorFlow\'s kernels',
    nan: true, regions: 'own', limits: 'memory; a masked map holding exactly ±3.4028235e38 reads as infinite',
  },
  webgpu: {
    title: 'webgpu', checkedIn: 'Node (Dawn), Chromium; a GPU in software', kernel: 'own, WGSL', nan: true,
    regions: 'own', limits: 'up to 2²⁴ regions; the device\'s buffer sizes',
  },
  webgl: {
    title: 'webgl, WebGL2', checkedIn: 'Chromium; a GPU in software', kernel: 'own, fragment programs', nan: true,
    regions: 'own', limits: 'up to 2²⁴ regions; the device\'s texture sizes',
  },
  'webgl-f16': {
    title: 'webgl with half floats (most phones)', checkedIn: 'Chromium, forced', kernel: 'own, fragment programs', nan: true,
    regions: 'own up to 2 048 regions; above, read back and selected on the host', limits: 'values of 11 bits, up to 65 504; masked counts above 2 048 are rounded',
  },
  stock: {
    title: 'any other, and WebGL1', checkedIn: 'Node, cpu under another name', kernel: 'stock ops', nan: true,
    regions: 'stock ops', limits: 'a map holding exactly ±3.4028235e38 reads as infinite',
  },
};

const order: BackendName[] = ['cpu', 'wasm', 'tensorflow', 'webgpu', 'webgl', 'webgl-f16', 'stock'];
const power = (value: number) => `1e${Math.round(Math.log10(value))}`;

/** FEATURES.md as it must read. */
export function featuresPage(): string {
  const rows = order.map((name) => {
    const { title, checkedIn, kernel, nan, regions, limits } = backendFeatures[name];
    return `| ${title} | ${kernel} | yes, ${power(gradientTolerances[name])} | ${regions} | yes | ${nan ? 'yes' : 'not told'} `
      + `| ${power(tolerances[name])} | ${limits} | ${checkedIn} |`;
  });
  return `# What works where

Written by \`npm run features\` from the table that the conformance cases take their expectations from; a test keeps the
two together. Every line passes the same cases: golden vectors with values and gradients, ties, ±Infinity, NaN,
overlapping ends, counts above the number of regions, constant maps, empty batches, one region, 65 536 regions, 4 096
channels, masks, finite differences, leaks.

## The pooling op

| backend | forward | gradient, relative error | \`weldonRegions\` | masks | NaN gives NaN | scores, relative error | limits | checked in |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

No GPU of silicon was at hand: webgl and webgpu run on SwiftShader, tensorflow on TensorFlow's CPU kernels.

## Everything else

| | cpu | wasm | webgl | webgpu | tensorflow |
|---|---|---|---|---|---|
| layers, \`attachWeldon\`, \`convolutionalize\`, \`classHeatmaps\` | tested | tested | stock layers and the op | stock layers and the op | stock layers and the op |
| \`fineTune\`, all strategies, a network with convolutions: the losses of cpu to 1e-4 | tested | tested, with \`registerGradientKernels()\` | tested | tested | tested |
| a run that was stopped and goes on | bit for bit | bit for bit | to 1e-4 | to 1e-4 | to 1e-4 |
| the embedded EfficientNet-Lite0, and the heat-map page | tested; no page | tested | tested | tested | stock layers; no page |
| backbones held to torchvision's outputs | tested (small ones) | tested | one | one | tested |
| \`gradCam\` | tested | tested | stock gradients | stock gradients | stock gradients |
| \`weldon heatmap\`, \`train\`, \`evaluate\` | yes | yes | – | with npm \`webgpu\` | with tfjs-node(-gpu) |
`;
}
