// Made by build/assembly.mjs from ../assembly/columns.ts: change that file, then run `node build/assembly.mjs`.
// Scalar 2309 bytes, SIMD 4086 bytes.
import type { WasmBinary } from '../module/binary.js';

export const columnsBinary: WasmBinary = {
  name: 'columns',
  scalar: {
    memoryImport: 117,
    text:
      "(}/}A};)((()}92}.)}M)}M}.4}M}M}M}M}M}L}M}M}M}M}M}M)}J}.,}M}M}M}M)}K}.+}M}M}M)}L}.+}M}M}M)}M}.*}M}M(}..}M}M}M" +
      "}M}M}M)}M}.7}M}K}M}M}M}M}M}M}M}M}M}L}L}J}J(}.3}M}M}M}M}M}M}M}M}M}J}J(}.5}M}M}M}M}M}M}M}M}M}M}M}J}J(*7)+}3}<}" +
      "D.};}3};}=}@}G*((+43()*+,(-./01/>*3}>}=}=}:{}1}@}/}B}1}6(/,}>}=}=}:(22~H83J(H(i}N,v,}Mi~2(-iHi8i(H(iXvCH(i}N" +
      ")vC33}].+/}M*}J*}KH,m,hH2k((~2}M`*(H2H3}8i''''/^*(l((((((((73i}MI6H-jH}U}uJ7H-}uJ8}9i)}CI5+hH*I4H1I*H0H7r,}K" +
      "H/H0H7H.8*-k((}N'3I>H4H+i*}B}8I++hH+H4s,hH*H4P*(H.}A~0J=`*(H*H=H>}.i*}B}8I*H4i,}8I44)33H,H*H1}9i*}DJ+r,hH5H7" +
      "}8I7H(I*H)I+4)33H7H0H0H7rCJ7i)}9i)}CH8H8i(pCI4i'''}Q}FI:i}O}N}N$/I9i(I*+hH7H6}9i)r,}KH/H0H4H.8*-H*J(i)}8I*H(" +
      "i4p,}KH1H+i)}Ci*}B}8R*(J>H1R*(J=}dH1H+i)}9i*}B}8R*(H=H>}e}d}e-H:H9H:}9i)}D}8J(H(iG}Ci''''/}?}A~033I>H1J(H+i*" +
      "}B}8I)j(I-+hH(H)q,hH-H(R*(J=H>})}{H=H>},}{jH}T}R}JI-H(i,}8I(4)33H+I5H,H-jH}U}uJ+rJ8,hH-}uI6H<H1J)H5i*}B}8I(l" +
      "((((((((I<+hH(H)s,hH<H)R*(J=~-l((((((((H=H>},C}nI<H)i,}8I)4)33H<}nI;H,H+}9J(H6t,hH2H>}ZH>H.C`*(H2H3}8i''''/H" +
      "(H(H6nC^*(H;H(~)H>~-}p}nJ;}hH;H.C73H;H6~)H>~-}pl((((((((H6i(rC}nI<H(H6}9I,H5H+H6}8}9I+H>~.J(H(iG}Ci''''/}?}A" +
      "I9H4I6-H>~.J(H(iG}Ci''''/}?}AI:H4I73i}N}N}N}N}Fi(H8CI8H1J(J)H5i*}B}8I4+hH(H4q,hH)H(R*(J=`*(H)H=H>}+H=H>},H8C" +
      "i*}B}8I)H(i,}8I(4)33H6H7}8i)}CI44(3(3M(H+,}KH(H*i,}B}8R*(}Z-H(H)i)}9H*}9i,}B}8R*(33s)*}KH(~$i)H)H)i(tC~$}cJ," +
      "H*~$}bJ+k((}NgH,}a}b}_k(((h}bk((}Ng}`I,H+H,}a}vi)}9}{H+H,}`}vi)}8}zjH}T}R3?(i)H(i+}?i(oi)H)i)rH*CC38(H(i7}8i" +
      ",}Di)}@i.}B3~_**1}M*}KH)i,}BJ.H(}8I/iHI0+hH.H0w,hH(I)+hH)H/q,hH)I*H)H0}8i8}9I++hH*H+q,hH*I-H+I,i(I1+hH1i,p,h" +
      "H,R*(J3H-R*(J4}+I2H-H3H4H2C`*(H,H4H3H2C`*(H1i)}8I1H-i,}8I-H,i,}8I,4)33H*i8}8I*H+i8}9I+4)33H)H0}8I)4)33H0i*}D" +
      "I-+hH-i8w,hH(I)+hH)H/q,hH)I*+hH*H)H-}8q,hH*I+H*H-}8I,i(I1+hH1i,p,hH,R*(J3H+R*(J4}+I2H+H3H4H2C`*(H,H4H3H2C`*(" +
      "H1i)}8I1H+i,}8I+H,i,}8I,4)33H*i8}8I*4)33H)H-i)}B}8I)4)33H-i)}DI-4)33H0i)}BI04)333I(H)8-H)H*H-8,}:H)8(i,}B}8H" +
      ")i*}B}8i}n*}83~J))*}MH)H)}*,}MH(I7H(H/i*}B}8I8*}M+hH7H8q,hH7R*(J)H)}*,hH*k((~2}M`*(H+k((}N'`*(H+H0}8i''''/^*" +
      "(H+H0i)}B}8J7k((}N}M`*(H0H7}8i''''/^*(i)4+3H7i,}8I74)33i(3-i(3,h73H*H5H(H/H(H/H1H3i(H,H-H.H+H08)}pH6H(H/H(H/" +
      "H2H4i}N}N}N}N}FH,H-H.H+H0i)}B}8H08)}p}n~(`*(3~?)*,}M*}KH-8(J5i(r,}MH-H5};-i(3I6+hH4H5p,hH(H4H6}:H4i/}:H6}=}8" +
      "i*}B}8R*(I8i(I3+hH3i8q,hH+H4i,}B}8H3}8H8`*(H3i,}8I34)33H4i)}8I44)33H+H58.H(J3H-i*}B}8I4+hH3H4q,hH7H3R*(}`I7H" +
      "3i,}8I34)33H(H7H)H*H+H5H,H-H.H/H0H/H-H58+H0H-H58+H1H2803~<*)0}MH/8(J5i(r,}MH/H5};-i(3BH0i*}BI6H-i}^*}8J;H5i," +
      "}B}8J5H/8-H/H0H)i(o8,J:}:}8I<+hH.H9r,hH*,hH*R*(}vI1H*R*,}vI2H*R*0~-I3H*R*4~-I4H*i8}8I*3i(I7+hH6H7s,hH(H7}8I0" +
      "H/I-H:,}MH0I-H5I0i(I8+hH/H8s,hH0H-R*(`*(H0i,i(H),}MH)H8}8U((-i)3C}8I0H8i)}8I8H-H6}8I-4)33H0H5}9i*}DI-H5-H03H" +
      "+H7}8H,H7}8H;H<H-H6H1H2H3H481H7i,}8I74)33H)H/i(H)C}8I)H(H/H6}:}8I(H+H6}8I+H,H6i*}B}8I,H9i)}8I94)333",
  },
  simd: {
    memoryImport: 147,
    text:
      "(}/}A};)((()}V)5}.)}M)}M}.+}M}M}M)}L}.,}M}M}M}M)}K}.*}M}M(}.5}M}M}M}M}M}L}M}M}M}M}M}M}M)}J}.*}M}M)}M}.9}M}M}" +
      "K}M}M}M}M}M}M}M}M}M}M}L}L}J}J(}.,}M}M}M}M)}M}.+}M}M}M)}M}.0}M}M}M}M}M}M}M}M(}..}M}M}M}M}M}M)}M}.4}M}M}M}M}M}" +
      "M}M}M}M}M}J}J(}.5}M}M}M}M}M}M}M}M}M}M}M}J}J(*7)+}3}<}D.};}3};}=}@}G*((+76)*(+,-./0(1234/>*3}>}=}=}:{}1}@}/}B" +
      "}1}6(3,}>}=}=}:(52}tF6s)*}KH(~$i)H)H)i(tC~$}cJ,H*~$}bJ+k((}NgH,}a}b}_k(((h}bk((}Ng}`I,H+H,}a}vi)}9}{H+H,}`}v" +
      "i)}8}zjH}T}R3M(H+,}KH(H*i,}B}8R*(}Z-H(H)i)}9H*}9i,}B}8R*(33J(H(i}N,v,}Mi~2(-iHi8i(H(iXvCH(i}N)vC33}Y**.}M*}I" +
      "H)i,}BJ.H(}8I-iHI,+hH,H.u,hH(I)+hH)H-q,hH,H)J*}8i8}9I++hH*H+q,hH*H*%(,(J0H+%(,(J1%~!)%3,(H+H1H0%~])%3,(H*i8}" +
      "8I*H+i8}9I+4)33H)H,}8I)4)33H,i*}DI++hH+i8w,hH(I)+hH)H-q,hH)I*+hH*H)H+}8q,hH*H*%(,(J0H*H+}8J/%(,(J1%~!)%3,(H/" +
      "H1H0%~])%3,(H*i8}8I*4)33H)H+i)}B}8I)4)33H+i)}DI+4)33H,i)}BI,4)333~U0,0}M,}I*}K)}JH,m,hH3k((~2}M`*(H3H4}8i'''" +
      "'/^*(l((((((((73i}MI7H-jH}U}uJ6H-}uJ8}9i)}CI9H.%9I=+hH1I5H*H+i*}B}8I+H0H6r,}KH/H0H6H.8)-k((}N'3%;I>+hH*H+q,h" +
      "H*%(,(H=%yJ?H>%n%}r)I:H5H?H2H:i,}B}8%(,(%6%3,(H5H:}7i*}B}8I5H*i8}8I*4)33H5%4((~2}M((~2}M((~2}M((~2}M%3,(H,H5" +
      "H1}9i*}DJ+r,hH6H9}8I6H(I*H)I+4)33H6H0H0H6rCJ6i)}9i)}CH8H8i(pCI5i'''}Q}FI9i}O}N}N$/I:i(I*+hH1J(H+i*}B}8I8H6H7" +
      "}9i)r,}KH/H0H5H.8)-H*J)i)}8I*H)i4p,}KH1R*(JAH1H+i)}Ci*}B}8R*(JB}dH1H+i)}9i*}B}8R*(HAHB}e}d}e-H9H:H9}9i)}D}8J" +
      ")iG}Ci''''/}?H)}A~033JA%;I?%4((((((((((((((((I=%4((((((((((((((((I>+hH(H8q,hH=H(%(,(J@H?%l%~#)I=H>H@H?%i%~#)" +
      "I>H(i8}8I(4)33H+I8H=H>%5()*+,-./89:;<=>?H=H>%501234567@ABCDEFG%}|)J=%C*H=%C+}8}zH=%C(H=%C)}8}zjH}T}RJ-jH}U}u" +
      "J(H,pJ;,}MH-}uI<H1J)H+i*}B}8I+HA%;I?%4((((((((((((((((I=%4((((((((((((((((I>+hH)H+q,hH=H)%(,(J=H=H?%l%vJ@%}-" +
      "%~b)I=H>H@H@%50123456701234567%}-%~b)I>H)i8}8I)4)33HCH=H>%~b)J=%I(H=%I)}n}nICH,H(}9J)H<t,hH3HA}ZHAH.C`*(H3H4" +
      "}8i''''/H)H)H<nC^*(HCH)~)HA~-}p}nJC}hHCH.C73HCH<~)HA~-}pl((((((((H<i(rC}nICH)H<}9I,HA~.J)iG}Ci''''/}?H)}AI:H" +
      "5I7H8H(H<}8}9-HA~.J)iG}Ci''''/}?H)}AI9H5I6H(3I+H1J(J)H8i*}B}8I5HA%;%4(((}N(((}N(((}N(((}N%4((((((((((((((((H" +
      ";CJ=%yI>+hH(H5q,hH(%(,(J?H=%yH>%l%}r)I8H)H?H2H8i,}B}8%(,(%6%3,(H)H8}7i*}B}8I)H(i8}8I(4)33H)%4((~2}M((~2}M((~" +
      "2}M((~2}M%3,(H6H7}8i)}CI54(3(38(H(H)}:H(i/}:H)}=}83~#+*,}M+}IH*H*}*,}MH(J9H1i*}B}8I:*}M+hH9H:q,hH9R*(J*H*}*," +
      "hH+k((~2}M`*(H,k((}N'`*(H,H2}8i''''/^*(H,H2i)}B}8J9k((}N}M`*(H2H9}8i''''/^*(i)4+3H9i,}8I94)33i(3-i(3,h73H(I9" +
      "H5jH}U}uJ:H6jH}U}uJ;}8H.i)}Cpi(H4i(ri(H3i(ri(H)CCC,}MH)I9H-H.H:i(8)%;I>H-H;i,}B}8R*(%;I?H(I:H(H1i*}B}8I<+hH:" +
      "H<q,hH:%(,(J=H>%nH=H?%m%x%}r)I;H)H=H0H;i,}B}8%(,(%6%3,(H)H;}7i*}B}8I)H:i8}8I:4)33H)%4((~2}M((~2}M((~2}M((~2}" +
      "M%3,(H)H9}9i*}D-H13I)H+H7H(H1H9H)H3H5i(H-H.H/H0H,H28,}pH8H(H1H9H)H4H6i}N}N}N}N}FH-H.H/H0H,H2i)}B}8H28,}p}n~(" +
      "`*(3i(i)H)i,pi)H*i,pH+CC,}Mi(-i.H*i+}8i*}CJ)H)i.rCJ)H(H*}:i)}9i.};J(H(H)rC33?(i)H(i+}?i(oi)H)i)rH*CC38(H(i7}" +
      "8i,}Di)}@i.}B3}o,*0}M/}IH*i*}BI4H-H)i*}B}8I0+hH,H1r,hH/H1i,}B}8%4((((((((((((((((%3,(i(I2+hH2i,p,hH0%4((~2}M" +
      "((~2}M((~2}M((~2}M%3,(H2i)}8I2H.H0}8I04)33H1i)}8I14)33+hH)H3r,hH(H3H)i,}9J0H0H3rCJ3H4}:}8I6H-H3i*}B}8I2H/I0H" +
      "+I1+hH1H+H,}8p,hH0%(,(I<H2H6H1i*}BJ5H*i,}9J7H5H7pCi*}B}8J5%(,(J8H4H5}8%(,(J9%5()*+89:;,-./<=>?J=H5H4i)}B}8J5" +
      "%(,(J:H4H5}8%(,(J;%5()*+89:;,-./<=>?J>%5()*+,-./89:;<=>?%3,(H.H2}8H=H>%501234567@ABCDEFG%3,(H2H.i)}B}8J5H8H9" +
      "%50123@ABC4567DEFGJ=H:H;%50123@ABC4567DEFGJ>%5()*+,-./89:;<=>?%3,(H.H5}8H=H>%501234567@ABCDEFG%3,(H0H<H8H9%~" +
      "V)H:H;%~V)%~V)%~V)%3,(H1i)}8I1H2H.i*}B}8I2H0i8}8I04)33H3i,}8I34)333x(H)8*i)}8i,}Bi)H(H)H*H-8/J(H(i(tC}:i}N*}" +
      "8H(i(r,}MH(i*}B-H)H*H-803H)81}:}8H)i*}Bi8}8H(i(r}B}83~l)+,}M)}I)}KH.8*J6i(r,}MH.H6};-i(3I5+hH4H6p,hH+H4i,}B}" +
      "8H(H4H58-i*}B}8R*(%;%3,(H4i)}8I44)33H+H68+H(J4H.i*}B}8I7+hH4i8}8J5H7u,hH8H4%(,(%~V)I8H5I44)33H8H8H8%50123456" +
      "7()*+,-./%~V)J8%G(H8%G)}`I9+hH4H7q,hH9H4R*(}`I9H4i,}8I44)33H(i(H9H)H*H+H6H,H-H.H/H0H1H0H.H68(H1H.H68(H2H38.3" +
      "%.*>}M*}LH0i*}BIIH/81IEH/8*JHi(r,}MH/HH};-i(3I?H0i+}8i*}CIDH-i}N*}8JCi)H.H/H0H)i(oJ88/JGHGi(tCJ5i,}B}8JFH5HH" +
      "i,}BJB}:}8J7HGi*}BH/H0H880J>HGi(rCHE}:}8JAH/i*}B}8i8}8I=+hH6i8p,hH-H6i,}B}8IJi(I5+hH5i,p,hHJH5i}R}V}^H}:i}N}" +
      "P}V@}8^*(HJH6H5}Ci)}?i*}B}8IJH5i)}8I54)33H6i)}8I64)33+hH.H@r,hH*,hH*R*(}vI1H*R*,}vI2H*R*0~-I3H*R*4~-I4H*i8}8" +
      "I*3HG,hH1H/HH8(ILH2H/HH8(IKi(I6+hH6HDp,hHGHDH6}9J5H5HGrCI<i(I5+hH5HHp,hH(H5H?8-HI}:}8I:i(IJ+hH<HJr,hHFHBHJ}:" +
      "}8H5i,}B}8H:H6HJ}8i*}BJ9H0i,}9J8H8H9rCi*}B}8%(,(%3,(HJi)}8IJ4)33H5i)}8I54)33H(H/H0H6H<H7HEHC82i(I5+hH5H<p,hH" +
      "FH5HB}:}8J;HH8+H5H6}8J:i*}BJ9H0i,}9J8H8H9rCi*}BI8H:i,}BH8}9IJ+hHJi8q,hH7H5i*}BHJi*}D}8HE}:}8H=HCH5i,}B}8HJ}8" +
      "R*(H+H8}8HJ}8H,H8}8HJ}8H;HJ}8HHHAH-H/HIH1H2HLHKH3H48.HJi,}8IJ4)33H5i)}8I54)33H6HG}8I64)33-i(IJ+hHIHJs,hH(HJ}" +
      "8I6H/I5H>,}MH6I5H7I6i(I8+hH/H8s,hH6H5R*(`*(H6i,i(H),}MH)H8}8U((-i)3C}8I6H8i)}8I8H5HI}8I54)33H6%4((~2}M((~2}M" +
      "((~2}M((~2}M%3,(H6H7}9i*}DI5H7-H63H+HJ}8H,HJ}8HFHAH-H5HIH1H2H3H484HJi,}8IJ4)333H)H/i(H)C}8I)H(H/HI}:}8I(H+HI" +
      "}8I+H,HIi*}B}8I,H@i)}8I@4)333",
  },
};
