/** What the address says of the page, so that it can be sent and gone back to. */
import type { Box } from '../../../src/index.js';
import type { Wishes } from '../messages.js';

export interface AddressState {
  /** a sample's id, `null` for the first; a photo of the user's own stays out of the address */
  sample: string | null;
  /** whether items alone say what is sought */
  byItems: boolean;
  box: Box | null;
  wishes: Wishes;
  view: 'results' | 'map';
}

const field = 'f.';

export function readAddress(hash: string): AddressState {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const corner = words.get('box')?.split(',').map(Number) ?? [];
  const [x, y, width, height] = corner;
  const isBox = corner.length === 4 && corner.every(Number.isFinite) && width > 0 && height > 0;
  const least = Number(words.get('min') ?? NaN);
  const fields = [...words].filter(([name, value]) => name.startsWith(field) && value !== '');
  return {
    sample: words.get('q'),
    byItems: words.get('by') === 'items' && words.has('like'),
    box: isBox ? { x, y, width, height } : null,
    wishes: {
      filter: Object.fromEntries(fields.map(([name, value]) => [name.slice(field.length), value])),
      like: words.getAll('like'),
      unlike: words.getAll('unlike'),
      threshold: least > 0 && least <= 1 ? least : null,
    },
    view: words.get('view') === 'map' ? 'map' : 'results',
  };
}

export function writeAddress({ sample, byItems, box, wishes, view }: AddressState): string {
  const words = new URLSearchParams();
  if (sample !== null) {
    words.set('q', sample);
  }
  if (byItems) {
    words.set('by', 'items');
  }
  if (box !== null) {
    words.set('box', [box.x, box.y, box.width, box.height].map(Math.round).join(','));
  }
  Object.entries(wishes.filter).forEach(([name, value]) => words.set(field + name, String(value)));
  wishes.like.forEach((id) => words.append('like', id));
  wishes.unlike.forEach((id) => words.append('unlike', id));
  if (wishes.threshold !== null) {
    words.set('min', wishes.threshold.toFixed(2));
  }
  if (view === 'map') {
    words.set('view', view);
  }
  const text = words.toString();
  return text === '' ? '' : `#${text}`;
}
