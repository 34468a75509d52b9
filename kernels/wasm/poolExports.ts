/** Functions of assembly/sortedLists.ts and assembly/columns.ts. */
export interface PoolExports {
  poolScratch(batch: number, regions: number, channels: number, topCount: number, bottomCount: number): number;
  pool(
    x: number, scores: number, selection: number, scratch: number, batch: number, regions: number, channels: number,
    topCount: number, bottomCount: number, topWeight: number, bottomWeight: number): void;
}

/** Functions that assembly/columns.ts has besides. */
export interface BagExports extends PoolExports {
  poolBagsScratch(regions: number): number;
  poolBags(
    x: number, mask: number, plan: number, scores: number, selection: number, scratch: number, batch: number,
    regions: number, channels: number): void;
}
