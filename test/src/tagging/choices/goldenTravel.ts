import { readFileSync } from 'node:fs';
import type { Offer, TravelData, UserEvent } from '../../../../src/tagging/choices/travelData.js';

/** Rows of a CSV file of the golden folder, by column. */
export function rowsOf(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

/** The simulated travel site of the golden files. */
export function goldenTravel(folder: string): TravelData {
  const rows = rowsOf(`${folder}/offers.csv`);
  const themes = Object.keys(rows[0]).slice(8);
  const offers = rows.map((row): Offer => {
    const { offer: id, destination, category } = row;
    const [price, stars, nights, firstDay, lastDay] = ['price', 'stars', 'nights', 'first_day', 'last_day'].map(
      (name) => Number(row[name]),
    );
    return {
      id,
      destination,
      category,
      price,
      stars,
      nights,
      firstDay,
      lastDay,
      themes: themes.map((name) => Number(row[name])),
    };
  });
  const events = (name: string) =>
    rowsOf(`${folder}/${name}.csv`).map(({ day, user, offer }): UserEvent => ({ day: Number(day), user, offer }));
  return { themes, offers, visits: events('visits'), reservations: events('reservations') };
}
