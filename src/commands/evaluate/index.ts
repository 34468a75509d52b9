export { evaluateModel } from './evaluateModel.js';
export type { EvaluateModelOptions } from './evaluateModel.js';
export type { ClassRow, EvaluationReport, Figure, JudgedPhoto } from './evaluationReport.js';
export { evaluationText } from './evaluationText.js';
