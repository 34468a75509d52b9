// Made by build/assembly.mjs from ../assembly/sortedLists.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 834 bytes, SIMD 3724 bytes.
import type { WasmBinary } from '../module/binary.js';

export const sortedListsBinary: WasmBinary = {
  name: 'sortedLists',
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
    memoryImport: 117,
    text:
      "(}/}A};)((()}93}.,}M}M}M}M(}.-}M}M}M}M}M(}.)}M)}M}.+}M}M}M(}.+}M}M}K(}..}M}M}M}M}M}M)}M}.4}M}M}M}M}M}M}M}M}M" +
      "}M}J}J(}.5}M}M}M}M}M}M}M}M}M}M}M}J}J(}.-}I}M}M}M}M(}.0}M}M}M}M}M}M}M}M(}.3}M}M}M}M}M}M}M}M}M}J}J(*7)+}3}<}D." +
      "};}3};}=}@}G*((+54)*+,(-./012(/>*3}>}=}=}:{}1}@}/}B}1}6(-,}>}=}=}:(/2~NC4}m,*6}I-}MH(%(,(I4H(%(,8I-H(%(,HI.H" +
      "(%(,XI/H(%(,hI2H(%(,xI3H(%(,}.I5H(%(,}>I6H)H*}8J>H*}8J?H*}8J(H*}8J;H*}8J<H*}8J=H*}8I*H,,}IH-H>%(,(%~])I-H.H?" +
      "%(,(%~])I0H/H(%(,(%~])I1H2H;%(,(%~])I.H3H<%(,(%~])I/H5H=%(,(%~])I2H6H*%(,(%~])I3H4H)%(,(%~])-H>%(,(H-%~!)I-H" +
      "?%(,(H.%~!)I0H(%(,(H/%~!)I1H;%(,(H2%~!)I.H<%(,(H3%~!)I/H=%(,(H5%~!)I2H*%(,(H6%~!)I3H)%(,(H4%~!)3I7H0H2%~!)J8" +
      "H7H.%~!)J4%~])I9H1H3%~!)J5H-H/%~!)J6%~])I:H2H0%~])J0H.H7%~])J.%~])I2H3H1%~])J1H/H-%~])J-%~])I/H+H4H8%~!)J3H6" +
      "H5%~!)J4%~!)%3,(H+H4H3%~])%3,8H+H9H:%~!)%3,HH+H:H9%~])%3,XH+H.H0%~!)J.H-H1%~!)J-%~!)%3,hH+H-H.%~])%3,xH+H2H/" +
      "%~!)%3,}.H+H/H2%~])%3,}>3<(i,i0i8H(i0tCH(i,tC3}t+*7}I+}MH)i)}BJ<H(}8J:%(,(I+H:H<}8J;%(,(I,H;H<}8J<%(,(I-H(H)" +
      "}8%(,(J.H(%(,(J/%~])I0H)H:}8%(,(J1H+%~])I2H)H;}8%(,(J3H,%~])I4H)H<}8%(,(J5H-%~])I6H+H1%~!)J+H/H.%~!)J.%~])I/" +
      "H-H5%~!)J-H,H3%~!)J,%~])I1H,H-%~!)J-H.H+%~!)J.%~])J3H/H0H2%~!)J5%~])J+H1H4H6%~!)J,%~])J7%~!)J8%~])I9H,H1%~!)" +
      "J,H5H/%~!)J/%~])J1H2H0%~])J0H6H4%~])J2%~!)J4%~])I5H*H.H-%~!)%3,(H*H/H,%~!)J,H8H3%~!)J-%~!)%3,8H*H-H,%~])%3,H" +
      "H*H4H1%~!)J,H9%~!)%3,XH*H9H,%~])%3,hH*H5H7H+%~])J+%~!)%3,xH*H+H5%~])%3,}.H*H2H0%~])%3,}>3H(+hH(H)q,hH(H*%;%3" +
      ",(H(i8}8I(4)333};*)}M*}I+hH,i}N*q,hH*H,}8H(H,}8%(,(J-H)i~b)}8H,}9%(,(J.%~])H.H-%~!)H+C%3,(H,i8}8I,4)33H*H*i}" +
      "N)}8J)i8H(i(8(H*H)i8H(i}N)}8i)8(3T(i}N~B(H+H,H+H,rC8)i-}BH*i+}8i*}C}:J)H)i}N~B(rCi}N,}83~c.+7}M-}I)}KH/i*}BI" +
      ">H0H1H0H1rC8)J?i,}BJ;i)}BI<H+J7i}N*}8I:H+i}N,}8J+I4+hH-H5r,hH4H4H;}8J6k((}N'8+H6H4H<}8J4k((}N}M8+H5i)}8I54)3" +
      "3H.i(H?}9}?I8+hH8H=r,hi8H8H=}9J4H4i8rCI@i(I5H(H=H>}:}8JAI6+hH5H@p,hH,I4+hH4H,H-}8p,hH6H4i*}BJ9H/i,}9JBH9HBpC" +
      "i*}B}8J9H>i)}B}8IBHFH9%(,(%~V)IFHEH9H>}8%(,(%~V)IEHDHB%(,(%~V)IDHCH>HB}8%(,(%~V)ICH4i)}8I44)33H5i,}8I5H6H>i*" +
      "}B}8I64)33H+I4H,I5+hH5H,H-}8p,hHAH5i*}BJ6H/i,}9J9H6H9pCi*}B}8I6H?i,n,hH6H>H@i*}CH483-i(I9+hH9H@p,hH6H>H4H?H0" +
      "H1H7H:81H9H?}8I9H6H>H?}:}8I64)333H5i)}8I5H4H<}8I44)33H=i8}8I=4)33H8I4+hH.H4r,hH+I6H,I5+hH5H,H-}8p,hHFH(H4H>}" +
      ":}8H5i*}BJ7H/i,}9J8H7H8pCi*}B}8%(,(JG%~V)IFHGH6H;H0H180H5i)}8I5H6H<}8I64)33H4i)}8I44)33HFHE%~V)HDHC%~V)%~V)J" +
      "CHC%j%{I7H,I4+hH4H,H-}8p,hH4i*}BJ5H/i,}9J6H5H6pCi*}BJ5H*}8I8H+H+H<}8H+H;}8J6H6H)H5}8J9H8H>H0H1H2H382H7,hH(H5" +
      "}8I:i(I5+hH5i8q,hH5H9}8I=H5H8}8I?H5H:}8J6H.H>}:}8I@+hH6H@q,h*hH6R*(JHHH}*,hH=k((~2}M`*(H?k((}N'`*(H>H?}8i'''" +
      "'/^*(H?H>i)}B}8J6k((}N}M`*(H6H>}8i''''/^*(4)3H6H>}8I64*333H5i,}8I54)333H4i)}8I4H+H<}8I+4)333}g)),}MH0i*}BI*+" +
      "hH.H6r,hH0i+}8i*}CI7i}N~B(H1H2H1H2rC8)i-}B};I5i(I)+hH)H7p,hH(H+H,H-H)H5H7H)}9J8H5H8pCH/H0H1H2H3H48.H)H5}8I)4" +
      ")33H(H*H/}:}8I(H*H+}8I+H,H*i*}B}8I,H6i)}8I64)333~T)**}I*}MH)H*}8I/H+i(r,hH(H/H+i,}B}9J0%(,(%n%{,hH(I-H/i8}9I" +
      "+H)H0i8}9J0H)H0sCI)+hH)H+u,hH+H+%(,(J.H-%~])%3,(H-H.%~!)I-H+i8}9I+4)3333H,i(r,hH(H/H,i)}9i,}B}8J+%(,(%m%{,hH" +
      "*H/J)}8J*H+iH}8J+H*H+qCI*+hH)H*q,hH)H)%(,(J-H(%~!)%3,(H(H-%~])I(H)i8}8I)4)33333~f))*}MH+i,}BJ1H*}8I0H+i0n,hH" +
      "(H)H.8*-H(H)H/8*H(H)i+}B}8H)H/i}N)}88*H/H/i~b)}8J(i}>H.i(8(H/H(i}>H.i}N)}8i)8(3H,i(r,}MH.H1}8i8}9%(,(H0H,i,}" +
      "B}9%(,(%n%{-i(3,hH+i0n,hH*H.i~b(}8i}>H*i)8(-H*H.H/i)8,33H-i(r,}MH.%(,(H0H-i)}9i,}B}8%(,(%m%{-i(3,hH+i0n,hH0H" +
      ".i~b(}8i}>H0i(8(-H0H.H/i(8,333$**,}M0}I+hH6i*p,h%4((~2}M((~2}M((~2}M((~2}MH6,}IH+J3H0i,}B}8J4I5H2%<I8H4i8}9%" +
      "(,(-H*J4H/i,}B}9J3i8}9I5H1%<I8H3%(,(3H3H4nCI9%4((((((((((((((((I7%4((((((((((((((((I:%4((((((((((((((((I;+hH" +
      "3H4q,hH7H3%(,(J<H9%i%~#)I7H:H<%}-%~b)I:H;H<H<%50123456701234567%}-%~b)I;H3i8}8I34)33H=H:H8%~d)%~b)I=H>H;H8%~" +
      "d)%~b)I>H-H9%3,(H-H.}8H(H5uH)H5s}?,}IH7H5%(,(H9%ji)%}{)%x-H73%3,(H6i)}8I6H-H.i)}B}8I-4)33H,H=%},H>%},%5()*+," +
      "-./89:;<=>?%3,(3~K+*7}I)}MH+%(,(I,H+%(,8I0H+%(,HI1H+%(,XI-H+%(,hI.H+%(,xI2H+%(,}.I3H+%(,}>I/+hH*i(r,hH(%(,(I" +
      "5H(H)}8%(,(I6H(H)i)}BJ(}8J;%(,(I7H(H;}8I(H)H;}8%(,(J8H7%~])J4H6H5%~])J9%~])I:H7H8%~!)J7H5H6%~!)J5%~])J6H9H4%" +
      "~!)J4%~])I8H1H4H6%~!)J4%~])J1H,H:%~])J,%~])I6H-H5H7%~!)J5%~])J-H0H8%~])J0%~])I7H0H-%~!)J-H,H1%~!)J,%~])I0H,H" +
      "-%~!)I,H7H6%~])I-H6H7%~!)I1H4H3%~!)J3H:H.%~!)J.%~])I4H5H/%~!)J/H8H2%~!)J2%~])I5H2H/%~!)J/H.H3%~!)J.%~])I2H.H" +
      "/%~!)I.H5H4%~])I/H4H5%~!)I3H*i)}9I*4)33H+H,%3,(H+H0%3,8H+H1%3,HH+H-%3,XH+H.%3,hH+H2%3,xH+H3%3,}.H+H/%3,}>3",
  },
};
