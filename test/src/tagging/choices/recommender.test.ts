import { expect } from 'chai';
import { attractivity } from '../../../../src/tagging/choices/attractivity.js';
import { drawAlternatives } from '../../../../src/tagging/choices/alternatives.js';
import { contextOf, featureRows, featuresOf, featureWords } from '../../../../src/tagging/choices/choiceFeatures.js';
import { choiceMetrics } from '../../../../src/tagging/choices/choiceMetrics.js';
import { choiceScores, fitChoiceModel } from '../../../../src/tagging/choices/choiceModel.js';
import { profileOf, profileSentence } from '../../../../src/tagging/choices/profile.js';
import { evaluateRecommender } from '../../../../src/tagging/choices/evaluateRecommender.js';
import { rankOffers } from '../../../../src/tagging/choices/rankOffers.js';
import { trainRecommender } from '../../../../src/tagging/choices/recommender.js';
import type { Offer, TravelData } from '../../../../src/tagging/choices/travelData.js';
import { indexTravelData, neverOpen, withoutUsers } from '../../../../src/tagging/choices/travelData.js';
import { expectError } from '../../../expectError.js';

const offer = (id: string, parts: Partial<Offer> = {}): Offer => ({
  id,
  destination: Number(id) % 2 === 0 ? 'France' : 'Italy',
  category: 'sea',
  price: 100 + 10 * Number(id),
  nights: 2,
  stars: 3,
  firstDay: 0,
  lastDay: 20,
  themes: Number(id) % 2 === 0 ? [1, 0] : [0, 1],
  ...parts,
});

/** Eight offers; users book what they visited before, a who likes even numbers and b who likes odd ones. */
const data: TravelData = {
  themes: ['beach', 'mountain'],
  offers: ['10', '9', '1', '2', '3', '4', '5', '6'].map((id) => offer(id)),
  visits: Array.from({ length: 20 }, (_, day) =>
    ['a', 'b'].map((user, odd) => ({ user, day, offer: String(1 + ((2 * day + 1 - odd) % 6)) })),
  ).flat(),
  reservations: Array.from({ length: 18 }, (_, day) => ({
    user: day % 2 === 0 ? 'a' : 'b',
    day: day + 1,
    offer: day % 2 === 0 ? '2' : '5',
  })),
};

describe('recommendation', () => {
  it('the alternatives of a reservation: open that day, not booked, by id as numbers', () => {
    const index = indexTravelData({
      ...data,
      reservations: [
        { user: 'a', day: 3, offer: '2' },
        { user: 'a', day: 3, offer: '10' },
      ],
    });
    const { drawn, short } = drawAlternatives(index, 10);
    const ids = drawn.map((own) => own.map((place) => data.offers[place].id).sort());
    expect(ids).to.deep.equal([
      ['1', '3', '4', '5', '6', '9'],
      ['1', '3', '4', '5', '6', '9'],
    ]);
    expect(short).to.equal(2);
  });

  it('a history that ends the day before', () => {
    const index = indexTravelData(data);
    const { visits, reservations, profile } = contextOf(index, 'a', 5);
    expect(visits).to.have.length(5);
    expect(Math.max(...visits.map(({ day }) => day), ...reservations.map(({ day }) => day))).to.equal(4);
    expect([...profile]).to.deep.equal([1, 0]);
    const none = contextOf(index, 'a', 0);
    const row = featureRows(index, featureWords(data), none, [0]);
    expect([...row].every(Number.isFinite)).to.equal(true);
    const names = featuresOf(featureWords(data), 'mixed').map(({ name }) => name);
    for (const name of ['priceGap', 'hasVisits', 'hasReservations', 'profileMatch', 'shareVisitsSameCategory']) {
      expect(row[names.indexOf(name)], name).to.equal(0);
    }
  });

  it('refuses the history of the same day, and says why', () => {
    expect(() => trainRecommender(data, { history: 'sameDay' as never })).to.throw(
      /^Expected history for trainRecommender to be 'before', strictly before the day of the choice \(who books opens the page on the same day, .*\) but received "sameDay"$/,
    );
  });

  it('learns, measures, ranks, and says why', () => {
    const trained = trainRecommender(data, { splitDay: 12, alternatives: 5 });
    expect(trained.trained).to.deep.equal({ reservations: 11, rows: 66, short: 0 });
    const report = evaluateRecommender(trained, data, { samples: 50 });
    expect(report).to.include({ reservations: 7, users: 2, short: 0, withoutHistory: 0 });
    expect(report.metrics.mixed.aucWithinSet.value).to.be.above(0.8);
    const kept = JSON.parse(JSON.stringify(trained)) as typeof trained;
    const ranked = rankOffers(kept, data, { user: 'a', day: 15, top: 8 });
    expect(ranked.map(({ rank }) => rank)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(Number(ranked[0].offer) % 2).to.equal(0);
    const sums = ranked.map(({ why }) => why.reduce((sum, { adds }) => sum + adds, 0));
    const mean = ranked.reduce((sum, { score }) => sum + score / 8, 0);
    ranked.forEach(({ score }, i) => expect(sums[i]).to.be.closeTo(score - mean, 1e-9));
    expect(Math.abs(ranked[0].why[0].adds)).to.be.at.least(Math.abs(ranked[0].why[1].adds));
    const stranger = rankOffers(trained, data, { user: null, day: 15 });
    expect(stranger.every(({ score }) => Number.isFinite(score))).to.equal(true);
    // Days to come tell nothing of a day: what is ranked on day 5 stays.
    const early = {
      ...data,
      visits: data.visits.filter(({ day }) => day < 5),
      reservations: data.reservations.filter(({ day }) => day < 5),
    };
    expect(rankOffers(trained, data, { user: 'a', day: 5 })).to.deep.equal(
      rankOffers(trained, early, { user: 'a', day: 5 }),
    );
  });

  it('a user who is deleted is gone from profiles and model inputs', () => {
    const kept = withoutUsers(data, ['a']);
    expect([...kept.visits, ...kept.reservations].some(({ user }) => user === 'a')).to.equal(false);
    const trained = trainRecommender(kept, { splitDay: 12 });
    expect(trained.trained.reservations).to.equal(5);
    expect(JSON.stringify(trained)).to.not.contain('"a"');
    expect(() => rankOffers(trained, kept, { user: 'a', day: 15 })).to.throw('received "a". Nearest: "b"');
    expect([...contextOf(indexTravelData(kept), 'a', 15).profile]).to.deep.equal([0, 0]);
    expect(() => withoutUsers(data, ['c'])).to.throw(
      'Expected each user to forget to be in visits or reservations but received "c". Nearest:',
    );
  });

  it('fewer than five others, and none', () => {
    const few = {
      ...data,
      offers: data.offers
        .filter(({ id }) => Number(id) <= 6)
        .map((one) => (['2', '5', '4'].includes(one.id) ? one : { ...one, lastDay: 13 })),
    };
    const trained = trainRecommender(few, { splitDay: 12 });
    const report = evaluateRecommender(trained, few, { samples: 20 });
    expect(report.short).to.equal(5);
    Object.values(report.metrics.mixed).forEach(({ value }) => expect(Number.isFinite(value)).to.equal(true));
    const alone = {
      ...data,
      offers: data.offers.map((one) => ({ ...one, lastDay: one.id === '2' || one.id === '5' ? 20 : -1 })),
      reservations: data.reservations.map((one) => ({ ...one, user: 'a' })),
    };
    expect(neverOpen(alone)).to.have.length(6);
    expect(trainRecommender(alone, { splitDay: 12, kind: 'conditional' }).trained.short).to.equal(11);
  });

  it('bad data by name', () => {
    const broken = (parts: Partial<TravelData>) => () => indexTravelData({ ...data, ...parts });
    expectError(
      broken({ offers: [offer('1'), offer('1')] }),
      'Expected the ids of the offers to be different but received "1" twice',
    );
    expectError(
      broken({ offers: [offer('1', { price: 0 })] }),
      'Expected the price of offer "1" to be a finite number > 0 but received 0',
    );
    expectError(
      broken({ offers: [offer('1', { themes: [NaN, 0] })] }),
      'Expected the themes of offer "1" to be finite numbers >= 0 but received NaN',
    );
    expect(broken({ visits: [{ user: 'a', day: 1, offer: '77' }] })).to.throw(
      'Expected the offer of visit 0 to be a known one but received "77"',
    );
    expectError(
      () => trainRecommender({ ...data, reservations: [] }),
      'Expected the reservations for trainRecommender to be one or more but received none',
    );
    expectError(
      () => trainRecommender({ ...data, reservations: data.reservations.slice(0, 1) }),
      'Expected the reservations for trainRecommender to be of several days, since the later third is kept for the evaluation but received some of one day',
    );
    expectError(
      () => trainRecommender(data, { splitDay: 1 }),
      'Expected splitDay for trainRecommender to be after some reservations but received 1, with none before it',
    );
    expectError(
      () => evaluateRecommender(trainRecommender(data, { splitDay: 30 }), data),
      'Expected the reservations for evaluateRecommender to be some from day 30 on, where the training ended but received none',
    );
    expect(() => rankOffers(trainRecommender(data), data, { user: 'a', day: 50 })).to.throw(
      'a day on which offers are open but received 50, when none is',
    );
  });
});

describe('fitChoiceModel', () => {
  const names = ['x'];
  it('one class, a set without a choice, NaN', () => {
    const values = Float64Array.of(0, 1);
    expectError(
      () => fitChoiceModel({ values, names, chosen: [1, 1], sets: [0, 1] }),
      'Expected chosen for fitChoiceModel to be of both kinds, chosen and not but received 2 of 2 rows chosen: there is nothing to tell apart',
    );
    expectError(
      () => fitChoiceModel({ values, names, chosen: [1, 0], sets: [0, 1] }, { kind: 'conditional' }),
      'Expected set 1 for fitChoiceModel to be rows of which one is chosen but received 0 chosen',
    );
    expectError(
      () => fitChoiceModel({ values: Float64Array.of(0, NaN), names, chosen: [1, 0], sets: [0, 0] }),
      'Expected x in row 1 for fitChoiceModel to be a finite number but received NaN',
    );
  });

  it('a constant column is left alone', () => {
    const model = fitChoiceModel({
      values: Float64Array.of(7, 0, 7, 1, 7, 0.5),
      names: ['same', 'x'],
      chosen: [0, 1, 0],
      sets: [0, 0, 0],
    });
    expect(model.deviations[0]).to.equal(1);
    expect(model.coefficients[0]).to.equal(0);
    expect(choiceScores(model, Float64Array.of(7, 1))[0]).to.be.above(choiceScores(model, Float64Array.of(7, 0))[0]);
  });
});

describe('choice metrics', () => {
  it('ties share a hit; a set without others measures no order', () => {
    const choice = (chosen: number, others: number[], price = 1) => ({
      user: 'a',
      price,
      chosen,
      others: Float64Array.from(others),
      open: Float64Array.from(others),
    });
    const found = choiceMetrics([choice(1, [1, 0]), choice(0, [2, 3], 3)]);
    expect(found).to.deep.equal({
      // 1 against 1, 0, 2, 3: a half and one; 0 against them: a half
      auc: 2 / 8,
      aucWithinSet: (0.75 + 0) / 2,
      hitAt1: 0.25,
      mrr: (1 / 1.5 + 1 / 3) / 2,
      valueHitAt1: 0.5 / 4,
      hitAt10: 1,
      mrrAll: (1 / 1.5 + 1 / 3) / 2,
    });
    expect(choiceMetrics([choice(1, [])]).aucWithinSet).to.satisfy(Number.isNaN);
  });
});

describe('profileOf', () => {
  it('a reservation counts as three visits', () => {
    expect([
      ...profileOf(
        [
          [1, 0],
          [0, 1],
        ],
        [[0, 1]],
        2,
      ),
    ]).to.deep.equal([0.2, 0.8]);
    expect([...profileOf([], [], 2)]).to.deep.equal([0, 0]);
    expect(() => profileOf([[1]], [], 2)).to.throw('2 numbers but received 1');
  });

  it('in a sentence', () => {
    expect(profileSentence([0.41, 0.3, 0.04, 0.25], ['beach', 'mountain', 'spa', 'hotel'])).to.equal(
      '0.4 beach + 0.3 mountain + 0.3 hotel',
    );
    expect(profileSentence([0, 0], ['beach', 'hotel'])).to.equal('no history yet');
  });
});

describe('attractivity', () => {
  const themes = ['pool', 'bedroom', 'none'];
  const offers = [offer('1', { themes: [1, 0, 0], lastDay: 4 }), offer('2', { themes: [0, 1, 0] })];
  const visits = [
    ['a', 1, '1'],
    ['a', 2, '2'],
    ['b', 3, '2'],
    ['b', 8, '2'],
  ].map(([user, day, id]) => ({ user: String(user), day: Number(day), offer: String(id) }));
  const travel = { themes, offers, visits, reservations: [] };

  it('by the day and by all offers', () => {
    // Offered on the four days: pool ½, ½, ½, 0.
    const [pool, bedroom, none] = attractivity(travel).themes;
    expect(pool.value).to.be.closeTo(0.25 / (1.5 / 4), 1e-12);
    expect(bedroom.value).to.be.closeTo(0.75 / (2.5 / 4), 1e-12);
    expect(none).to.deep.equal({
      theme: 'none',
      visited: 0,
      offered: 0,
      value: null,
      shrunk: null,
      low: null,
      high: null,
    });
    expect(pool.shrunk).to.be.closeTo((4 * 0.25 + 50 * 0.375) / (54 * 0.375), 1e-12);
    expect(attractivity(travel, { rule: 'simple' }).themes[0].value).to.be.closeTo(0.5, 1e-12);
  });

  it('no visits, and visits when nothing was open', () => {
    const empty = attractivity({ ...travel, visits: [] });
    expect(empty.themes.map(({ value }) => value)).to.deep.equal([null, null, null]);
    expect(attractivity({ ...travel, visits: [...visits, { user: 'b', day: 99, offer: '1' }] }).outside).to.equal(1);
    expect(() => attractivity(travel, { rule: 'daily' as never })).to.throw("'onTheDay' or 'simple'");
  });
});
