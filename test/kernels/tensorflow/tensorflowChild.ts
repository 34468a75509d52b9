/** The process that `tensorflowProcess.ts` starts: tfjs-node-gpu prints on loading, and makes its backend the active one. */
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { conformanceCases } from '../../browser/conformanceCases.js';
import { loadNative } from '../../native.js';
import type { CaseReply } from '../caseProcess.js';
import type { ConformanceContext } from '../conformance.js';
import type { GoldenFile } from '../goldenVectors.js';
import type { CaseReport } from '../observation.js';
import { reportOn } from '../observation.js';
import { tensorflowCases } from './tensorflowCases.js';

export interface TensorflowRequest {
  index: number;
  context: ConformanceContext;
  /** whether the kernels shall choose operations as they do on a GPU */
  asOnGpu: boolean;
}

const goldenPath = process.argv[2];
const golden = goldenPath === undefined ? null : (JSON.parse(readFileSync(goldenPath, 'utf8')) as GoldenFile);
const cases = [...conformanceCases(golden), ...tensorflowCases];
let device = '';
const reply = (report: CaseReport) => process.send!({ report, device } satisfies CaseReply);

async function answer(): Promise<void> {
  reply(
    await reportOn(async () => {
      loadNative();
      const { binding, isUsingGpuDevice } = tf.backend() as unknown as {
        binding: { TF_Version: string };
        isUsingGpuDevice: boolean;
      };
      device = `TensorFlow ${binding.TF_Version}, ${isUsingGpuDevice ? 'GPU' : 'CPU kernels'}`;
      tf.env().set('IS_TEST', true);
    }),
  );
  process.on('message', (request) => {
    const { index, context, asOnGpu } = request as TensorflowRequest;
    (tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice = asOnGpu;
    void reportOn(() => cases[index].run(context)).then(reply);
  });
  process.on('disconnect', () => process.exit());
}

void answer();
