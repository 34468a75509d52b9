import type * as tf from '@tensorflow/tfjs-core';

/** model.json as it stands on a disk. */
export interface ModelJson extends tf.io.ModelJSON {
  weightsManifest: tf.io.WeightsManifestConfig;
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** No network's file is deeper; whoever walks through one that is comes to the end of the stack. */
const deepest = 500;

function tooDeep(json: unknown): boolean {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) {
      return true;
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value as object) : [],
    );
  }
  return false;
}

function weightProblem(weight: unknown): string | null {
  if (!isObject(weight) || typeof weight.name !== 'string') {
    return 'is no weight with a name';
  }
  const { shape, dtype, quantization } = weight;
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && (side as number) >= 0)) {
    return `(${weight.name}) has no shape of whole numbers`;
  }
  if (typeof dtype !== 'string') {
    return `(${weight.name}) has no dtype`;
  }
  if (quantization === undefined || quantization === null) {
    return null;
  }
  const stored = isObject(quantization) ? quantization : {};
  const isNumber = (value: unknown) => value === undefined || (typeof value === 'number' && Number.isFinite(value));
  return typeof stored.dtype !== 'string' || !isNumber(stored.scale) || !isNumber(stored.min)
    ? `(${weight.name}) has no quantization of finite numbers`
    : null;
}

/** What keeps a file from being a model.json whose weights can be read, in words behind "but"; `null` for nothing. */
export function modelJsonProblem(json: unknown): string | null {
  const { modelTopology, weightsManifest } = isObject(json) ? json : {};
  if (typeof modelTopology !== 'object' || modelTopology === null || !Array.isArray(weightsManifest)) {
    return 'it has no modelTopology or weightsManifest';
  }
  if (tooDeep(json)) {
    return `it is nested more than ${deepest} levels deep`;
  }
  const names = new Set<string>();
  for (const [i, group] of (weightsManifest as unknown[]).entries()) {
    const where = `weightsManifest[${i}]`;
    const { paths, weights } = isObject(group) ? group : {};
    if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string' && path !== '')) {
      return `${where} has no list of paths`;
    }
    if (!Array.isArray(weights)) {
      return `${where} has no list of weights`;
    }
    for (const [j, weight] of weights.entries()) {
      const problem = weightProblem(weight);
      if (problem !== null) {
        return `${where}.weights[${j}] ${problem}`;
      }
      const { name } = weight as { name: string };
      if (names.has(name)) {
        return `${where}.weights[${j}] has the name ${name}, which another has too`;
      }
      names.add(name);
    }
  }
  return null;
}

/** The configuration of the network in a topology, which Keras puts a level deeper. */
function modelConfig(topology: unknown): unknown {
  const { model_config: inner } = isObject(topology) ? topology : {};
  return inner ?? topology;
}

/** What keeps a topology from being one of layers, or of a graph where it has nodes; `null` for nothing. */
export function topologyProblem(topology: object): string | null {
  if ('node' in topology) {
    const nodes = topology.node;
    const isNode = (node: unknown) => isObject(node) && typeof node.name === 'string' && typeof node.op === 'string';
    if (!Array.isArray(nodes)) {
      return 'modelTopology.node is no list';
    }
    const wrong = nodes.findIndex((node) => !isNode(node));
    return wrong < 0 ? null : `node ${wrong + 1} of its graph has no name and op`;
  }
  const network = modelConfig(topology);
  const { class_name: className, config } = isObject(network) ? network : {};
  const layers = isObject(config) ? config.layers : config;
  if (typeof className !== 'string' || !Array.isArray(layers)) {
    return 'its modelTopology has no class_name and list of layers';
  }
  const wrong = layers.findIndex(
    (layer) =>
      !isObject(layer) ||
      typeof layer.class_name !== 'string' ||
      typeof layer.config !== 'object' ||
      layer.config === null,
  );
  if (wrong >= 0) {
    return `layer ${wrong + 1} of ${layers.length} has no class_name and config`;
  }
  const odd = layers.findIndex(
    ({ config: its }: { config: Json }) => !isInputShape(its.batch_input_shape ?? its.batch_shape),
  );
  return odd < 0
    ? null
    : `layer ${odd + 1} of ${layers.length} has an input shape that is no list of whole numbers >= 1`;
}

/** Absent, or extents of which the unknown ones are null. */
function isInputShape(shape: unknown): boolean {
  return (
    shape == null ||
    (Array.isArray(shape) && shape.every((extent) => extent === null || (Number.isInteger(extent) && extent > 0)))
  );
}

function tensorsIn(value: unknown): [string, number, number][] {
  if (Array.isArray(value)) {
    return value.flatMap(tensorsIn);
  }
  const { class_name: className, config } = isObject(value) ? value : {};
  return className === '__keras_tensor__' && isObject(config) && Array.isArray(config.keras_history)
    ? [config.keras_history as [string, number, number]]
    : [];
}

function plainDtype(policy: string): string {
  return policy.startsWith('mixed_') ? 'float32' : policy;
}

/** One value of a Keras 3 configuration as Keras 2 wrote it. */
function asKeras2(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key === 'inbound_nodes' && value.some((node) => isObject(node) && 'args' in node)) {
      return value.map((node) => tensorsIn((node as Json).args).map((history) => [...history, {}]));
    }
    // With one input or output Keras 3 may leave the outer list out.
    const alone = (key === 'input_layers' || key === 'output_layers') && typeof value[0] === 'string';
    return alone ? [value] : value.map((item) => asKeras2(item));
  }
  if (!isObject(value)) {
    return key === 'dtype' && typeof value === 'string' ? plainDtype(value) : value;
  }
  if (value.class_name === 'DTypePolicy' && isObject(value.config) && typeof value.config.name === 'string') {
    return plainDtype(value.config.name);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name === 'batch_shape' ? 'batch_input_shape' : name,
      asKeras2(inner, name),
    ]),
  );
}

/** Class of each layer by its name, those of models inside models too. */
function layerClasses(config: unknown, found = new Map<string, string>()): Map<string, string> {
  const layers = isObject(config) && Array.isArray(config.layers) ? (config.layers as unknown[]) : [];
  for (const layer of layers) {
    if (isObject(layer) && isObject(layer.config) && typeof layer.config.name === 'string') {
      found.set(layer.config.name, String(layer.class_name));
      layerClasses(layer.config, found);
    }
  }
  return found;
}

/** `sequential/conv2d/kernel` → `conv2d/kernel`, as TensorFlow.js calls it. */
function shortName(name: string, classes: ReadonlyMap<string, string>): string {
  const segments = name.split('/');
  const at = segments
    .slice(0, -1)
    .map((segment) => classes.has(segment))
    .lastIndexOf(true);
  if (at < 0) {
    return name;
  }
  const [layer, ...variable] = segments.slice(at);
  const depthwise = classes.get(layer) === 'DepthwiseConv2D' && variable.join('/') === 'kernel';
  return `${layer}/${depthwise ? 'depthwise_kernel' : variable.join('/')}`;
}

/**
 * A model.json of Keras 3 (`batch_shape`, DTypePolicy, `__keras_tensor__`, weights named after the model) as Keras 2
 * would have written it, which is what TensorFlow.js reads; any other as it is.
 */
export function fromKeras3(json: ModelJson): ModelJson {
  const topology = json.modelTopology as Json;
  const version = topology.keras_version;
  if (typeof version !== 'string' || !/^[3-9]\./.test(version)) {
    return json;
  }
  const network = modelConfig(topology) as Json;
  const classes = layerClasses(network.config);
  const names = json.weightsManifest.flatMap(({ weights }) => weights.map(({ name }) => shortName(name, classes)));
  // Layers of one name in two inner models keep the long names, and the loader says which it lacks.
  const unique = new Set(names).size === names.length;
  const weightsManifest = json.weightsManifest.map((group) => ({
    ...group,
    weights: group.weights.map((weight) => ({
      ...weight,
      name: unique ? shortName(weight.name, classes) : weight.name,
    })),
  }));
  const model_config = asKeras2(network);
  return { ...json, modelTopology: { ...topology, model_config }, weightsManifest };
}
