/** The face of the ONNX wing, `tfjs-weldon/onnx`: the public names, written out, and nothing else. */
export { exportOnnx } from './exportOnnx.js';
export type { ExportOnnxOptions } from './exportOnnx.js';
export type { WeightPrecision } from './graphBuilder.js';
export type { OnnxOutput } from './outputNames.js';
