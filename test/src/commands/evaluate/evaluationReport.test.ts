import { expect } from 'chai';
import { evaluationReport } from '../../../../src/commands/evaluate/evaluationReport.js';
import { evaluationText } from '../../../../src/commands/evaluate/evaluationText.js';

const shared = { model: 'm', data: 'd', classes: ['cat', 'dog', 'owl'], threshold: 0.5, unreadable: [] };

describe('evaluation report', () => {
  const single = evaluationReport({
    ...shared,
    multiLabel: false,
    paths: ['1', '2', '3', '4'],
    labels: [[0], [0], [1], [2]],
    values: Float32Array.of(0.75, 0.25, 0, 0.25, 0.5, 0.25, 0.125, 0.75, 0.125, 0, 1, 0),
  });

  it('feature: one class per image, worked out by hand', () => {
    // Right are 1 and 3; cat 1 of 2, dog 1 of 1, owl 0 of 1.
    expect(single.accuracy?.value).to.equal(0.5);
    expect(single.meanClassAccuracy?.value).to.be.closeTo(0.5, 1e-12);
    expect(single.map).to.equal(null);
    expect(single.confusion).to.deep.equal([
      [1, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(single.perClass.map(({ recall }) => recall)).to.deep.equal([0.5, 1, 0]);
    expect(single.perClass.map(({ precision }) => precision)).to.deep.equal([1, 1 / 3, null]);
    expect(single.perClass[0].takenFor).to.deep.equal({ name: 'dog', images: 1 });
    // Image 4 gives its class 0 and another 1; image 2 falls short by 0.25.
    expect(
      single.worst.map(({ path, missed, takenFor, missedValue }) => [path, missed, takenFor, missedValue]),
    ).to.deep.equal([
      ['4', 'owl', 'dog', 0],
      ['2', 'cat', 'dog', 0.25],
    ]);
    expect(single.accuracy!.low).to.be.at.most(0.5);
    expect(single.accuracy!.high).to.be.at.least(0.5);
  });

  it('feature: several classes per image, worked out by hand', () => {
    const report = evaluationReport({
      ...shared,
      multiLabel: true,
      paths: ['1', '2', '3'],
      labels: [[0, 1], [0], []],
      values: Float32Array.of(0.75, 0.25, 0.125, 0.5, 0.625, 0.125, 0.625, 0.125, 0.75),
    });
    // cat: ranks 1 and 3 of 0.75, 0.625, 0.5: (1 + 2/3) / 2; dog: rank 2: 1/2; owl has none.
    expect(report.map?.value).to.be.closeTo((5 / 6 + 1 / 2) / 2, 1e-12);
    expect(report.perClass[0].averagePrecision).to.be.closeTo(5 / 6, 1e-12);
    expect(report.perClass.slice(1).map(({ averagePrecision }) => averagePrecision)).to.deep.equal([0.5, null]);
    expect(report.perClass[0]).to.include({ images: 2, recall: 1 });
    expect(report.perClass[0].precision).to.be.closeTo(2 / 3, 1e-12);
    expect([report.accuracy, report.confusion]).to.deep.equal([null, null]);
    expect(report.worst.map(({ path }) => path)).to.deep.equal(['2']);
  });

  it('feature: has what every metric of the registry says, top-5 accuracy where there are more than ten classes', () => {
    expect(Object.keys(single.estimates)).to.deep.equal(['accuracy', 'meanClass']);
    const classes = Array.from({ length: 11 }, (_, c) => `class ${c}`);
    // Scores fall from class 0 to class 10: class 0 is first, class 4 fifth, class 5 sixth.
    const row = classes.map((_, c) => 1 - c / 20);
    const report = evaluationReport({
      ...shared,
      classes,
      multiLabel: false,
      paths: ['1', '2', '3'],
      labels: [[0], [4], [5]],
      values: Float32Array.from([...row, ...row, ...row]),
    });
    expect(report.estimates.accuracy.value).to.be.closeTo(1 / 3, 1e-12);
    expect(report.estimates.top5.value).to.be.closeTo(2 / 3, 1e-12);
    expect(evaluationText(report)).to.match(/^top-5 accuracy {10}66\.7 % {3}\(/m);
  });

  it('feature: the table tells all of it', () => {
    const text = evaluationText(single);
    expect(text).to.match(/^accuracy {16}50\.0 % {3}\(/m);
    expect(text).to.match(/^cat +2 +50\.0 % +100\.0 % +dog \(1\)$/m);
    expect(text).to.match(/^1 cat {2}1 {2}1 {2}·$/m);
    expect(text).to.contain('4: owl 0.00, taken for dog 1.00');
  });
});
