// Made by build/assembly.mjs from assembly/segmentSum.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 281 bytes, SIMD 331 bytes.
import type { WasmBinary } from '../wasm/module/binary.js';

export const segmentSumBinary: WasmBinary = {
  name: 'segmentSum',
  scalar: {
    memoryImport: 21,
    base64:
      'AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxYBEnVuc29ydGVkU2VnbWVudFN1bQAACtQBAdEBAQR/IAIiByAEQQJ0' +
      'IgggBWxqIQQDQCAEIAdLBEAgB0EANgIAIAdBBGohBwwBCwsDQCADIAlKBEACQCABKAIAIgcgBU8NACAAIQQgCCACIAcgCGxqIgdqIQogBgRAA0Ag' +
      'ByAKSQRAIAcgBygCACAEKAIAajYCACAHQQRqIQcgBEEEaiEEDAELCwwBCwNAIAcgCkkEQCAHIAcqAgAgBCoCAJI4AgAgB0EEaiEHIARBBGohBAwB' +
      'CwsLIAlBAWohCSAAIAhqIQAgAUEEaiEBDAELCws=',
  },
  simd: {
    memoryImport: 21,
    base64:
      'AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxYBEnVuc29ydGVkU2VnbWVudFN1bQAACoYCAYMCAQV/IAIiByAEQQJ0' +
      'IgkgBWxqIQQDQCAEIAdLBEAgB0EANgIAIAdBBGohBwwBCwsDQCADIAtKBEACQCABKAIAIgQgBU8NACAAIQggCSACIAQgCWxqIgRqIQogBgRAA0Ag' +
      'BCAKSQRAIAQgBCgCACAIKAIAajYCACAEQQRqIQQgCEEEaiEIDAELCwwBCwNAIARBEGoiByAKTQRAIAQgBP0ABAAgCP0ABAD95AH9CwQAIAchBCAI' +
      'QRBqIQgMAQsLA0AgBCAKSQRAIAQgBCoCACAIKgIAkjgCACAEQQRqIQQgCEEEaiEIDAELCwsgC0EBaiELIAAgCWohACABQQRqIQEMAQsLCw==',
  },
};
