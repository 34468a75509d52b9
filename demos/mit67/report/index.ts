export type * from './results.js';
export { reportPage, writeReport } from './writeReport.js';
export type { ReportFiles } from './writeReport.js';
