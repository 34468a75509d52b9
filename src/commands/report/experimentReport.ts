import { atomicWriteAll } from '../../node/storage/atomicWrite.js';
import { escapeHtml, html as markup } from './html.js';
import type { HtmlPart } from './html.js';
import { classBars, confusionFigure } from './confusionMatrix.js';
import { comparisonTable } from './comparisonTable.js';
import { durationText, intervalText, methodNames, unitText, valueText } from './format.js';
import { chartFigure } from './chart.js';
import { imageCard } from './exampleCard.js';
import { experimentStyle } from './style.js';
import type { ExperimentResults, Example, Metric, MethodResult, Sweep } from './results.js';
import { resultTables } from './resultTable.js';

export interface ReportFiles {
  /** where the page goes */
  html: string;
  /** where the results go as JSON; left out: nowhere */
  json?: string;
  /** the data set's folder, which the images' paths start from */
  imageRoot: string;
}

const script = `
document.documentElement.classList.add('scripted');
for (const select of document.querySelectorAll('.chooser select')) {
  select.addEventListener('change', () => {
    for (const part of select.closest('section').querySelectorAll('.choice')) {
      part.hidden = part.dataset.row !== select.value;
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
}`.trim();

function facts({ made, dataSet, methods }: ExperimentResults): string {
  const { train, validation, test, splits, classes, multiLabel } = dataSet;
  const heldOut = validation > 0 ? ` (${validation} of them held out to choose by)` : '';
  const all = [
    ['Data set', `${dataSet.name}, ${classes.length} classes${multiLabel ? ', several per image' : ''}`],
    [
      'Images',
      `${train} to train on${heldOut}, ${test} to measure on${
        splits === undefined ? '' : `, in each of ${splits} random splits`
      }`,
    ],
    ...(dataSet.terms === undefined ? [] : [['Terms', dataSet.terms]]),
    ...made.facts.map(({ name, value }) => [name, value]),
    ['Backend', made.backend],
    ...(made.seconds === null ? [] : [['Time', durationText(made.seconds)]]),
    ['Made', `${made.date.slice(0, 10)} with tfjs-weldon ${made.version}`],
  ];
  const protocol =
    methods.length === 0
      ? ''
      : 'Choices were made on a held-out part of the training images; the test images were used once. ';
  return `<section><h2>What was done</h2><dl class="facts">${all
    .map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join('')}</dl>
<p class="note">${protocol}To make it again:
<code>${escapeHtml(made.command)}</code></p></section>`;
}

/** A row's name, told apart from others', by its id. */
type NameOf = (id: string) => string;

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
      return {
        name,
        points: line.points.flatMap(({ x, label, estimate: { value, low, high } }) =>
          value === null
            ? []
            : [
                {
                  x,
                  label,
                  y: scale * value,
                  low: scaled(low),
                  high: scaled(high),
                  told: `${name}, ${label ?? x}: ${valueText(value, unit)}${unitText[unit]}${
                    low === null ? '' : ` (${intervalText({ value, low, high }, unit)})`
                  }`,
                },
              ],
        ),
      };
    }),
  });
}

function curveCharts({ curves, metrics, dataSet: { splits } }: ExperimentResults, nameOf: NameOf): string {
  const chart = (title: string, y: string, scale: number, of: 'loss' | 'validation') =>
    markup`${chartFigure({
      title,
      x: 'epoch',
      y,
      lines: curves
        .map(({ method, epochs, best }) => ({
          name: nameOf(method),
          points: epochs.flatMap((each) => {
            const value = each[of];
            const chosen = each.epoch === best && of === 'validation';
            return value === null
              ? []
              : [
                  {
                    x: each.epoch,
                    y: scale * value,
                    chosen,
                    told: `${nameOf(method)}, epoch ${each.epoch}: ${(scale * value).toPrecision(3)}${chosen ? ', chosen' : ''}`,
                  },
                ];
          }),
        }))
        .filter(({ points }) => points.length > 0),
    })}`.toString();
  const share = metrics[0]?.unit === 'share';
  const first = splits === undefined ? '' : ', first split';
  const heldOutAxis = `${metrics[0]?.name ?? 'figure'}${share ? ', %' : ''}`;
  return curves.length === 0
    ? ''
    : `<section><h2>Training</h2>
<p class="note">With what was chosen, on the training images that were not held out${first}.</p><div class="charts">${chart(
        'Loss on the training images',
        'loss',
        1,
        'loss',
      )}${chart('On the held-out images', heldOutAxis, share ? 100 : 1, 'validation')}</div></section>`;
}

/** Of each group the first measure's: more charts than that are not looked at. All are in the JSON. */
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

/** Every listed image that is not there, by name. */
function missingImages({ dataSet: { missing = [] } }: ExperimentResults): string {
  return missing.length === 0
    ? ''
    : `<section><h2>Images that are not there</h2>
<details><summary>${missing.length} listed images, by name</summary>
<div class="missing" tabindex="0" role="region" aria-label="Images that are not there">${missing
        .map(escapeHtml)
        .join('<br>')}</div></details></section>`;
}

/** A section that shows one row at a time, the best by the first measure to begin with. */
function byMethod(
  title: string,
  results: ExperimentResults,
  nameOf: NameOf,
  has: (method: MethodResult) => boolean,
  draw: (method: MethodResult, name: string, shown: boolean) => string,
): string {
  const methods = results.methods.filter(has);
  if (methods.length === 0) {
    return '';
  }
  const [measure] = results.metrics;
  const sign = measure.better === 'lower' ? -1 : 1;
  const worth = (method: MethodResult) => sign * (method.estimates[measure.id]?.value ?? -Infinity * sign);
  const best = methods.reduce((found, method) => (worth(method) > worth(found) ? method : found));
  const options = methods
    .map(
      (method) =>
        `<option value="${escapeHtml(method.id)}"${method === best ? ' selected' : ''}>${escapeHtml(
          nameOf(method.id),
        )}</option>`,
    )
    .join('');
  const chooser = methods.length < 2 ? '' : `<label class="chooser">Row <select>${options}</select></label>`;
  const drawn = methods.map((method) => draw(method, nameOf(method.id), method === best)).join('');
  // A mean over seeds stands above; what is shown here may be a seed's that is not like it.
  const several = methods.some(({ estimates }) => (estimates[measure.id]?.each ?? []).length > 1);
  const seeds = !several || results.dataSet.splits !== undefined ? '' : '<p class="note">By the first seed alone.</p>';
  return `<section><h2>${title}</h2>${chooser}${drawn}${seeds}</section>`;
}

async function cards(
  title: string,
  note: string,
  images: readonly Example[],
  root: string,
  nameOf: NameOf,
): Promise<string> {
  if (images.length === 0) {
    return '';
  }
  const methods = [...new Set(images.map(({ method }) => method))];
  const drawn: string[] = [];
  for (const image of images) {
    drawn.push(await imageCard(image, root, methods.length > 1 ? nameOf(image.method) : undefined));
  }
  const whose = methods.length > 1 ? '' : `${escapeHtml(nameOf(methods[0]))}: `;
  const pairs = images.every(({ maps }) => maps.length < 2) ? ' pairs' : '';
  return `<section><h2>${title}</h2><p class="note">${whose}${note}</p><div class="cards${pairs}">${drawn.join(
    '\n',
  )}</div></section>`;
}

const mapColours = 'Warm colours are evidence for a class, cold ones against it; the maps of an image share one range.';

/** The whole page: one file, no request to anywhere. */
export async function reportPage(results: ExperimentResults, imageRoot: string): Promise<string> {
  const { title, notices, metrics, examples, methods, dataSet } = results;
  const [main] = metrics;
  const measured = methods.filter((method) => method.published === undefined).length;
  const sweeps = shownSweeps(results);
  const boxed = [...examples.worst, ...examples.best].some(({ boxes = [] }) => boxes.length > 0);
  const names = methodNames(methods);
  const nameOf = (id: string) => names.get(id) ?? id;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
${experimentStyle}
</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(dataSet.name)}: ${
    measured === 0
      ? 'nothing could be measured'
      : `${measured} ways to classify, measured on the same ${dataSet.test} images${
          dataSet.splits === undefined ? '' : ` of each of ${dataSet.splits} random splits`
        }`
  }</p></header>
<main>
${
  notices.length === 0
    ? ''
    : `<section class="notices"><h2>To know before reading</h2><ul>${notices
        .map((notice) => `<li>${escapeHtml(notice)}</li>`)
        .join('')}</ul></section>`
}
${methods.length === 0 ? '' : `<section><h2>Results</h2>${resultTables(results)}</section>`}
${comparisonTable(results)}
${
  sweeps.length === 0
    ? ''
    : `<section><h2>What it depends on</h2><div class="charts">${sweeps
        .map((sweep) => markup`${sweepChart(sweep, metrics, nameOf)}`)
        .join('')}</div></section>`
}
${curveCharts(results, nameOf)}
${
  main === undefined
    ? ''
    : byMethod(
        'Classes',
        results,
        nameOf,
        (method) => method.perClass !== undefined,
        (method, name, shown) => classBars(method, name, dataSet.classes, main, shown),
      )
}
${
  main === undefined
    ? ''
    : byMethod(
        'What is taken for what',
        results,
        nameOf,
        (method) => method.confusion !== undefined,
        (method, name, shown) => confusionFigure(method, name, dataSet.classes, shown),
      )
}
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
${missingImages(results)}
${facts(results)}
</main>
<footer>Made with tfjs-weldon</footer>
<script>
${script}
</script>
</body>
</html>
`;
}

/**
 * Writes the report of an evaluation as one self-contained HTML page, and its results as JSON: both or neither.
 *
 * An image that cannot be read is said so in its place; the page is written all the same.
 *
 * @throws WeldonError for a folder that is missing or cannot be written
 *
 * @example
 * await writeReport(results, { html: 'out/index.html', json: 'out/results.json', imageRoot: 'scattered' });
 */
export async function writeReport(results: ExperimentResults, { html, json, imageRoot }: ReportFiles): Promise<void> {
  const page = await reportPage(results, imageRoot);
  await atomicWriteAll([
    { path: html, content: page },
    ...(json === undefined ? [] : [{ path: json, content: `${JSON.stringify(results, null, 1)}\n` }]),
  ]);
}
