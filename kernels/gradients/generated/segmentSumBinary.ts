// Made by build/assembly.mjs from ../assembly/segmentSum.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 281 bytes, SIMD 377 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const segmentSumBinary: WasmBinary = {
  name: 'segmentSum',
  scalar: {
    memoryImport: 21,
    base64:
      'AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxYBEnVuc29ydGVkU2VnbWVudFN1bQAACtQBAdEBAQR/IAIiByAE' +
      'QQJ0IgggBWxqIQQDQCAEIAdLBEAgB0EANgIAIAdBBGohBwwBCwsDQCADIAlKBEACQCABKAIAIgcgBU8NACAAIQQgCCACIAcgCGxqIgdqIQog' +
      'BgRAA0AgByAKSQRAIAcgBygCACAEKAIAajYCACAHQQRqIQcgBEEEaiEEDAELCwwBCwNAIAcgCkkEQCAHIAcqAgAgBCoCAJI4AgAgB0EEaiEH' +
      'IARBBGohBAwBCwsLIAlBAWohCSAAIAhqIQAgAUEEaiEBDAELCws=',
  },
  simd: {
    memoryImport: 21,
    base64:
      'AGFzbQEAAAABCwFgB39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxYBEnVuc29ydGVkU2VnbWVudFN1bQAACrQCAbECAQV/IAIiByAE' +
      'QQJ0IgkgBWxqIQgDQCAHQRBqIgQgCE0EQCAH/QwAAAAAAAAAAAAAAAAAAAAA/QsEACAEIQcMAQsLA0AgByAISQRAIAdBADYCACAHQQRqIQcM' +
      'AQsLA0AgAyALSgRAAkAgASgCACIEIAVPDQAgACEIIAkgAiAEIAlsaiIEaiEKIAYEQANAIAQgCkkEQCAEIAQoAgAgCCgCAGo2AgAgBEEEaiEE' +
      'IAhBBGohCAwBCwsMAQsDQCAEQRBqIgcgCk0EQCAEIAT9AAQAIAj9AAQA/eQB/QsEACAHIQQgCEEQaiEIDAELCwNAIAQgCkkEQCAEIAQqAgAg' +
      'CCoCAJI4AgAgBEEEaiEEIAhBBGohCAwBCwsLIAtBAWohCyAAIAlqIQAgAUEEaiEBDAELCws=',
  },
};
