// Made by build/assembly.mjs from assembly/segmentSum.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 281 bytes, SIMD 377 bytes.
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
      'AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxYBEnVuc29ydGVkU2VnbWVudFN1bQAACrQCAbECAQV/IAIiByAEQQJ0' +
      'IgkgBWxqIQgDQCAHQRBqIgQgCE0EQCAH/QwAAAAAAAAAAAAAAAAAAAAA/QsEACAEIQcMAQsLA0AgByAISQRAIAdBADYCACAHQQRqIQcMAQsLA0Ag' +
      'AyALSgRAAkAgASgCACIEIAVPDQAgACEIIAkgAiAEIAlsaiIEaiEKIAYEQANAIAQgCkkEQCAEIAQoAgAgCCgCAGo2AgAgBEEEaiEEIAhBBGohCAwB' +
      'CwsMAQsDQCAEQRBqIgcgCk0EQCAEIAT9AAQAIAj9AAQA/eQB/QsEACAHIQQgCEEQaiEIDAELCwNAIAQgCkkEQCAEIAQqAgAgCCoCAJI4AgAgBEEE' +
      'aiEEIAhBBGohCAwBCwsLIAtBAWohCyAAIAlqIQAgAUEEaiEBDAELCws=',
  },
};
