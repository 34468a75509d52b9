import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import '../../backends.js';
import type { ParityRecord } from './parityRuns.js';
import { lossTolerance, trainEverything } from './parityRuns.js';

let reference: Promise<ParityRecord> | null = null;

/** What the cpu backend gives; trained once. */
export async function cpuRecord(): Promise<ParityRecord> {
  reference ??= tf.setBackend('cpu').then(trainEverything);
  return reference;
}

/** Holds a record against that of the cpu backend, and its resumed run against its uninterrupted one. */
export async function expectParity(record: ParityRecord): Promise<void> {
  const cpu = await cpuRecord();
  expect(Object.keys(record.losses)).to.deep.equal(['scratch', 'features', 'fineTune', 'twoPhase']);
  expect(record.losses.scratch).to.have.length(20);
  for (const [name, losses] of Object.entries(record.losses)) {
    expect(losses.length, name).to.equal(cpu.losses[name].length);
    losses.forEach((loss, i) => expect(loss, `${name}, step ${i}`).to.be.closeTo(cpu.losses[name][i], lossTolerance));
  }
  expect(record.resumed).to.have.length(10);
  record.resumed.forEach((loss, i) =>
    expect(loss, `resumed, step ${i}`).to.be.closeTo(record.losses.twoPhase[i], lossTolerance),
  );
}
