import { displayRange } from '../../../src/index.js';
import type { GradCamReading } from '../messages.js';
import { byId, element } from '../../page/element.js';
import { LegendView } from './legendView.js';
import { shortName } from './rankingPanel.js';
import { rangeFor } from './seePanel.js';
import type { Seen, Session } from './session.js';
import { Stage } from './stage.js';

const lastFeatures = 'last';

/** The class map beside Grad-CAM of the same class, with what each took. */
export function comparePanel(session: Session): { opened(isOpen: boolean): void } {
  const sides = ['Class map', 'Grad-CAM'].map((title) => {
    const stage = new Stage(title);
    const caption = element('figcaption');
    const legend = new LegendView();
    byId('compared').append(element('figure', {}, stage.root, legend.root, caption));
    return { title, stage, caption, legend };
  });
  const classes = byId<HTMLSelectElement>('compare-class');
  const layers = byId<HTMLSelectElement>('compare-layer');
  const text = byId('compare-text');
  let isOpen = false;
  let layer: string | null = null;
  let runs = false;
  let again = false;
  layers.append(element('option', { value: lastFeatures }, 'last features'));

  const caption = (side: number, words: string) =>
    sides[side].caption.replaceChildren(element('strong', {}, sides[side].title), element('span', {}, words));

  function showClassMap(seen: Seen): void {
    const name = shortName(session.model.classNames[seen.selected]);
    const listed = [...new Set([...seen.pooled[0].ranking.map(({ index }) => index), seen.selected])];
    classes.replaceChildren(
      ...listed.map((index) => element('option', { value: String(index) }, shortName(session.model.classNames[index]))),
    );
    classes.value = String(seen.selected);
    const range = rangeFor(seen, session.look.colors);
    const { geometry, window } = seen.reading;
    sides.forEach(({ stage }) => {
      stage.showPhoto(seen.photo);
      stage.root.style.setProperty('--opacity', String(session.look.opacity));
    });
    sides[0].stage.showMap({ map: seen.map, geometry, window, range, colors: session.look.colors });
    sides[0].legend.show(range, session.look.colors);
    sides[0].stage.label = `Class map of ${name}`;
    caption(0, 'one pass forward');
  }

  function showGradCam(seen: Seen, reading: GradCamReading): void {
    const { map, geometry, milliseconds, layers: known, layer: at } = reading;
    const colors = session.look.colors;
    const range = displayRange(map, colors === 'blueRed' || colors === 'purpleOrange' ? 'diverging' : 'sequential');
    sides[1].stage.showMap({ map, geometry, window: seen.reading.window, range, colors });
    sides[1].legend.show(range, colors);
    sides[1].stage.label = `Grad-CAM of ${shortName(session.model.classNames[seen.selected])} at layer ${at}`;
    caption(
      0,
      `one pass forward, ${Math.round(reading.classMapMilliseconds)} ms, and the maps of all ${session.model.classNames.length} classes are there`,
    );
    caption(
      1,
      `forward and back, ${Math.round(milliseconds)} ms, for one class, ${map.columns} × ${map.rows} at layer ${at}`,
    );
    layers.replaceChildren(
      element('option', { value: lastFeatures }, 'last features'),
      ...known
        .slice(0, -1)
        .reverse()
        .map((name) => element('option', { value: name }, name)),
    );
    layers.value = layer ?? lastFeatures;
    text.textContent =
      layer === null
        ? 'At the last features Grad-CAM is the class map over again, without its negative half and for a second pass: the score is a sum of regions, so its gradient is the classifier’s own weights. Choose an earlier layer to see it part from the class map.'
        : 'At an earlier layer Grad-CAM weights features by their average gradient: finer, but further from what makes the score. It has no negative half and no regions that count.';
  }

  /** Only what is wanted last is run. */
  async function run(): Promise<void> {
    if (!isOpen || session.seen === null) {
      return;
    }
    if (runs) {
      again = true;
      return;
    }
    runs = true;
    await session.attempt('Computing Grad-CAM', async () => {
      do {
        again = false;
        const { seen } = session;
        showClassMap(seen as Seen);
        caption(1, 'being computed …');
        const reading = await session.worker.call('gradCam', { index: (seen as Seen).selected, layer });
        if (seen === session.seen) {
          showGradCam(seen as Seen, reading);
        } else {
          again = true;
        }
      } while (again && isOpen);
    });
    runs = false;
  }

  classes.addEventListener('change', () => void session.select(Number(classes.value)));
  layers.addEventListener('change', () => {
    layer = layers.value === lastFeatures ? null : layers.value;
    void run();
  });
  session.on('seen', () => void run());
  session.on('models', () => {
    layer = null;
  });
  session.on('look', () => void run());

  return {
    opened(now) {
      isOpen = now;
      void run();
    },
  };
}
