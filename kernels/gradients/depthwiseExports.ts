/** Sizes in the order in which both functions of assembly/depthwise.ts take them. */
export type DepthwiseSizes = [
  batch: number,
  inHeight: number,
  inWidth: number,
  inChannels: number,
  outHeight: number,
  outWidth: number,
  multiplier: number,
  filterHeight: number,
  filterWidth: number,
  strideHeight: number,
  strideWidth: number,
  dilationHeight: number,
  dilationWidth: number,
  padTop: number,
  padLeft: number,
];

/** Functions of assembly/depthwise.ts. */
export interface DepthwiseExports {
  depthwiseBackpropFilterScratch(inWidth: number, inChannels: number, multiplier: number): number;
  depthwiseBackpropFilter(x: number, dy: number, dw: number, scratch: number, ...sizes: DepthwiseSizes): void;
  depthwiseBackpropInputScratch(taps: number, inChannels: number, multiplier: number): number;
  depthwiseBackpropInput(dy: number, w: number, dx: number, scratch: number, ...sizes: DepthwiseSizes): void;
}
