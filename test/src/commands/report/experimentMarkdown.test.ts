import { expect } from 'chai';
import { experimentMarkdown } from '../../../../src/commands/report/experimentMarkdown.js';
import { sampleResults } from './sampleResults.js';

describe('results of an experiment in Markdown', () => {
  const text = experimentMarkdown(sampleResults([]), 'a.json');
  const lines = text.split('\n');

  it('feature: a table for each kind of metrics, references in brackets, estimates of each seed', () => {
    expect(lines).to.include('| method | Accuracy | Accuracy by seed | chosen |');
    expect(lines).to.include(
      '| features: WELDON, k = 8 % | 80.5 [76.5, 84.5] (79.8) | 79.0, 81.0, 81.5 | rate 1e-2, 3 seeds |',
    );
    expect(lines).to.include('| localisation | Pointing |');
    expect(lines).to.include(
      '| WELDON, VGG16, several scales, published: Durand et al., CVPR 2016, table 1 | 78.0 |  |  |',
    );
    expect(text).to.not.match(/reference: WELDON|NaN|undefined|null/);
  });

  it('feature: names what lies far apart, and tells rows of one name apart', () => {
    const at = lines.indexOf('By seed, where seeds lie further apart than the choice of images explains:');
    expect(lines.slice(at + 1, at + 4)).to.deep.equal(['', '- GAP (fine-tuned): Accuracy 78.0, 71.0, 10.0', '']);
    expect(lines).to.include(
      '- WELDON, k = 8 % against GAP (features), Accuracy: +20.0 [13.0, 27.0], p < 0.001 (paired bootstrap)',
    );
    expect(lines).to.include(
      '- WELDON, k = 8 % against GAP (features), Deletion: +2.0 [\u22121.0, 5.0], p – (paired bootstrap)',
    );
  });

  it('cardinality: one heading, one blank line between parts', () => {
    expect(text.match(/^## /gm)).to.have.length(1);
    expect(text).to.contain('[a.json](a.json)').and.not.contain('\n\n\n').and.not.match(/\n$/);
  });
});
