import { colorMapNames, displayRange, percentText, scoreText } from '../../../src/index.js';
import type { Box, ClassMap, ColorMapName, DisplayRange } from '../../../src/index.js';
import { byId, element } from '../../page/element.js';
import { LegendView } from './legendView.js';
import { presetOf } from './presets.js';
import { shortName } from './rankingPanel.js';
import type { Seen, Session } from './session.js';
import { Stage } from './stage.js';
import type { Pooled } from '../messages.js';

/** Place of a region among all of its map, 1 for the strongest; of equal ones the lower index first. */
function rankOf(map: ClassMap, index: number): number {
  const value = map.data[index];
  let rank = 1;
  map.data.forEach((other, i) => {
    rank += other > value || (other === value && i < index) ? 1 : 0;
  });
  return rank;
}

/** What there is to say about a region. */
function regionText(map: ClassMap, index: number, cell: Box, pooled: Pooled): string {
  const { top, bottom } = pooled.selected.regions;
  const among = (regions: { index: number }[]) => regions.some((region) => region.index === index);
  const [right, below] = [cell.x + cell.width, cell.y + cell.height].map(Math.round);
  const ends = [
    ...(among(top) ? ['counts for the class'] : []),
    ...(among(bottom) ? ['counts as negative evidence'] : []),
  ];
  return [
    `Evidence ${scoreText(map.data[index])}`,
    `rank ${rankOf(map, index)} of ${map.data.length}`,
    `row ${Math.floor(index / map.columns) + 1}, column ${(index % map.columns) + 1}`,
    `pixels ${Math.round(cell.x)}–${right} × ${Math.round(cell.y)}–${below}`,
    ends.length === 0 ? 'does not count' : ends.join(' and '),
  ].join(' · ');
}

const diverging: readonly ColorMapName[] = ['blueRed', 'purpleOrange'];
const colorTitles: Record<ColorMapName, string> = {
  blueRed: 'Blue – red',
  purpleOrange: 'Purple – orange',
  viridis: 'Viridis',
  cividis: 'Cividis',
  magma: 'Magma',
  inferno: 'Inferno',
};

/** Diverging colours keep the sign of the evidence; the others run from the least to the most. */
export function rangeFor(seen: Seen, colors: ColorMapName): DisplayRange {
  return displayRange(seen.map, diverging.includes(colors) ? 'diverging' : 'sequential');
}

/** What a setting is called. */
function settingTitle({ settings, model }: Session, i: number): string {
  const isModels = JSON.stringify(settings[i]) === JSON.stringify(model.pooling);
  return presetOf(settings[i])?.title ?? (isModels ? 'model’s own' : 'your settings');
}

/** The photo with its map, once or twice, the legend and the read-out. */
export function seePanel(session: Session): void {
  const stages = [new Stage('Photo'), new Stage('Photo, second setting')];
  const captions = stages.map(() => element('figcaption'));
  const figures = stages.map(({ root }, i) => element('figure', {}, root, captions[i]));
  const legend = new LegendView();
  const readOut = byId('read-out');
  const times = byId('times');
  byId('stages').append(...figures);
  byId('see-legend').append(legend.root);

  const hint = () =>
    matchMedia('(hover: hover)').matches
      ? 'Point at the photo to read a region’s evidence.'
      : 'Touch the photo to read a region’s evidence.';

  stages.forEach((stage, i) => {
    stage.onPick = (index) => {
      const { seen } = session;
      const cell = index === null ? null : stage.cellOf(index);
      const pooled = seen?.pooled[i];
      readOut.textContent =
        index === null || seen === null || cell === null || pooled === undefined
          ? hint()
          : regionText(seen.map, index, cell, pooled);
    };
  });
  readOut.textContent = hint();

  function showTimes(): void {
    times.textContent = Object.entries(session.times)
      .map(
        ([stage, milliseconds]) =>
          `${stage} ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`,
      )
      .join(' · ');
  }

  function showRegions(): void {
    const { seen, look, settings } = session;
    if (seen === null) {
      return;
    }
    const two = settings.length === 2;
    byId('stages').classList.toggle('two', two);
    figures[1].hidden = !two;
    stages.slice(0, settings.length).forEach((stage, i) => {
      const { selected } = seen.pooled[i] ?? seen.pooled[0];
      stage.showRegions(look.outlines ? selected.regions : null);
      const name = shortName(session.model.classNames[selected.index]);
      const probability = selected.probability === null ? '' : `${percentText(selected.probability)}, `;
      const place = two ? ` · place ${selected.place}` : '';
      captions[i].replaceChildren(
        element('strong', {}, two ? `${'AB'[i]} · ${settingTitle(session, i)}` : name),
        element('span', {}, `${two ? `${name} ` : ''}${probability}score ${scoreText(selected.score)}${place}`),
      );
      stage.label = `${seen.photo.name} with the evidence for ${name}`;
    });
    showTimes();
  }

  function showMap(): void {
    const { seen, look } = session;
    if (seen === null) {
      return;
    }
    const begin = performance.now();
    const range = rangeFor(seen, look.colors);
    const { geometry, window } = seen.reading;
    const count = session.settings.length;
    stages.slice(0, count).forEach((stage) => {
      stage.showMap({ map: seen.map, geometry, window, range, colors: look.colors });
      stage.root.style.setProperty('--opacity', String(look.opacity));
    });
    legend.show(range, look.colors);
    session.times.painting = performance.now() - begin;
    showRegions();
  }

  let shownPhoto: ImageBitmap | null = null;
  let shownCount = 0;
  function showAll(): void {
    const { seen, settings } = session;
    if (seen !== null && (seen.photo.preview !== shownPhoto || settings.length !== shownCount)) {
      stages.slice(0, settings.length).forEach((stage) => stage.showPhoto(seen.photo));
      shownPhoto = seen.photo.preview;
      shownCount = settings.length;
    }
    showMap();
    if (seen !== null && !byId('see').classList.contains('ready')) {
      byId('see').classList.add('ready');
      performance.mark('first-map');
    }
  }

  session.on('seen', showAll);
  session.on('pooled', () => (session.settings.length === shownCount ? showRegions() : showAll()));
  session.on('look', showMap);

  const colors = byId<HTMLSelectElement>('colors');
  colors.append(
    ...[...diverging, ...colorMapNames.filter((name) => !diverging.includes(name))].map((name) =>
      element('option', { value: name }, colorTitles[name]),
    ),
  );
  colors.addEventListener('change', () => {
    session.look.colors = colors.value as ColorMapName;
    session.changed('look');
  });
  const opacity = byId<HTMLInputElement>('opacity');
  opacity.addEventListener('input', () => {
    session.look.opacity = Number(opacity.value) / 100;
    stages.forEach(({ root }) => root.style.setProperty('--opacity', String(session.look.opacity)));
  });
  const outlines = byId<HTMLInputElement>('outlines');
  outlines.addEventListener('change', () => {
    session.look.outlines = outlines.checked;
    showRegions();
  });
  const size = byId<HTMLSelectElement>('size');
  size.addEventListener('change', () => {
    session.size = Number(size.value);
    void session.readAgain(true);
  });
  const trainedSize = element('option', { value: 'trained' });
  session.on('models', () => {
    const isOwn = session.modelName === 'own';
    size.disabled = isOwn;
    trainedSize.remove();
    if (isOwn) {
      trainedSize.textContent = `${session.model.size} px, as trained`;
      size.append(trainedSize);
    }
    size.value = isOwn ? 'trained' : String(session.size);
  });
}
