import { MODEL_FAMILIES, type PredictionRequest } from '@ecobalyse/schema';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle, writeBundle } from './model-bundle.js';
import { openPredictor } from './predictor.js';
import { sampleGarments } from './testing/sample-garments.js';
import { type TrainingOutcome, type TrainingProgress, trainModels } from './train-models.js';

const samples = sampleGarments();
const EFFORT = 0.2;
const now = new Date('2026-01-02T03:04:05Z');
let outcome: TrainingOutcome;
const progress: TrainingProgress[] = [];

beforeAll(async () => {
  outcome = await trainModels(samples, { effort: EFFORT, now, onProgress: (step) => progress.push(step) });
});

const reportOf = (family: string) => outcome.reports.find((report) => report.family === family);

describe('training on a small catalogue', () => {
  it('evaluates every family, and each but the baseline beats the baseline', () => {
    expect(outcome.reports.map(({ family }) => family)).toEqual(MODEL_FAMILIES);
    const baseline = reportOf('mean-baseline')?.metrics.rmse as number;
    for (const { family, metrics, worst } of outcome.reports) {
      if (family !== 'mean-baseline') expect(metrics.rmse, family).toBeLessThan(baseline / 2);
      expect(worst).toHaveLength(20);
    }
  });

  it('finds that cost is linear in the mass: the best family is nearly exact', () => {
    const best = reportOf(outcome.best.family);
    expect(best?.metrics.r2).toBeGreaterThan(0.999);
    expect(best?.metrics.mape).toBeLessThan(1);
    expect(outcome.decision.promote).toBe(true);
  });

  it('reports progress of every family to its end', () => {
    for (const family of MODEL_FAMILIES) {
      const last = progress.findLast((step) => step.family === family);
      expect(last?.done, family).toBe(last?.planned);
    }
  });

  it('gives mass and materials more importance than what hardly matters', () => {
    const importance = Object.fromEntries(outcome.importance.map(({ field, rmseIncrease }) => [field, rmseIncrease]));
    expect(importance.mass).toBeGreaterThan(importance.disabledSteps ?? 0);
    expect(importance.materials).toBeGreaterThan(0);
  });

  it('gives the same models and metrics for the same seed, and others for another', async () => {
    const options = { effort: 0.05, families: MODEL_FAMILIES, now };
    const [first, second] = [await trainModels(samples, options), await trainModels(samples, options)];
    const numbers = ({ reports, importance, test }: TrainingOutcome) => ({
      reports: reports.map(({ seconds: _seconds, ...report }) => report),
      importance,
      test,
    });
    expect(numbers(second)).toEqual(numbers(first));
    expect(second.best).toEqual(first.best);
    const other = await trainModels(samples, { ...options, seed: 7 });
    expect(numbers(other)).not.toEqual(numbers(first));
  });

  it('keeps the production model when the new one is not clearly better', async () => {
    const again = await trainModels(samples, { families: ['ridge'], incumbent: outcome.best });
    expect(again.decision).toMatchObject({ promote: false, reason: expect.stringContaining('kept as a candidate') });
  });

  it('covers about what it promises of garments that lack fields', () => {
    expect(outcome.halfDescribedCoverage).toBeGreaterThan(0.8);
  });

  it('cross-validates on request', async () => {
    const folded = await trainModels(samples, { families: ['ridge'], crossValidation: 3 });
    expect(folded.crossValidation?.r2).toBeGreaterThan(0.99);
    expect(outcome.crossValidation).toBeNull();
  });

  it('refuses too few samples', async () => {
    await expect(trainModels(samples.slice(0, 20))).rejects.toThrow(/at least 100/);
  });
});

describe('prediction', () => {
  const whole = {
    ProductId: 'tshirt',
    MaterialId_1: 'ei-coton',
    CountryFabricCode: 'CN',
    CountryDyeingCode: 'CN',
    CountryMakingCode: 'CN',
    FabricProcess: 'knitting-mix',
    Mass: 0.2,
  };
  const known = samples.find(
    ({ garment: { known, massKg, materials, options } }) =>
      known.product === 'tshirt' &&
      known.countryFabric === 'CN' &&
      massKg === 0.2 &&
      materials.length === 1 &&
      materials[0]?.id === 'ei-coton' &&
      options.disabledSteps === null,
  );
  const predict = (request: PredictionRequest) => openPredictor(readBundle(writeBundle(outcome.best)), 3)(request);
  const warned = (request: PredictionRequest) => predict(request).warnings.map(({ code, field }) => `${code} ${field}`);

  it('of a described product is near its cost, without warnings', () => {
    const answer = predict(whole);
    expect(Object.keys(answer)[0]).toBe('prediction_impact');
    expect(Math.abs(answer.prediction_impact / (known?.cost as number) - 1)).toBeLessThan(0.02);
    expect(answer.interval.low).toBeLessThanOrEqual(answer.prediction_impact);
    expect(answer.interval.high).toBeGreaterThanOrEqual(answer.prediction_impact);
    expect(answer.model).toEqual({ family: outcome.best.family, version: 3, trainedAt: now.toISOString() });
    expect(answer.warnings).toEqual([]);
  });

  it('gives the same for two materials, in either order, and for a share left to be worked out', () => {
    const mix = { ...whole, MaterialId_1: 'ei-coton', MaterialId_1_share: 0.6, MaterialId_2: 'ei-pet' };
    const turned = { ...whole, MaterialId_1: 'ei-pet', MaterialId_2: 'ei-coton', MaterialId_2_share: 0.6 };
    expect(predict(turned).prediction_impact).toBe(predict(mix).prediction_impact);
  });

  it.each(Object.keys(whole))('goes on without %s, with a wider interval and a warning', (field) => {
    const answer = predict({ ...whole, [field]: null });
    const width = ({ interval }: typeof answer) => interval.high - interval.low;
    expect(answer.prediction_impact).toBeGreaterThan(0);
    expect(warned({ ...whole, [field]: null })).toContain(`missing-field ${field}`);
    expect(width(answer)).toBeGreaterThanOrEqual(width(predict(whole)) * 0.99);
  });

  it('of nothing at all is about the mean of the catalogue', () => {
    const answer = predict({});
    const mean = samples.reduce((sum, { cost }) => sum + cost, 0) / samples.length;
    expect(answer.prediction_impact).toBeGreaterThan(mean / 2);
    expect(answer.prediction_impact).toBeLessThan(mean * 2);
    expect(answer.interval.high).toBeGreaterThan(2 * answer.interval.low);
  });

  it.each(['ProductId', 'CountryFabricCode', 'FabricProcess', 'MaterialId_1'])(
    'takes an unknown %s as a missing one',
    (field) => {
      expect(predict({ ...whole, [field]: 'unheard of' }).prediction_impact).toBe(
        predict({ ...whole, [field]: null }).prediction_impact,
      );
    },
  );

  it('warns of what training has not seen', () => {
    expect(warned({ ...whole, ProductId: 'slip' })).toContain('unknown-category ProductId');
    expect(warned({ ...whole, CountryMakingCode: 'XX' })).toContain('unknown-category CountryMakingCode');
    expect(warned({ ...whole, MaterialId_2: 'ei-lin', MaterialId_2_share: 0.1 })).toContain(
      'unknown-category MaterialId_2',
    );
    expect(warned({ ...whole, MaterialId_2: 'ei-pet', MaterialId_2_share: 0.1 })).toContain(
      'unseen-combination MaterialId_1',
    );
    expect(warned({ ...whole, Mass: 5 })).toContain('outside-training-range Mass');
    expect(warned({ ...whole, AirTransportRatio: 0.9 })).toContain('outside-training-range AirTransportRatio');
    expect(warned({ ...whole, AirTransportRatio: 0.33 })).toContain('unseen-combination AirTransportRatio');
    expect(warned({ ...whole, CountryMakingCode: 'FR' })).toContain('unseen-combination CountryMakingCode');
    expect(warned({ ...whole, Price: 30 })).toContain('outside-training-range Price');
  });

  it.each([
    ['more than a whole', { MaterialId_1_share: 0.7, MaterialId_2: 'ei-pet', MaterialId_2_share: 0.7 }, 'MaterialId_1'],
    ['less than a whole', { MaterialId_1_share: 0.7 }, 'MaterialId_1'],
    [
      'the second material only',
      { MaterialId_1: null, MaterialId_2: 'ei-pet', MaterialId_2_share: 0.3 },
      'MaterialId_2',
    ],
    ['a list that is no whole', { MaterialId_1: null, Materials: [{ id: 'ei-pet', share: 0.4 }] }, 'Materials'],
  ])('takes shares in proportion, and says so: %s', (_what, mix, field) => {
    expect(warned({ ...whole, ...mix })).toContain(`incomplete-shares ${field}`);
  });

  it.each([
    ['to be worked out', { MaterialId_1_share: 0.6, MaterialId_2: 'ei-pet' }],
    ['rounded', { Materials: ['ei-coton', 'ei-pet', 'ei-lin'].map((id) => ({ id, share: 0.33 })) }],
  ])('does not complain about shares that are %s', (_what, mix) => {
    expect(warned({ ...whole, ...mix }).join()).not.toContain('incomplete-shares');
  });

  it('names the fields that it does not know, and those that are meant', () => {
    const { warnings } = predict({ ...whole, Mass: null, mass: 0.2, colour: 'red', brand: null });
    expect(warnings.filter(({ code }) => code === 'unknown-field').map(({ message }) => message)).toEqual([
      'mass: not a field of this request, left out; Mass is one',
      'colour: not a field of this request, left out',
    ]);
  });

  it('reads only its own bundles', () => {
    expect(() => readBundle(Buffer.from('{"format":0}'))).toThrow(/format/);
  });
});
