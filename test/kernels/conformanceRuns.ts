/** The one list of where the conformance cases run, and which of them. */
import { isFor } from '../browser/conformanceCases.js';
import { beyondHalfFloats } from '../browser/halfFloats.js';
import type { BackendName } from '../tolerances.js';
import type { ConformanceCase } from './conformance.js';

export interface ConformanceRun {
  backend: BackendName;
  where: 'Node' | 'Chromium';
  /** the line of FEATURES.md that it belongs to, where that is not the backend's */
  row?: BackendName;
  /** whether a case is run, or why it is shown as skipped */
  choose(each: ConformanceCase): boolean | string;
}

const shared = (each: ConformanceCase) => isFor(null, each);
const inNode = (backend: BackendName): ConformanceRun => ({ backend, where: 'Node', choose: shared });
const inChromium = (backend: BackendName, choose: ConformanceRun['choose'] = shared): ConformanceRun => ({
  backend,
  where: 'Chromium',
  choose,
});

export const conformanceRuns = {
  'cpu in Node': inNode('cpu'),
  'stock in Node': inNode('stock'),
  'wasm in Node': inNode('wasm'),
  'wasm in Node, scalar': inNode('wasm'),
  'wasm in Node, simd, memory hidden': inNode('wasm'),
  'wasm in Node, scalar, memory hidden': inNode('wasm'),
  'tensorflow, operations for the CPU': inNode('tensorflow'),
  'tensorflow, operations for a GPU': inNode('tensorflow'),
  'webgpu in Node': { ...inNode('webgpu'), choose: (each) => isFor('webgpu', each) },
  cpu: inChromium('cpu'),
  'wasm, one thread': inChromium('wasm'),
  'wasm, threads': inChromium('wasm'),
  webgl: inChromium('webgl', (each) => isFor('webgl', each)),
  'webgl with half floats': inChromium(
    'webgl-f16',
    (each) => isFor('webgl with half floats', each) && (beyondHalfFloats(each) ?? true),
  ),
  // Stock operations, since its shaders cannot do the kernels' work.
  'webgl 1': { ...inChromium('webgl', (each) => shared(each) && ['smoke', 'leak'].includes(each.group)), row: 'stock' },
  webgpu: inChromium('webgpu', (each) => isFor('webgpu', each)),
} as const satisfies Record<string, ConformanceRun>;

export type RunName = keyof typeof conformanceRuns;
