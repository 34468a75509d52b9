/** How the two ends of a map become one score; see `PoolingOptions.reduction`. */
export type Reduction = 'mean' | 'sum' | 'halfMean';

export type DataFormat = 'channelsLast' | 'channelsFirst';

/** Words shared by the op, the layers, `attachWeldon` and every command line. */
export interface PoolingOptions {
  /**
   * Regions of positive evidence: an integer count >= 1, a fraction 0 < k < 1 of the regions
   * (round half to even, at least 1), or 0 for none. A count above the number of regions means all. Default 3.
   */
  kMax?: number;
  /** Regions of negative evidence, likewise; `null` follows `kMax`. Default `null`. */
  kMin?: number | null;
  /** Weight of the negative evidence, any finite number. Default 1. */
  alpha?: number;
  /**
   * - `'mean'`: mean(top) + α·mean(bottom), WILDCAT (CVPR 2017) equation 3 and the Torch7 code;
   * - `'sum'`: Σ top + α·Σ bottom, WELDON (CVPR 2016) equations 1–3;
   * - `'halfMean'`: (mean(top) + α·mean(bottom)) / 2, plain mean(top) when kMin is 0: the released PyTorch code.
   *
   * Default `'mean'`.
   */
  reduction?: Reduction;
}
