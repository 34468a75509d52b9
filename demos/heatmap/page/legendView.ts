import { legend } from '../../../src/index.js';
import type { ColorMapName, DisplayRange } from '../../../src/index.js';
import { element } from '../../page/element.js';

/** Colours with numbers, and what the two ends mean. */
export class LegendView {
  readonly root = element('div', { className: 'legend' });

  show(range: DisplayRange, colors: ColorMapName): void {
    const {
      ticks,
      ends: [low, high],
      strip,
    } = legend(range, { colors, fade: true });
    const canvas = element('canvas', { width: strip.width, height: 1 });
    canvas.setAttribute('aria-hidden', 'true');
    const pixels = new ImageData(strip.data as Uint8ClampedArray<ArrayBuffer>, strip.width, 1);
    (canvas.getContext('2d') as CanvasRenderingContext2D).putImageData(pixels, 0, 0);
    const marks = element(
      'div',
      { className: 'ticks' },
      ...ticks.map(({ position, label }) => {
        const tick = element('span', {}, label);
        tick.style.left = `${(100 * position).toFixed(2)}%`;
        return tick;
      }),
    );
    const words = element(
      'div',
      { className: 'words' },
      element('span', {}, low),
      element('span', {}, 'evidence'),
      element('span', {}, high),
    );
    this.root.replaceChildren(words, canvas, marks);
  }
}
