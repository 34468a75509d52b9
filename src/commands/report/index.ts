export type * from './results.js';
export { reportPage, writeReport } from './experimentReport.js';
export type { ReportFiles } from './experimentReport.js';
export { experimentMarkdown } from './experimentMarkdown.js';
