/** The page: our costs, and the published table beside them. */
import type { EngineCosts, Ratio, Size } from './costs.js';

/** CIFAR-10 and CIFAR-100 test error in per cent, ZCA input, and parameters in millions (BMVC 2016, v4, table 4). */
const published: readonly (readonly [name: string, parameters: number, cifar10: number, cifar100: number | null])[] = [
  ['WRN-40-1', 0.6, 6.85, 30.89],
  ['WRN-40-2', 2.2, 5.33, 26.04],
  ['WRN-40-4', 8.9, 4.97, 22.89],
  ['WRN-40-8', 35.7, 4.66, null],
  ['WRN-16-8', 11.0, 4.81, 22.07],
  ['WRN-16-10', 17.1, 4.56, 21.59],
  ['WRN-22-8', 17.2, 4.38, 21.22],
  ['WRN-28-10', 36.5, 4.17, 20.5],
  ['pre-activation ResNet-164', 1.7, 5.46, 24.33],
  ['pre-activation ResNet-1001', 10.2, 4.92, 22.71],
];

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const nameOf = (size: Size) => `WRN-${size.join('-')}`;
const times = ({ median, least, most }: Ratio) => `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
const row = (cells: readonly (string | number)[], tag = 'td') =>
  `<tr>${cells.map((cell) => `<${tag}>${escaped(`${cell}`)}</${tag}>`).join('')}</tr>`;
const table = (heads: readonly string[], rows: readonly string[]) =>
  `<table><thead>${row(heads, 'th')}</thead><tbody>${rows.join('')}</tbody></table>`;

function engineSection(result: EngineCosts): string {
  if ('left' in result) {
    return `<h3>${escaped(result.engine)}</h3><p>Not measured. ${escaped(result.left)}</p>`;
  }
  const rows = result.pairs.flatMap(({ deep, wide, forward, step }) => [
    ...[deep, wide].map((cost) =>
      row([nameOf(cost.size), cost.parameters, cost.forward.toFixed(1), cost.step.toFixed(1)]),
    ),
    row([`${nameOf(deep.size)} : ${nameOf(wide.size)}`, '', times(forward), times(step)]),
  ]);
  const heads = ['network', 'numbers in it', 'forward, ms an image', 'training step, ms an image'];
  return `<h3>${escaped(result.engine)}</h3>${table(heads, rows)}`;
}

/** One HTML page, all in it. */
export function costsPage(results: readonly EngineCosts[]): string {
  const errors = published.map(([name, parameters, cifar10, cifar100]) =>
    row([name, parameters.toFixed(1), cifar10.toFixed(2), cifar100?.toFixed(2) ?? 'not published']),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wide residual networks: depth against width</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { padding: 0.25rem 0.75rem; text-align: right; border-bottom: 1px solid #ccc; }
th:first-child, td:first-child { text-align: left; }
</style>
<h1>Wide residual networks: depth against width</h1>
<h2>Cost at equal parameters</h2>
<p>32 × 32 pixels, batch 8, both networks of a pair in turn. Ratios are medians of the rounds, with least and most; a
ratio above 1 says that the wide network is faster.</p>
${results.map(engineSection).join('\n')}
<h2>Published errors, in per cent</h2>
${table(['network', 'million parameters', 'CIFAR-10', 'CIFAR-100'], errors)}
<p>Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016, with ZCA whitening. Accuracy has not been measured here:
README.md beside this demo lists the runs with their commands. Transfer to COCO is not measured.</p>
</html>
`;
}
