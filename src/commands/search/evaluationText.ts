import type { SearchEvaluation } from './searchReport.js';

const number = (value: number) => value.toFixed(3);

/** A measured search as a table of text, with intervals. */
export function searchEvaluationText({
  queries,
  unreadable,
  unknown,
  methods: ways,
  differences,
}: SearchEvaluation): string {
  const methods = [...ways, { name: 'difference', metrics: differences }];
  const [first] = methods;
  const width = Math.max(...methods.map(({ name }) => name.length));
  const cell = ({ value, low, high }: SearchEvaluation['methods'][number]['metrics'][number]) =>
    `${number(value)} [${number(low)}, ${number(high)}]`;
  const columns = first.metrics.map(({ name }, i) =>
    Math.max(name.length, ...methods.map(({ metrics }) => cell(metrics[i]).length)),
  );
  const left =
    unreadable + unknown === 0 ? '' : `, ${unreadable} unreadable, ${unknown} relevant items not in the catalogue`;
  return [
    `${queries} ${queries === 1 ? 'query' : 'queries'}${left}`,
    [''.padEnd(width), ...first.metrics.map(({ name }, i) => name.padEnd(columns[i]))].join('  '),
    ...methods.map(({ name, metrics }) =>
      [name.padEnd(width), ...metrics.map((metric, i) => cell(metric).padEnd(columns[i]))].join('  '),
    ),
    '',
  ].join('\n');
}
