/** The backbones that have a name of their own, in the order of the catalogue; help texts list them without TensorFlow.js. */
export const backboneNames = [
  'efficientNetLite0',
  'mobilenetV2',
  'resnet18',
  'resnet34',
  'resnet50',
  'resnet101',
  'resnet152',
  'wideResnet34_2',
  'wideResnet50_2',
  'wideResnet101_2',
  'vgg16',
  'vgg16bn',
  'wideResnet16_4',
  'wideResnet28_10',
  'wideResnet40_2',
] as const;

/** One of {@link backboneNames}; the catalogue takes no other. */
export type BackboneName = (typeof backboneNames)[number];
