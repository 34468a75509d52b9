export { evaluateModel } from './evaluateModel.js';
export type { EvaluateModelOptions } from './options.js';
export type { ClassRow, EvaluationReport, ImageResult } from './evaluationReport.js';
export { evaluationText } from './evaluationText.js';
