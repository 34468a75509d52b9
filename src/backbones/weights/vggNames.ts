import { layersNaming } from './weightNaming.js';

const hiddenLayers: Record<string, string> = {
  'classifier.0': 'pre_logits.fc1',
  'classifier.3': 'pre_logits.fc2',
  'classifier.6': 'head.fc',
};

/** timm's name of a tensor of torchvision's VGG: only the fully connected layers are called differently. */
export function timmVggName(name: string): string {
  const [, module, part] = /^(classifier\.\d)\.(\w+)$/.exec(name) ?? [];
  return module in hiddenLayers ? `${hiddenLayers[module]}.${part}` : name;
}

const kerasLayers: Record<string, string> = {
  block1_prepool: 'block1_conv2',
  block2_prepool: 'block2_conv2',
  block3_prepool: 'block3_conv3',
  block4_prepool: 'block4_conv3',
  block5_prepool: 'block5_conv3',
  fc6: 'fc1',
  fc7: 'fc2',
  classifier: 'predictions',
};

/** keras.applications' VGG16, whose fully connected layers flatten rows, columns, channels as TensorFlow has them. */
export const kerasVgg16Naming = layersNaming('Keras', false, ({ unit }) => kerasLayers[unit] ?? unit);
