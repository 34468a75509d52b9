import { expected, expectedInWords, nearestNames } from '../../errors.js';
import type { ModelRecipe } from '../../models/index.js';
import { kindNamed } from '../../pooling/registry.js';
import type { PoolingSchedule } from '../../training/index.js';
import type {
  CombinedMethod,
  DataSetConfig,
  FaithfulnessConfig,
  GradCamMethod,
  HeadMethod,
  ProtocolConfig,
  PublishedMethod,
  MethodConfig,
  ExperimentConfig,
  SvmMethod,
  TrainedMethod,
} from './config.js';

/** Names of all fields of a type; the compiler sees to it that none is missing or too many. */
const fieldsOf = <T>(names: Record<keyof T, true>): string[] => Object.keys(names);

const named = { id: true, kind: true, name: true, reference: true, full: true } as const;
const trained = fieldsOf<TrainedMethod>({
  ...named,
  pooling: true,
  maps: true,
  size: true,
  trainFrom: true,
  backboneRate: true,
  poolingSchedule: true,
  headEpochs: true,
  dropMap: true,
  rates: true,
  epochs: true,
  batchSize: true,
});
const combined = fieldsOf<CombinedMethod>({ ...named, of: true });
const methodFields: Record<MethodConfig['kind'], string[]> = {
  head: fieldsOf<HeadMethod>({ ...named, pooling: true, maps: true, layer: true, size: true, normalise: true }),
  svm: fieldsOf<SvmMethod>({ ...named, pooling: true, layer: true, size: true, normalise: true }),
  fineTune: trained,
  scratch: trained,
  ensemble: combined,
  objectBank: combined,
  gradCam: fieldsOf<GradCamMethod>({ ...named, of: true }),
};

type DataSetOf<K extends DataSetConfig['kind']> = Extract<DataSetConfig, { kind: K }>;
const dataSetFields: Record<DataSetConfig['kind'], string[]> = {
  folder: fieldsOf<DataSetOf<'folder'>>({ kind: true, splits: true, perClass: true, share: true, allowShared: true }),
  scene15: fieldsOf<DataSetOf<'scene15'>>({ kind: true, splits: true }),
  labelledList: fieldsOf<DataSetOf<'labelledList'>>({ kind: true, without: true, allowShared: true }),
  mit67: fieldsOf<DataSetOf<'mit67'>>({ kind: true }),
  pascalVoc: fieldsOf<DataSetOf<'pascalVoc'>>({ kind: true, train: true, test: true }),
  scatteredObjects: fieldsOf<DataSetOf<'scatteredObjects'>>({
    kind: true,
    seed: true,
    trainPerClass: true,
    testPerClass: true,
  }),
};

const runFields = fieldsOf<ExperimentConfig>({
  version: true,
  title: true,
  dataSet: true,
  backbone: true,
  size: true,
  normalise: true,
  protocol: true,
  methods: true,
  comparisons: true,
  published: true,
  terms: true,
});
const protocolFields = fieldsOf<ProtocolConfig>({
  seeds: true,
  heldOut: true,
  repeats: true,
  rates: true,
  epochs: true,
  batchSize: true,
  weightDecay: true,
  initial: true,
  faithfulness: true,
});
const backboneFields = fieldsOf<ExperimentConfig['backbone']>({ name: true, layer: true, input: true });
const inputFields = fieldsOf<ModelRecipe['input']>({ colorOrder: true, scale: true, offset: true });
const faithfulnessFields = fieldsOf<FaithfulnessConfig>({ images: true, steps: true, methods: true });
const scheduleFields = fieldsOf<PoolingSchedule>({ from: true, until: true });
const publishedFields = fieldsOf<PublishedMethod>({ name: true, source: true, estimates: true });

/** Refuses what is no object, and fields that nobody reads: they are misspelt. */
function checkFields(what: string, value: unknown, known: readonly string[]): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(what, 'an object', value);
  }
  const strange = Object.entries(value).find(([name, held]) => held !== undefined && !known.includes(name))?.[0];
  if (strange !== undefined) {
    throw expectedInWords(
      `the fields of ${what}`,
      `of ${known.join(', ')}`,
      JSON.stringify(strange) + nearestNames(strange, known),
    );
  }
}

/** The same, where the field is there at all. */
function checkPart(what: string, value: unknown, known: readonly string[]): void {
  if (value !== undefined) {
    checkFields(what, value, known);
  }
}

function checkList(what: string, value: unknown): asserts value is unknown[] | undefined {
  if (value !== undefined && !Array.isArray(value)) {
    throw expected(what, 'a list', value);
  }
}

/** The fields that go with a kind; an unknown kind is told of where the value is checked. */
function byKind<T extends string>(fields: Record<T, string[]>, value: unknown): string[] | undefined {
  const { kind } = (value ?? {}) as { kind?: unknown };
  return typeof kind === 'string' && Object.hasOwn(fields, kind) ? fields[kind as T] : undefined;
}

/**
 * Refuses a config with fields that a run does not have, at any depth, and lists and objects that are none. What fields
 * hold is not looked at.
 *
 * @param owner what to call it in sentences
 * @throws WeldonError naming the field, and the nearest ones that there are
 */
export function checkRunFields(config: object, owner: string): void {
  checkFields(owner, config, runFields);
  const { dataSet, backbone, protocol, methods, comparisons, published } = config;
  const ofDataSet = byKind(dataSetFields, dataSet);
  if (ofDataSet !== undefined) {
    checkFields(`dataSet of ${owner}`, dataSet, ofDataSet);
  }
  checkPart(`backbone of ${owner}`, backbone, backboneFields);
  const { input } = (backbone ?? {}) as Partial<ExperimentConfig['backbone']>;
  checkPart(`input of the backbone of ${owner}`, input, inputFields);
  checkPart(`protocol of ${owner}`, protocol, protocolFields);
  const { faithfulness } = (protocol ?? {}) as Partial<ProtocolConfig>;
  checkPart(`faithfulness of ${owner}`, faithfulness, faithfulnessFields);
  checkList(`methods of ${owner}`, methods);
  methods?.forEach((method, i) => {
    const { id = i + 1, pooling, poolingSchedule } = (method ?? {}) as Partial<TrainedMethod>;
    const what = `method ${id} of ${owner}`;
    checkFields(what, method, byKind(methodFields, method) ?? Object.keys(method ?? {}));
    if (typeof pooling !== 'string') {
      checkPart(`pooling of ${what}`, pooling, ['kind', ...kindNamed(pooling?.kind, what).optionNames]);
    }
    checkPart(`poolingSchedule of ${what}`, poolingSchedule, scheduleFields);
  });
  checkList(`comparisons of ${owner}`, comparisons);
  comparisons?.forEach((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw expected(`a comparison of ${owner}`, 'a pair of ids of methods', pair);
    }
  });
  checkList(`published of ${owner}`, published);
  published?.forEach((method) => checkFields(`a published method of ${owner}`, method, publishedFields));
}
