import type { ImageDataSet } from '../../../node/datasets/imageDataSet.js';
import { faithfulnessOfNetwork } from './faithfulness.js';
import { gradCamOfNetworks } from '../methods/gradCam.js';
import type { MethodOutcome } from '../outcome.js';
import type { ExperimentConfig, MethodConfig, TrainedMethod } from '../config.js';
import type { ResultCache } from '../cache/resultCache.js';

/**
 * Which trained networks are saved: those of methods that Grad-CAM explains, and of the first seed of methods whose maps
 * perturbed images measure, which is done in the first split alone.
 */
export function networksWanted(
  { methods, protocol }: ExperimentConfig,
  first: boolean,
): (method: string, seed: number) => boolean {
  const explained = new Set(methods.flatMap((method) => (method.kind === 'gradCam' ? [method.of] : [])));
  const perturbed = first ? (protocol.faithfulness?.methods ?? []) : [];
  return (method, seed) => explained.has(method) || (perturbed.includes(method) && seed === protocol.seeds[0]);
}

export interface ExplainTask {
  config: ExperimentConfig;
  /** whether it is the first of the splits */
  first: boolean;
  test: ImageDataSet;
  resultCache: ResultCache;
  jobs?: number;
  tell(what: string, done: number, total: number): void;
}

const isTrained = (method: MethodConfig | undefined): method is TrainedMethod =>
  method?.kind === 'fineTune' || method?.kind === 'scratch';

/** What is asked of trained networks besides their scores: Grad-CAM, and what perturbed images tell of their maps. */
export async function explainTrained(
  { config, first, test, resultCache, jobs, tell }: ExplainTask,
  outcomes: Map<string, MethodOutcome>,
): Promise<void> {
  const {
    methods,
    protocol: { faithfulness },
  } = config;
  const trainedOf = (method: MethodConfig) => {
    const trained = method.kind === 'gradCam' ? methods.find(({ id }) => id === method.of) : method;
    return isTrained(trained) ? { size: trained.size ?? config.size } : null;
  };
  for (const method of methods) {
    const trained = trainedOf(method);
    if (method.kind === 'gradCam' && trained !== null) {
      const explained = outcomes.get(method.of) as MethodOutcome;
      outcomes.set(
        method.id,
        await gradCamOfNetworks({ method, explained, test, size: trained.size, resultCache, tell }),
      );
    }
  }
  if (!first || faithfulness === undefined) {
    return;
  }
  const { images, steps, methods: explained } = faithfulness;
  for (const method of methods.filter(({ id }) => explained.includes(id))) {
    const trained = trainedOf(method);
    const outcome = outcomes.get(method.id) as MethodOutcome;
    const { network } = outcome.seeds[0];
    if (trained !== null && network !== undefined) {
      const setup = { gradCam: method.kind === 'gradCam', size: trained.size, steps };
      outcome.faithfulness = await faithfulnessOfNetwork({
        id: method.id,
        network,
        setup,
        test,
        images,
        resultCache,
        jobs,
        tell,
      });
    }
  }
}
