// Made by build/assembly.mjs from ../assembly/products.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 483 bytes, SIMD 887 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const productsBinary: WasmBinary = {
  name: 'products',
  scalar: {
    memoryImport: 20,
    text:
      "(}/}A};)((()2)}..}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+*)(/4)0}>}@}=}2}C}1}B}A((2}w+)}t+*0}M+}KH,i*}BI0H+i" +
      "*}BI4+hH2i,}8H)t,hi(I5H*I,H-I.+hH+H5r,hi(I/+hH/i,q,hi(I1+hH1i*q,hk((((I6i(I3+hH0H3s,hH6H(H/H0}:}8H3}8R*(H,H0" +
      "H1}:}8H3}8R*(}b}`I6H3i,}8I34)33H.H/H4}:}8H1i*}B}8H6`*(H1i)}8I14)33H/i)}8I/4)33H5i*}8I5H,H0i)}B}8I,H.i0}8I.4)" +
      "33H2i,}8I2H(H0i*}B}8I(H-H4i*}B}8I-4)33+hH)H2r,hi(I1H*I,H-I.+hH+H1r,hk((((I6k((((I7i(I/+hH/H0q,hH6H(H/}8R*(J8" +
      "H,H/}8R*(}b}`I6H7H8H,H0}8H/}8R*(}b}`I7H/i,}8I/4)33H.H6`*(H.H7`*,H1i*}8I1H,H0i)}B}8I,H.i0}8I.4)33H2i)}8I2H(H0" +
      "}8I(H-H4}8I-4)333",
  },
  simd: {
    memoryImport: 25,
    text:
      "(}/}A};)((()7*}.)}I)}K}..}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((++*()/4)0}>}@}=}2}C}1}B}A()2~).*A(H(%G(H(%G)" +
      "}`H(%G*H(%G+}`}`3}h.*1}M3}IH,i*}BI0H+i*}BI2+hH3i,}8H)t,hH(H0}8J4H0}8J5H0}8I6i(I1H*I.H-I,+hH+H1r,h%4(((((((((" +
      "(((((((I7%4((((((((((((((((I8%4((((((((((((((((I9%4((((((((((((((((I:%4((((((((((((((((I;%4((((((((((((((((I" +
      "<%4((((((((((((((((I=%4((((((((((((((((I>i(I/+hH/H0q,hH7H(H/}8%(,(J@H.H/}8%(,(J?%~X)%~V)I7H8H@H.H0}8H/}8%(,(" +
      "J@%~X)%~V)I8H9H/H4}8%(,(JAH?%~X)%~V)I9H:HAH@%~X)%~V)I:H;H/H5}8%(,(JAH?%~X)%~V)I;H<HAH@%~X)%~V)I<H=H/H6}8%(,(" +
      "JAH?%~X)%~V)I=H>HAH@%~X)%~V)I>H/i8}8I/4)33H,H78(`*(H,H88(`*,H,H2}8J/H98(`*(H/H:8(`*,H,H2i)}B}8J/H;8(`*(H/H<8" +
      "(`*,H,H2i+}:}8J/H=8(`*(H/H>8(`*,H1i*}8I1H.H0i)}B}8I.H,i0}8I,4)33H3i,}8I3H(H0i*}B}8I(H-H2i*}B}8I-4)33+hH)H3r," +
      "hi(I1H*I,H-I.+hH+H1r,hi(I/%4((((((((((((((((I7%4((((((((((((((((I8+hH/H0q,hH7H(H/}8%(,(J9H,H/}8%(,(%~X)%~V)I" +
      "7H8H9H,H0}8H/}8%(,(%~X)%~V)I8H/i8}8I/4)33H.H78(`*(H.H88(`*,H1i*}8I1H,H0i)}B}8I,H.i0}8I.4)33H3i)}8I3H(H0}8I(H" +
      "-H2}8I-4)333",
  },
};
