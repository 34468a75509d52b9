// Made by build/assembly.mjs from ../assembly/gradient.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 1125 bytes, SIMD 1504 bytes.
import type { WasmBinary } from '../module/binary.js';

export const gradientBinary: WasmBinary = {
  name: 'gradient',
  scalar: {
    memoryImport: 51,
    text:
      "(}/}A};)((()Q,}.)}M)}M}..}M}M}M}M}M}M(}.4}M}M}M}M}M}M}M}M}M}M}J}J(}./}M}M}M}M}M}J}J)}M*7)+}3}<}D.};}3};}=}@}" +
      "G*((+/.())*+(/J*7}5}@}/}2}7}3}<}B{}1}@}/}B}1}6(-4}>}=}=}:o}@}/}2}7}3}<}B(+2~c/.M(igH(i*}BH(i)}BH(i)}?CH(H(i+" +
      "}?CJ(};i)}8H(}:3}q)),}Mi)I/+hH/,hH)H/}6i*}B}8I.+hH,H.u,hH.H,}9I.4)33H*H.}8J0P*(i)}9I1H0H1^*(H1m,hH(H.}8P*(J0" +
      "H-i(H-}9H0i(vC}8i)i}O}N}N}N}FH-i(rCH0i)}BCI0+hH+H.s,hH(H.}8H0^*(H,H.}8I.4)333H/H/i)}9}?I/4)333~.)*+}M,}KH-i*" +
      "}BI0H+H,i*}B}8I-+hH*H.s,hk((((I1H+H.}8J/R*(I3H,H/}8R*(I4H3H(H.}8R*(J2}-,hH/H,i)}B}8R*(I1H2H3}),hH+H.H-H,H0i)" +
      "8)33H2H4}-,hH1H/H,i)}B}8H,}8R*(}`I1H2H4}),hH+H,}8H.H-H0}8H,H0i}M8)33H)H.}8H1`*(H.i,}8I.4)333~j**3}M)}KH1i*}B" +
      "J5H0}:I;H5H18(J6i*}BH+CI7+hH/H8r,hH,,hH,R*0~-I2H,R*4~-I3H,i8}8I,3H)H*H.H6H1H2H38,I<H(H;}8I9+hH(H9q,hH7H9H(}9" +
      "J0H0H7sCI4H+,}MH+U((-i)3,hH<,hi(I0H6i*}BJ>H.}8I:H:H>}8J=H>}8I>+hH0H4q,hH-H0}8H(H0}8R*(J?H.H0}8R*(}.,}KH0H=}8" +
      "R*(-k((((3H?H0H:}8R*(}-,}KH0H>}8R*(-k((((3}``*(H0i,}8I04)33-H(H-H4H.H6i*}BH18*3-i(I0+hH0H4q,hH-H0}8k((((`*(H" +
      "0i,}8I04)333H(H4}8I(H-H4}8I-H+H+i(o}8I+4)33H8i)}8I8H)H5}8I)H*H5i*}B}8I*4)333~M)*.}M)}JH,i*}BI/H+i*}BI0i''''/" +
      "I,i(I++hH0H1s,hH+i(H+H/oCJ+H(}8R*(~-I5H*H1}8J2H)H+}8J3R*(`*(H0H2}8H3H/i)}B}8J4R*(`*(H2H0i)}B}8J2H5H-}p~(`*(H" +
      "0H2}8H5H.}p~(`*(H/H4}8P*(I2H*H0i*}B}8H+}8J4H/H3}8P*(J3^*(H/H4}8H2^*(H,H2H3}?}?I,H1i,}8I1H+i,}8I+4)33H,i''''/" +
      "n37(H(8(i,}BH(i+}B}83",
  },
  simd: {
    memoryImport: 69,
    text:
      "(}/}A};)((()c.}./}M}M}M}M}M}M}M(}.)}M)}M}..}M}M}M}M}M}M(}.4}M}M}M}M}M}M}M}M}M}M}J}J(}.-}M}M}M}M}M(}./}M}M}M}" +
      "M}M}J}J)}M*7)+}3}<}D.};}3};}=}@}G*((+10()(*+,-)/J*7}5}@}/}2}7}3}<}B{}1}@}/}B}1}6(/4}>}=}=}:o}@}/}2}7}3}<}B(," +
      "2~J20}m))+}M+hH(,hH*H(}6i*}B}8I/+hH-H/u,hH/H-}9I/4)33H+H/}8J0P*(i)}9I1H0H1^*(H1m,hH)H/}8P*(J0H.i(H.}9H0i(vC}" +
      "8i)i}O}N}N}N}FH.i(rCH0i)}BCI0+hH,H/s,hH)H/}8H0^*(H-H/}8I/4)333H(H(i)}9}?I(4)333M(igH(i*}BH(i)}BH(i)}?CH(H(i+" +
      "}?CJ(};i)}8H(}:3}!)*)}M,}KH*H+}8J/R*(I2H,H/}8R*(I3H2H(R*(J0}-,hH/H,i)}B}8R*(I1H0H2}),hi)H*H+H.H,H-i)8(33H0H3" +
      "}-,hH1H/H,i)}B}8H,}8R*(}`I1H0H3}),hi)H*H,}8H+H-H.}8H,H-i}M8(33H)H1`*(3}~**-}M-}IH-i*}BI0H+H,i*}B}8I1+hH.i8}8" +
      "H*u,h*hH-i,pi(H(H.}8%(,(J3H+H.}8J/%(,(J4%iJ5H3H,H/}8%(,(J6%iJ7%x%{J2C,hH.I/+hH/H.i8}8q,hH(H/}8H)H/}8H+H/H,H0" +
      "H18*H/i,}8I/4)334)3H)H.}8H3H4%nH/H,i)}B}8J/%(,(%vH3H6%mH,H/}8%(,(%v%~V)%3,(H2,hH5%}r)H+H.H1H,H0i)8(H7%}r)H+H" +
      ",}8H.H0H1}8H,H0i}M8(33H.i8}8I.4)33+hH*H.s,hH(H.}8H)H.}8H+H.H,H0H18*H.i,}8I.4)333}Z*)0}MH1i*}BJ5H0}:I:H5H18)J" +
      "6i*}BH+CI7+hH/H8r,hH,,hH,R*0~-I2H,R*4~-I3H,i8}8I,3H)H*H.H6H1H2H38.I;H(H:}8I9+hH(H9q,hH7H9H(}9J0H0H7sCI4H+,}M" +
      "H+U((-i)3,hH;,hH(H-H4H.H6i*}B8--H(H-H4H.H6i*}BH18+3-i(I0+hH0H4q,hH-H0}8k((((`*(H0i,}8I04)333H(H4}8I(H-H4}8I-" +
      "H+H+i(o}8I+4)33H8i)}8I8H)H5}8I)H*H5i*}B}8I*4)333~C)+,}M)}I)}KH+H,}8J.H,}8J/H,}8I0+hH-i8}8J,H*u,hH)H-}8H(H-}8" +
      "%(,(J1H+H-}8%(,(%nH-H/}8%(,(%vH1H-H.}8%(,(%mH-H0}8%(,(%v%~V)%3,(H,I-4)33+hH*H-s,hH)H-}8H(H-}8R*(J2H+H-}8R*(}" +
      ".,}KH-H/}8R*(-k((((3H2H-H.}8R*(}-,}KH-H0}8R*(-k((((3}``*(H-i,}8I-4)333~M)*.}M)}JH,i*}BI/H+i*}BI0i''''/I,i(I+" +
      "+hH0H1s,hH+i(H+H/oCJ+H(}8R*(~-I5H*H1}8J2H)H+}8J3R*(`*(H0H2}8H3H/i)}B}8J4R*(`*(H2H0i)}B}8J2H5H-}p~(`*(H0H2}8H" +
      "5H.}p~(`*(H/H4}8P*(I2H*H0i*}B}8H+}8J4H/H3}8P*(J3^*(H/H4}8H2^*(H,H2H3}?}?I,H1i,}8I1H+i,}8I+4)33H,i''''/n37(H(" +
      "8)i,}BH(i+}B}83",
  },
};
