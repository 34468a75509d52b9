import type { Events } from '../../messages.js';
import { byId, element, svgElement } from '../../../page/element.js';

type Epoch = Events['epoch'];

const [width, height] = [300, 130];
const margin = { left: 30, right: 36, top: 8, bottom: 20 };

/**
 * Loss and accuracy of the photos set aside, pass by pass. By hand: its scales are two straight lines, and d3's would be
 * 31 kB more to load.
 */
export class LearningCurve {
  private readonly root = byId('curve');
  private records: Epoch[] = [];

  clear(): void {
    this.records = [];
    this.root.replaceChildren();
  }

  add(record: Epoch): void {
    this.records.push(record);
    const { epochs } = record;
    const mostLoss = Math.max(...this.records.map(({ loss }) => loss), 1e-6);
    const x = (epoch: number) =>
      margin.left + ((width - margin.left - margin.right) * (epoch - 1)) / Math.max(1, epochs - 1);
    const y = (share: number) => height - margin.bottom - (height - margin.top - margin.bottom) * share;
    const path = (points: [number, number][]) =>
      points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
    const text = (px: number, py: number, anchor: string, content: string) => {
      const label = svgElement('text', { x: px, y: py, 'text-anchor': anchor });
      label.textContent = content;
      return label;
    };
    const measured = this.records.filter(({ accuracy }) => accuracy !== null);
    const accuracyText =
      record.accuracy === null ? '' : `, ${Math.round(100 * record.accuracy)} % of the photos set aside are right`;
    const chart = svgElement(
      'svg',
      {
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': `After pass ${record.epoch} of ${epochs} the loss is ${record.loss.toFixed(3)}${accuracyText}.`,
      },
      svgElement('path', {
        class: 'axis',
        d: [0, 0.5, 1].map((share) => `M${margin.left} ${y(share)}H${width - margin.right}`).join(''),
      }),
      text(margin.left - 5, y(1) + 4, 'end', mostLoss.toFixed(mostLoss < 10 ? 1 : 0)),
      text(margin.left - 5, y(0) + 4, 'end', '0'),
      ...(measured.length === 0
        ? []
        : [
            text(width - margin.right + 5, y(1) + 4, 'start', '100 %'),
            text(width - margin.right + 5, y(0) + 4, 'start', '0 %'),
          ]),
      text(margin.left, height - 5, 'start', '1'),
      text(width - margin.right, height - 5, 'end', `pass ${epochs}`),
      svgElement('path', {
        class: 'loss',
        d: path(this.records.map(({ epoch, loss }) => [x(epoch), y(loss / mostLoss)])),
      }),
      svgElement('path', {
        class: 'accuracy',
        d: path(measured.map(({ epoch, accuracy }) => [x(epoch), y(accuracy as number)])),
      }),
    );
    const key = element(
      'div',
      { className: 'curve-key' },
      element('span', {}, element('i'), 'loss'),
      ...(measured.length === 0
        ? []
        : [element('span', {}, element('i', { className: 'dashed' }), 'right, of those set aside')]),
    );
    this.root.replaceChildren(chart, key);
  }
}
