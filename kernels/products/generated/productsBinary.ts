// Made by build/assembly.mjs from ../assembly/products.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 302 bytes, SIMD 665 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const productsBinary: WasmBinary = {
  name: 'products',
  scalar: {
    memoryImport: 20,
    text:
      "(}/}A};)((()2)}..}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+*)(/4)0}>}@}=}2}C}1}B}A((2~f))~c)*0}M)}KH,i*}BI/H+i" +
      "*}BI4+hH)H5r,hi(I3H*I,H-I.+hH+H3r,hi(I0+hH0i,q,hi(I1+hH1i*q,hk((((I6i(I2+hH/H2s,hH6H(H/H0}:}8H2}8R*(H,H/H1}:" +
      "}8H2}8R*(}b}`I6H2i,}8I24)33H.H0H4}:}8H1i*}B}8H6`*(H1i)}8I14)33H0i)}8I04)33H3i*}8I3H,H/i)}B}8I,H.i0}8I.4)33H5" +
      "i,}8I5H(H/i*}B}8I(H-H4i*}B}8I-4)333",
  },
  simd: {
    memoryImport: 25,
    text:
      "(}/}A};)((()7*}.)}I)}K}..}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((++*()/4)0}>}@}=}2}C}1}B}A()2~K,*A(H(%G(H(%G)" +
      "}`H(%G*H(%G+}`}`3~.,*1}M3}IH,i*}BI0H+i*}BI1+hH)H3r,hH(H0}8J4H0}8J5H0}8I6i(I2H*I.H-I,+hH+H2r,h%4(((((((((((((" +
      "(((I7%4((((((((((((((((I8%4((((((((((((((((I9%4((((((((((((((((I:%4((((((((((((((((I;%4((((((((((((((((I<%4(" +
      "(((((((((((((((I=%4((((((((((((((((I>i(I/+hH/H0q,hH7H(H/}8%(,(J@H.H/}8%(,(J?%~X)%~V)I7H8H@H.H0}8H/}8%(,(J@%~" +
      "X)%~V)I8H9H/H4}8%(,(JAH?%~X)%~V)I9H:HAH@%~X)%~V)I:H;H/H5}8%(,(JAH?%~X)%~V)I;H<HAH@%~X)%~V)I<H=H/H6}8%(,(JAH?" +
      "%~X)%~V)I=H>HAH@%~X)%~V)I>H/i8}8I/4)33H,H78(`*(H,H88(`*,H,H1}8J/H98(`*(H/H:8(`*,H,H1i)}B}8J/H;8(`*(H/H<8(`*," +
      "H,H1i+}:}8J/H=8(`*(H/H>8(`*,H2i*}8I2H.H0i)}B}8I.H,i0}8I,4)33H3i,}8I3H(H0i*}B}8I(H-H1i*}B}8I-4)333",
  },
};
