import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DESIGN_VERSION, designedQueries, STRATA } from './design.js';
import { termsOf } from './interaction-terms.js';
import { openPredictor } from './predictor.js';
import { plainGarment, sampleOf } from './testing/plain-garment.js';
import { type TrainingProgress, trainModels } from './train-models.js';

describe('the design', () => {
  const queries = designedQueries({ design: 400, stratum: 20 });

  it('is the one of its version: other garments need another version, or answers of before would be taken for theirs', () => {
    const digest = createHash('sha256').update(JSON.stringify(queries)).digest('hex').slice(0, 16);
    expect([DESIGN_VERSION, digest]).toEqual([4, '0065bd69acf3cea4']);
  });

  it('has garments to learn from, then those of each stratum', () => {
    expect(queries.map(({ set, index }) => `${set} ${index}`)).toEqual(
      ['design', ...STRATA].flatMap((set) =>
        Array.from({ length: set === 'design' ? 400 : 20 }, (_, index) => `${set} ${index}`),
      ),
    );
    // A longer one begins with the same garments.
    expect(designedQueries({ design: 500, stratum: 25 }).slice(0, 400)).toEqual(queries.slice(0, 400));
  });
});

it('the terms of a garment are products of its levels', () => {
  const terms = termsOf(
    plainGarment({
      countryMaking: 'BD',
      materials: [
        { id: 'a', share: 0.75 },
        { id: 'b', share: 0.25 },
      ],
      fading: true,
      price: 30,
      airTransportRatio: 0.5,
    }),
  );
  expect(Object.fromEntries(terms)).toMatchObject({
    'one|': 1,
    'product|tshirt': 1,
    'country|FR': 0.75,
    'country|BD': 0.25,
    'stageCountry|countrySpinning FR': 0.25,
    'stageCountry|countryMaking BD': 0.25,
    'air|given': 1,
    'air|ratio': 0.5,
    'material|a': 0.75,
    'option|fading true': 1,
    'number|price given': 1,
    'number|price': 30,
    'product*number|tshirt|price': 30,
    'country*material|BD|b': 0.0625,
    'product*country*air|tshirt|BD|ratio': 0.125,
    'kind|tshirt weaving a 0.75 + b 0.25': 1,
    'kind*air|tshirt weaving a 0.75 + b 0.25|ratio': 0.5,
  });
  expect(terms.size).toBe(50);
});

it.each([
  [{}, { 'air|default': 1 }],
  [{ airTransportRatio: 0 }, { 'air|given': 1, 'air|ratio': 0 }],
  [{ airTransportRatio: 1 }, { 'air|given': 1, 'air|ratio': 1 }],
  [{ price: 0 }, { 'number|price given': 1, 'number|price': 0, 'air|default': 1 }],
])('what is told is told, zero as well: %j', (told, terms) => {
  const all = termsOf(plainGarment(told));
  expect(Object.fromEntries([...all].filter(([name]) => /^(air|number|option)\|/.test(name)))).toEqual(terms);
});

describe('a training of the simplest family', () => {
  const many = (count: number, set?: string) =>
    Array.from({ length: count }, (_, at) =>
      sampleOf(300 * (1 + (at % 7)), { product: `p${at % 60}`, mass: 1 + (at % 7) }, { id: `${set} ${at}`, set }),
    );
  const options = { families: ['mean-baseline'] as const, now: new Date('2026-01-02T03:04:05Z') };

  it('needs a hundred garments', async () => {
    await expect(trainModels(many(99), options)).rejects.toThrow(
      'training: expected at least 100 distinct products, received 99',
    );
    const { counts } = await trainModels(many(100), options);
    expect(counts.train + counts.calibration + counts.test).toBeLessThanOrEqual(100);
  });

  it('of samples that all cost alike by the kilogram is exact, and says what came of it', async () => {
    const progress: TrainingProgress[] = [];
    const { best, decision, reports, crossValidation, importance, seed, test, backend, counts } = await trainModels(
      many(400),
      {
        ...options,
        crossValidation: 3,
        onProgress: (step) => progress.push(step),
      },
    );
    expect(best).toMatchObject({ format: 6, family: 'mean-baseline', trainedAt: '2026-01-02T03:04:05.000Z' });
    expect(decision).toEqual({ promote: true, reason: 'promoted: there was no production model' });
    expect(reports).toHaveLength(1);
    expect(reports[0]?.metrics.rmse).toBeCloseTo(0, 9);
    expect(reports[0]?.seconds).toBeLessThan(60);
    expect(reports[0]?.interpolation?.mae).toBeCloseTo(0, 9);
    expect(crossValidation?.r2).toBeCloseTo(1, 9);
    expect(importance.map(({ field }) => field)).toEqual(['mass']);
    expect([seed, backend]).toEqual([42, null]);
    expect(test).toHaveLength(counts.test);
    for (const [cost, prediction] of test) expect(prediction).toBeCloseTo(cost, 9);
    // The split, the final one and each fold.
    expect(progress).toEqual(Array.from({ length: 5 }, () => ({ family: 'mean-baseline', done: 1, planned: 1 })));
    expect(Object.keys(best.sector)).toContain('numbers');
  });

  it('is split by garment where there are fewer than twenty groups', async () => {
    const of = (groups: number) =>
      trainModels(
        many(400).map((sample, at) => ({
          ...sample,
          garment: plainGarment({ mass: 1 + (at % 7), product: `p${at % groups}` }),
        })),
        options,
      );
    const [few, enough] = [await of(19), await of(20)];
    // Groups of twenty garments each are in one set.
    expect([enough.counts.test % 20, enough.counts.calibration % 20]).toEqual([0, 0]);
    expect(few.counts.test).toBeGreaterThan(70);
    expect(few.counts.test).toBeLessThan(130);
  });

  it('is judged by a suite, and calibrated on drawn garments where there are a hundred', async () => {
    const suite = many(30, 'fading');
    const judged = await trainModels(many(750, 'design'), { ...options, suite, group: ({ id }) => id });
    expect(judged.counts.test).toBe(30);
    expect(judged.counts.calibration).toBeGreaterThan(100);
    expect(judged.reports[0]?.strata.map(({ stratum }) => stratum)).toEqual(['fading']);
    expect(judged.reports[0]?.interpolation).toBeNull();
    const mixed = await trainModels([...many(500), ...many(200, 'design')], {
      ...options,
      suite,
      group: ({ id }) => id,
    });
    // Fewer than a hundred of those that were drawn are among them: all are taken.
    expect(mixed.counts.calibration).toBeGreaterThan(80);
    expect(mixed.reports[0]?.interpolation?.mae).toBeCloseTo(0, 9);
  });

  it('keeps a model that is as good, and another seed splits in another way', async () => {
    const first = await trainModels(many(400), options);
    const again = await trainModels(many(400), { ...options, incumbent: first.best, seed: 7 });
    expect(again.decision.promote).toBe(false);
    expect(again.seed).toBe(7);
    expect(again.counts).not.toEqual(first.counts);
  });

  it('predicts with its version, and has a query of what is told in full', async () => {
    const { best } = await trainModels(many(400), options);
    const predict = openPredictor(best, 9);
    const query = {
      product: 'p1',
      mass: 2,
      materials: [{ id: 'ei-coton', share: 1 }],
      countryFabric: 'FR',
      countryDyeing: 'FR',
      countryMaking: 'FR',
      fabricProcess: 'weaving' as const,
    };
    const answer = predict(query);
    expect(answer?.prediction.prediction_impact).toBeCloseTo(600, 9);
    expect(answer?.prediction.model).toEqual({
      family: 'mean-baseline',
      version: 9,
      trainedAt: '2026-01-02T03:04:05.000Z',
    });
    expect(answer?.prediction.interval.level).toBe(0.9);
    expect(answer?.query).toMatchObject({ ...query, countrySpinning: 'FR' });
    expect(predict({ ...query, countryDyeing: null })?.query).toBeNull();
    expect(predict({})).toBeNull();
    const beyond = predict({ ...query, mass: 700 })?.prediction;
    expect(beyond?.warnings.map(({ code }) => code)).toEqual(['outside-training-range']);
  });
});
