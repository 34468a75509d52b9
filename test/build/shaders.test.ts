import { expect } from 'chai';
import { smallerShaders } from '../../build/shaders.mjs';

const small = (text: string) => smallerShaders([text])[0];

describe('smaller shaders', () => {
  it('are without comments and blanks, but for directives and where two signs would meet', () => {
    expect(small('const a = `\n  /** what */ f = (x - -y) * 2.; // why\n  g  =  x + 1;\n`; // kept')).to.equal(
      'const a = ` f=(x - -y)*2.;g=x+1;`; // kept',
    );
    expect(small('`  #define N 3\n  x = N;\n`')).to.equal('`\n#define N 3\nx=N;`');
    expect(small('`var t : array<f32> = u;`')).to.equal('`var t:array<f32> =u;`');
  });

  it('keep what may part an expression from its text', () => {
    expect(small('`x = y - ${n};`')).to.equal('`x=y - ${n};`');
    expect(small('`return ${n};`')).to.equal('`return ${n};`');
  });

  it('have short names for what they declare, the same in all files of a room', () => {
    expect(smallerShaders(['`float total = 1.;`', 'const total = ` total += total;`'])).to.deep.equal([
      '`float A=1.;`',
      'const total = ` A+=A;`',
    ]);
  });

  it('keep names that a text says, that are fields, or that touch an expression', () => {
    expect(small("f('total'); `float total = 1.;`")).to.equal("f('total'); `float total=1.;`");
    expect(small('`float total = 1.; a.total = 2.;`')).to.equal('`float total=1.;a.total=2.;`');
    expect(small('`float total = 1.; total${i} = 2.;`')).to.equal('`float total=1.;total${i}=2.;`');
  });
});
