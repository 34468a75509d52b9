// Made by build/assembly.mjs from ../assembly/convFilter.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 1316 bytes, SIMD 1764 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const convFilterBinary: WasmBinary = {
  name: 'convFilter',
  scalar: {
    memoryImport: 46,
    text:
      "(}/}A};)((()L+}.9}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}./}M}M}M}M}M}M}M(}.)}M)}M*7)+}3}<}D.};}3};}=}@}G*((+-,)" +
      "(*(/^*C}1}=}<}DZ}2j}/}1}9}>}@}=}>n}7}:}B}3}@{}1}@}/}B}1}6(*<}1}=}<}DZ}2j}/}1}9}>}@}=}>n}7}:}B}3}@(+2}q1,~`)*" +
      "3}K)}MH(H+i,}B}8I++hH(H+q,hH6H(R*(J7H)R*(J8}b}`I6H5H7H)R*,J7}b}`I5H2H(R*,J9H8}b}`I2H1H9H7}b}`I1H0H(R*0J9H8}b" +
      "}`I0H/H9H7}b}`I/H4H(R*4J9H8}b}`I4H3H9H7}b}`I3H(i8}8I(H)i0}8I)4)33+hH,H:r,hH*H*R*(H6}``*(H-i)r,hH*H*R*,H5}``*" +
      ",3H2I6H1I5H0I2H/I1H4I0H3I/H:i)}8I:H*H.}8I*4)333~$+)7}MH/H0}:I?H+i,}BI@H*H2}=I;H*H2};J*H1};I<H*H1H<}:}9I9H,H-" +
      "}8J*H0H4}:J=H3}:J-H*H-pCIAH,H,H=};J3H=}:}9I4+hH+HBr,hH6H;}:H8}9H0}:I>H3I/H4I*i(I:H,I-+hH-HAp,hH(H5H9}:H7}9H/" +
      "}8JDH.H<}:}8H?}:H>}8i*}B}8ICi''''/i(H>}9H.HDuCIEH?H>}9IDH=H*}9JFHAH-}9JGHFHGpCJFH*}8IG+hH*HGp,hH)H:i*}CH@}:}" +
      "8H:i+}?i*}B}8H*HDpH*HEv}?,}KHCH*i*}B}8R*(-k((((3`*(H*i)}8I*H:i)}8I:4)33H-HF}8I-H/i)}8I/i(I*4)33+hH:i+}?J*,hH" +
      ")H:i*}CH@}:}8H*i*}B}8k((((`*(H:i)}8I:4)33H;i)}8J;H2n,hi(I;H9i)}8J*H1n,}MH<i)}8I<i(-H*3I93HBi)}8IBH)i8}8I)4)3" +
      "33;(H(i)}8i*};i)}BiH}8i1}B3~Z+)5}MH*J9H2i*}BJAH3H4}:H/}:JB}:}8I:+hH9H:q,hH9i(^*(H9i,}8I94)33H,H0}:H1}:ICH+i}" +
      "N}N)}8I:+hH>HCp,hH)H>HA}:}8I@H:I,i}N)HCH>}9J9H9i}N)rCI?i(I9H2i*}BID+hH2H9r,hH@H9i*}B}8I<i*H2H9}9J;H;i*vCIEi(" +
      "I=+hH=H?p,hi(I;+hH;i*p,hH,H;HEp,}KH<H;i*}B}8R*(-k((((3`*(H;i)}8I;H,i,}8I,4)33H=i)}8I=H<HD}8I<4)33H9i*}8I94)3" +
      "3i(I;+hH;HBp,hH(H+H>H?H;iHHBH;}9J,H,iHrCJDH-H.H/H0H1H3H4H5H6H7H88)H:I,i(I<+hH2H<r,hH+I9H*H;HA}:}8H<i*}B}8I@i" +
      "(I=+hH=HDp,hH9H,H@H?i,HDH=}9JEHEi,rCH2H<}9HA8(H=i,}8I=H9H?i,}B}8I9H@HAi*}B}8I@4)33H<i*}8I<H,H?i+}B}8I,4)33H;" +
      "iH}8I;4)33H>i}N)}8I>4)333",
  },
  simd: {
    memoryImport: 53,
    text:
      "(}/}A};)((()S,}.9}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}./}M}M}M}M}M}M}M(}.,}M}M}M}M(}.)}M)}M*7)+}3}<}D.};}3};}" +
      "=}@}G*((+.-)*(+(/^*C}1}=}<}DZ}2j}/}1}9}>}@}=}>n}7}:}B}3}@{}1}@}/}B}1}6(+<}1}=}<}DZ}2j}/}1}9}>}@}=}>n}7}:}B}3" +
      "}@(,2~M4-~5+*3}I)}MH(H+i,}B}8I++hH(H+q,hH6H(%1*(J7H)%(,(J8%~X)%~V)I6H5H7H)%(,8J7%~X)%~V)I5H2H(%1*,J9H8%~X)%~" +
      "V)I2H1H9H7%~X)%~V)I1H0H(%1*0J9H8%~X)%~V)I0H/H9H7%~X)%~V)I/H4H(%1*4J9H8%~X)%~V)I4H3H9H7%~X)%~V)I3H(i8}8I(H)iH" +
      "}8I)4)33+hH,H:r,h*hH-i,v,hH*H*%(,(H6%~V)%3,(4)3H-i(r,hH*H*R*(H6%G(}``*(3H-i)r,hH*H*R*,H6%G)}``*,3H-i*r,hH*H*" +
      "R*0H6%G*}``*033*hH-i,}9J(i,v,hH*H*%(,8H5%~V)%3,84)3H(i(r,hH*H*R*8H5%G(}``*83H(i)r,hH*H*R*<H5%G)}``*<3H(i*r,h" +
      "H*H*R*@H5%G*}``*@33H2I6H1I5H0I2H/I1H4I0H3I/H:i)}8I:H*H.}8I*4)333~V)).}MH+i*}BI0+hH+H.r,hH(H.i*}B}8I-*hH.i0}8" +
      "H+t,hi(I,+hH*H,r,hH)H-%(,(%3,(H)H-%(,8%3,8H,i)}8I,H-H0}8I-H)iH}8I)4)334)3i0H+H.}9J,H,i0vCI1i(I/+hH*H/r,hi(I," +
      "+hH,i0p,hH)H,H1p,}KH-H,i*}B}8R*(-k((((3`*(H,i)}8I,H)i,}8I)4)33H/i)}8I/H-H0}8I-4)333H.i0}8I.4)333}e,)8}MH/H0}" +
      ":I@H+i,}BI=H*H2}=I;H*H2};J*H1};I<H*H1H<}:}9I9H,H-}8J*H0H4}:J>H3}:J-H*H-pCIAH0i+}?mIDH,H,H>};J3H>}:}9I4+hH+HB" +
      "r,hH6H;}:H8}9H0}:I?H3I/H4I*i(I:H,I-+hH-HAp,hH(H5H9}:H7}9H/}8JEH.H<}:}8H@}:H?}8i*}B}8ICi''''/i(H?}9H.HEuCIEH@" +
      "H?}9IFH>H*}9JGHAH-}9JHHGHHpCJGH*}8IHHD,h+hH*HHp,hH)H:i*}CH=}:}8H*HFpH*HEv}?,}IHCH*i*}B}8%(,(-%4(((((((((((((" +
      "(((3%3,(H*i,}8I*H:i,}8I:4)33-+hH*HHp,hH)H:i*}CH=}:}8H:i+}?i*}B}8H*HFpH*HEv}?,}KHCH*i*}B}8R*(-k((((3`*(H*i)}8" +
      "I*H:i)}8I:4)333H-HG}8I-H/i)}8I/i(I*4)33+hH:i+}?J*,hH)H:i*}CH=}:}8H*i*}B}8k((((`*(H:i)}8I:4)33H;i)}8J;H2n,hi(" +
      "I;H9i)}8J*H1n,}MH<i)}8I<i(-H*3I93HBi)}8IBH)i8}8I)4)333;(H(i/}8i0};i+}BiH}8i1}B3}N+)5}MH*J9H2i*}BJ>H3H4}:H/}:" +
      "JB}:}8I;+hH9i8}8J:H;u,hH9%4((((((((((((((((%3,(H:I94)33+hH9H;q,hH9i(^*(H9i,}8I94)33H,H0}:H1}:ICH+i}N}N)}8I:+" +
      "hH<HCp,hH)H<H>}:}8H:i}N)HCH<}9J,H,i}N)rCJ?H28)i(I;+hH;HBp,hH(H+H<H?H;iHHBH;}9J,H,iHrCJDH-H.H/H0H1H3H4H5H6H7H" +
      "88*H:I,i(I=+hH2H=r,hH+I9H*H;H>}:}8H=i*}B}8IAi(I@+hH@HDp,hH9H,HAH?i,HDH@}9JEHEi,rCH2H=}9H>8(H@i,}8I@H9H?i,}B}" +
      "8I9HAH>i*}B}8IA4)33H=i0}8I=H,H?i-}B}8I,4)33H;iH}8I;4)33H<i}N)}8I<4)333",
  },
};
