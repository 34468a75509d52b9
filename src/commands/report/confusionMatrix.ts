import { escapeHtml } from './html.js';
import type { Metric, MethodResult } from './results.js';
import { valueText } from './format.js';

/** One bar per class, the lowest first. */
export function classBars(
  method: MethodResult,
  methodName: string,
  classes: readonly string[],
  { id, name, unit }: Metric,
  shown: boolean,
): string {
  const values = method.perClass;
  if (values === undefined) {
    return '';
  }
  const order = classes.map((_, c) => c).sort((a, b) => (values[a] ?? 2) - (values[b] ?? 2) || a - b);
  const bars = order
    .map((c) => {
      const value = values[c];
      const share = value === null ? '' : ` style="--share:${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%"`;
      return `<li><span>${escapeHtml(classes[c])}</span><i${share}></i><b>${valueText(value, unit)}</b></li>`;
    })
    .join('');
  // The mean over classes has a name of its own.
  const figure = id === 'map' ? 'average precision' : name.toLowerCase();
  return `<div class="choice" data-row="${escapeHtml(method.id)}"${shown ? '' : ' hidden'}><h3>${escapeHtml(
    `${methodName}: ${figure} of each class, %`,
  )}</h3><ul class="bars">${bars}</ul></div>`;
}

const totalOf = (counts: readonly number[]) => counts.reduce((sum, n) => sum + n, 0);

/** Classes from the one that is least often found to the one that is most often. */
export function worstFirst(confusion: readonly (readonly number[])[]): number[] {
  const share = (c: number) => {
    const total = totalOf(confusion[c]);
    return total === 0 ? 2 : confusion[c][c] / total;
  };
  return confusion.map((_, c) => c).sort((a, b) => share(a) - share(b) || a - b);
}

/** What images are taken for: rows are what they show. Only cells that hold something are drawn. */
export function confusionFigure(
  method: MethodResult,
  methodName: string,
  classes: readonly string[],
  shown: boolean,
): string {
  const { confusion } = method;
  if (confusion === undefined) {
    return '';
  }
  const order = worstFirst(confusion);
  const cell = Math.max(11, Math.min(30, Math.floor(520 / classes.length)));
  const font = Math.min(12, cell - 1);
  const longest = Math.max(...classes.map(({ length }) => length));
  const margin = Math.min(190, Math.ceil(longest * font * 0.62) + 8);
  const side = margin + cell * classes.length;
  const told = (from: number, to: number) => {
    const share = `${confusion[from][to]} of ${totalOf(confusion[from])}`;
    return from === to ? `${classes[from]}: ${share} right` : `${classes[from]} taken for ${classes[to]}: ${share}`;
  };
  const cells = order
    .map((from, y) => {
      const total = totalOf(confusion[from]);
      return order
        .map((to, x) => {
          const n = confusion[from][to];
          if (n === 0) {
            return '';
          }
          const [left, top] = [margin + x * cell, margin + y * cell];
          const strength = (0.12 + (0.88 * n) / total).toFixed(2);
          const number =
            cell < 18
              ? ''
              : `<text x="${left + cell / 2}" y="${top + cell / 2 + 4}" text-anchor="middle"${
                  n / total > 0.55 ? ' class="on"' : ''
                }>${n}</text>`;
          return `<g class="${from === to ? 'right' : 'wrong'}"><title>${escapeHtml(told(from, to))}</title><rect x="${left}" y="${
            top
          }" width="${cell - 1}" height="${cell - 1}" fill-opacity="${strength}"/>${number}</g>`;
        })
        .join('');
    })
    .join('');
  const names = order
    .map((c, i) => {
      const middle = margin + i * cell + cell / 2;
      const name = escapeHtml(classes[c]);
      const place = middle + font / 3;
      return (
        `<text x="${margin - 5}" y="${place}" text-anchor="end" style="font-size:${font}px">${name}</text>` +
        `<text transform="translate(${place} ${margin - 5}) rotate(-90)" style="font-size:${font}px">${name}</text>`
      );
    })
    .join('');
  const pairs = order
    .flatMap((from) => order.map((to) => ({ from, to, n: confusion[from][to] })))
    .filter(({ from, to, n }) => from !== to && n > 0)
    .sort((a, b) => b.n - a.n)
    .slice(0, 6)
    .map(({ from, to }) => `<li>${escapeHtml(told(from, to))}</li>`)
    .join('');
  const label = escapeHtml(`Confusion matrix of ${methodName}`);
  return `<div class="choice" data-row="${escapeHtml(method.id)}"${shown ? '' : ' hidden'}><div class="matrix">
<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
<svg class="confusion" viewBox="0 0 ${side} ${side}" style="width:${side}px" role="img" aria-label="${label}">${
    names
  }${cells}</svg></div>
<div><h3>${escapeHtml(methodName)}</h3><p class="told" aria-live="polite"></p>
<p class="note">Rows are what images show, columns what they are taken for; the classes that are least often found
come first. Strength is the part of the row's images.</p>${
    pairs === '' ? '' : `<h3>Most frequent mistakes</h3><ul>${pairs}</ul>`
  }</div></div></div>`;
}
