export { WeldonError } from './errors.js';
export { registerWeldonKernels } from '../kernels/register.js';
export { registerGradientKernels } from '../kernels/gradients/registerGradientKernels.js';
export type { GradientKernelOptions } from '../kernels/gradients/registerGradientKernels.js';
export * from './pooling/index.js';
export * from './layers/index.js';
export * from './models/index.js';
export * from './backbones/index.js';
export * from './heatmaps/index.js';
