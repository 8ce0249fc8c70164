import { seededRandom } from '@ecobalyse/estimation';
import { describe, expect, it } from 'vitest';
import { calibrate, missedBy, openWidths } from './conformal.js';
import { MISSING_FIELDS } from './design.js';
import { COUNTRY_FIELDS, type WholeGarment } from './garment.js';
import { judge } from './judgement.js';
import { metricsOf, quantile, rankCorrelation } from './metrics.js';
import { decidePromotion } from './promotion.js';
import { folds, splitSamples } from './split.js';
import { drawnGarments } from './testing/drawn-garments.js';
import { sampleGarments } from './testing/sample-garments.js';

const samples = sampleGarments();
const { learnt, suite } = drawnGarments({ design: 1500, stratum: 40 });
const ids = (members: readonly { id: string }[]) => members.map(({ id }) => id);

describe('the split', () => {
  it('puts every sample in one set, and all of one product, process and mix in the same', () => {
    const { train, calibration, test } = splitSamples(samples, 1);
    expect(train.length + calibration.length + test.length).toBe(samples.length);
    const kindOf = ({ garment: { known, materials } }: (typeof samples)[number]) =>
      [known.product, known.fabricProcess, ...materials.map(({ id, share }) => `${id} ${share}`)].join();
    const sets = [train, calibration, test].map((members) => new Set(members.map(kindOf)));
    expect(sets.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(samples.map(kindOf)).size);
    expect(splitSamples(learnt, 1).test.length / learnt.length).toBeCloseTo(0.25, 1);
  });

  it('keeps each sample in its set when others come', () => {
    const before = splitSamples(learnt.slice(0, 700), 1);
    const after = splitSamples(learnt, 1);
    expect(ids(after.test)).toEqual(expect.arrayContaining(ids(before.test)));
    expect(ids(splitSamples(learnt, 2).test)).not.toEqual(ids(after.test));
  });

  it('of a cross-validation tests every sample once', () => {
    const tested = folds(samples, 1, 4).flatMap(({ test }) => ids(test));
    expect(tested.toSorted()).toEqual(ids(samples).toSorted());
  });
});

it('metrics of a hand-made case', () => {
  const metrics = metricsOf([1, 2, 3], [1, 2, 6]);
  expect(metrics.r2).toBeCloseTo(1 - 9 / 2);
  expect(metrics.rmse).toBeCloseTo(Math.sqrt(3));
  expect(metrics.mae).toBeCloseTo(1);
  expect(metrics.mape).toBeCloseTo(100 / 3);
  expect(metrics.bias).toBeCloseTo(50);
});

it('an outlier moves neither the median error nor the 95th percentile', () => {
  const costs = Array.from({ length: 100 }, (_, at) => 100 + at);
  const predictions = costs.map((cost) => cost * 1.01);
  const spoilt = metricsOf([...costs, 5_000_000], [...predictions, 1]);
  expect(spoilt.medianApe).toBeCloseTo(1);
  expect(spoilt.p95Ape).toBeCloseTo(1);
  expect(spoilt.rmse).toBeGreaterThan(100_000);
});

it('ranks by order alone', () => {
  expect(rankCorrelation([1, 2, 3, 400], [1, 4, 9, 16])).toBe(1);
  expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBe(-1);
});

it('conformal intervals cover about the share that they promise, and are wide where errors are', () => {
  const mean = learnt.reduce((sum, { cost, garment }) => sum + cost / garment.massKg, 0) / learnt.length;
  const predict = (garments: readonly { massKg: number }[]) => garments.map(({ massKg }) => massKg * mean);
  const conformal = calibrate(missedBy(predict, learnt));
  const widthsOf = openWidths(conformal);
  const everything = suite.filter(({ set }) => set === 'everything');
  const inside = everything.filter(
    ({ garment, cost }) => Math.abs(cost / (garment.massKg * mean) - 1) <= (widthsOf([garment])[0] as number),
  );
  expect(inside.length / everything.length).toBeGreaterThan(0.8);
  const [plain, upcycled] = ['country by stage', 'upcycled'].map((stratum) => {
    const widths = suite.filter(({ set }) => set === stratum).map(({ garment }) => widthsOf([garment])[0] as number);
    return quantile(widths, 0.5);
  });
  expect(upcycled).toBeGreaterThan(plain as number);
});

it('conformal intervals hold nine tenths of every kind of garment, however small its errors are', () => {
  const random = seededRandom(11);
  const isPlain = ({ options }: WholeGarment) => Object.values(options).every((value) => value === null);
  const unknown = ({ known }: WholeGarment) => COUNTRY_FIELDS.filter((field) => known[field] === '---').length;
  /** By how much the error of each kind is larger, for each time that a garment is of it. */
  const kinds: [kind: string, factor: number, timesOf: (garment: WholeGarment) => number | boolean][] = [
    ['upcycled', 20, ({ options }) => options.upcycled !== null],
    ['printed', 0.1, ({ options }) => options.printing !== null],
    ['from unknown countries', 10, unknown],
    ['of a material from elsewhere', 10, ({ materials }) => materials.some(({ country }) => country)],
    ['spun otherwise', 0.1, ({ materials }) => materials.some(({ spinning }) => spinning)],
    ['of a T-shirt', 20, ({ known }) => known.product === 'tshirt'],
    ['that tells no option', 1, isPlain],
  ];
  const missed = ({ garment }: { garment: WholeGarment }) => {
    const scale = kinds.reduce((product, [, factor, timesOf]) => product * factor ** Number(timesOf(garment)), 1e-6);
    return { garment, error: scale * 1000 ** random() };
  };
  const widthsOf = openWidths(calibrate(learnt.map(missed)));
  const others = suite.map(missed).map(({ garment, error }) => ({
    garment,
    isInside: error <= (widthsOf([garment])[0] as number),
  }));
  for (const [kind, , timesOf] of [...kinds, ['whatever', 1, () => true] as const]) {
    const members = others.filter(({ garment }) => timesOf(garment));
    const covered = members.filter(({ isInside }) => isInside).length / members.length;
    expect(covered, kind).toBeGreaterThan(0.8);
    if (members.length > 200) expect(covered, kind).toBeLessThan(0.97);
  }
});

describe('the judgement', () => {
  const STRATUM = { printing: [1.1, 1.2, 1.9], upcycled: [0.98, 1.04, 1.06], [MISSING_FIELDS]: [3, 4, 5] };
  const all = Object.entries(STRATUM).flatMap(([set, factors]) => factors.map((factor) => ({ set, factor })));
  const judged = all.map(({ set, factor }, at) => ({
    sample: { ...(samples[at] as (typeof samples)[number]), set },
    factor,
  }));
  /** What is lost of a garment, its options are not. */
  const known = new Map(judged.map(({ sample, factor }) => [sample.garment.options, { ...sample, factor }]));
  const judgedBy = (low: number, high: number, of = (prediction: number) => prediction) =>
    judge(
      ({ options }) => {
        const { cost, factor } = known.get(options as WholeGarment['options']) as { cost: number; factor: number };
        return { prediction: of(cost * factor), low: cost * factor * low, high: cost * factor * high };
      },
      judged.map(({ sample }) => sample),
    );

  it('is the mean of the median errors, and the coverage, of whole garments; each stratum apart', () => {
    const { strata, error, coverage, intervalWidth, sound } = judgedBy(0.9, 1.2);
    const figures = strata.map(({ stratum, count, medianApe, coverage: covered, width }) => [
      stratum,
      count,
      Number(medianApe.toFixed(6)),
      covered,
      Number(width.toFixed(6)),
    ]);
    expect(figures).toEqual([
      ['printing', 3, 20, 1 / 3, 0.15],
      ['upcycled', 3, 4, 1, 0.15],
      [MISSING_FIELDS, 3, 300, 0, 0.15],
    ]);
    expect([error, intervalWidth]).toEqual([expect.closeTo(12, 6), expect.closeTo(0.15, 6)]);
    expect([coverage, sound]).toEqual([4 / 6, true]);
  });

  it.each<[string, number, number, ((prediction: number) => number)?]>([
    ['above its interval', 0.8, 0.9],
    ['below its interval', 1.1, 1.2],
    ['0', 0, 1.2, () => 0],
    ['no number', 0, 1.2, () => Number.NaN],
  ])('finds unsound what predicts a cost that is %s', (_what, low, high, of) => {
    expect(judgedBy(low, high, of).sound).toBe(false);
  });
});

describe('promotion', () => {
  const sound = (error: number) => ({ error, sound: true });
  it.each([
    ['there is no production model', sound(5), null, true],
    ['it is better by the margin', sound(9.7), sound(10), true],
    ['it is better by less', sound(9.9), sound(10), false],
    ['both are exact but for a hair', sound(0.004), sound(0.008), false],
    ['it is worse', sound(11), sound(10), false],
    ['a prediction is not above 0', { error: 1, sound: false }, null, false],
    ['the production model is unsound', sound(20), { error: 10, sound: false }, true],
  ])('when %s', (_case, candidate, incumbent, promote) => {
    const decision = decidePromotion(candidate, incumbent, { minImprovement: 0.02 });
    expect(decision.promote).toBe(promote);
    expect(decision.reason).not.toBe('');
  });
});
