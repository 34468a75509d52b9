export type * from './results.js';
export { reportPage, writeReport } from './experimentReport.js';
export type { ReportFiles } from './experimentReport.js';
