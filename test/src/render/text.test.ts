import { expect } from 'chai';
import { ellipsize, percentText, scoreText, wrapParts } from '../../../src/render/text.js';
import { poolingText } from '../../../src/pooling/poolingText.js';
import { everyRegion } from '../../../src/pooling/regionCounts.js';
import { fileName } from '../../../src/render/composite.js';

/** Every UTF-16 unit is one wide. */
const typewriter = { measureText: (text: string) => ({ width: text.length }) };

describe('scoreText', () => {
  it('gives three significant digits and a true minus', () => {
    const cases: [number, string][] = [
      [5.4321, '5.43'],
      [-0.5, '\u22120.500'],
      [0, '0'],
      [-0, '0'],
      [123.4, '123'],
      [1234.5, '1235'],
      [99999, '99999'],
      [123456, '1.23e+5'],
      [0.00012, '1.20e-4'],
      [999.9, '1000'],
      [NaN, 'not a number'],
      [-Infinity, '\u2212∞'],
    ];
    cases.forEach(([value, text]) => expect(scoreText(value)).to.equal(text));
  });
});

describe('percentText', () => {
  it('never claims certainty that is not there', () => {
    const cases: [number, string][] = [
      [0.921, '92.1 %'],
      [0.0634, '6.3 %'],
      [0.0004, '< 0.1 %'],
      [0.99999, '> 99.9 %'],
      [0, '0 %'],
      [1, '100 %'],
      [0.5, '50.0 %'],
    ];
    cases.forEach(([value, text]) => expect(percentText(value)).to.equal(text.replace(/ %/, '\u00a0%')));
  });
});

describe('poolingText', () => {
  it('uses the words of the options; null follows kMax', () => {
    expect(poolingText({ kMax: 0.2, kMin: null, alpha: 0.7, reduction: 'halfMean' })).to.deep.equal([
      'k+ 20\u00a0%',
      'k\u2212 20\u00a0%',
      'α 0.7',
      'halfMean',
    ]);
    expect(poolingText({ kMax: 3, kMin: 0 })).to.deep.equal(['k+ 3', 'k\u2212 0']);
    expect(poolingText({})).to.deep.equal([]);
    expect(poolingText({ kMax: everyRegion, kMin: 0 }), 'no count that stands for all').to.deep.equal([
      'k+ all',
      'k\u2212 0',
    ]);
  });
});

describe('fileName', () => {
  it('is the last part of a path on any system', () => {
    expect(['a/b/c.jpg', 'C:\\images\\c.jpg', 'c.jpg', 'folder/'].map(fileName)).to.deep.equal([
      'c.jpg',
      'c.jpg',
      'c.jpg',
      'folder',
    ]);
  });
});

describe('ellipsize', () => {
  it('keeps what fits and cuts as little as possible', () => {
    expect(ellipsize(typewriter, 'golden retriever', 16)).to.equal('golden retriever');
    expect(ellipsize(typewriter, 'golden retriever', 15)).to.equal('golden retriev…');
    expect(ellipsize(typewriter, 'golden retriever', 8)).to.equal('golden…'); // no space before the ellipsis
    expect(ellipsize(typewriter, 'golden retriever', 0.5)).to.equal('');
  });

  it('never cuts inside a character as it is seen', () => {
    const family = '👨‍👩‍👧';
    expect(ellipsize(typewriter, family + family, family.length + 1)).to.equal(`${family}…`);
    expect(ellipsize(typewriter, `ab${family}`, 4)).to.equal('ab…');
    expect(ellipsize(typewriter, 'e\u0301e\u0301e\u0301', 5)).to.equal('e\u0301e\u0301…');
  });
});

describe('wrapParts', () => {
  it('breaks between parts and shortens the last line that is allowed', () => {
    expect(wrapParts(typewriter, ['abc', 'def', 'ghi'], 11, 3)).to.deep.equal(['abc  ·  def', 'ghi']);
    expect(wrapParts(typewriter, ['abc', 'def', 'ghi'], 5, 2)).to.deep.equal(['abc', 'def…']);
    expect(wrapParts(typewriter, [], 5, 2)).to.deep.equal([]);
  });
});
