/** The conformance cases with the golden vectors, where `../shared` has them. */
import { existsSync, readFileSync } from 'node:fs';
import { casesOfGpus } from '../browser/conformanceCases.js';
import { sharedPath } from '../shared.js';
import type { GoldenFile } from './goldenVectors.js';

/** The path of pooling.json, or null. */
export const goldenPath = existsSync(sharedPath('golden/pooling.json')) ? sharedPath('golden/pooling.json') : null;

/** In the order in which another process or a page knows them. */
export const allCases = casesOfGpus(
  goldenPath === null ? null : (JSON.parse(readFileSync(goldenPath, 'utf8')) as GoldenFile),
);
