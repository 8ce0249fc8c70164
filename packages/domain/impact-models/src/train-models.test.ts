import { MODEL_FAMILIES, type PredictionRequest } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { STRATA } from './design.js';
import { evaluate } from './metrics.js';
import { loadModel, readBundle, writeBundle } from './model-bundle.js';
import { type Answer, openPredictor } from './predictor.js';
import { splitSamples } from './split.js';
import { drawnGarments } from './testing/drawn-garments.js';
import { sampleGarments } from './testing/sample-garments.js';
import { DEFAULT_SEED, type TrainingOutcome, type TrainingProgress, trainModels } from './train-models.js';

// A training takes its time on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const { learnt, suite } = drawnGarments({ design: 800, stratum: 20 });
const samples = [...sampleGarments().filter((_, at) => at % 2 === 0), ...learnt];
const now = new Date('2026-01-02T03:04:05Z');
let outcome: TrainingOutcome;
/** Of every family, which have learnt from less and with less effort. */
let all: TrainingOutcome;
const progress: TrainingProgress[] = [];
const few = learnt.slice(0, 300);
const OF_ALL = { suite: suite.filter((_, at) => at % 4 === 0), effort: 0.05, now };

beforeAll(async () => {
  outcome = await trainModels(samples, { suite, families: ['mean-baseline', 'stage-ridge'], now });
  all = await trainModels(few, { ...OF_ALL, onProgress: (step) => progress.push(step) });
});

const reportOf = (family: string, { reports } = outcome) => reports.find((report) => report.family === family);

describe('training on a small catalogue and a design', () => {
  it('judges every family on each stratum', () => {
    expect(all.reports.map(({ family }) => family)).toEqual(MODEL_FAMILIES);
    for (const { strata, worst } of all.reports) {
      expect(strata.map(({ stratum }) => stratum)).toEqual(STRATA);
      expect(worst).toHaveLength(20);
    }
    for (const { interpolation } of outcome.reports) expect(interpolation?.rmse).toBeGreaterThan(0);
    const baseline = reportOf('mean-baseline', all)?.error as number;
    for (const family of ['boosted-trees', 'stage-ridge'])
      expect(reportOf(family, all)?.error, family).toBeLessThan(baseline);
    expect([all.crossValidation, outcome.crossValidation]).toEqual([null, null]);
  });

  it('learns the method from the stages of answers: exact within a thousandth on garments unlike those in training', () => {
    expect(outcome.best.family).toBe('stage-ridge');
    const best = reportOf('stage-ridge');
    expect(best?.metrics.r2).toBeGreaterThan(0.999);
    expect(best?.metrics.mape).toBeLessThan(1);
    for (const { stratum, medianApe } of best?.strata ?? [])
      if (stratum !== 'missing fields') expect(medianApe, stratum).toBeLessThan(0.1);
    expect(outcome.decision.promote).toBe(true);
  });

  it('has intervals that hold what they promise, and are wide where the errors are', () => {
    const best = reportOf('stage-ridge');
    expect(best?.coverage).toBeGreaterThan(0.85);
    expect(best?.widthRank).toBeGreaterThan(0.6);
  });

  it('has no judged garment, and none of its product, process and mix, among those that it learnt from', async () => {
    const twins = suite.map((sample) => ({ ...sample, id: `twin of ${sample.id}`, set: undefined }));
    const twinned = await trainModels([...samples, ...twins], { suite, now, families: ['mean-baseline'] });
    const alone = await trainModels(samples, { suite, now, families: ['mean-baseline'] });
    expect(twinned.counts).toEqual(alone.counts);
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
    const again = await trainModels(few, OF_ALL);
    const numbers = ({ reports, importance, test }: TrainingOutcome) => ({
      reports: reports.map(({ seconds: _seconds, ...report }) => report),
      importance,
      test,
    });
    expect(numbers(again)).toEqual(numbers(all));
    expect(again.best).toEqual(all.best);
    const baselines = { ...OF_ALL, families: ['mean-baseline'] as const };
    const [one, other] = [await trainModels(few, baselines), await trainModels(few, { ...baselines, seed: 7 })];
    expect(numbers(other)).not.toEqual(numbers(one));
  });

  it('keeps the production model when the new one is not clearly better', async () => {
    const again = await trainModels(few, { suite, families: ['stage-ridge'], incumbent: outcome.best });
    expect(again.decision).toMatchObject({ promote: false, reason: expect.stringContaining('kept as a candidate') });
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
  const answer = (request: PredictionRequest) => openPredictor(readBundle(writeBundle(outcome.best)), 3)(request);
  const predict = (request: PredictionRequest) => answer(request)?.prediction as Answer['prediction'];
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

  it('of nothing that the model knows is none', () => {
    expect(answer({})).toBeNull();
    expect(answer({ ProductId: 'unheard of', Price: 20 })).toBeNull();
    expect(answer({ Mass: 0.2 })).not.toBeNull();
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
    expect(warned({ ...whole, ProductId: 'toque' })).toContain('unknown-category ProductId');
    expect(warned({ ...whole, CountryMakingCode: 'XX' })).toContain('unknown-category CountryMakingCode');
    expect(warned({ ...whole, MaterialId_2: 'asbestos', MaterialId_2_share: 0.1 })).toContain(
      'unknown-category MaterialId_2',
    );
    const fibre = { id: 'ei-coton', share: 1, country: 'XX' };
    expect(warned({ ...whole, MaterialId_1: null, materials: [fibre] })).toContain('unknown-category materials');
    expect(warned({ ...whole, trims: [{ id: '86b877ff-0d59-482f-bb34-000000000000', quantity: 1 }] })).toContain(
      'unknown-category trims',
    );
    expect(warned({ ...whole, Mass: 50 })).toContain('outside-training-range Mass');
  });

  it('takes the vocabulary of /simulate for the same answer, and more than the original had', () => {
    const simulated = {
      product: 'tshirt',
      materials: [{ id: 'ei-coton', share: 1 }],
      countrySpinning: 'CN',
      countryFabric: 'CN',
      countryDyeing: 'CN',
      countryMaking: 'CN',
      fabricProcess: 'knitting-mix',
      mass: 0.2,
    };
    expect(predict(simulated)).toEqual(predict(whole));
    const options = {
      printing: { kind: 'pigment' as const, ratio: 0.5 },
      fading: true,
      price: 120,
      numberOfReferences: 300,
      materials: [{ id: 'ei-coton', share: 1, country: 'FR', spinning: 'UnconventionalSpinning' as const }],
    };
    const query = { ...simulated, ...options };
    expect(predict(query).prediction_impact / simulateTotals(query).ecs).toBeCloseTo(1, 1);
    expect(predict(query).warnings).toEqual([]);
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
    const { warnings } = predict({ ...whole, massKG: 1, productid: 'pull', colour: 'red', brand: null });
    expect(warnings.filter(({ code }) => code === 'unknown-field').map(({ message }) => message)).toEqual([
      'massKG: not a field of this request, left out',
      'productid: not a field of this request, left out; ProductId is one',
      'colour: not a field of this request, left out',
    ]);
  });

  it('reads only its own bundles', () => {
    expect(() => readBundle(Buffer.from('{"format":0}'))).toThrow(/format/);
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
