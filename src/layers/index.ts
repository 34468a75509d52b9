export { ChannelStandardization, channelStandardization } from './channelStandardization.js';
export type { ChannelStandardizationConfig, ChannelStatistics } from './channelStandardization.js';
export {
  ClassWisePooling1D,
  ClassWisePooling2D,
  ClassWisePooling3D,
  classWisePooling1d,
  classWisePooling2d,
  classWisePooling3d,
} from './classWisePooling.js';
export type { ClassWisePoolingConfig } from './classWisePooling.js';
export { GemPooling1D, GemPooling2D, GemPooling3D } from './gemPooling.js';
export { logSumExpPooling1d, logSumExpPooling2d, logSumExpPooling3d } from './logSumExpPooling.js';
export { RegionNormalization, regionNormalization } from './regionNormalization.js';
export { isRegionPooling, poolingLayer, poolingLayerLike, poolingOfLayer } from './regionPooling.js';
export { SeededDropout, seededDropout } from './seededDropout.js';
export type { SeededDropoutConfig } from './seededDropout.js';
export {
  WeldonPooling1D,
  WeldonPooling2D,
  WeldonPooling3D,
  weldonPooling1d,
  weldonPooling2d,
  weldonPooling3d,
} from './weldonPooling.js';
export type { WeldonPoolingConfig } from './weldonPooling.js';
