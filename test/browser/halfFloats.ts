import type { ConformanceCase } from '../kernels/conformance.js';

const tooClose = 'half floats do not tell its values apart, so other regions tie';
const tooLarge = 'half floats end at 65 504, and some drivers know no infinite ones';

/** Why a case cannot hold where textures store half floats, or null; `gpuCases.ts` has cases made for them. */
export function beyondHalfFloats({ group, title }: ConformanceCase): string | null {
  if (/65 536 regions, (few|a tenth)|4 096 channels|random bags against a sort, k = 5, 3/.test(title)) {
    return tooClose;
  }
  if (/Infinity|near the largest float|many magnitudes/.test(title)) {
    return tooLarge;
  }
  if (group === 'golden vectors') {
    return /^(3[3-9]): /.test(title) ? tooLarge : /^76: /.test(title) ? tooClose : null;
  }
  return null;
}
