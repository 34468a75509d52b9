/** The process that `dawnProcess.ts` starts. */
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { casesOfGpus } from '../../browser/conformanceCases.js';
import { watchDevice } from '../../browser/deviceErrors.js';
import type { CaseReply } from '../caseProcess.js';
import type { ConformanceContext } from '../conformance.js';
import type { GoldenFile } from '../goldenVectors.js';
import type { CaseReport } from '../observation.js';
import { reportOn } from '../observation.js';
import { startDawnBackend } from './dawnBackend.js';

export interface DawnRequest {
  index: number;
  context: ConformanceContext;
}

const goldenPath = process.argv[2];
const golden = goldenPath === undefined ? null : (JSON.parse(readFileSync(goldenPath, 'utf8')) as GoldenFile);
const cases = casesOfGpus(golden);
let device = '';
let deviceErrors: () => string | null = () => null;
const reply = (report: CaseReport) => process.send!({ report, device } satisfies CaseReply);

async function answer(): Promise<void> {
  reply(
    await reportOn(async () => {
      device = await startDawnBackend();
      tf.env().set('IS_TEST', true);
      deviceErrors = watchDevice();
    }),
  );
  process.on('message', (request) => {
    const { index, context } = request as DawnRequest;
    void reportOn(async () => {
      await cases[index].run(context);
      return deviceErrors();
    }).then(reply);
  });
  process.on('disconnect', () => process.exit());
}

void answer();
