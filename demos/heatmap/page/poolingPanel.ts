import { regionCount } from '../../../src/index.js';
import type { PoolingOptions, Reduction } from '../../../src/index.js';
import { byId, element } from '../../page/element.js';
import { presetOf, presets } from './presets.js';
import type { Session } from './session.js';

/** The knobs; a dragged slider pools the maps at hand anew. */
export function poolingPanel(session: Session): void {
  const kMax = {
    slider: byId<HTMLInputElement>('k-max'),
    number: byId<HTMLInputElement>('k-max-number'),
    note: byId('k-max-note'),
  };
  const kMin = {
    slider: byId<HTMLInputElement>('k-min'),
    number: byId<HTMLInputElement>('k-min-number'),
    note: byId('k-min-note'),
  };
  const follows = byId<HTMLInputElement>('k-min-follows');
  const alpha = { slider: byId<HTMLInputElement>('alpha'), number: byId<HTMLInputElement>('alpha-number') };
  const reduction = byId<HTMLSelectElement>('reduction');
  const sideBySide = byId<HTMLInputElement>('side-by-side');
  const which = byId('which');
  const refusal = byId('pooling-refusal');
  const about = byId('preset-about');
  let edited = 0;

  const own = element('button', { type: 'button', textContent: 'Model’s own' });
  own.addEventListener('click', () => set({ ...session.model.pooling }));
  const chips = presets.map((preset) => {
    const chip = element('button', { type: 'button', textContent: preset.title, title: preset.about });
    chip.addEventListener('click', () => set({ ...preset.pooling }));
    return chip;
  });
  byId('presets').append(own, ...chips);

  const regions = () => (session.seen === null ? 100 : session.seen.map.data.length);

  function set(pooling: PoolingOptions): void {
    const least = pooling.kMin === null ? pooling.kMax : pooling.kMin;
    refusal.hidden = !(pooling.kMax === 0 && least === 0);
    if (refusal.hidden) {
      session.settings = session.settings.map((each, i) => (i === edited ? pooling : each));
      void session.repool();
    } else {
      show();
    }
  }

  const change = (part: PoolingOptions) => set({ ...session.settings[edited], ...part });
  const whole = (input: HTMLInputElement) => Math.max(0, Math.round(Number(input.value) || 0));
  for (const [name, { slider, number }] of [
    ['kMax', kMax],
    ['kMin', kMin],
  ] as const) {
    slider.addEventListener('input', () => change({ [name]: whole(slider) }));
    number.addEventListener('change', () => change({ [name]: whole(number) }));
  }
  follows.addEventListener('change', () => {
    const { kMax: count = 3 } = session.settings[edited];
    change({ kMin: follows.checked ? null : regionCount(count, regions()) });
  });
  for (const input of [alpha.slider, alpha.number]) {
    input.addEventListener(input === alpha.slider ? 'input' : 'change', () => {
      const value = Number(input.value);
      change({ alpha: Number.isFinite(value) ? value : 1 });
    });
  }
  reduction.addEventListener('change', () => change({ reduction: reduction.value as Reduction }));
  sideBySide.addEventListener('change', () => {
    edited = sideBySide.checked ? 1 : 0;
    const [first] = session.settings;
    session.settings = sideBySide.checked
      ? [first, presetOf(first)?.title === 'GAP' ? presets[4].pooling : presets[0].pooling]
      : [first];
    void session.repool();
  });
  which.querySelectorAll('button').forEach((button, i) =>
    button.addEventListener('click', () => {
      edited = i;
      show();
    }),
  );

  function show(): void {
    const {
      kMax: most = 3,
      kMin: least = null,
      alpha: weight = 1,
      reduction: kind = 'mean',
    } = session.settings[edited];
    const n = regions();
    const counts = [regionCount(most, n), regionCount(least ?? most, n)];
    [kMax, kMin].forEach(({ slider, number, note }, i) => {
      slider.max = number.max = String(n);
      slider.value = number.value = String(counts[i]);
      note.textContent = `of ${n} (${Math.round((100 * counts[i]) / n)} %)`;
    });
    follows.checked = least === null;
    kMin.slider.disabled = kMin.number.disabled = follows.checked;
    alpha.slider.value = alpha.number.value = String(weight);
    alpha.slider.disabled = alpha.number.disabled = counts[1] === 0;
    reduction.value = kind;
    sideBySide.checked = session.settings.length === 2;
    which.hidden = session.settings.length === 1;
    which.querySelectorAll('button').forEach((button, i) => button.setAttribute('aria-pressed', String(i === edited)));
    const preset = presetOf(session.settings[edited]);
    const trained = session.models[session.modelName]?.pooling;
    const isOwn =
      trained !== undefined &&
      JSON.stringify(trained) === JSON.stringify({ kMax: most, kMin: least, alpha: weight, reduction: kind });
    own.setAttribute('aria-pressed', String(isOwn));
    chips.forEach((chip, i) => chip.setAttribute('aria-pressed', String(presets[i] === preset)));
    about.textContent = preset?.about ?? (isOwn ? 'The pooling that this network comes with.' : 'Your own settings.');
  }

  session.on('settings', show);
  session.on('seen', show);
}
