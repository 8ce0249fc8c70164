import { describe, expect, it } from 'vitest';
import { calibrate, coverage, intervalAround } from './conformal.js';
import { metricsOf } from './metrics.js';
import { decidePromotion } from './promotion.js';
import { folds, splitSamples } from './split.js';
import { sampleGarments } from './testing/sample-garments.js';

const samples = sampleGarments();
const ids = (members: readonly { id: string }[]) => members.map(({ id }) => id);

describe('the split', () => {
  it('puts every sample in one set, and all of one identity in the same', () => {
    const twice = [...samples, ...samples.map((sample) => ({ ...sample, cost: sample.cost + 1 }))];
    const { train, calibration, test } = splitSamples(twice, 1);
    expect(train.length + calibration.length + test.length).toBe(twice.length);
    const sets = [train, calibration, test].map((members) => new Set(ids(members)));
    expect(sets.reduce((sum, { size }) => sum + size, 0)).toBe(samples.length);
    expect(test.length / twice.length).toBeCloseTo(0.25, 1);
  });

  it('keeps each sample in its set when others come', () => {
    const before = splitSamples(samples.slice(0, 200), 1);
    const after = splitSamples(samples, 1);
    expect(ids(after.test)).toEqual(expect.arrayContaining(ids(before.test)));
    expect(ids(splitSamples(samples, 2).test)).not.toEqual(ids(after.test));
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

it('conformal intervals cover about the share that they promise', () => {
  const { train, calibration, test } = splitSamples(samples, 3);
  const mean = train.reduce((sum, { cost, garment }) => sum + cost / garment.massKg, 0) / train.length;
  const predict = (garments: readonly { massKg: number }[]) => garments.map(({ massKg }) => massKg * mean);
  const conformal = calibrate(predict, calibration);
  expect(coverage(predict, conformal, test)).toBeGreaterThan(0.8);
  expect(intervalAround(100, { level: 0.9, relativeWidth: 0.1 })).toEqual({ low: 90, high: 110 });
});

describe('promotion', () => {
  const sound = (rmse: number) => ({ rmse, sound: true });
  it.each([
    ['there is no production model', sound(5), null, true],
    ['it is better by the margin', sound(9.7), sound(10), true],
    ['it is better by less', sound(9.9), sound(10), false],
    ['it is worse', sound(11), sound(10), false],
    ['a prediction is not above 0', { rmse: 1, sound: false }, null, false],
    ['the production model is unsound', sound(20), { rmse: 10, sound: false }, true],
  ])('when %s', (_case, candidate, incumbent, promote) => {
    const decision = decidePromotion(candidate, incumbent, { minImprovement: 0.02 });
    expect(decision.promote).toBe(promote);
    expect(decision.reason).not.toBe('');
  });
});
