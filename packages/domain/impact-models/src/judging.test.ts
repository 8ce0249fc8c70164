import { groupBy } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { STRATA } from './design.js';
import { openEstimator } from './estimator.js';
import { permutationImportance } from './importance.js';
import { judge, losing } from './judgement.js';
import { evaluate, metricsOf, quantile, rankCorrelation } from './metrics.js';
import { decidePromotion } from './promotion.js';
import { normalNumbers, shuffled } from './random.js';
import { DEFAULT_SHARES, folds, groupOf, heldOut, splitSamples } from './split.js';
import { plainGarment, sampleOf } from './testing/plain-garment.js';

describe('figures of errors', () => {
  it.each([
    [0, 1],
    [0.2, 1],
    [0.25, 2],
    [0.5, 3],
    [0.75, 4],
    [1, 4],
  ])('the quantile %d of four values is the one that follows that share of them: %d', (share, value) =>
    expect(quantile([4, 2, 1, 3], share)).toBe(value),
  );

  it('have the quantile of nothing, which is no number', () => expect(quantile([], 0.5)).toBeNaN());

  it('have a rank correlation of hand-made ranks', () => {
    // Differences of ranks 1, 1, 0, 2, 2: 1 - 6 × 10 / (5 × 24).
    expect(rankCorrelation([10, 20, 30, 40, 50], [2, 1, 3, 5.5, 4])).toBeCloseTo(1 - (6 * 4) / 120, 12);
    expect(rankCorrelation([3, 1, 2], [1, 3, 2])).toBe(-1);
  });

  it('are those of a hand-made case', () => {
    // Errors +10, -20, 0 and +40 of costs whose mean is 100.
    const metrics = metricsOf([50, 100, 100, 150], [60, 80, 100, 190]);
    expect(metrics.r2).toBeCloseTo(1 - 2100 / 5000, 12);
    expect(metrics.rmse).toBeCloseTo(Math.sqrt(525), 12);
    expect(metrics.mae).toBeCloseTo(17.5, 12);
    expect(metrics.mape).toBeCloseTo((20 + 20 + 0 + 80 / 3) / 4, 12);
    expect(metrics.medianApe).toBeCloseTo(20, 12);
    expect(metrics.p95Ape).toBeCloseTo(80 / 3, 12);
    expect(metrics.bias).toBeCloseTo(7.5, 12);
  });

  it('say nothing of how costs that are all the same vary', () => expect(metricsOf([2, 2], [1, 4]).r2).toBe(0));

  it('come with the bias of each type and the twenty that are worst', () => {
    const samples = [
      ...Array.from({ length: 20 }, (_, at) => sampleOf(100 + at, { product: 'pull' })),
      sampleOf(200, { product: 'jean', materials: [{ id: 'ei-pet', share: 1 }], mass: 0.7, countryMaking: 'BD' }),
      sampleOf(90, { product: 'jean' }),
    ];
    const { biasByProduct, worst, metrics } = evaluate((garments) => garments.map(() => 100), samples);
    expect(Object.keys(biasByProduct)).toEqual(['jean', 'pull']);
    expect(biasByProduct.jean).toBeCloseTo((100 * -45) / 145, 12);
    expect(biasByProduct.pull).toBeCloseTo((100 * -9.5) / 109.5, 12);
    expect(metrics.mae).toBeCloseTo((190 + 100 + 10) / 22, 12);
    expect(worst[0]).toEqual({
      id: samples[20]?.id,
      product: 'jean',
      massKg: 0.7,
      materials: 'ei-pet 1',
      countryMaking: 'BD',
      fabricProcess: 'weaving',
      cost: 200,
      prediction: 100,
    });
    // Those of 110 and 90 are as far off, and the two that are nearest are not told.
    expect(worst.map(({ cost }) => cost)).toEqual([
      200, 119, 118, 117, 116, 115, 114, 113, 112, 111, 110, 90, 109, 108, 107, 106, 105, 104, 103, 102,
    ]);
  });
});

describe('sets', () => {
  const samples = Array.from({ length: 400 }, (_, at) => sampleOf(at, { product: `p${at % 200}`, mass: 1 + at }));

  it('are those that the position of a group falls into', () => {
    const all = splitSamples(samples, 3, ({ id }) => id, { calibration: 0, test: 1 });
    expect([all.train.length, all.calibration.length, all.test.length]).toEqual([0, 0, 400]);
    const none = splitSamples(samples, 3, ({ id }) => id, { calibration: 0, test: 0 });
    expect([none.train.length, none.calibration.length, none.test.length]).toEqual([400, 0, 0]);
    expect(DEFAULT_SHARES).toEqual({ calibration: 0.15, test: 0.25 });
    const { train, calibration, test } = splitSamples(samples, 3);
    // sha256 of `3:p0 weaving ei-coton 1` and the others, by their first 32 bits.
    expect([train.length, calibration.length, test.length]).toEqual([234, 60, 106]);
    expect(
      train.every((one) =>
        samples.filter((other) => groupOf(other) === groupOf(one)).every((other) => train.includes(other)),
      ),
    ).toBe(true);
  });

  it('of what is held out are the same share by identity, each in one of both', () => {
    const { kept, held } = heldOut(samples, 1, 0.25);
    expect(kept.length + held.length).toBe(400);
    expect(new Set([...kept, ...held]).size).toBe(400);
    expect(held.length).toEqual(90);
    expect(heldOut(samples, 1, 0).held).toEqual([]);
    expect(heldOut(samples, 1, 1).kept).toEqual([]);
    expect(heldOut(samples, 2, 0.25).held).not.toEqual(held);
  });

  it('of a cross-validation have each sample out once, and none that was learnt from', () => {
    const pairs = folds(samples, 1, 4);
    expect(pairs).toHaveLength(4);
    expect(new Set(pairs.flatMap(({ test }) => test)).size).toBe(400);
    for (const { train, test } of pairs) {
      expect(train.length + test.length).toBe(400);
      expect(test.length).toBeGreaterThan(50);
      expect(test.some((sample) => train.includes(sample))).toBe(false);
    }
  });

  it('have members in the order of their first appearance', () => {
    expect([...groupBy(['b1', 'a1', 'b2', 'a2', 'c1'], ([key]) => key as string)]).toEqual([
      ['b', ['b1', 'b2']],
      ['a', ['a1', 'a2']],
      ['c', ['c1']],
    ]);
  });
});

describe('what is drawn', () => {
  it('is every order alike, by Fisher and Yates', () => {
    const dice =
      (...throws: number[]) =>
      () =>
        throws.shift() as number;
    const values = ['a', 'b', 'c', 'd'];
    expect(shuffled(values, dice(0, 0, 0))).toEqual(['b', 'c', 'd', 'a']);
    expect(shuffled(values, dice(0.99, 0.99, 0.99))).toEqual(values);
    expect(shuffled(values, dice(0.5, 0.99, 0))).toEqual(['b', 'a', 'd', 'c']);
    expect(values).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is normal by Box and Muller', () => {
    const dice = [0.5, 0, 0.5, 0.5, 0.9, 0.25];
    const [first, second, third] = normalNumbers(3, () => dice.shift() as number);
    expect(first).toBeCloseTo(Math.sqrt(2 * Math.log(2)), 6);
    expect(second).toBeCloseTo(-Math.sqrt(2 * Math.log(2)), 6);
    expect(third).toBeCloseTo(0, 6);
  });
});

describe('promotion', () => {
  const sound = (error: number) => ({ error, sound: true });
  const decide = (candidate: number, incumbent: number) => decidePromotion(sound(candidate), sound(incumbent)).promote;
  it.each([
    [98, 100, true],
    [98.01, 100, false],
    [0.25, 0.26, true],
    [0.25, 0.2599, false],
  ])('of an error of %j against %j, in percent: %j', (candidate, incumbent, promote) =>
    expect(decide(candidate, incumbent)).toBe(promote),
  );

  it.each([
    [{ error: 1, sound: false }, sound(2), 'refused: a prediction of the suite is not finite or not above 0'],
    [sound(1), null, 'promoted: there was no production model'],
    [
      sound(1),
      { error: 1, sound: false },
      'promoted: the production model has predictions that are not finite or not above 0',
    ],
    [sound(9), sound(10), 'promoted: median error 9.000 % against 10.000 % over the same strata, 10.0 % better'],
    [
      sound(9.9),
      sound(10),
      'kept as a candidate: median error 9.900 % against 10.000 % over the same strata, less than 2.0 % better',
    ],
  ])('says why, row %#', (candidate, incumbent, reason) =>
    expect(decidePromotion(candidate, incumbent).reason).toBe(reason),
  );
});

describe('importance', () => {
  it('is the rise of the error by fields that the model looks at, the most first', () => {
    const samples = Array.from({ length: 60 }, (_, at) =>
      sampleOf(0, { mass: 1 + at, price: 1 + (at % 7), countryDyeing: at % 2 ? 'FR' : 'CN' }),
    ).map((sample) => {
      const { massKg, numbers, known } = sample.garment;
      return { ...sample, cost: 100 * massKg + (numbers.price ?? 0) + (known.countryDyeing === 'FR' ? 30 : 0) };
    });
    const looked = permutationImportance(
      (garments) =>
        garments.map(
          ({ massKg, numbers, known }) => 100 * massKg + (numbers.price ?? 0) + (known.countryDyeing === 'FR' ? 30 : 0),
        ),
      samples,
      1,
    );
    expect(looked.map(({ field }) => field)).toEqual(['mass', 'countries', 'price']);
    // Of values that are put in place of one another the error is √2 standard deviations, as far as chance goes.
    expect(looked[0]?.rmseIncrease).toBeGreaterThan(1800);
    expect(looked[0]?.rmseIncrease).toBeLessThan(3200);
  });

  it.each([
    ['materials', { materials: [{ id: 'ei-pet', share: 1 }] }],
    ['product', { product: 'jean' }],
    ['fabricProcess', { fabricProcess: 'knitting-mix' }],
    ['upcycled', { upcycled: true }],
    ['surfaceMass', { surfaceMass: 200 }],
  ])('of %s is found', (field, other) => {
    const samples = Array.from({ length: 40 }, (_, at) => sampleOf(at % 2 ? 2 : 1, at % 2 ? other : {}));
    const [one] = [JSON.stringify(plainGarment())];
    const found = permutationImportance(
      (garments) => garments.map((garment) => (JSON.stringify(garment) === one ? 1 : 2)),
      samples,
      1,
    );
    expect(found.map((each) => each.field)).toEqual([field]);
  });

  it('looks at a thousand samples at most', () => {
    const counts = new Set<number>();
    const samples = Array.from({ length: 1001 }, (_, at) => sampleOf(at));
    permutationImportance(
      (garments) => {
        counts.add(garments.length);
        return garments.map(() => 1);
      },
      samples,
      1,
    );
    expect([...counts]).toEqual([1000]);
  });
});

describe('a judgement', () => {
  const STRATUM = 'fading';
  const estimate = (prediction: number, low: number, high: number) => ({ prediction, low, high });
  const suite = [
    sampleOf(100, { mass: 1 }, { set: STRATUM }),
    sampleOf(100, { mass: 2 }, { set: STRATUM }),
    sampleOf(100, { mass: 3 }, { set: STRATUM }),
    sampleOf(200, { mass: 4 }),
    sampleOf(100, { mass: 5 }, { set: 'missing fields' }),
  ];
  const byMass: Record<number, ReturnType<typeof estimate>> = {
    1: estimate(110, 100, 120),
    2: estimate(80, 60, 100),
    3: estimate(100, 50, 99),
    4: estimate(250, 240, 260),
  };
  const given: (number | null)[] = [];
  const found = judge((garment) => {
    given.push(garment.massKg);
    return { ...(byMass[garment.massKg ?? 0] ?? estimate(300, 0, 600)) };
  }, suite);

  it('has a report of each stratum in its order, then of what was held out', () => {
    expect(found.strata.map(({ stratum, count }) => [stratum, count])).toEqual([
      [STRATUM, 3],
      ['missing fields', 1],
      ['held out', 1],
    ]);
    expect(STRATA.indexOf(STRATUM)).toBeLessThan(STRATA.indexOf('missing fields'));
    const [fading] = found.strata;
    // A cost at a bound is inside; the last one is above its interval.
    expect(fading?.coverage).toBeCloseTo(2 / 3, 12);
    expect(fading?.medianApe).toBeCloseTo(10, 12);
    expect(fading?.width).toBeCloseTo(0.245, 12);
  });

  it('is of whole garments, but for the ranks', () => {
    expect(found.error).toBeCloseTo((10 + 25) / 2, 12);
    expect(found.coverage).toBeCloseTo(2 / 4, 12);
    // Half-widths 10/110, 20/80, 24.5/100 and 10/250: the one that half of them do not reach.
    expect(found.intervalWidth).toBeCloseTo(0.245, 12);
    // Widths 20, 40, 49, 600, 20 and errors 10, 20, 0, 200, 50, in the order of the strata.
    expect(found.widthRank).toBeCloseTo(rankCorrelation([20, 40, 49, 600, 20], [10, 20, 0, 200, 50]), 12);
  });

  it.each([
    [estimate(100, 0, 200), true],
    [estimate(100, 100, 100), true],
    [estimate(0, 0, 1), false],
    [estimate(Number.NaN, 0, 1), false],
    [estimate(Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY), false],
    [estimate(100, 101, 200), false],
    [estimate(100, 0, 99), false],
  ])('of %j is sound: %j', (one, isSound) => expect(judge(() => one, suite).sound).toBe(isSound));

  it('takes from garments of one stratum what they lose, turn by turn', () => {
    expect(given.slice(0, 3)).toEqual([1, 2, 3]);
    expect(losing(plainGarment(), 0)).toEqual({ ...plainGarment(), known: { ...plainGarment().known, product: null } });
    expect(losing(plainGarment(), 1)).toEqual({ ...plainGarment(), massKg: null });
    expect(losing(plainGarment(), 3)).toEqual({ ...plainGarment(), materials: null });
    expect(losing(plainGarment(), 7).known).toEqual({
      ...plainGarment().known,
      countryFabric: null,
      countrySpinning: null,
    });
    expect(losing(plainGarment(), 126)).toEqual(losing(plainGarment(), 0));
    const { massKg, materials, known } = losing(plainGarment(), 125);
    expect([massKg, materials, known.product, known.fabricProcess, known.countryMaking]).toEqual([
      null,
      null,
      'tshirt',
      null,
      null,
    ]);
  });
});

describe('an estimate', () => {
  const flat = {
    level: 0.9,
    multiple: 0.125,
    logError: { name: 'log error', isCost: false, isWhole: false, terms: [], weights: {}, difference: null },
  };
  const open = (predict: (massKg: number) => number) =>
    openEstimator({ conformal: flat }, (garments) => garments.map(({ massKg }) => predict(massKg)));

  it('of a whole garment is its prediction, give or take the width', () => {
    expect(open(() => 200)(plainGarment())).toEqual({ prediction: 200, low: 175, high: 225 });
  });

  it.each([
    [1, 0.375],
    [2, 1.125],
  ])('is three times as wide for each of %d fields that lie outside', (beyond, width) => {
    const { low, high } = open(() => 200)(plainGarment(), beyond);
    expect(low).toBeCloseTo(Math.max(0, 200 * (1 - width)), 9);
    expect(high).toBeCloseTo(200 * (1 + width), 9);
  });

  it('is above 0, and so are its bounds', () => {
    expect(open(() => -5)(plainGarment())).toEqual({ prediction: 0.01, low: 0.00875, high: 0.01125 });
    expect(open(() => 1)(plainGarment(), 3).low).toBe(0);
  });

  it('of a garment that lacks its mass is the mean over those that it could be, and leaves a twentieth out at either end', () => {
    const masses: number[] = [];
    const garment = { ...plainGarment(), massKg: null };
    const { prediction, low, high } = open((massKg) => {
      masses.push(massKg);
      return massKg;
    })(garment);
    expect(masses).toHaveLength(64);
    masses.sort((a, b) => a - b);
    expect(prediction).toBeCloseTo(masses.reduce((sum, mass) => sum + mass, 0) / 64, 12);
    // Places 3.15 and 59.85 of 0 to 63.
    const at = (place: number) =>
      (masses[Math.floor(place)] as number) * (1 - (place % 1)) + (masses[Math.ceil(place)] as number) * (place % 1);
    expect(low).toBeCloseTo(0.875 * at(3.15), 9);
    expect(high).toBeCloseTo(1.125 * at(59.85), 9);
  });
});
