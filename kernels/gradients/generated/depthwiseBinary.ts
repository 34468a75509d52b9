// Made by build/assembly.mjs from ../assembly/depthwise.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 1326 bytes, SIMD 2152 bytes.
import type { WasmBinary } from '../../wasm/module/binary.js';

export const depthwiseBinary: WasmBinary = {
  name: 'depthwise',
  scalar: {
    memoryImport: 47,
    text:
      "(}/}A};)((()M+}.+}M}M}M)}M}.;}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}.,}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+." +
      "-*()()/}C,F}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>n}7}:}B}3}@{}1}@}/}B}1}6(+?}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>n}7}" +
      ":}B}3}@(,E}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>q}<}>}C}B{}1}@}/}B}1}6()>}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>q}<}>}C" +
      "}B(*2~^0-}4*+}M)}K+hH+H.r,hk((((I/H(I,+hH)H,s,hH/H,P*(H-}8R*(H,P*,H-}8R*(}b}`I/H,i0}8I,4)33H*H-}8H/`*(H.i)}8" +
      "I.H-i,}8I-4)333@(H(i+}BH)H*}:i*}Bi(H*i)rC}83}x+*4}M)}KH/H2}:J@i*}BIAH+H3H4}:i+}B}8I<+hH,H?r,hi(IC+hH-HCr,hi(" +
      "IB+hH.HBr,hH+I;i(I=+hH3H=r,hH9HC}8H7H=}:}9J>H5};IEH>i(pH0HEt}@H5HE}:H>o}@m,hi(ID+hH4HDr,hH:HB}8H8HD}:}9JFH6}" +
      ";I>HFi(pH1H>t}@H6H>}:HFo}@m,hH;H(H1HE}:H>}8HA}:}8^*(H;H)H4H=}:HD}8HA}:}8^*,H;i0}8I;3HDi)}8ID4)333H=i)}8I=4)3" +
      "3H2i)r,hH+H;H<H@8(H<I;H*I=i(ID+hH/HDr,hk((((IGi(I>+hH2H>r,hHGH;R*(}`IGH>i)}8I>H;i,}8I;4)33H=HG`*(HDi)}8IDH=i" +
      ",}8I=4)33-H+H;H*H@8(3HBi)}8IBH*H/i*}B}8I*4)33HCi)}8IC4)33H?i)}8I?H(H0H1}:HA}:}8I(4)333=(H(H)}:H*}:i*}Bi(H*i)" +
      "rC3}u,*9}M)}KH.H/}:i*}BIGH*J<H/H2}:JIi*}BJ@H3H4}:}:}8I;+hH;H<s,hH<i(^*(H<i,}8I<4)33+hH,HHr,hi(IC+hH0HCr,hi(I" +
      "A+hH3HAr,hH5HC}:H9}9H7HA}:}8J;H-q,hH(H;HG}:}8I<H2i)r,hH+I;H.H/}:I=i(I>+hH=H>r,hH<R*(ILi(I?+hH2H?r,hH;HL`*(H?" +
      "i)}8I?H;i,}8I;4)33H>i)}8I>H<i,}8I<4)33H+I<3i(IB+hH4HBr,hH<H6H8HB}:H:}9J;i(v,}Mi(-H6i)}9H;}9H6};3J=}:H;}8H@}:" +
      "}8I>H)H=H@}:}8I?H*H4HA}:HB}8H@}:}8IDH.H;t,}Mi(-H1H.i)}9H;}9H6};i)}8J;H1H;pC3H=}9IJH6H@}:IKi(IE+hHEHIp,hHDR*(" +
      "ILH>I;H?I=i(IF+hHFHJp,hHLH;R*(H=R*(}b}`ILHFi)}8IFH;HK}8I;H=H@}8I=4)33HDHL`*(HEi)}8IEH>i,}8I>H?i,}8I?HDi,}8ID" +
      "4)33HBi)}8IB4)333HAi)}8IA4)33HCi)}8ICH)H1H@}:}8I)4)33HHi)}8IHH(H-HG}:}8I(4)333",
  },
  simd: {
    memoryImport: 57,
    text:
      "(}/}A};)((()W,}.+}M}M}M)}M}.;}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M}M(}.,}M}M}M}M(}./}M}M}M}M}M}M}M(*7)+}3}<}D" +
      ".};}3};}=}@}G*((+/.*()()+/}C,F}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>n}7}:}B}3}@{}1}@}/}B}1}6(+?}2}3}>}B}6}E}7}A}3" +
      "j}/}1}9}>}@}=}>n}7}:}B}3}@(,E}2}3}>}B}6}E}7}A}3j}/}1}9}>}@}=}>q}<}>}C}B{}1}@}/}B}1}6()>}2}3}>}B}6}E}7}A}3j}/" +
      "}1}9}>}@}=}>q}<}>}C}B(*2}i7.~d++-}M,}I)}K+hH.i8}8H+t,h%4((((((((((((((((I1%4((((((((((((((((I2%4((((((((((((" +
      "((((I3%4((((((((((((((((I4H(I,+hH)H,s,hH1H,P*(H-}8J/%(,(H,P*,H-}8J0%(,(%~X)%~V)I1H2H/%(,8H0%(,8%~X)%~V)I2H3H" +
      "/%(,HH0%(,H%~X)%~V)I3H4H/%(,XH0%(,X%~X)%~V)I4H,i0}8I,4)33H*H-}8J,H1%3,(H,H2%3,8H,H3%3,HH,H4%3,XH.i8}8I.H-ih}" +
      "9I-4)33+hH.i,}8H+t,h%4((((((((((((((((I1H(I,+hH)H,s,hH1H,P*(H-}8%(,(H,P*,H-}8%(,(%~X)%~V)I1H,i0}8I,4)33H*H-}" +
      "8H1%3,(H.i,}8I.H-i8}8I-4)33+hH+H.r,hk((((I5H(I,+hH)H,s,hH5H,P*(H-}8R*(H,P*,H-}8R*(}b}`I5H,i0}8I,4)33H*H-}8H5" +
      "`*(H.i)}8I.H-i,}8I-4)333@(H(i+}BH)H*}:i*}Bi(H*i)rC}83}x+*4}M)}KH/H2}:J@i*}BIAH+H3H4}:i+}B}8I<+hH,H?r,hi(IC+h" +
      "H-HCr,hi(IB+hH.HBr,hH+I;i(I=+hH3H=r,hH9HC}8H7H=}:}9J>H5};IEH>i(pH0HEt}@H5HE}:H>o}@m,hi(ID+hH4HDr,hH:HB}8H8HD" +
      "}:}9JFH6};I>HFi(pH1H>t}@H6H>}:HFo}@m,hH;H(H1HE}:H>}8HA}:}8^*(H;H)H4H=}:HD}8HA}:}8^*,H;i0}8I;3HDi)}8ID4)333H=" +
      "i)}8I=4)33H2i)r,hH+H;H<H@8(H<I;H*I=i(ID+hH/HDr,hk((((IGi(I>+hH2H>r,hHGH;R*(}`IGH>i)}8I>H;i,}8I;4)33H=HG`*(HD" +
      "i)}8IDH=i,}8I=4)33-H+H;H*H@8(3HBi)}8IBH*H/i*}B}8I*4)33HCi)}8IC4)33H?i)}8I?H(H0H1}:HA}:}8I(4)333=(H(H)}:H*}:i" +
      "*}Bi(H*i)rC3~J+*3}M)}KH.H/}:i*}BIBH*J;H/H2}:JDi*}BJ?H3H4}:}:}8I=+hH;i8}8J<H=u,hH;%4((((((((((((((((%3,(H<I;4" +
      ")33+hH;H=q,hH;i(^*(H;i,}8I;4)33+hH,HCr,hi(IA+hH0HAr,hi(I@+hH3H@r,hH5HA}:H9}9H7H@}:}8J;H-q,hH(H;HB}:}8I;H2i)r" +
      ",hH+I<H.H/}:IEi(I=+hH=HEp,hH;R*(IFi(I>+hH2H>r,hH<HF`*(H>i)}8I>H<i,}8I<4)33H=i)}8I=H;i,}8I;4)33H+I;3i(I=+hH4H" +
      "=r,hH;H6H8H=}:H:}9J<i(v,}Mi(-H6i)}9H<}9H6};3J>}:H<}8H?}:}8H)H>H?}:}8H*H4H@}:H=}8H?}:}8H.H<t,}Mi(-H1H.i)}9H<}" +
      "9H6};i)}8J<H1H<pC3H>}9HDH6H?}:H?8-H=i)}8I=4)333H@i)}8I@4)33HAi)}8IAH)H1H?}:}8I)4)33HCi)}8ICH(H-HB}:}8I(4)333" +
      "~a++,}M,}I)}K+hH2i8}8H,t,hH*%(,(I3H*%(,8I4H*%(,HI5H*%(,XI6H(I/H)I0i(I1+hH+H1r,hH3H/%(,(H0%(,(%~X)%~V)I3H4H/%" +
      "(,8H0%(,8%~X)%~V)I4H5H/%(,HH0%(,H%~X)%~V)I5H6H/%(,XH0%(,X%~X)%~V)I6H1i)}8I1H-H/}8I/H.H0}8I04)33H*H3%3,(H*H4%" +
      "3,8H*H5%3,HH*H6%3,XH2i8}8I2H(ih}9I(H)ih}9I)H*ih}9I*4)33+hH2i,}8H,t,hH*%(,(I3H(I/H)I0i(I1+hH+H1r,hH3H/%(,(H0%" +
      "(,(%~X)%~V)I3H1i)}8I1H-H/}8I/H.H0}8I04)33H*H3%3,(H2i,}8I2H(i8}8I(H)i8}8I)H*i8}8I*4)33+hH,H2r,hH*R*(I7H(I/H)I" +
      "0i(I1+hH+H1r,hH7H/R*(H0R*(}b}`I7H1i)}8I1H-H/}8I/H.H0}8I04)33H*H7`*(H2i)}8I2H(i,}8I(H)i,}8I)H*i,}8I*4)333",
  },
};
