import { MODEL_FAMILIES } from '@ecobalyse/schema';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { STRATA } from './design.js';
import { meanBaseline } from './families/mean-baseline.js';
import { evaluate } from './metrics.js';
import { loadModel } from './model-bundle.js';
import { folds, splitSamples } from './split.js';
import { drawnGarments } from './testing/drawn-garments.js';
import { sampleGarments } from './testing/sample-garments.js';
import { DEFAULT_SEED, type TrainingOutcome, type TrainingProgress, trainModels } from './train-models.js';

// A training takes its time on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** What a model that has learnt from enough is worth: trust.test.ts. */
const { learnt, suite } = drawnGarments({ design: 800, stratum: 5 });
const catalogue = sampleGarments().filter((_, at) => at % 4 === 0);
const samples = [...catalogue, ...learnt.slice(0, 200)];
const OPTIONS = { suite, effort: 0.05, now: new Date('2026-01-02T03:04:05Z') };
let outcome: TrainingOutcome;
const progress: TrainingProgress[] = [];

beforeAll(async () => {
  outcome = await trainModels(samples, { ...OPTIONS, onProgress: (step) => progress.push(step) });
});

const reportOf = (family: string) => outcome.reports.find((report) => report.family === family);

describe('training on a small catalogue and a design', () => {
  it('judges every family on each stratum', () => {
    expect(outcome.reports.map(({ family }) => family)).toEqual(MODEL_FAMILIES);
    for (const { strata, worst, interpolation } of outcome.reports) {
      expect(strata.map(({ stratum }) => stratum)).toEqual(STRATA);
      expect(worst).toHaveLength(20);
      expect(interpolation?.rmse).toBeGreaterThan(0);
    }
    const baseline = reportOf('mean-baseline')?.error as number;
    for (const family of ['boosted-trees', 'stage-ridge'])
      expect(reportOf(family)?.error, family).toBeLessThan(baseline);
    expect(outcome.best.family).toBe('stage-ridge');
    expect(outcome.crossValidation).toBeNull();
  });

  it('has no judged garment, and none of its product, process and mix, among those that it learnt from', async () => {
    const twins = suite.map((sample) => ({ ...sample, id: `twin of ${sample.id}`, set: undefined }));
    const [many, baseline] = [[...catalogue, ...learnt], { ...OPTIONS, families: ['mean-baseline'] as const }];
    const [twinned, alone] = [await trainModels([...many, ...twins], baseline), await trainModels(many, baseline)];
    expect(twinned.counts).toEqual(alone.counts);
  });

  it('reports progress of every family to its end', () => {
    for (const family of MODEL_FAMILIES) {
      const last = progress.findLast((step) => step.family === family);
      expect(last?.done, family).toBe(last?.planned);
    }
  });

  it('gives the same models and metrics for the same seed, and others for another', async () => {
    const again = await trainModels(samples, OPTIONS);
    const numbers = ({ reports, importance, test }: TrainingOutcome) => ({
      reports: reports.map(({ seconds: _seconds, ...report }) => report),
      importance,
      test,
    });
    expect(numbers(again)).toEqual(numbers(outcome));
    expect(again.best).toEqual(outcome.best);
    const baselines = { ...OPTIONS, families: ['mean-baseline'] as const };
    const [one, other] = [await trainModels(samples, baselines), await trainModels(samples, { ...baselines, seed: 7 })];
    expect(numbers(other)).not.toEqual(numbers(one));
  });

  it('keeps the production model when the new one is not clearly better', async () => {
    const again = await trainModels(samples, { ...OPTIONS, families: ['stage-ridge'], incumbent: outcome.best });
    expect(again.decision).toMatchObject({ promote: false, reason: expect.stringContaining('kept as a candidate') });
  });

  it('cross-validates on request: what each part costs by what the others teach', async () => {
    const options = { ...OPTIONS, families: ['mean-baseline'] as const, crossValidation: 2 };
    const { best, crossValidation } = await trainModels(samples, options);
    const quiet = { seed: DEFAULT_SEED, effort: 1, onProgress: () => undefined, onBackend: () => undefined };
    const errors = await Promise.all(
      folds(samples, DEFAULT_SEED, 2).map(async ({ train, test }) => {
        const parameters = await meanBaseline.train(train, best.spec, quiet);
        return evaluate(meanBaseline.load(best.spec, parameters), test).metrics.mae;
      }),
    );
    expect(crossValidation?.mae).toBeCloseTo(errors.reduce((sum, error) => sum + error) / 2, 9);
  });

  it('refuses too few samples', async () => {
    await expect(trainModels(samples.slice(0, 20))).rejects.toThrow(/at least 100/);
  });
});

it('what is served has learnt from every garment, what was judged only from its own part', async () => {
  const all = sampleGarments();
  const { best, reports, counts } = await trainModels(all, { families: ['mean-baseline'] });
  const cost = (members: typeof all) =>
    members.reduce((sum, { cost, garment }) => sum + cost / garment.massKg, 0) / members.length;
  expect(best.parameters).toMatchObject({ overall: expect.closeTo(cost(all), 6) });
  expect(counts.train).toBeLessThan(0.7 * all.length);
  const [report] = reports;
  const apart = splitSamples(all, DEFAULT_SEED, ({ id }) => id).test;
  const refitted = evaluate(loadModel(best), apart).metrics;
  expect(report?.metrics.mae).not.toBeCloseTo(refitted.mae, 3);
});

it('keeps in one set what the caller says', async () => {
  const { counts } = await trainModels(sampleGarments(), {
    families: ['mean-baseline'],
    group: ({ garment }) => `${garment.massKg} ${garment.known.countryMaking}`,
  });
  // Three products in three mixes and two scenarios have each mass in each country.
  expect(counts.test).toBeGreaterThan(0);
  expect([counts.test % 18, counts.calibration % 18]).toEqual([0, 0]);
});
