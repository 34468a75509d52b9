import { atomicWriteAll } from '../../node/storage/atomicWrite.js';
import { isJsonWith, refuseForeignFile } from '../../node/storage/ownFiles.js';
import { chartFigure } from './chart.js';
import type { ChartPoint } from './chart.js';
import { confusionFigure } from './confusionMatrix.js';
import { durationText, intervalText, methodNames, unitText, valueText } from './format.js';
import { html } from './html.js';
import type { Html, HtmlPart } from './html.js';
import { exampleCard } from './imageCard.js';
import { isOwnPage, pageFoot, pageHead } from './page.js';
import type { Example, ExperimentResults, MethodResult, Metric, Sweep } from './results.js';
import { experimentStyle } from './style.js';
import { comparisonTable, definitions, resultTables } from './tables.js';

export interface ReportFiles {
  /** where the page goes */
  html: string;
  /** where the results go as JSON; left out: nowhere */
  json?: string;
  /** the data set's folder, which the images' paths start from */
  imageRoot: string;
}

const script = html`
for (const select of document.querySelectorAll('.chooser select')) {
  select.addEventListener('change', () => {
    for (const part of select.closest('section').querySelectorAll('.choice')) {
      part.hidden = part.dataset.method !== select.value;
    }
  });
}
// Paper cannot be opened.
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details.each:not([open])')];
  opened.forEach((part) => { part.open = true; });
});
addEventListener('afterprint', () => opened.forEach((part) => { part.open = false; }));
for (const figure of document.querySelectorAll('.matrix, .chart')) {
  const told = figure.querySelector('.told');
  figure.addEventListener('pointerover', ({ target }) => {
    const title = target.closest('g')?.querySelector(':scope > title');
    if (title) {
      told.textContent = title.textContent;
    }
  });
}`;

/** A method's name, told apart from others', by its id. */
type NameOf = (id: string) => string;

function section(title: string, ...content: HtmlPart[]): Html {
  return html`<section><h2>${title}</h2>${content}</section>
`;
}

function facts({ made, dataSet, methods }: ExperimentResults): Html {
  const { train, validation, test, splits, classes, multiLabel } = dataSet;
  const heldOut = validation > 0 ? ` (${validation} of them held out to choose by)` : '';
  const inSplits = splits === undefined ? '' : `, in each of ${splits} random splits`;
  const all: [string, string][] = [
    ['Data set', `${dataSet.name}, ${classes.length} classes${multiLabel ? ', several per image' : ''}`],
    ['Images', `${train} to train on${heldOut}, ${test} to measure on${inSplits}`],
    ...(dataSet.terms === undefined ? [] : [['Terms', dataSet.terms] as [string, string]]),
    ...made.facts.map(({ name, value }): [string, string] => [name, value]),
    ['Backend', made.backend],
    ...(made.seconds === null ? [] : [['Time', durationText(made.seconds)] as [string, string]]),
    ['Made', `${made.date.slice(0, 10)} with tfjs-weldon ${made.version}`],
  ];
  const protocol =
    methods.length > 0 &&
    'Choices were made on a held-out part of the training images; the test images were used once. ';
  return section(
    'What was done',
    definitions('facts', all),
    html`<p class="note">${protocol}To make it again:
<code>${made.command}</code></p>`,
  );
}

function sweepChart(sweep: Sweep, metrics: readonly Metric[], nameOf: NameOf): HtmlPart {
  const metric = metrics.find(({ id }) => id === sweep.metric);
  const unit = metric?.unit ?? 'share';
  const scale = unit === 'share' ? 100 : 1;
  const scaled = (value: number | null) => (value === null ? null : scale * value);
  return chartFigure({
    title: sweep.title,
    x: sweep.x,
    logarithmic: sweep.logarithmic,
    y: `${metric?.name ?? sweep.metric}${unit === 'share' ? ', %' : ''}`,
    lines: sweep.lines.map((line) => {
      const name = line.method === undefined ? line.name : nameOf(line.method);
      const point = ({ x, label, estimate }: Sweep['lines'][number]['points'][number]): ChartPoint[] => {
        const { value, low, high } = estimate;
        const interval = intervalText(estimate, unit);
        const told = `${name}, ${label ?? x}: ${valueText(value, unit)}${unitText[unit]}`;
        return value === null
          ? []
          : [
              {
                x,
                label,
                y: scale * value,
                low: scaled(low),
                high: scaled(high),
                told: interval === '' ? told : `${told} (${interval})`,
              },
            ];
      };
      return { name, points: line.points.flatMap(point) };
    }),
  });
}

/** Of each group the first metric's: more charts than that are not looked at. All are in the JSON. */
function shownSweeps({ sweeps, metrics }: ExperimentResults): Sweep[] {
  const groups = new Map<string, string>();
  metrics.forEach(({ id, group }) => {
    if (!groups.has(group) && sweeps.some(({ metric }) => metric === id)) {
      groups.set(group, id);
    }
  });
  const ids = [...groups.values()];
  return sweeps.filter(({ metric }) => ids.includes(metric));
}

function trainingCharts({ curves, metrics, dataSet: { splits } }: ExperimentResults, nameOf: NameOf): Html {
  const chart = (title: string, y: string, scale: number, of: 'loss' | 'validation') =>
    chartFigure({
      title,
      x: 'epoch',
      y,
      lines: curves
        .map(({ method, epochs, best }) => ({
          name: nameOf(method),
          points: epochs.flatMap(({ epoch, [of]: value }): ChartPoint[] => {
            const chosen = epoch === best && of === 'validation';
            const told = `${nameOf(method)}, epoch ${epoch}: ${(scale * (value ?? 0)).toPrecision(3)}${chosen ? ', chosen' : ''}`;
            return value === null ? [] : [{ x: epoch, y: scale * value, chosen, told }];
          }),
        }))
        .filter(({ points }) => points.length > 0),
    });
  const share = metrics[0]?.unit === 'share';
  const heldOutAxis = `${metrics[0]?.name ?? 'metric'}${share ? ', %' : ''}`;
  return section(
    'Training',
    html`<p class="note">With what was chosen, on the training images that were not held out${
      splits !== undefined && ', first split'
    }.</p><div class="charts">${chart('Loss on the training images', 'loss', 1, 'loss')}${chart(
      'On the held-out images',
      heldOutAxis,
      share ? 100 : 1,
      'validation',
    )}</div>`,
  );
}

/** One bar per class, the lowest first. */
function classBars(values: readonly (number | null)[], methodName: string, classes: readonly string[], metric: Metric) {
  const order = classes.map((_, c) => c).sort((a, b) => (values[a] ?? 2) - (values[b] ?? 2) || a - b);
  const bar = (c: number) => {
    const value = values[c];
    const share = value !== null && `${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%`;
    return html`<li><span>${classes[c]}</span><i${share !== false && html` style="--share:${share}"`}></i><b>${valueText(
      value,
      metric.unit,
    )}</b></li>`;
  };
  // The mean over classes has a name of its own.
  const name = metric.id === 'map' ? 'average precision' : metric.name.toLowerCase();
  return html`<h3>${methodName}: ${name} of each class, %</h3><ul class="bars">${order.map(bar)}</ul>`;
}

/** A section that shows one method at a time, the best by the first metric to begin with. */
function byMethod<T>(
  title: string,
  results: ExperimentResults,
  nameOf: NameOf,
  what: (method: MethodResult) => T | undefined,
  draw: (what: T, name: string, metric: Metric) => Html,
): HtmlPart {
  const [metric] = results.metrics;
  const methods = results.methods.filter((method) => what(method) !== undefined);
  if (methods.length === 0 || metric === undefined) {
    return null;
  }
  const sign = metric.better === 'lower' ? -1 : 1;
  const worth = (method: MethodResult) => sign * (method.estimates[metric.id]?.value ?? -Infinity * sign);
  const best = methods.reduce((found, method) => (worth(method) > worth(found) ? method : found));
  const options = methods.map(
    (method) => html`<option value="${method.id}"${method === best && html` selected`}>${nameOf(method.id)}</option>`,
  );
  const drawn = methods.map(
    (method) =>
      html`<div class="choice" data-method="${method.id}"${method !== best && html` hidden`}>${draw(
        what(method)!,
        nameOf(method.id),
        metric,
      )}</div>`,
  );
  // A mean over seeds stands above; what is shown here may be a seed's that is not like it.
  const seeds =
    results.dataSet.splits === undefined &&
    methods.some(({ estimates }) => (estimates[metric.id]?.each ?? []).length > 1) &&
    html`<p class="note">By the first seed alone.</p>`;
  return section(
    title,
    methods.length > 1 && html`<label class="chooser">Method <select>${options}</select></label>`,
    drawn,
    seeds,
  );
}

async function cards(
  title: string,
  note: string,
  examples: readonly Example[],
  root: string,
  nameOf: NameOf,
): Promise<HtmlPart> {
  if (examples.length === 0) {
    return null;
  }
  const methods = [...new Set(examples.map(({ method }) => method))];
  const drawn: Html[] = [];
  for (const example of examples) {
    drawn.push(await exampleCard(example, root, methods.length > 1 ? nameOf(example.method) : undefined));
  }
  const whose = methods.length === 1 && `${nameOf(methods[0])}: `;
  const pairs = examples.every(({ maps }) => maps.length < 2) && ' pairs';
  return section(title, html`<p class="note">${whose}${note}</p><div class="cards${pairs}">${drawn}</div>`);
}

/** Every listed image that is not there, by name. */
function missingImages(missing: readonly string[]): Html {
  const title = 'Images that are not there';
  return section(
    title,
    html`<details><summary>${missing.length} listed images, by name</summary>
<div class="missing" tabindex="0" role="region" aria-label="${title}">${missing.map(
      (name) => html`${name}<br>`,
    )}</div></details>`,
  );
}

const mapColours = 'Warm colours are evidence for a class, cold ones against it; the maps of an image share one range.';

/** The whole page: one file, no request to anywhere. */
export async function reportPage(results: ExperimentResults, imageRoot: string): Promise<string> {
  const { title, notices, metrics, examples, methods, comparisons, curves, dataSet } = results;
  const { splits, missing = [] } = dataSet;
  const measured = methods.filter((method) => method.published === undefined).length;
  const sweeps = shownSweeps(results);
  const boxed = [...examples.worst, ...examples.best].some(({ boxes = [] }) => boxes.length > 0);
  const names = methodNames(methods);
  const nameOf = (id: string) => names.get(id) ?? id;
  const inSplits = splits === undefined ? '' : ` of each of ${splits} random splits`;
  const summary =
    measured === 0
      ? 'nothing could be measured'
      : `${measured} ways to classify, measured on the same ${dataSet.test} images${inSplits}`;
  const page = html`${pageHead(title, experimentStyle, 'experiment')}<div class="page">
<header><h1>${title}</h1><p>${dataSet.name}: ${summary}</p></header>
<main>
${
  notices.length > 0 &&
  html`<section class="notices"><h2>To know before reading</h2><ul>${notices.map(
    (notice) => html`<li>${notice}</li>`,
  )}</ul></section>`
}
${methods.length > 0 && section('Results', resultTables(results))}
${comparisons.length > 0 && section('Differences on the same images', comparisonTable(results))}
${
  sweeps.length > 0 &&
  section(
    'What it depends on',
    html`<div class="charts">${sweeps.map((sweep) => sweepChart(sweep, metrics, nameOf))}</div>`,
  )
}
${curves.length > 0 && trainingCharts(results, nameOf)}
${byMethod(
  'Classes',
  results,
  nameOf,
  ({ perClass }) => perClass,
  (values, name, metric) => classBars(values, name, dataSet.classes, metric),
)}
${byMethod(
  'What is taken for what',
  results,
  nameOf,
  ({ confusion }) => confusion,
  (confusion, name) => confusionFigure(confusion, name, dataSet.classes),
)}
${await cards(
  'Images that went wrong',
  `the clearest mistakes first. ${mapColours}${boxed ? ' Yellow: the true box.' : ''}`,
  examples.worst,
  imageRoot,
  nameOf,
)}
${await cards('Images that went right', 'the clearest first.', examples.best, imageRoot, nameOf)}
${await cards(
  'Images that are there',
  `headings are the folders. Nothing was trained: the maps are of the network as
it is, for the two of its own classes that it finds strongest. ${mapColours}`,
  examples.preview ?? [],
  imageRoot,
  nameOf,
)}
${missing.length > 0 && missingImages(missing)}
${facts(results)}
</main>
<footer>Made with tfjs-weldon</footer></div>${pageFoot(script)}`;
  return String(page);
}

/**
 * Writes the report of an evaluation as one self-contained HTML page, and its results as JSON: both or neither.
 *
 * An image that cannot be read is said so in its place; the page is written all the same.
 *
 * @throws WeldonError for a folder that is missing or cannot be written, and for files there that are no such results
 *
 * @example
 * await writeReport(results, { html: 'out/index.html', json: 'out/results.json', imageRoot: 'scattered' });
 */
export async function writeReport(results: ExperimentResults, files: ReportFiles): Promise<void> {
  await refuseForeignFile(files.html, isOwnPage('experiment'));
  if (files.json !== undefined) {
    await refuseForeignFile(files.json, (text) => isJsonWith(text, ['made', 'dataSet', 'methods']));
  }
  const page = await reportPage(results, files.imageRoot);
  await atomicWriteAll([
    { path: files.html, content: page },
    ...(files.json === undefined ? [] : [{ path: files.json, content: `${JSON.stringify(results, null, 1)}\n` }]),
  ]);
}
