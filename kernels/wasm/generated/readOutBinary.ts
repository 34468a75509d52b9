// Made by build/assembly.mjs from ../assembly/readOut.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 933 bytes, SIMD 933 bytes.
import type { WasmBinary } from '../module/binary.js';

export const readOutBinary: WasmBinary = {
  name: 'readOut',
  scalar: {
    memoryImport: 37,
    text:
      "(}/}A};)((()C+}.*}M}M(}.*}M}M)}M}.4}M}M}M}M}M}M}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+,+()*/D*6}@}3}/}2w}C}" +
      "B{}1}@}/}B}1}6()/}@}3}/}2w}C}B(*2~:.+}o)*-}M)}Li)I.+hH)H.r,hH.i+}:i)}8I.4)33+hH.i(r,hH.i+}BJ-H(}8I*H(H)i+}B}" +
      "8I,+hH*H,q,hH*Q+(I/H*I++hH+H(H-}8w,}MH+H-}9Q+(H/}#-i(3,hH+H+H-}9J+Q+(_+(4)33H+H/_+(H*i0}8I*4)33H.i+};I.4)333" +
      "8(H(i+}BH)i+}B}8i0}83}_-*2}M*}KH1i*}BJ6H.J4H2i+}B}8J9}8I:+hH/H;r,hH+,}MH+R*(}v-H23I5i(I.+hH.H6q,hH.H9}8i(^*(" +
      "H.H:}8H)H6}8H.}8P*(^*(H.I1+hH1H2H6}:q,hH,H1}8i}M^*(H-H1}8k((((`*(H1H6}8I14)33H.i,}8I.4)33i(I7H(I.+hH0H7r,hH*" +
      ",}MH*H7}8U((-i)3,hi(I1+hH1H6q,hH.H1}8R*(J>H)H1}8R*(J?},H>H?}+H3i(rCI8H>H?}),hH1H:}8J<P*(J=i(rI8H<H=i)}9^*(3H" +
      "5H1H9}8J<P*(J=ri(H8C,hH,H6H=}:}8H1}8H7^*(H<H=i)}8^*(3H1i,}8I14)333H7i)}8I7H.H6}8I.4)33i(I.+hH.H6q,hH.H9}8P*(" +
      "I7i(I1H,H.}8I5+hH1H7p,hH(H5P*(J8H6}:}8H.}8R*(k((((}`~.J<H<iG}Ci''''/}?}AI<H4H1i+}B}8H8}zH<i}M}AH<H3i(rC}zjH}" +
      "T}R_+(H1i)}8I1H5H6}8I54)33H4H78(i(I5H.I1+hH5H7p,hH,H1}8H4H5i+}B}8P*(J8^*(H-H1}8H(H6H8}:}8H.}8R*(`*(H5i)}8I5H" +
      "1H6}8I14)33H.i,}8I.4)33H(H0H6}:}8I(H2H6}:J.H,}8I,H-H.}8I-H*H0i(H*C}8I*H+i8i(H+C}8I+H;i)}8I;H)H6i*}B}8I)4)333",
  },
  simd: {
    memoryImport: 37,
    text:
      "(}/}A};)((()C+}.*}M}M(}.*}M}M)}M}.4}M}M}M}M}M}M}M}M}M}M}M}M(*7)+}3}<}D.};}3};}=}@}G*((+,+()*/D*6}@}3}/}2w}C}" +
      "B{}1}@}/}B}1}6()/}@}3}/}2w}C}B(*2~:.+}o)*-}M)}Li)I.+hH)H.r,hH.i+}:i)}8I.4)33+hH.i(r,hH.i+}BJ-H(}8I*H(H)i+}B}" +
      "8I,+hH*H,q,hH*Q+(I/H*I++hH+H(H-}8w,}MH+H-}9Q+(H/}#-i(3,hH+H+H-}9J+Q+(_+(4)33H+H/_+(H*i0}8I*4)33H.i+};I.4)333" +
      "8(H(i+}BH)i+}B}8i0}83}_-*2}M*}KH1i*}BJ6H.J4H2i+}B}8J9}8I:+hH/H;r,hH+,}MH+R*(}v-H23I5i(I.+hH.H6q,hH.H9}8i(^*(" +
      "H.H:}8H)H6}8H.}8P*(^*(H.I1+hH1H2H6}:q,hH,H1}8i}M^*(H-H1}8k((((`*(H1H6}8I14)33H.i,}8I.4)33i(I7H(I.+hH0H7r,hH*" +
      ",}MH*H7}8U((-i)3,hi(I1+hH1H6q,hH.H1}8R*(J>H)H1}8R*(J?},H>H?}+H3i(rCI8H>H?}),hH1H:}8J<P*(J=i(rI8H<H=i)}9^*(3H" +
      "5H1H9}8J<P*(J=ri(H8C,hH,H6H=}:}8H1}8H7^*(H<H=i)}8^*(3H1i,}8I14)333H7i)}8I7H.H6}8I.4)33i(I.+hH.H6q,hH.H9}8P*(" +
      "I7i(I1H,H.}8I5+hH1H7p,hH(H5P*(J8H6}:}8H.}8R*(k((((}`~.J<H<iG}Ci''''/}?}AI<H4H1i+}B}8H8}zH<i}M}AH<H3i(rC}zjH}" +
      "T}R_+(H1i)}8I1H5H6}8I54)33H4H78(i(I5H.I1+hH5H7p,hH,H1}8H4H5i+}B}8P*(J8^*(H-H1}8H(H6H8}:}8H.}8R*(`*(H5i)}8I5H" +
      "1H6}8I14)33H.i,}8I.4)33H(H0H6}:}8I(H2H6}:J.H,}8I,H-H.}8I-H*H0i(H*C}8I*H+i8i(H+C}8I+H;i)}8I;H)H6i*}B}8I)4)333",
  },
};
