import type { ImageDataSet } from '../../../node/datasets/index.js';
import { faithfulnessOfNetwork } from './faithfulness.js';
import { gradCamRowOfNetworks } from '../methods/gradCam.js';
import type { RowOutcome } from '../scores/outcome.js';
import type { RowConfig, RunConfig, TrainedRow } from '../config.js';
import type { StageStore } from '../cache/resultCache.js';

/**
 * Which trained networks are kept: those of rows that Grad-CAM explains, and of the first seed of rows whose maps
 * altered images judge, which is done in the first split alone.
 */
export function networksWanted({ rows, protocol }: RunConfig, first: boolean): (row: string, seed: number) => boolean {
  const explained = new Set(rows.flatMap((row) => (row.kind === 'gradCam' ? [row.of] : [])));
  const altered = first ? (protocol.faithfulness?.rows ?? []) : [];
  return (row, seed) => explained.has(row) || (altered.includes(row) && seed === protocol.seeds[0]);
}

export interface ExplainTask {
  config: RunConfig;
  /** whether it is the first of the splits */
  first: boolean;
  test: ImageDataSet;
  stages: StageStore;
  jobs?: number;
  tell(what: string, done: number, total: number): void;
}

const isTrained = (row: RowConfig | undefined): row is TrainedRow =>
  row?.kind === 'fineTune' || row?.kind === 'scratch';

/** What is asked of trained networks besides their scores: Grad-CAM, and what altered images tell of their maps. */
export async function explainTrained(
  { config, first, test, stages, jobs, tell }: ExplainTask,
  outcomes: Map<string, RowOutcome>,
): Promise<void> {
  const {
    rows,
    protocol: { faithfulness },
  } = config;
  const trainedOf = (row: RowConfig) => {
    const trained = row.kind === 'gradCam' ? rows.find(({ id }) => id === row.of) : row;
    return isTrained(trained) ? { size: trained.size ?? config.size } : null;
  };
  for (const row of rows) {
    const trained = trainedOf(row);
    if (row.kind === 'gradCam' && trained !== null) {
      const explained = outcomes.get(row.of) as RowOutcome;
      outcomes.set(row.id, await gradCamRowOfNetworks({ row, explained, test, size: trained.size, stages, tell }));
    }
  }
  if (!first || faithfulness === undefined) {
    return;
  }
  const { images, steps, rows: judged } = faithfulness;
  for (const row of rows.filter(({ id }) => judged.includes(id))) {
    const trained = trainedOf(row);
    const outcome = outcomes.get(row.id) as RowOutcome;
    const { network } = outcome.seeds[0];
    if (trained !== null && network !== undefined) {
      const setup = { gradCam: row.kind === 'gradCam', size: trained.size, steps };
      outcome.faithfulness = await faithfulnessOfNetwork({
        id: row.id,
        network,
        setup,
        test,
        images,
        stages,
        jobs,
        tell,
      });
    }
  }
}
