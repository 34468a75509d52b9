import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kinds } from '../../../demos/travel/agency.js';
import { simulateAgency, simulatedImages } from '../../../demos/travel/simulate.js';
import { temporaryFolder } from '../../src/node/temporaryFolder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('npm run travel', () => {
  const folder = temporaryFolder();
  const themes = Object.keys(kinds);
  const images = themes.flatMap((kind, t) => simulatedImages(kind, t, themes.length, 1));
  const small = (seed: number) => simulateAgency({ seed, themes, images, offers: 80, users: 60, days: 60 });

  function travel(...args: string[]) {
    const script = ['--import', 'tsx', join(root, 'demos/travel/main.ts')];
    const { status, stderr } = spawnSync(process.execPath, [...script, ...args], { cwd: root, encoding: 'utf8' });
    return { status, stderr };
  }

  it('smoke: a year of an agency, all of it decided by the seed', () => {
    const { data, galleries } = small(1);
    expect(small(1).data).to.deep.equal(data);
    expect(small(2).data.reservations).not.to.deep.equal(data.reservations);
    expect(galleries.map(({ length }) => length)).to.deep.equal(data.offers.map(() => 6));
    const offers = new Map(data.offers.map((offer) => [offer.id, offer]));
    for (const { day, offer } of [...data.visits, ...data.reservations]) {
      const { firstDay, lastDay } = offers.get(offer)!;
      expect(day).to.be.within(firstDay, lastDay);
    }
    const visits = new Set(data.visits.map((visit) => JSON.stringify(visit)));
    expect(data.reservations.length).to.be.above(20);
    expect(data.reservations.every((one) => visits.has(JSON.stringify(one)))).to.equal(true);
    data.offers.forEach((offer) => expect(offer.themes.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-9));
  });

  it('feature: one page, which says that it is simulated, what is real and what is recovered; the same bytes again', () => {
    // What the network said of the images is kept: the second run takes the rest of the way again.
    const pages = [1, 2].map(() => {
      const { status, stderr } = travel('--out', folder.path('out'), '--samples', '20', '--backend', 'wasm');
      expect(status, stderr).to.equal(0);
      return readFileSync(join(folder.path('out'), 'index.html'), 'utf8');
    });
    const [page] = pages;
    expect(pages[1] === page).to.equal(true);
    expect(page).to.contain('The bookings are simulated');
    expect(page).to.match(/65 free images were tagged for real/);
    expect(page).to.match(/\d+ of 900 offers carry real tags/);
    expect(page.match(/No free image shows it/g)).to.have.length(6);
    for (const words of [
      'Without images',
      'By images alone',
      'Mixed',
      'of 6 in France',
      'Looks for',
      'Expected spending',
    ]) {
      expect(page).to.contain(words);
    }
    const found = /Recovered: bedroom ([\d.]+) \(([\d.]+) to [\d.]+\), mountain ([\d.]+) \([\d.]+ to ([\d.]+)\)/.exec(
      page,
    );
    expect(Number(found?.[2])).to.be.above(1.2);
    expect(Number(found?.[4])).to.be.below(0.9);
    expect(page).not.to.contain(root.slice(0, -1));
  });

  it('exception: options that do not exist or are out of range', () => {
    expect(travel('--seed=-1')).to.include({ status: 2 });
    expect(travel('--seeds', '1')).to.include({ status: 2 });
    expect(travel('--seed', 'x').stderr).to.match(/^Expected --seed to be a whole number >= 0 but received "x"/m);
  });
});
