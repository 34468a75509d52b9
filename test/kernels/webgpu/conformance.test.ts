import { allCases, goldenPath } from '../allCases.js';
import { declareRemoteCases } from '../declareCases.js';
import type { DawnProcess } from './dawnProcess.js';
import { startDawn } from './dawnProcess.js';

let dawn: DawnProcess | null = null;
declareRemoteCases(
  'pooling kernels [webgpu in Node]',
  'webgpu in Node',
  allCases,
  async () => {
    dawn = await startDawn(goldenPath);
    return dawn;
  },
  async () => {
    await dawn?.stop();
  },
);
