import { inParallel } from '../../node/images/readImages.js';
import type { Attractivity } from '../../tagging/choices/attractivity.js';
import { choiceMetricNames } from '../../tagging/choices/choiceMetrics.js';
import type { ChoiceEstimate, RecommenderReport } from '../../tagging/choices/evaluateRecommender.js';
import type { Reason } from '../../tagging/choices/rankOffers.js';
import { metricNames, setNames } from './recommendationText.js';
import { differenceText, intervalText, valueText } from '../report/format.js';
import { html } from '../report/html.js';
import type { Html, HtmlPart } from '../report/html.js';
import { pageFoot, pageHead } from '../report/page.js';
import { experimentStyle } from '../report/style.js';
import { definitions, table } from '../report/tables.js';
import { thumbnail } from '../report/tagReport.js';

/** An offer as a page shows it. */
export interface ShownOffer {
  title: string;
  detail: string;
  /** what stands beside it: images, and words where there is no image */
  tiles?: readonly ShownTile[];
  /** of `rankOffers` */
  why: readonly Reason[];
}

/** An image by its path, or words in its place. */
export type ShownTile = { image: string; alt: string } | { words: string };

/** A theme as a page shows it. */
export interface ShownTheme {
  name: string;
  /** what its scores rest on */
  note: string;
  images: readonly string[];
}

/** What a page of recommendations shows; what is left out is not on it. */
export interface RecommendationPageContent {
  title: string;
  /** said in large letters before all else */
  warning?: string;
  introduction?: readonly string[];
  /** one visitor, and what the models would show him or her */
  visitor?: {
    heading: string;
    /** of `profileSentence` */
    profile: string;
    lists: readonly { name: string; told: string; offers: readonly ShownOffer[] }[];
  };
  /** of `evaluateRecommender`, and the day from which it measured, in words */
  comparison?: { report: RecommenderReport; from: string };
  themes?: readonly ShownTheme[];
  /** of `attractivity` */
  attractivity?: readonly { group: string; told?: string; found: Attractivity }[];
  /** tables and paragraphs of one's own, before the foot */
  more?: readonly {
    heading: string;
    paragraphs: readonly string[];
    table?: { head: readonly string[]; rows: readonly (readonly string[])[] };
  }[];
}

const meanings: readonly (readonly [string, string])[] = [
  ['AUC', 'how often what was booked stands above what was not, all choices thrown together; chance is 0.5'],
  ['within set', 'the same within each choice and its drawn alternatives'],
  ['hit@1, MRR', 'part of the choices that stand first, and mean of 1 / rank, among the drawn alternatives'],
  ['value hit@1', 'part of the booked value that the best offer hits: no uplift, only a test with users can show one'],
  ['of all', 'among all offers open that day'],
];

const style = html`${experimentStyle}
.warning { border: 3px solid var(--bad); border-radius: 12px; color: var(--bad); font-size: 26px; line-height: 1.25;
  font-weight: 700; padding: 14px 18px; margin: 16px 0 0; }
.profile { font-size: 19px; margin: 0 0 14px; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(310px, 100%), 1fr)); gap: 18px; }
.lists ol { list-style: none; margin: 10px 0 0; padding: 0; }
.lists li { border-top: 1px solid var(--line); padding: 10px 0; }
.lists h4 { margin: 0; font-size: 14px; }
.lists p { margin: 2px 0; font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 4px; margin: 6px 0; }
.tiles img, .tiles span { display: flex; align-items: center; justify-content: center; width: 100%; aspect-ratio: 1;
  border-radius: 4px; background: var(--line); object-fit: cover; font-size: 11px; text-align: center;
  overflow-wrap: anywhere; color: var(--ink); padding: 0; }
.tiles span { border: 1px dashed var(--muted); background: none; padding: 2px; }
.why { display: flex; flex-wrap: wrap; gap: 4px; margin: 6px 0 0; padding: 0; list-style: none; }
.why li { border: 1px solid var(--line); border-radius: 999px; padding: 1px 9px; font-size: 12.5px; }
.why b { font-variant-numeric: tabular-nums; }
.themes { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(250px, 100%), 1fr)); gap: 14px; }
.themes article { border: 1px solid var(--line); border-radius: 10px; padding: 10px; }
.themes p { margin: 4px 0 0; font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }
.span { width: 100%; min-width: 120px; height: 16px; }
.span path { stroke: var(--c0); stroke-width: 2; }
.span circle { fill: var(--c0); }
.span .one { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 3 2; }
`;

const signed = (value: number) => differenceText(value, 'number');

function reasons(why: readonly Reason[]): Html {
  const told = why.filter(({ adds }) => Math.abs(adds) >= 0.05).slice(0, 4);
  return told.length === 0
    ? html`<p>as the average open offer</p>`
    : html`<ul class="why">${told.map(
        ({ group, adds, features }) =>
          html`<li title="${features.map(({ name, adds: own }) => `${name} ${signed(own)}`).join(', ')}">${group} <b class="${
            adds > 0 ? 'yes' : 'no'
          }">${signed(adds)}</b></li>`,
      )}</ul>`;
}

type Images = ReadonlyMap<string, string | Error>;

function imageAt(images: Images, path: string, alt: string): Html {
  const found = images.get(path);
  return typeof found === 'string'
    ? html`<img alt="${alt}" src="${found}" loading="lazy">`
    : html`<span>${alt}: cannot be read</span>`;
}

function visitorSection(
  { heading, profile, lists }: NonNullable<RecommendationPageContent['visitor']>,
  images: Images,
): Html {
  const card = ({ title, detail, tiles = [], why }: ShownOffer) => {
    const shown = tiles.map((tile) =>
      'image' in tile ? imageAt(images, tile.image, tile.alt) : html`<span>${tile.words}</span>`,
    );
    return html`<li><h4>${title}</h4><p>${detail}</p>${shown.length > 0 && html`<div class="tiles">${shown}</div>`}${reasons(why)}</li>
`;
  };
  const columns = lists.map(
    ({ name, told, offers }) => html`<div><h3>${name}</h3><p>${told}</p><ol>${offers.map(card)}</ol></div>
`,
  );
  return html`<section><h2>${heading}</h2><p class="profile">Looks for <strong>${profile}</strong></p>
<div class="lists">${columns}</div>
<p class="note">Below each offer: what a group of features adds to its score, against the average open offer.</p></section>
`;
}

function estimateCell({ value, low, high }: ChoiceEstimate): Html {
  const interval = intervalText({ value, low, high }, 'number');
  return html`<td><b>${value === null ? '–' : valueText(value, 'number')}</b>${
    interval !== '' && html`<small>${interval}</small>`
  }</td>`;
}

function comparisonSection({ report, from }: NonNullable<RecommendationPageContent['comparison']>): Html {
  const { reservations, users, withoutHistory, short, metrics, gain } = report;
  const sets = ['noImage', 'imageOnly', 'mixed'] as const;
  const head = ['', ...sets.map((set) => setNames[set]), 'mixed − no image'].map((name) => ({ name }));
  const rows = choiceMetricNames.map(
    (name) =>
      html`<tr><th scope="row">${metricNames[name]}</th>${sets.map((set) => estimateCell(metrics[set][name]))}${estimateCell(gain[name])}</tr>`,
  );
  const left = [
    withoutHistory > 0 && `${withoutHistory} of them without any visit or reservation before. `,
    short > 0 && `${short} of them with fewer other offers open than alternatives to draw. `,
  ];
  return html`<section><h2>With and without images</h2>
${table({ label: 'Comparison of the models', head, rows })}
<p class="note">${reservations} reservations of ${users} users from ${from} on. ${left}Small numbers: 95 % intervals by bootstrap
over the users. History ends the day before each choice.</p>
${definitions('meanings', meanings)}</section>
`;
}

function themeSection(themes: readonly ShownTheme[], images: Images): Html {
  const cards = themes.map(
    ({ name, note, images: own }) =>
      html`<article><h3>${name}</h3>${
        own.length > 0 && html`<div class="tiles">${own.map((path) => imageAt(images, path, `Image of ${name}`))}</div>`
      }<p>${note}</p></article>
`,
  );
  return html`<section><h2>Themes</h2><div class="themes">${cards}</div></section>
`;
}

/** A value and its interval on a line from 0; the dashed line is 1, as offered. */
function span(value: number, low: number | null, high: number | null, most: number): Html {
  const at = (number: number) => ((198 * Math.min(number, most)) / most + 1).toFixed(1);
  return html`<svg class="span" viewBox="0 0 200 16" preserveAspectRatio="none" aria-hidden="true"><path class="one"
 d="M${at(1)} 0V16"/>${low !== null && high !== null && html`<path d="M${at(low)} 8H${at(high)}"/>`}<circle
 cx="${at(value)}" cy="8" r="3.5"/></svg>`;
}

function attractivitySection(groups: NonNullable<RecommendationPageContent['attractivity']>): Html {
  const highest = groups.flatMap(({ found }) => found.themes.map(({ value, high }) => high ?? value ?? 0));
  const most = Math.min(3, Math.max(1.2, ...highest));
  const tables = groups.map(({ group, told, found }) => {
    const rows = [...found.themes]
      .sort((a, b) => (b.value ?? -1) - (a.value ?? -1))
      .map(({ theme, value, low, high, visited, offered }) => {
        const estimate = { value, low, high };
        const drawn: HtmlPart = value !== null && span(value, low, high, most);
        return html`<tr><th scope="row">${theme}</th>${estimateCell(estimate)}<td>${drawn}</td><td>${valueText(
          visited,
          'share',
        )}</td><td>${valueText(offered, 'share')}</td></tr>`;
      });
    const names = ['', 'attractivity', '', 'visited', 'offered'];
    const head = names.map((name, i) => ({ name, ...(i > 2 ? { below: '%' } : {}) }));
    const { visits, users, offers, outside } = found;
    const left = outside > 0 && `; ${outside} visits left out, when none of these offers was open`;
    return html`<h3>${group}</h3>${told !== undefined && html`<p>${told}</p>`}${table({ label: `Attractivity: ${group}`, head, rows })}
<p class="note">${visits} visits of ${users} users, ${offers} offers${left}</p>`;
  });
  return html`<section><h2>Which themes draw</h2>${tables}
<p class="note">Share of a theme in what was visited, divided by its share in what was offered on the day; above 1, right of the
dashed line, it is looked at more often than offered. It tells no cause: what is shown first is visited more.</p></section>
`;
}

/**
 * One self-contained page of recommendations: the models compared without images, by images alone and mixed; if given,
 * what they show one visitor and why, the themes with their images, and which themes draw. Images are read from their
 * paths and put into the page. The same content gives the same bytes.
 *
 * @returns the page as text
 *
 * @example
 * const report = evaluateRecommender(recommender, data);
 * await writeFile('models.html', await recommendationPage({ title: 'Bookings', comparison: { report, from: 'day 240' } }));
 */
export async function recommendationPage(content: RecommendationPageContent): Promise<string> {
  const { title, warning, introduction = [], visitor, comparison, themes, attractivity, more = [] } = content;
  const tiles = visitor?.lists.flatMap(({ offers }) => offers.flatMap((offer) => offer.tiles ?? [])) ?? [];
  const paths = [
    ...new Set([
      ...tiles.flatMap((tile) => ('image' in tile ? [tile.image] : [])),
      ...(themes ?? []).flatMap(({ images }) => images),
    ]),
  ];
  const read = await inParallel(paths, (path) => thumbnail(path, 150), 4);
  const images: Images = new Map(paths.map((path, i) => [path, read[i]]));
  const own = more.map(({ heading, paragraphs, table: numbers }) => {
    const rows = numbers?.rows.map(
      ([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
    );
    const head = numbers?.head.map((name) => ({ name }));
    return html`<section><h2>${heading}</h2>${rows !== undefined && head !== undefined && table({ label: heading, head, rows })}${paragraphs.map(
      (text) => html`<p>${text}</p>`,
    )}</section>
`;
  });
  return String(html`${pageHead(title, style, 'recommendation')}
<div class="page"><header><h1>${title}</h1>${warning !== undefined && html`<p class="warning">${warning}</p>`}</header>
<main>${introduction.length > 0 && html`<section>${introduction.map((text) => html`<p>${text}</p>`)}</section>`}
${visitor && visitorSection(visitor, images)}${comparison && comparisonSection(comparison)}${themes && themeSection(themes, images)}${
    attractivity && attractivitySection(attractivity)
  }${own}</main>
<footer>made with tfjs-weldon</footer></div>${pageFoot(html``)}`);
}
