import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { drawAlternatives } from '../../../../src/tagging/choices/alternatives.js';
import { attractivity } from '../../../../src/tagging/choices/attractivity.js';
import { featuresOf, featureWords } from '../../../../src/tagging/choices/choiceFeatures.js';
import { fitChoiceModel, choiceScores } from '../../../../src/tagging/choices/choiceModel.js';
import { evaluateRecommender } from '../../../../src/tagging/choices/evaluateRecommender.js';
import { choiceRows, featureSets, trainRecommender } from '../../../../src/tagging/choices/recommender.js';
import { indexTravelData } from '../../../../src/tagging/choices/travelData.js';
import { describeWithShared } from '../../../shared.js';
import { goldenTravel, rowsOf } from './goldenTravel.js';

interface GoldenModel {
  intercept: number;
  coefficients: Record<string, number>;
  logLossTrain: number;
  test: Record<string, number>;
  conditionalLogit: { test: Record<string, number> };
}

interface GoldenGroup {
  visits: number;
  offers: number;
  users: number;
  visited: Record<string, number>;
  offered: Record<string, number>;
  offeredOnTheDay: Record<string, number>;
  simple: Record<string, number | null>;
  onTheDay: Record<string, number | null>;
  shrunk50: Record<string, number | null>;
  interval95: Record<string, [number, number] | null>;
}

interface Golden {
  header: {
    features: { nonImage: string[]; image: string[] };
    counts: { trainRows: number; testRows: number };
    firstRowsMixed: { reservation: number; offer: number; features: number[] }[];
  };
  models: Record<'nonImage' | 'imageOnly' | 'mixed', GoldenModel>;
  attractivity: Record<string, GoldenGroup>;
}

const goldenName = { noImage: 'nonImage', imageOnly: 'imageOnly', mixed: 'mixed' } as const;
const metrics = ['auc', 'aucWithinSet', 'hitAt1', 'mrr', 'valueHitAt1', 'hitAt10', 'mrrAll'] as const;

function near(found: number | null, wanted: number | null, tolerance: number, what: string): void {
  if (wanted === null) {
    expect(found, what).to.equal(null);
  } else {
    expect(found, what).to.be.closeTo(wanted, tolerance);
  }
}

describeWithShared('recommendation, as scikit-learn', 'golden/tagging', (folder) => {
  const golden = JSON.parse(readFileSync(`${folder}/recommend.json`, 'utf8')) as Golden;
  const data = goldenTravel(folder);
  const index = indexTravelData(data);
  const words = featureWords(data);

  it('alternatives', () => {
    const wanted = rowsOf(`${folder}/negatives.csv`).map((row) =>
      ['n1', 'n2', 'n3', 'n4', 'n5'].map((name) => row[name]),
    );
    const { drawn, short } = drawAlternatives(index);
    expect(drawn.map((own) => own.map((place) => data.offers[place].id))).to.deep.equal(wanted);
    expect(short).to.equal(0);
  });

  it('features, and the first rows', () => {
    const { nonImage, image } = golden.header.features;
    expect(featuresOf(words, 'noImage').map(({ name }) => name)).to.deep.equal(nonImage);
    expect(featuresOf(words, 'imageOnly').map(({ name }) => name)).to.deep.equal(image);
    const size = nonImage.length + image.length;
    const { drawn } = drawAlternatives(index);
    for (const { reservation, offer, features } of golden.header.firstRowsMixed) {
      const { offers, values } = choiceRows(index, words, drawn, [reservation]);
      const row = offers.findIndex((place) => data.offers[place].id === String(offer));
      expect(row, `offer ${offer} of reservation ${reservation}`).to.be.at.least(0);
      features.forEach((wanted, k) => near(values[row * size + k], wanted, 1e-6, [...nonImage, ...image][k]));
    }
  });

  for (const kind of ['logistic', 'conditional'] as const) {
    it(`three models, ${kind}, and their metrics`, () => {
      const trained = trainRecommender(data, { splitDay: 240, kind });
      const report = evaluateRecommender(trained, data, { samples: 200 });
      expect(trained.trained.rows).to.equal(golden.header.counts.trainRows);
      expect(report.reservations * 6).to.equal(golden.header.counts.testRows);
      for (const set of featureSets) {
        const wanted = golden.models[goldenName[set]];
        const model = trained.models[set];
        expect(model.converged).to.equal(true);
        if (kind === 'logistic') {
          near(model.intercept, wanted.intercept, 1e-3, 'intercept');
          near(model.logLoss, wanted.logLossTrain, 1e-3, 'log loss');
          model.names.forEach((name, k) => near(model.coefficients[k], wanted.coefficients[name], 1e-3, name));
        }
        const test = kind === 'logistic' ? wanted.test : wanted.conditionalLogit.test;
        metrics.forEach((name) => near(report.metrics[set][name].value, test[name], 1e-3, `${set} ${name}`));
      }
      if (kind === 'logistic') {
        const within = (set: (typeof featureSets)[number]) => report.metrics[set].aucWithinSet.value;
        near(within('mixed'), 0.739, 1e-3, 'mixed');
        near(within('noImage'), 0.718, 1e-3, 'no image');
        near(within('imageOnly'), 0.611, 1e-3, 'image only');
        // The published interval: 0.009 … 0.033, from other draws.
        near(report.gain.aucWithinSet.value, 0.021, 1e-3, 'gain');
        near(report.gain.aucWithinSet.low, 0.009, 0.006, 'gain, low');
        near(report.gain.aucWithinSet.high, 0.033, 0.006, 'gain, high');
      }
    });
  }

  Object.entries(golden.attractivity).forEach(([group, wanted]) => {
    it(`attractivity, ${group}`, () => {
      const [category, destination] = group === 'ski in Morocco' ? ['ski', 'Morocco'] : [group, group];
      const where = (offer: (typeof data.offers)[number]) =>
        group === 'all' ||
        (group === 'ski in Morocco'
          ? offer.category === category && offer.destination === destination
          : offer.category === category || offer.destination === destination);
      const onTheDay = attractivity(data, { where });
      const simple = attractivity(data, { where, rule: 'simple', samples: 1 });
      expect(onTheDay).to.include({ visits: wanted.visits, offers: wanted.offers, users: wanted.users });
      onTheDay.themes.forEach(({ theme, visited, offered, value, shrunk, low, high }, t) => {
        near(visited, wanted.visited[theme], 1e-6, `visited ${theme}`);
        near(offered, wanted.offeredOnTheDay[theme], 1e-6, `offered on the day ${theme}`);
        near(simple.themes[t].offered, wanted.offered[theme], 1e-6, `offered ${theme}`);
        near(value, wanted.onTheDay[theme], 1e-6, theme);
        near(simple.themes[t].value, wanted.simple[theme], 1e-6, `simple ${theme}`);
        near(shrunk, wanted.shrunk50[theme], 1e-6, `shrunk ${theme}`);
        near(low, wanted.interval95[theme]?.[0] ?? null, 0.03, `low of ${theme}`);
        near(high, wanted.interval95[theme]?.[1] ?? null, 0.03, `high of ${theme}`);
      });
    });
  });
});

describeWithShared('conditional logit on real choices', 'golden/tagging/train_choices.csv', (path) => {
  it('coefficients, log-likelihood and hits', () => {
    const golden = JSON.parse(readFileSync(path.replace(/csv$/, 'json'), 'utf8')) as {
      coefficients: number[];
      logLikelihood: number;
      hitAt1: number;
    };
    const rows = rowsOf(path);
    const values = Float64Array.from(
      rows.flatMap((row) =>
        ['1', '2'].flatMap((n) => [
          Number(row[`price${n}`]) / 100,
          Number(row[`time${n}`]) / 60,
          Number(row[`change${n}`]),
          Number(row[`comfort${n}`]),
        ]),
      ),
    );
    const chosen = rows.flatMap(({ choice }) => (choice === 'choice1' ? [1, 0] : [0, 1]));
    const table = {
      values,
      names: ['price/100', 'time/60', 'change', 'comfort'],
      chosen,
      sets: rows.flatMap((_, i) => [i, i]),
    };
    const model = fitChoiceModel(table, { kind: 'conditional', c: Infinity, standardize: false });
    model.coefficients.forEach((value, k) => near(value, golden.coefficients[k], 1e-4, model.names[k]));
    near(-model.logLoss, golden.logLikelihood, 1e-3, 'log-likelihood');
    const scores = choiceScores(model, values);
    const hits = rows.filter((_, i) => (scores[2 * i] > scores[2 * i + 1] ? 1 : 0) === chosen[2 * i]).length;
    near(hits / rows.length, golden.hitAt1, 1e-3, 'hits');
  });
});
