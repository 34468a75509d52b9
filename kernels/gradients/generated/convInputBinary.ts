// Made by build/assembly.mjs from ../assembly/convInput.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 1331 bytes, SIMD 1913 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const convInputBinary: WasmBinary = {
  name: 'convInput',
  scalar: {
    memoryImport: 69,
    text:
      "(}/}A};)((()c-}.-}M}M}M}M}M(}.*}M}M(}.*}M}M)}M}.9}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}.8}M}M}M}M}M}M}M}M}M}M}" +
      "M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+/.)((*+,/!*B}1}=}<}DZ}2j}/}1}9}>}@}=}>q}<}>}C}B{}1}@}/}B}1}6(+;}1}=}<" +
      "}DZ}2j}/}1}9}>}@}=}>q}<}>}C}B(,2}i1.L(H(H)}8I)+hH(H)q,hH(i(^*(H(i,}8I(4)333~&))-}MH,i*}BI0+hH*H1r,hi(I/+hH,H" +
      "/r,hH)H/i*}B}8I.*hH/H1}8H*v,hi(I-+hH+H-r,hH.k((((`*(H-i)}8I-H.H0}8I.4)334)3i(I-+hH+H-r,hH.H(R*(`*(H-i)}8I-H(" +
      "i,}8I(H.H0}8I.4)333H/i)}8I/4)33H)H+H0}:}8I)H,H1}8I14)333~Y)*3}K)}MH(H+i,}B}8I++hH(H+q,hH4H(R*(J5H)R*(J6}b}`I" +
      "4H3H5H)R*,J5}b}`I3H0H(R*,J7H6}b}`I0H/H7H5}b}`I/H.H(R*0J7H6}b}`I.H-H7H5}b}`I-H2H(R*4J7H6}b}`I2H1H7H5}b}`I1H(i" +
      "8}8I(H)i0}8I)4)33+hH,H8r,hH*H*R*(H4}``*(H*H*R*,H3}``*,H0I4H/I3H.I0H-I/H2I.H1I-H8i)}8I8H*i}N)}8I*4)333C(H)H(i" +
      ")}8i*};i)}Bi}N)}8}:i}NH}8i*}B3~G*)4}MH*H,H-}:H.}:H/}:i*}B8(H)H+i}N}N)}8J9H2i*}BJ;i/}B}8JCH3H4}:H/}:J@H2i*8)H" +
      ",H0}:H1}:IAi(I3+hH3HAp,hH(H3H;}:}8H9i}N)HAH3}9J)H)i}N)rCJ<H2i,8)i(I:+hH:H@p,hiHH@H:}9J)H)iHrCIBH+H<i/}B8(H9I" +
      ")H+I,i(I=+hH<H=r,hHCH:H;}:}8I?i(I>+hH>HBp,hH)H?H,H>i*}B}8H2i,H<H=}9JDHDi,rC8*H>i*}8I>H?H;i)}B}8I?4)33H)H;i*}" +
      "B}8I)H,i}N,}8I,H=i,}8I=4)33H*H+H3H<H:HBH-H.H/H0H1H4H5H6H7H88-H:iH}8I:4)33H3i}N)}8I34)333~S*)5}MH/H0}:I?H,H0H" +
      "3}:J@};I8H*H2}=I<H*H2};J*H1};I=H*H1H=}:}9I/+hH+HAr,hH5H<}:H7}9H0}:I>H,H@H8J*}:}9I3i(I;+hH-H;r,hH@H3}9J9H-H;}" +
      "9J:H9H:pCIBH/H4}:H6}9H*}8JCH.q,hH3HB}8J9H?H>}9J:H9H:pCIDH)H3i(H>}9J9H3H9rCJ9H;}8H3}9i*}B}8I:H(H.H=}:HC}8H?}:" +
      "H>}8H9}8i*}B}8I3+hH9HDp,hH3H3R*(H:R*(}``*(H9i)}8I9H:i,}8I:H3i,}8I34)333H;HB}8I;i(I3H*i)}8I*4)33H<i)}8J<H2n,h" +
      "i(I<H/i)}8J*H1n,}MH=i)}8I=i(-H*3I/3HAi)}8IAH)i}N)}8I)4)333",
  },
  simd: {
    memoryImport: 69,
    text:
      "(}/}A};)((()c-}.-}M}M}M}M}M(}.*}M}M(}.*}M}M)}M}.9}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}.8}M}M}M}M}M}M}M}M}M}M}" +
      "M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+/.)((*+,/!*B}1}=}<}DZ}2j}/}1}9}>}@}=}>q}<}>}C}B{}1}@}/}B}1}6(+;}1}=}<" +
      "}DZ}2j}/}1}9}>}@}=}>q}<}>}C}B(,2~S5.|))}MH(H)}8I*+hH(i8}8J)H*u,hH(%4((((((((((((((((%3,(H)I(4)33+hH(H*q,hH(i" +
      "(^*(H(i,}8I(4)333~U,*/}M.}IH+i*}BI0H,i*}BI1+hH*H/r,hi(I2+hH,H2r,hH)H2i*}B}8I3*hH/H2}8H*v,hi(I.+hH+H.r,hH3k((" +
      "((`*(H.i)}8I.H1H3}8I34)334)3i(I.H2i+}?mH/H2}8i,}8H*t}?,h+hH.i,}8J-H+t,hH3H(%(,(J7H(H0}8%(,(J6%5()*+89:;,-./<" +
      "=>?J5H(H0i)}B}8%(,(J4H(H0i+}:}8%(,(J9%5()*+89:;,-./<=>?J8%5()*+,-./89:;<=>?%3,(H1H3}8H5H8%501234567@ABCDEFG%" +
      "3,(H3H1i)}B}8H7H6%50123@ABC4567DEFGJ5H4H9%50123@ABC4567DEFGJ4%5()*+,-./89:;<=>?%3,(H3H1i+}:}8H5H4%501234567@" +
      "ABCDEFG%3,(H-I.H(i8}8I(H3H1i*}B}8I34)33+hH+H.r,hH3H(R*(`*(H3H(H0}8R*(`*,H3H(H0i)}B}8R*(`*0H3H(H0i+}:}8R*(`*4" +
      "H.i)}8I.H(i,}8I(H1H3}8I34)33H(H0i+}:}8I(H2i+}8I24)3+hH+H.r,hH3H(R*(`*(H.i)}8I.H(i,}8I(H1H3}8I34)333H2i)}8I24" +
      ")33H)H+H1}:}8I)H,H/}8I/4)333}c**3}I)}MH(H+i,}B}8I++hH(H+q,hH4H(%1*(J5H)%(,(J6%~X)%~V)I4H3H5H)%(,8J5%~X)%~V)I" +
      "3H0H(%1*,J7H6%~X)%~V)I0H/H7H5%~X)%~V)I/H.H(%1*0J7H6%~X)%~V)I.H-H7H5%~X)%~V)I-H2H(%1*4J7H6%~X)%~V)I2H1H7H5%~X" +
      ")%~V)I1H(i8}8I(H)iH}8I)4)33+hH,H8r,hH*H*%(,(H4%~V)%3,(H*H*%(,8H3%~V)%3,8H0I4H/I3H.I0H-I/H2I.H1I-H8i)}8I8H*i}" +
      "N)}8I*4)333C(H)H(i/}8i0};i+}Bi}N)}8}:i}NH}8i*}B3~G*)4}MH*H,H-}:H.}:H/}:i*}B8(H)H+i}N}N)}8J9H2i*}BJ;i/}B}8JCH" +
      "3H4}:H/}:J@H2i08)H,H0}:H1}:IAi(I3+hH3HAp,hH(H3H;}:}8H9i}N)HAH3}9J)H)i}N)rCJ<H2i,8)i(I:+hH:H@p,hiHH@H:}9J)H)i" +
      "HrCIBH+H<i/}B8(H9I)H+I,i(I=+hH<H=r,hHCH:H;}:}8I?i(I>+hH>HBp,hH)H?H,H>i*}B}8H2i,H<H=}9JDHDi,rC8*H>i0}8I>H?H;i" +
      "+}B}8I?4)33H)H;i*}B}8I)H,i}N,}8I,H=i,}8I=4)33H*H+H3H<H:HBH-H.H/H0H1H4H5H6H7H88-H:iH}8I:4)33H3i}N)}8I34)333}h" +
      "+)5}MH/H0}:I@H,H0H3}:JA};I:H*H2}=I=H*H2};J*H1};I>H*H1H>}:}9I8+hH+HBr,hH5H=}:H7}9H0}:I?H,HAH:J*}:}9I3i(I<+hH-" +
      "H<r,hHAH3}9J/H-H<}9J9H/H9pCICH4H8}:H6}9H*}8J9H.q,hH3HC}8J/H@H?}9J;H/H;pCIDH)H<H3i(H?}9J/H/H3pCJ/}8H3}9i*}B}8" +
      "I;H(H.H>}:H9}8H@}:H?}8H/}8i*}B}8I3+hH/i,}8J9HDt,hH3H3%(,(H;%(,(%~V)%3,(H9I/H;i8}8I;H3i8}8I34)33+hH/HDp,hH3H3" +
      "R*(H;R*(}``*(H/i)}8I/H;i,}8I;H3i,}8I34)333H<HC}8I<i(I3H*i)}8I*4)33H=i)}8J=H2n,hi(I=H8i)}8J*H1n,}MH>i)}8I>i(-" +
      "H*3I83HBi)}8IBH)i}N)}8I)4)333",
  },
};
