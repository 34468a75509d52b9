import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expected } from '../../errors.js';
import { seededDropout } from '../../layers/index.js';
import { mixSeeds } from '../../random.js';
import { apply } from './buildingBlocks.js';

/** What happens inside residual blocks while training. */
export interface BlockTraining {
  /**
   * Stochastic depth: part of the batches at which the last block is computed, 0 < survival <= 1; it falls evenly from 1
   * before the first (Huang et al., ECCV 2016). Default 1, all blocks always.
   */
  survival?: number;
  /**
   * A whole number that decides the initial weights of convolutions, where no weights are given, and what is dropped;
   * for the latter `fineTune` brings its own. Default: random ones, saved with the model.
   */
  seed?: number;
}

/** @throws WeldonError naming the number that is out of range */
export function checkBlockTraining(owner: string, { survival = 1, seed }: BlockTraining): void {
  if (!(typeof survival === 'number' && survival > 0 && survival <= 1)) {
    throw expected(`survival for ${owner}`, 'a number with 0 < survival <= 1', survival);
  }
  if (seed !== undefined && !Number.isInteger(seed)) {
    throw expected(`seed for ${owner}`, 'a whole number', seed);
  }
}

/**
 * The branch of a residual block, dropped at some batches as a whole; where it is kept it is scaled by 1 / survival, so
 * that prediction takes it as it is.
 *
 * @param block number of the block in the network, from 0, of `blocks`
 */
export function survivingBranch(
  branch: SymbolicTensor,
  name: string,
  { block, blocks }: { block: number; blocks: number },
  { survival = 1, seed }: BlockTraining,
): SymbolicTensor {
  if (survival === 1) {
    return branch;
  }
  const rate = ((block + 1) / blocks) * (1 - survival);
  return apply(
    seededDropout({
      name: `${name}_survival`,
      rate,
      wholeBatch: true,
      seed: seed === undefined ? undefined : mixSeeds(seed, 1, block),
    }),
    branch,
  );
}
