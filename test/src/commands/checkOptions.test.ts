import { expect } from 'chai';
import { z } from 'zod';
import * as check from '../../../src/commands/checkOptions.js';
import { checkEvaluateOptions } from '../../../src/commands/evaluate/options.js';
import { checkHeatmapOptions } from '../../../src/commands/heatmap/options.js';

const schema = z.strictObject({
  title: check.text().optional(),
  seeds: check.ruled(z.array(z.int()).min(1), 'one or more whole numbers'),
  protocol: z
    .strictObject({ heldOut: check.rate(), repeats: check.wholeNumber(1).default(1) })
    .superRefine(({ heldOut, repeats }, context) => {
      if (heldOut === 0 && repeats > 1) {
        context.addIssue({ code: 'custom', path: ['repeats'], message: '1 where nothing is held out' });
      }
    })
    .optional(),
  methods: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.literal('head'),
          pooling: check.ruled(
            z.union([z.enum(['gap', 'max']), z.strictObject({ kMax: check.regionCount() })]),
            'gap, max, or kMax',
          ),
        }),
        z.strictObject({ kind: z.enum(['svm', 'ensemble']), of: z.array(z.string()).optional() }),
      ]),
    )
    .default([]),
});

const refusal = (value: unknown, wording: Partial<check.OptionWords> = {}): string => {
  try {
    check.checkOptions(schema, value, { owner: 'run.json', ...wording });
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('the checker of options', () => {
  it('feature: gives the value with its defaults', () => {
    expect(check.checkOptions(schema, { seeds: [1], protocol: { heldOut: 0.2 } }, { owner: 'run.json' })).to.deep.equal(
      { seeds: [1], protocol: { heldOut: 0.2, repeats: 1 }, methods: [] },
    );
  });

  it('exception: a value out of range, by the rule of the outermost that has one', () => {
    expect(refusal({ seeds: [1, 0.5] })).to.equal(
      'Expected seeds for run.json to be one or more whole numbers but received [1,0.5]',
    );
    expect(refusal({ seeds: [1], protocol: { heldOut: 1 } })).to.equal(
      'Expected protocol.heldOut for run.json to be a number from 0 up to, not including, 1 but received 1',
    );
    expect(refusal({})).to.equal('Expected seeds for run.json to be one or more whole numbers but received undefined');
    expect(refusal({ seeds: [1], title: '  ' })).to.equal('Expected title for run.json to be a text but received "  "');
  });

  it('exception: what is no object or list', () => {
    expect(refusal(null)).to.equal('Expected run.json to be an object but received null');
    expect(refusal({ seeds: [1], protocol: 3 })).to.equal(
      'Expected protocol for run.json to be an object but received 3',
    );
    expect(refusal({ seeds: [1], methods: {} })).to.equal('Expected methods for run.json to be a list but received {}');
    expect(refusal({ seeds: [1], methods: ['head'] })).to.equal(
      'Expected methods.0 for run.json to be an object but received "head"',
    );
  });

  it('exception: an unknown key first, with the nearest of those that its object has', () => {
    expect(refusal({ seeds: [], protocoll: {} })).to.equal(
      'Expected only options in run.json but received "protocoll". Nearest: "protocol", "title", "methods"',
    );
    expect(refusal({ seeds: [1], protocol: { heldout: 1 } }, { kind: 'fields' })).to.equal(
      'Expected only fields in protocol for run.json but received "heldout". Nearest: "heldOut", "repeats"',
    );
    expect(refusal({ seeds: [1], methods: [{ kind: 'svm', pool: 1 }] })).to.equal(
      'Expected only options in methods.0 for run.json but received "pool". Nearest: "of", "kind"',
    );
  });

  it('exception: kinds, and plain values beside objects', () => {
    expect(refusal({ seeds: [1], methods: [{ kind: 'tree' }] })).to.equal(
      'Expected methods.0.kind for run.json to be one of head, svm, ensemble but received "tree"',
    );
    expect(refusal({ seeds: [1], methods: [{ kind: 'head', pooling: 'mean' }] })).to.equal(
      'Expected methods.0.pooling for run.json to be gap, max, or kMax but received "mean"',
    );
    expect(refusal({ seeds: [1], methods: [{ kind: 'head', pooling: { kMax: -1 } }] })).to.equal(
      'Expected methods.0.pooling.kMax for run.json to be a number of regions such as 3, a share such as 0.2, or 0 for ' +
        'none but received -1',
    );
    expect(refusal({ seeds: [1], methods: [{ kind: 'head', pooling: { kmax: 1 } }] })).to.equal(
      'Expected only options in methods.0.pooling for run.json but received "kmax". Nearest: "kMax"',
    );
  });

  it('exception: checks across keys, and names of its own', () => {
    const nameOf: check.OptionWords['nameOf'] = (path) => `${[...path].reverse().join(' of ')} of run.json`;
    expect(refusal({ seeds: [1], protocol: { heldOut: 0, repeats: 2 } }, { nameOf })).to.equal(
      'Expected repeats of protocol of run.json to be 1 where nothing is held out but received 2',
    );
  });

  it('feature: words of the command line', () => {
    const read = (one: z.ZodType, word: string) => check.ruleOf(one.optional()).read(word);
    expect(read(check.regionCount(), '20%')).to.equal(0.2);
    expect(read(check.regionCount().nullable(), '100%')).to.deep.equal(NaN);
    expect(read(check.someOf(['a', 'b']), 'a, b,')).to.deep.equal(['a', 'b']);
    expect(read(check.wholeNumber(1), ' ')).to.equal(' ');
  });

  it('exception: functions of the commands refuse options that they do not have, and values out of range', () => {
    expect(() => checkEvaluateOptions({ model: 'm', data: 'd', batchsize: 8 })).to.throw(
      'Expected only options of an evaluation in evaluateModel but received "batchsize". Nearest: "batchSize"',
    );
    expect(() => checkEvaluateOptions({ model: 'm', data: 'd', threshold: 1 })).to.throw(
      'Expected threshold for evaluateModel to be a number between 0 and 1 but received 1',
    );
    expect(() => checkHeatmapOptions({ color: 'magma' } as object)).to.throw(
      'Expected only options of heat maps in heatmapFiles but received "color". Nearest: "colors"',
    );
    expect(() => checkHeatmapOptions({ formats: [] })).to.throw(
      'Expected formats for heatmapFiles to be some of png, json, npy, html but received []',
    );
    expect(() => checkHeatmapOptions({ formats: ['html'], resume: true })).to.throw(
      'Expected resume for heatmapFiles to be used without the format html but received both: a page cannot be continued',
    );
    expect(() =>
      checkHeatmapOptions({
        range: { rule: 'positive', low: 0, high: 1 },
        classes: ['cat', 7],
        kMin: null,
        details: [],
      }),
    ).to.not.throw();
  });
});
