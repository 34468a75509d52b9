// Made by build/assembly.mjs from ../assembly/segmentSum.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 281 bytes, SIMD 377 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const segmentSumBinary: WasmBinary = {
  name: 'segmentSum',
  scalar: {
    memoryImport: 21,
    text:
      "(}/}A};)((()3)}./}M}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+*)(/>):}C}<}A}=}@}B}3}2{}3}5};}3}<}B{}C};((2~F))~" +
      "C)),}MH*J/H,i*}BJ0H-}:}8I,+hH,H/s,hH/i(^*(H/i,}8I/4)33+hH+H1r,h*hH)P*(J/H-w5(H(I,H0H*H/H0}:}8J/}8I2H.,h+hH/H" +
      "2q,hH/H/P*(H,P*(}8^*(H/i,}8I/H,i,}8I,4)334)3+hH/H2q,hH/H/R*(H,R*(}``*(H/i,}8I/H,i,}8I,4)333H1i)}8I1H(H0}8I(H" +
      ")i,}8I)4)333",
  },
  simd: {
    memoryImport: 21,
    text:
      "(}/}A};)((()3)}./}M}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+*)(/>):}C}<}A}=}@}B}3}2{}3}5};}3}<}B{}C};((2~&*)~" +
      "#*)-}MH*J/H,i*}BJ1H-}:}8I0+hH/i8}8J,H0u,hH/%4((((((((((((((((%3,(H,I/4)33+hH/H0q,hH/i(^*(H/i,}8I/4)33+hH+H3r" +
      ",h*hH)P*(J,H-w5(H(I0H1H*H,H1}:}8J,}8I2H.,h+hH,H2q,hH,H,P*(H0P*(}8^*(H,i,}8I,H0i,}8I04)334)3+hH,i8}8J/H2u,hH," +
      "H,%(,(H0%(,(%~V)%3,(H/I,H0i8}8I04)33+hH,H2q,hH,H,R*(H0R*(}``*(H,i,}8I,H0i,}8I04)333H3i)}8I3H(H1}8I(H)i,}8I)4" +
      ")333",
  },
};
