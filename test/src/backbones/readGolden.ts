import { readFileSync } from 'node:fs';
import type { BackboneGolden } from './formulaWeights.js';

export function readGolden(path: string): BackboneGolden {
  return JSON.parse(readFileSync(path, 'utf8')) as BackboneGolden;
}
