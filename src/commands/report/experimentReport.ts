import { atomicWriteAll } from '../../node/storage/atomicWrite.js';
import { escapeHtml } from './html.js';
import { classBars, confusionFigure } from './confusionMatrix.js';
import { comparisonTable } from './comparisonTable.js';
import { durationText, intervalText, rowNames, unitText, valueText } from './format.js';
import { lineChart } from './lineChart.js';
import { imageCard } from './exampleCard.js';
import { experimentStyle } from './style.js';
import type { EvaluationResults, Example, Measure, ResultRow, Sweep } from './results.js';
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

function facts({ made, dataSet, rows }: EvaluationResults): string {
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
    rows.length === 0
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

function sweepChart(sweep: Sweep, measures: readonly Measure[], nameOf: NameOf): string {
  const measure = measures.find(({ id }) => id === sweep.measure);
  const unit = measure?.unit ?? 'share';
  const scale = unit === 'share' ? 100 : 1;
  const scaled = (value: number | null) => (value === null ? null : scale * value);
  return lineChart({
    title: sweep.title,
    x: sweep.x,
    logarithmic: sweep.logarithmic,
    y: `${measure?.name ?? sweep.measure}${unit === 'share' ? ', %' : ''}`,
    lines: sweep.lines.map((line) => {
      const name = line.row === undefined ? line.name : nameOf(line.row);
      return {
        name,
        points: line.points.flatMap(({ x, label, figure: { value, low, high } }) =>
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

function curveCharts({ curves, measures, dataSet: { splits } }: EvaluationResults, nameOf: NameOf): string {
  const chart = (title: string, y: string, scale: number, of: 'loss' | 'validation') =>
    lineChart({
      title,
      x: 'epoch',
      y,
      lines: curves
        .map(({ row, epochs, best }) => ({
          name: nameOf(row),
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
                    told: `${nameOf(row)}, epoch ${each.epoch}: ${(scale * value).toPrecision(3)}${chosen ? ', chosen' : ''}`,
                  },
                ];
          }),
        }))
        .filter(({ points }) => points.length > 0),
    });
  const share = measures[0]?.unit === 'share';
  const first = splits === undefined ? '' : ', first split';
  const heldOutAxis = `${measures[0]?.name ?? 'figure'}${share ? ', %' : ''}`;
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
function shownSweeps({ sweeps, measures }: EvaluationResults): Sweep[] {
  const groups = new Map<string, string>();
  measures.forEach(({ id, group }) => {
    if (!groups.has(group) && sweeps.some(({ measure }) => measure === id)) {
      groups.set(group, id);
    }
  });
  const ids = [...groups.values()];
  return sweeps.filter(({ measure }) => ids.includes(measure));
}

/** Every listed image that is not there, by name. */
function missingImages({ dataSet: { missing = [] } }: EvaluationResults): string {
  return missing.length === 0
    ? ''
    : `<section><h2>Images that are not there</h2>
<details><summary>${missing.length} listed images, by name</summary>
<div class="missing" tabindex="0" role="region" aria-label="Images that are not there">${missing
        .map(escapeHtml)
        .join('<br>')}</div></details></section>`;
}

/** A section that shows one row at a time, the best by the first measure to begin with. */
function byRow(
  title: string,
  results: EvaluationResults,
  nameOf: NameOf,
  has: (row: ResultRow) => boolean,
  draw: (row: ResultRow, name: string, shown: boolean) => string,
): string {
  const rows = results.rows.filter(has);
  if (rows.length === 0) {
    return '';
  }
  const [measure] = results.measures;
  const sign = measure.better === 'lower' ? -1 : 1;
  const worth = (row: ResultRow) => sign * (row.figures[measure.id]?.value ?? -Infinity * sign);
  const best = rows.reduce((found, row) => (worth(row) > worth(found) ? row : found));
  const options = rows
    .map(
      (row) =>
        `<option value="${escapeHtml(row.id)}"${row === best ? ' selected' : ''}>${escapeHtml(
          nameOf(row.id),
        )}</option>`,
    )
    .join('');
  const chooser = rows.length < 2 ? '' : `<label class="chooser">Row <select>${options}</select></label>`;
  const drawn = rows.map((row) => draw(row, nameOf(row.id), row === best)).join('');
  // A mean over seeds stands above; what is shown here may be a seed's that is not like it.
  const several = rows.some(({ figures }) => (figures[measure.id]?.each ?? []).length > 1);
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
  const rows = [...new Set(images.map(({ row }) => row))];
  const drawn: string[] = [];
  for (const image of images) {
    drawn.push(await imageCard(image, root, rows.length > 1 ? nameOf(image.row) : undefined));
  }
  const whose = rows.length > 1 ? '' : `${escapeHtml(nameOf(rows[0]))}: `;
  const pairs = images.every(({ maps }) => maps.length < 2) ? ' pairs' : '';
  return `<section><h2>${title}</h2><p class="note">${whose}${note}</p><div class="cards${pairs}">${drawn.join(
    '\n',
  )}</div></section>`;
}

const mapColours = 'Warm colours are evidence for a class, cold ones against it; the maps of an image share one range.';

/** The whole page: one file, no request to anywhere. */
export async function reportPage(results: EvaluationResults, imageRoot: string): Promise<string> {
  const { title, notices, measures, images, rows, dataSet } = results;
  const [main] = measures;
  const measured = rows.filter((row) => row.published === undefined).length;
  const sweeps = shownSweeps(results);
  const boxed = [...images.worst, ...images.best].some(({ boxes = [] }) => boxes.length > 0);
  const names = rowNames(rows);
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
${rows.length === 0 ? '' : `<section><h2>Results</h2>${resultTables(results)}</section>`}
${comparisonTable(results)}
${
  sweeps.length === 0
    ? ''
    : `<section><h2>What it depends on</h2><div class="charts">${sweeps
        .map((sweep) => sweepChart(sweep, measures, nameOf))
        .join('')}</div></section>`
}
${curveCharts(results, nameOf)}
${
  main === undefined
    ? ''
    : byRow(
        'Classes',
        results,
        nameOf,
        (row) => row.perClass !== undefined,
        (row, name, shown) => classBars(row, name, dataSet.classes, main, shown),
      )
}
${
  main === undefined
    ? ''
    : byRow(
        'What is taken for what',
        results,
        nameOf,
        (row) => row.confusion !== undefined,
        (row, name, shown) => confusionFigure(row, name, dataSet.classes, shown),
      )
}
${await cards(
  'Images that went wrong',
  `the clearest mistakes first. ${mapColours}${boxed ? ' Yellow: the true box.' : ''}`,
  images.worst,
  imageRoot,
  nameOf,
)}
${await cards('Images that went right', 'the clearest first.', images.best, imageRoot, nameOf)}
${await cards(
  'Images that are there',
  `headings are the folders. Nothing was trained: the maps are of the network as
it is, for the two of its own classes that it finds strongest. ${mapColours}`,
  images.looked ?? [],
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
export async function writeReport(results: EvaluationResults, { html, json, imageRoot }: ReportFiles): Promise<void> {
  const page = await reportPage(results, imageRoot);
  await atomicWriteAll([
    { path: html, content: page },
    ...(json === undefined ? [] : [{ path: json, content: `${JSON.stringify(results, null, 1)}\n` }]),
  ]);
}
