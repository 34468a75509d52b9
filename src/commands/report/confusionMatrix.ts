import { html } from './html.js';
import type { Html } from './html.js';

const totalOf = (counts: readonly number[]) => counts.reduce((sum, n) => sum + n, 0);

type Counts = readonly (readonly number[])[];

/** Classes from the one that is least often found to the one that is most often. */
export function worstFirst(confusion: Counts): number[] {
  const share = (c: number) => {
    const total = totalOf(confusion[c]);
    return total === 0 ? 2 : confusion[c][c] / total;
  };
  return confusion.map((_, c) => c).sort((a, b) => share(a) - share(b) || a - b);
}

/** Pairs of classes of which the first is taken for the second, the most frequent first. */
export function mistakes(
  confusion: Counts,
  most: number,
  order: readonly number[] = confusion.map((_, c) => c),
): { from: number; to: number; n: number }[] {
  return order
    .flatMap((from) => order.map((to) => ({ from, to, n: confusion[from][to] })))
    .filter(({ from, to, n }) => from !== to && n > 0)
    .sort((a, b) => b.n - a.n)
    .slice(0, most);
}

/** What images are taken for: rows are what they show. Only cells that hold something are drawn. */
export function confusionFigure(confusion: Counts, methodName: string, classes: readonly string[]): Html {
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
  const drawn = (from: number, to: number, left: number, top: number) => {
    const n = confusion[from][to];
    const part = n / totalOf(confusion[from]);
    const number =
      cell >= 18 &&
      html`<text x="${left + cell / 2}" y="${top + cell / 2 + 4}" text-anchor="middle"${
        part > 0.55 && html` class="on"`
      }>${n}</text>`;
    return (
      n > 0 &&
      html`<g class="${from === to ? 'right' : 'wrong'}"><title>${told(from, to)}</title><rect x="${left}" y="${top}" width="${
        cell - 1
      }" height="${cell - 1}" fill-opacity="${(0.12 + 0.88 * part).toFixed(2)}"/>${number}</g>`
    );
  };
  const cells = order.map((from, y) => order.map((to, x) => drawn(from, to, margin + x * cell, margin + y * cell)));
  const names = order.map((c, i) => {
    const at = margin + i * cell + cell / 2 + font / 3;
    const edge = margin - 5;
    return html`<text x="${edge}" y="${at}" text-anchor="end" style="font-size:${font}px">${classes[c]}</text>
<text transform="translate(${at} ${edge}) rotate(-90)" style="font-size:${font}px">${classes[c]}</text>`;
  });
  const frequent = mistakes(confusion, 6, order);
  return html`<div class="matrix">
<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
<svg class="confusion" viewBox="0 0 ${side} ${side}" style="width:${side}px" role="img" aria-label="Confusion matrix of ${
    methodName
  }">${names}${cells}</svg></div>
<div><h3>${methodName}</h3><p class="told" aria-live="polite"></p>
<p class="note">Rows are what images show, columns what they are taken for; the classes that are least often found
come first. Strength is the part of the row's images.</p>${
    frequent.length > 0 &&
    html`<h3>Most frequent mistakes</h3><ul>${frequent.map(({ from, to }) => html`<li>${told(from, to)}</li>`)}</ul>`
  }</div></div>`;
}
