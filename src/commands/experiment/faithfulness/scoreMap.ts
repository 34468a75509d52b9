import { AverageDrop, DeletionInsertionMetric } from '../../../metrics/index.js';
import type { ExplainedImage, ProbabilityModel } from '../../../metrics/perturbedImages.js';

/** What one image gave for one method; see `FaithfulnessOutcome`. */
export interface PerturbedImage {
  deletion: number;
  insertion: number;
  drop: number;
  increased: boolean;
}

/** Measures methods' maps by perturbing images. */
export interface Perturbation {
  /** one entry per method */
  score(path: string): Promise<PerturbedImage[]>;
  dispose(): void;
}

/** Perturbs an image by a map of it, and asks the network of each of the 2 · steps + 1 versions. */
export async function scoreMap(
  model: ProbabilityModel,
  explained: ExplainedImage,
  steps: number,
): Promise<PerturbedImage> {
  const { deletion, insertion } = await new DeletionInsertionMetric(model, { steps }).update(explained);
  const metric = new AverageDrop(model);
  await metric.update(explained);
  const { averageDrop, increase } = metric.summary();
  return { deletion, insertion, drop: averageDrop, increased: increase === 1 };
}
