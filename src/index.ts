export { WeldonError } from './errors.js';
export { registerWeldonKernels } from '../kernels/register.js';
export * from './pooling/index.js';
export * from './layers/index.js';
