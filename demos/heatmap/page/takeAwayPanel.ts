import { heatmapJsonText, npyFile } from '../../../src/index.js';
import type { HeatmapImage, PoolingOptions } from '../../../src/index.js';
import { byId, saveFile } from '../../page/element.js';
import { rangeFor } from './seePanel.js';
import type { Seen, Session } from './session.js';
import type { ModelName } from '../messages.js';

interface SnippetSettings {
  model: ModelName;
  className: string;
  pooling: PoolingOptions;
  /** short side of the network's input; not used for a model of the user's own */
  size: number;
}

const quoted = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`;

function poolingCode({ kMax, kMin, alpha, reduction }: PoolingOptions): string {
  return `{ kMax: ${kMax}, kMin: ${kMin ?? null}, alpha: ${alpha}, reduction: ${quoted(reduction ?? 'mean')} }`;
}

/** Code that gives the same maps, scores and regions with the library. */
function codeSnippet({ model, className, pooling, size }: SnippetSettings): string {
  const ready =
    model === 'imagenet'
      ? [`const network = await loadEfficientNetLite0('models/efficientnet-lite0/model.json');`]
      : [`const network = await loadLayersModel('my-model/model.json');`];
  return [
    `import { ${model === 'imagenet' ? 'classHeatmaps, convolutionalize, loadEfficientNetLite0' : 'classHeatmaps, convolutionalize'} } from 'tfjs-weldon';`,
    ...(model === 'imagenet' ? [] : [`import { loadLayersModel } from '@tensorflow/tfjs-layers';`]),
    '',
    ...ready,
    'const model = convolutionalize(network, {',
    `  pooling: ${poolingCode(pooling)},`,
    '});',
    '// photo: { data, width, height } with RGBA bytes, such as ImageData',
    'const { scores, maps, regions } = await classHeatmaps(model, photo, {',
    `  classes: [${quoted(className)}],`,
    ...(model === 'imagenet' ? [`  recipe: { resize: { rule: 'fit', size: ${size} } },`] : []),
    '});',
  ].join('\n');
}

/** Picture, maps and code of what is shown. */
export function takeAwayPanel(session: Session): void {
  const snippet = byId('snippet');

  /** What is shown as the library's own description of a picture; the pixels stay in the worker. */
  async function describe(seen: Seen, classes: number[]): Promise<HeatmapImage> {
    const [pooling] = session.settings;
    const {
      photo,
      reading: { geometry, window },
    } = seen;
    const described = await session.worker.call('describe', { pooling, classes });
    return {
      path: photo.name,
      originalWidth: photo.width,
      originalHeight: photo.height,
      image: { data: new Uint8ClampedArray(), width: photo.width, height: photo.height },
      geometry,
      window: window ?? undefined,
      model: session.model.title,
      pooling,
      classes: described.map((each) => ({ ...each, name: session.model.classNames[each.index as number] })),
    };
  }

  function save(ending: string, make: (seen: Seen) => Promise<Blob | Uint8Array | string>): () => Promise<void> {
    return () =>
      session.attempt('Making the file', async () => {
        const { seen } = session;
        if (seen !== null) {
          const name = seen.photo.name.replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N} _-]/gu, '_') || 'photo';
          saveFile(`${name}${ending}`, await make(seen));
        }
      });
  }

  const listed = ({ pooled, selected }: Seen) => [
    ...new Set([...pooled[0].ranking.map(({ index }) => index), selected]),
  ];

  byId('save-png').addEventListener(
    'click',
    save('.heatmap.png', async (seen) => {
      const { look } = session;
      const { image: _, ...picture } = await describe(seen, [seen.selected]);
      return session.worker.call('draw', {
        picture,
        options: {
          range: rangeFor(seen, look.colors),
          colors: look.colors,
          opacity: look.opacity,
          saturation: 0.25,
          outlines: look.outlines ? 'cells' : 'none',
        },
      });
    }),
  );
  byId('save-npy').addEventListener(
    'click',
    save('.maps.npy', async (seen) => npyFile((await describe(seen, listed(seen))).classes.map(({ map }) => map))),
  );
  byId('save-json').addEventListener(
    'click',
    save('.heatmap.json', async (seen) => heatmapJsonText(await describe(seen, listed(seen)))),
  );

  function showSnippet(): void {
    const { seen } = session;
    if (seen !== null && seen.reading.model === session.modelName) {
      const className = session.model.classNames[seen.selected];
      snippet.textContent = codeSnippet({
        model: session.modelName,
        className,
        pooling: session.settings[0],
        size: session.size,
      });
    }
  }
  session.on('seen', showSnippet);
  session.on('settings', showSnippet);

  const copy = byId('copy-snippet');
  copy.addEventListener(
    'click',
    () =>
      void session.attempt(null, async () => {
        await navigator.clipboard.writeText(snippet.textContent as string);
        copy.textContent = 'Copied';
        setTimeout(() => {
          copy.textContent = 'Copy';
        }, 1500);
      }),
  );
}
