/** Functions that each of assembly/sortedLists.ts, smallMaps.ts and columns.ts has. */
export interface PoolExports {
  poolScratch(
    batch: number,
    regions: number,
    channels: number,
    topCount: number,
    bottomCount: number,
    masked: boolean,
  ): number;
  pool(
    x: number,
    mask: number,
    plan: number,
    scores: number,
    selection: number,
    scratch: number,
    batch: number,
    regions: number,
    channels: number,
    topCount: number,
    bottomCount: number,
    topWeight: number,
    bottomWeight: number,
  ): void;
}
