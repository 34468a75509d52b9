import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommandLine } from '../../../../src/commands/program.js';
import { readDay, readTravelData } from '../../../../src/commands/recommend/readTravelData.js';
import { readRecommender } from '../../../../src/commands/recommend/recommenderFile.js';
import { refusal } from '../../../refusal.js';
import { temporaryFolder } from '../../node/temporaryFolder.js';

const head = 'offer,destination,category,price,stars,nights,first_day,last_day,beach,mountain';
const offerLines = Array.from(
  { length: 8 },
  (_, i) => `o${i},${i % 2 === 0 ? 'France' : 'Italy'},sea,${200 + 10 * i},3,2,0,30,${i % 2 === 0 ? '1,0' : '0,1'}`,
);
const users = ['ann', 'bob', 'cy'];
const eventLines = (days: readonly number[]) =>
  days.map((day) => `${day},${users[day % 3]},o${(day % 3) % 2 === 0 ? (2 * day) % 8 : (2 * day + 1) % 8}`);
const visits = ['day,user,offer', ...eventLines(Array.from({ length: 30 }, (_, day) => day))].join('\n');
const reservations = ['day,user,offer', ...eventLines(Array.from({ length: 27 }, (_, i) => i + 3))].join('\n');
/** The same day as a date. */
const dated = (text: string) =>
  text.replace(/^(\d+),(?=ann|bob|cy)/gm, (_, day: string) => `2026-07-${String(Number(day) + 1).padStart(2, '0')},`);

describe('weldon recommend', () => {
  const folder = temporaryFolder();

  function data(parts: { offers?: string; visits?: string; reservations?: string } = {}): string {
    const at = folder.write('offers.csv', parts.offers ?? [head, ...offerLines].join('\n'));
    folder.write('visits.csv', parts.visits ?? visits);
    folder.write('reservations.csv', parts.reservations ?? reservations);
    return join(at, '..');
  }

  /** What the command line prints; refusals are lines on stderr. */
  async function weldon(...args: string[]): Promise<{ out: string; err: string; code: typeof process.exitCode }> {
    const written = { out: '', err: '' };
    const { stdout, stderr } = process;
    const [before, writeOut, writeErr] = [process.exitCode, stdout.write.bind(stdout), stderr.write.bind(stderr)];
    process.exitCode = 0;
    stdout.write = (text: string) => ((written.out += text), true);
    stderr.write = (text: string) => ((written.err += text), true);
    try {
      await runCommandLine(['node', 'weldon', 'recommend', ...args]);
      return { ...written, code: process.exitCode };
    } finally {
      Object.assign(stdout, { write: writeOut });
      Object.assign(stderr, { write: writeErr });
      process.exitCode = before;
    }
  }

  it('trains, compares, ranks with reasons, and tells what draws', async () => {
    const at = data();
    const file = join(at, 'out', 'models.json');
    const trained = await weldon('train', at, '--out', file, '--split', '20');
    expect(trained.code, trained.err).to.equal(0);
    expect(trained.out).to.contain('17 reservations before 20, 102 rows');
    const { recommender } = await readRecommender(file);
    expect(recommender.splitDay).to.equal(20);
    const compared = await weldon('evaluate', file, at, '--samples', '20', '--out', join(at, 'report.json'));
    expect(compared.code, compared.err).to.equal(0);
    expect(compared.out).to.match(/no image +image alone +mixed +mixed − no image/);
    expect(compared.out).to.contain('value hit@1').and.to.contain('no uplift');
    expect(compared.out).to.not.contain('NaN');
    const withPage = await weldon('evaluate', file, at, '--samples', '20', '--html', join(at, 'models.html'));
    expect(withPage.code, withPage.err).to.equal(0);
    const page = readFileSync(join(at, 'models.html'), 'utf8');
    expect(page).to.contain('image alone').and.to.contain('no uplift').and.to.contain('Which themes draw');
    const report = JSON.parse(readFileSync(join(at, 'report.json'), 'utf8')) as { reservations: number };
    expect(report.reservations).to.equal(10);
    // Own results are replaced; a file of the user's is not.
    expect((await weldon('evaluate', file, at, '--samples', '20', '--out', join(at, 'report.json'))).code).to.equal(0);
    const offers = readFileSync(join(at, 'offers.csv'), 'utf8');
    for (const args of [
      ['train', at, '--split', '20'],
      ['evaluate', file, at, '--samples', '20'],
    ]) {
      const refused = await weldon(...args, '--out', join(at, 'offers.csv'));
      expect(refused.code).to.equal(1);
      expect(refused.err).to.contain('a file that it did not make');
    }
    expect(readFileSync(join(at, 'offers.csv'), 'utf8')).to.equal(offers);
    const early = await weldon('train', at, '--split', '-1000', '--out', join(at, 'early.json'));
    expect(early.err).to.contain('Expected --split to be a day after some reservations but received -1000');
    expect(early.code).to.equal(1);
    const ranked = await weldon('rank', file, at, '--user', 'ann', '--day', '25', '--top', '3');
    expect(ranked.out)
      .to.contain('looks for: 1.0 beach')
      .and.to.match(/^ {2}1 {2}o[0246] {2}France, sea, \d+ for 2 nights/m);
    const json = JSON.parse((await weldon('rank', file, at, '--day', '25', '--json')).out) as {
      offers: unknown[];
      user: null;
    };
    expect(json.offers).to.have.length(8);
    const draws = await weldon('attractivity', at, '--by', 'destination', '--samples', '20');
    expect(draws.out).to.contain('France: ').and.to.contain('beach');
  });

  it('days as dates, a byte order mark, a semicolon, windows line ends', async () => {
    const at = data({
      offers: `\ufeff${[head, ...offerLines].join('\r\n').replaceAll(',0,30,', ',2026-07-01,2026-07-31,').replaceAll(',', ';')}\r\n`,
      visits: dated(visits),
      reservations: dated(reservations),
    });
    const { data: found, days } = await readTravelData({ folder: at });
    expect(days).to.equal('date');
    expect(found.offers[0]).to.include({ id: 'o0', price: 200, firstDay: readDay('2026-07-01')!.day });
    const file = join(at, 'models.json');
    expect((await weldon('train', at, '--out', file, '--split', '2026-07-21')).out).to.contain(
      '17 reservations before 2026-07-21',
    );
    expect((await weldon('rank', file, at, '--day', '24')).err).to.contain(
      'weldon: Expected --day to be a date such as 2026-07-14, as in the files but received "24"',
    );
    expect(readDay('2026-02-31')).to.equal(null);
  });

  it('a user who asks to be forgotten', async () => {
    const at = data();
    const { data: kept } = await readTravelData({ folder: at, forget: ['bob'] });
    expect(JSON.stringify(kept)).to.not.contain('bob');
    expect(await refusal(readTravelData({ folder: at, forget: ['rob'] }))).to.equal(
      'Expected each user to forget to be in visits or reservations but received "rob". Nearest: "bob", "ann", "cy"',
    );
    const file = join(at, 'without.json');
    const { out } = await weldon('train', at, '--out', file, '--split', '20', '--forget', 'bob');
    expect(out).to.contain('11 reservations before 20');
    expect(readFileSync(file, 'utf8')).to.not.contain('bob');
    expect((await weldon('rank', file, at, '--day', '25', '--user', 'bob', '--forget', 'bob')).err).to.contain(
      'received "bob". Nearest:',
    );
  });

  it('says of offers that are never open', async () => {
    const notices: string[] = [];
    const at = data({ offers: [head, ...offerLines, 'x,France,sea,100,3,2,5,4,1,0'].join('\n') });
    await readTravelData({ folder: at, notice: (sentence) => notices.push(sentence) });
    expect(notices).to.deep.equal(['1 of 9 offers have a last day before their first and are never open: x']);
  });

  it('the history of the same day is refused with the reason, and nothing is written', async () => {
    const at = data();
    const { code, err } = await weldon('train', at, '--out', join(at, 'trap.json'), '--history', 'same-day');
    expect(code).to.equal(1);
    expect(err).to.contain('strictly before the day of the choice (who books opens the page on the same day');
    expect(() => readFileSync(join(at, 'trap.json'))).to.throw('ENOENT');
  });

  it('bad files by name and line', async () => {
    const refused = (parts: Parameters<typeof data>[0]) => refusal(readTravelData({ folder: data(parts) }));
    const path = join(data(), 'offers.csv');
    expect(await refused({ offers: [head.replace('first_day', 'firstday'), ...offerLines].join('\n') })).to.match(
      /^Expected .*offers\.csv to have the column "first_day" but received "offer", .*\. Nearest: "firstday"$/,
    );
    expect(await refused({ offers: [head, offerLines[0].replace(',200,', ',cheap,')].join('\n') })).to.equal(
      `Expected price in line 2 of ${path} to be a number but received "cheap"`,
    );
    expect(
      await refused({ offers: [head, offerLines[0].replace(',200,', ',0,'), ...offerLines.slice(1)].join('\n') }),
    ).to.equal('Expected the price of offer "o0" to be a finite number > 0 but received 0');
    expect(await refused({ offers: [head, ...offerLines, offerLines[0]].join('\n') })).to.equal(
      'Expected the ids of the offers to be different but received "o0" twice',
    );
    expect(await refused({ visits: 'day,user,offer\n1,ann,o99' })).to.contain(
      'Expected the offer of visit 0 to be a known one but received "o99"',
    );
    expect(await refused({ visits: 'day,user,offer\nmonday,ann,o1' })).to.contain(
      'a whole number or a date such as 2026-07-14 but received "monday"',
    );
    expect(await refused({ visits: 'day,user,offer\n2026-07-01,ann,o1' })).to.contain(
      'to be a whole number, as in line 2 of',
    );
    expect(await refused({ visits: 'day,user,offer\n1,,o1' }))
      .to.contain('Expected user in line 2 of')
      .and.to.contain('a value but received nothing');
    expect(
      await refused({ offers: [`${head},beach`, ...offerLines.map((line) => `${line},0`)].join('\n') }),
    ).to.contain('"beach" twice');
    expect(await refused({ offers: head.replace(',beach,mountain', '') + '\no0,F,sea,1,3,2,0,3' })).to.contain(
      'a column per theme',
    );
    expect(await refusal(readTravelData({ folder: folder.path('nowhere') }))).to.contain('offers.csv');
  });

  it('a file that is no model, a damaged one', async () => {
    const at = data();
    folder.write('other.json', '{"a": 1}');
    expect((await weldon('evaluate', join(at, 'other.json'), at)).err).to.match(
      /other\.json to be a file of weldon recommend train .* but it is another/,
    );
    const file = join(at, 'whole.json');
    await weldon('train', at, '--out', file);
    folder.write('broken.json', readFileSync(file, 'utf8').replace('"seed": 12345', '"sed": 12345'));
    expect((await weldon('evaluate', join(at, 'broken.json'), at)).err).to.contain('received "sed". Nearest: "seed"');
  });
});
