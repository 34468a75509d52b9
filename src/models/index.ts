export { attachWeldon, layerOutput } from './attachWeldon.js';
export type { AttachWeldonConfig } from './attachWeldon.js';
export { convolutionalize } from './convolutionalize.js';
export type { ConvolutionalizeOptions, ReplacedLayer } from './convolutionalize.js';
export { attachWeldonToGraph, graphModelFeatures, pairWithGraph } from './graphModelFeatures.js';
export type {
  AttachToGraphConfig,
  FeaturesWithHead,
  GraphFeatures,
  GraphFeaturesOptions,
  GraphModelLike,
} from './graphModelFeatures.js';
export type { InputSize } from './inputSize.js';
export { prepareImages } from './prepareImages.js';
export type { PrepareOptions, RawImage, RawImages, RawPixels } from './prepareImages.js';
export { readOutModel } from './readOutModel.js';
export type { ReadOut } from './readOutModel.js';
export type { ModelRecipe, ResizeRule } from './recipe.js';
export { missingFromRecipe, readRecipe, recipeParts, withRecipe } from './recipeMetadata.js';
export type { RecipeParts } from './recipeMetadata.js';
export { receptiveField } from './receptiveField.js';
export type { AxisField, ReceptiveField, ReceptiveFieldOptions } from './receptiveField.js';
export { boxInImage, clipBox, planResize } from './resizeMapping.js';
export type { Box, PixelMapping, ResizePlan } from './resizeMapping.js';
export type { WeldonHeadConfig } from './weldonHead.js';
export { registerWeldonGraphOps } from './weldonGraphOps.js';
export type { GraphOpNode, RegisterOp } from './weldonGraphOps.js';
