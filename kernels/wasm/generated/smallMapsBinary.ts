// Made by build/assembly.mjs from ../assembly/smallMaps.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 834 bytes, SIMD 1283 bytes.
import type { WasmBinary } from '../module/binary.js';

export const smallMapsBinary: WasmBinary = {
  name: 'smallMaps',
  scalar: {
    memoryImport: 58,
    text:
      "(}/}A};)((()X,}.,}M}M}M}M)}J}..}M}M}M}M}M}M)}M}.5}M}M}M}M}M}M}M}M}M}M}M}J}J(}.2}M}M}M}M}M}M}M}M}J}J(*7)+}3}<" +
      "}D.};}3};}=}@}G*((+-,()*+/>*3}>}=}=}:{}1}@}/}B}1}6(),}>}=}=}:(*2~G-,}9+)}M*}K)}JH(H)q,}KH(R*(-k((~2}M3I-i'''" +
      "'/i(H(H)wCI,+hH(H)q,hH,H(R*(J.H-})}8I,H/H.~-}nI/H(i,}8I(4)33H*H-`*(H*H+}8H,^*(H/32(H+H,}8i*}B3}F)*}MH0i*}BI*" +
      "+hH.H5r,hi(I)H0i*}BI6+hH)H6q,hH(H)}8H)H+}8H)H,}8H-H/H6H1H2H3H48+H)i,}8I)4)33H(H*H/}:}8I(H*H+}8I+H,H*i*}B}8I," +
      "H5i)}8I54)333~T+*,}K+}MH+H.i*}B}8J6H/i*}B}8I8H+I7+hH6H7s,hH7k((}N'`*(H7i,}8I74)33H6I7+hH7H8q,hH7k((}N}M`*(H7" +
      "i,}8I74)33k((}N'k((}N}MH.i(rCI3k((}N}Mk((}N'H/i(rCI2H(I/i(I7+hH,H7r,hH4H/R*(J5}`I4H3H5}+,hH+I.+hH.i,}8H6q,}M" +
      "H.R*,H5}+-i(3,hH.H.R*,`*(H.i,}8I.4)33H.H5`*(H+R*(I33H2H5},,hH6I.+hH.i,}8H8q,}MH.R*,H5},-i(3,hH.H.R*,`*(H.i,}" +
      "8I.4)33H.H5`*(H6R*(I23H7i)}8I7H-H/}8I/4)33H)H0H+H6H*H-8(}pH1H6H8H*H-i)}B}8H-8(}p}n~(`*(H4H4}*,h*hH(H,H-}:}8I" +
      "++hH(H+q,hH(R*(J2H2}*,hH)k((~2}M`*(H*k((}N'`*(H*H-}8i''''/^*(H*H-i)}B}8J(k((}N}M`*(H(H-}8i''''/^*(4+3H(H-}8I" +
      "(4)33333",
  },
  simd: {
    memoryImport: 69,
    text:
      "(}/}A};)((()c-}.2}M}M}M}M}M}M}M}M}J}J(}..}M}M}M}M}M}M)}M}.5}M}M}M}M}M}M}M}M}M}M}M}J}J(}.3}M}M}M}M}M}M}M}M}M}" +
      "J}J(}.*}M}M(*7)+}3}<}D.};}3};}=}@}G*((+.-()*+,/>*3}>}=}=}:{}1}@}/}B}1}6(),}>}=}=}:(*2}X1-~L*+,}M*}I)}KH+H,i," +
      "}B}8I4i)iHH,i)}9}5}9}BI5H+I2H(I3+hH2H4q,hH6H3%(,(J7%~V)I6H2H7%3,(H2i8}8I2H-H3}8I34)33H4I2H+H5i,}B}8I3+hH2H3q" +
      ",hH2%4((}N}M((}N}M((}N}M((}N}M%3,(H2i8}8I24)33H+H58,H+H4H4H+H)H*H-H.H/H0H18+H6H6%j%{,hi(I++hH+i8q,hH)H+}8I/H" +
      "*H+}8I2H(H+}8J.H,H-}:}8I3+hH.H3q,h*hH.R*(J8H8}*,hH/k((~2}M`*(H2k((}N'`*(H-H2}8i''''/^*(H2H-i)}B}8J.k((}N}M`*" +
      "(H-H.}8i''''/^*(4)3H-H.}8I.4*333H+i,}8I+4)33339(i)iHH)i)}9}5}9}Bi,}B3}!))+}MH0i*}BI)+hH.H5r,hi(I*+hH*H0i+}8i" +
      "*}Cp,hH*i*}BJ6H0i,}9J7H6H7pCi*}BJ6H(}8H+H6}8H,H6}8H-H/H)H1H2H3H48(H*i)}8I*4)33H(H)H/}:}8I(H)H+}8I+H,H)i*}B}8" +
      "I,H5i)}8I54)333$**,}M0}I+hH6i*p,h%4((~2}M((~2}M((~2}M((~2}MH6,}IH+J3H0i,}B}8J4I5H2%<I8H4i8}9%(,(-H*J4H/i,}B}" +
      "9J3i8}9I5H1%<I8H3%(,(3H3H4nCI9%4((((((((((((((((I7%4((((((((((((((((I:%4((((((((((((((((I;+hH3H4q,hH7H3%(,(J" +
      "<H9%i%~#)I7H:H<%}-%~b)I:H;H<H<%50123456701234567%}-%~b)I;H3i8}8I34)33H=H:H8%~d)%~b)I=H>H;H8%~d)%~b)I>H-H9%3," +
      "(H-H.}8H(H5uH)H5s}?,}IH7H5%(,(H9%ji)%}{)%x-H73%3,(H6i)}8I6H-H.i)}B}8I-4)33H,H=%},H>%},%5()*+,-./89:;<=>?%3,(" +
      "3}Y**.}M*}IH)i,}BJ.H(}8I-iHI,+hH,H.u,hH(I)+hH)H-q,hH,H)J*}8i8}9I++hH*H+q,hH*H*%(,(J0H+%(,(J1%~!)%3,(H+H1H0%~" +
      "])%3,(H*i8}8I*H+i8}9I+4)33H)H,}8I)4)33H,i*}DI++hH+i8w,hH(I)+hH)H-q,hH)I*+hH*H)H+}8q,hH*H*%(,(J0H*H+}8J/%(,(J" +
      "1%~!)%3,(H/H1H0%~])%3,(H*i8}8I*4)33H)H+i)}B}8I)4)33H+i)}DI+4)33H,i)}BI,4)333",
  },
};
