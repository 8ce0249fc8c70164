import { describe, expect, it } from 'vitest';
import { calibrate, missedBy, openWidths } from '../conformal.js';
import type { Family, Sample } from '../families/family.js';
import type { WholeGarment } from '../garment.js';
import { drawnGarments } from '../testing/drawn-garments.js';
import { plainGarment, sampleOf } from '../testing/plain-garment.js';
import { durabilityOf, type ProductEconomics } from './durability.js';
import { evaluate } from './evaluator.js';
import { factorsOf } from './factors.js';
import { NODES } from './nodes.js';
import { type StageParameters, stageRidge } from './stage-ridge.js';

const { learnt } = drawnGarments({ design: 160, stratum: 0 });
const spec = {} as Parameters<Family<StageParameters>['load']>[0];
const steps: [number, number][] = [];
const parameters = await stageRidge.train(learnt, spec, {
  seed: 1,
  effort: 1,
  onProgress: (done, planned) => steps.push([done, planned]),
  onBackend: () => undefined,
});

/** The cost by working the quantities out one after the other, of one garment by itself. */
function workedOut(garment: WholeGarment): number {
  const { economics, synthetic, nodes } = parameters;
  const durability = durabilityOf(
    garment,
    (economics[garment.known.product] ?? Object.values(economics)[0]) as ProductEconomics,
  );
  const row = factorsOf(garment, durability, new Set(synthetic));
  const costs = nodes.map((node) => {
    const [value] = evaluate(node, [row]) as [number];
    return node.isCost ? value : 0;
  });
  return costs.reduce((sum, cost) => sum + cost, 0) / durability;
}

describe('a model of the stages', () => {
  it('learns each quantity once, and which materials are synthetic', () => {
    expect(parameters.nodes.map(({ name }) => name)).toEqual(NODES.map(({ name }) => name));
    expect(steps).toEqual(NODES.map((_, at) => [at + 1, NODES.length]));
    expect(parameters.synthetic).toEqual(
      ['ei-acrylique', 'ei-pa', 'ei-pet', 'ei-pet-r', 'ei-pp', 'elasthane'].filter((id) =>
        parameters.synthetic.includes(id),
      ),
    );
    expect(parameters.synthetic).toContain('ei-pet');
    expect(parameters.synthetic).not.toContain('ei-coton');
    const { difference, isCost, terms } = parameters.nodes.find(({ name }) => name === 'spinning kg') ?? {};
    expect({ difference, isCost, terms }).toEqual({ difference: ['yarn kg', 'trims kg'], isCost: false, terms: [] });
  });

  it('predicts the cost of its quantities worked out one after the other, in whatever order and company', () => {
    const garments = learnt.map(({ garment }) => garment);
    const expected = garments.map(workedOut);
    const predict = stageRidge.load(spec, parameters);
    const close = (found: readonly number[], wanted: readonly number[]) =>
      found.forEach((value, at) => {
        expect(value).toBeCloseTo(wanted[at] as number, 6);
      });
    close(predict(garments), expected);
    close(predict(garments.toReversed()), expected.toReversed());
    close(
      garments.flatMap((garment) => predict([garment])),
      expected,
    );
    // What is made alike, of other masses and elsewhere.
    const [some] = garments as [WholeGarment];
    const alike = [1, 0.1, 3].flatMap((massKg) =>
      ['FR', 'CN', 'BD'].map((country) => ({
        ...some,
        massKg,
        known: { ...some.known, countryFabric: country, countryMaking: country },
      })),
    );
    close(predict(alike), alike.map(workedOut));
    expect(new Set(predict(alike)).size).toBe(9);
    const bare = ['FR', 'CN'].map((country) => plainGarment({ countryMaking: country }));
    close(predict(bare), bare.map(workedOut));
  });

  it('fits what it learnt', () => {
    const predictions = stageRidge.load(spec, parameters)(learnt.map(({ garment }) => garment));
    const off = learnt.map(({ cost }, at) => Math.abs((predictions[at] as number) / cost - 1)).sort((a, b) => a - b);
    expect(off[Math.floor(off.length / 2)]).toBeLessThan(0.001);
  });

  it('needs answers that tell of the stages', async () => {
    const bare = learnt.map((sample) => ({ ...sample, facts: null }));
    await expect(
      stageRidge.train(bare, spec, { seed: 1, effort: 1, onProgress: () => undefined, onBackend: () => undefined }),
    ).rejects.toThrow('stage-ridge: expected answers that tell of the stages');
  });
});

describe('intervals', () => {
  /** The model predicts 100 of each; the error is what the garment says it is. */
  const predict = (garments: readonly WholeGarment[]) => garments.map(() => 100);
  const withError = (error: number, changed: Record<string, unknown>, at: number): Sample =>
    sampleOf(100 * (1 + (at % 2 ? error : -error)), changed, { id: String(at) });
  const widthOf = (samples: readonly Sample[], changed: Record<string, unknown>, level?: number) =>
    openWidths(calibrate(missedBy(predict, samples), level))([plainGarment(changed)])[0] as number;

  it('are as wide as the errors of the type and of what is told', () => {
    const cases = ['jean', 'tshirt'].flatMap((product) => [false, true].map((fading) => ({ product, fading })));
    const errorOf = ({ product, fading }: (typeof cases)[number]) =>
      (product === 'jean' ? 0.02 : 0.06) * (fading ? 3 : 1);
    const queryOf = ({ product, fading }: (typeof cases)[number]) => ({ product, ...(fading && { fading }) });
    const samples = cases.flatMap((one) =>
      Array.from({ length: 100 }, (_, at) => withError(errorOf(one), queryOf(one), at)),
    );
    const widths = openWidths(calibrate(missedBy(predict, samples)));
    for (const one of cases) {
      const [width] = widths([plainGarment(queryOf(one))]) as [number];
      // A penalty keeps each nearer to the others than it is.
      const ratio = width / errorOf(one);
      expect(Math.max(ratio, 1 / ratio), JSON.stringify(one)).toBeLessThan(1.6);
    }
  });

  it('are wider where the mass has larger errors', () => {
    const masses = [0.05, 0.5, 5];
    const samples = masses.flatMap((mass, rank) =>
      Array.from({ length: 30 }, (_, at) => withError(0.01 * 4 ** rank, { mass }, at)),
    );
    const widths = openWidths(calibrate(missedBy(predict, samples)));
    const [light, middle, heavy] = masses.map((mass) => widths([plainGarment({ mass })])[0]) as [
      number,
      number,
      number,
    ];
    expect(middle / light).toBeGreaterThan(2);
    expect(heavy / middle).toBeGreaterThan(2);
  });

  it('hold the share of the errors that they are asked for', () => {
    // One in five errs three times as much.
    const samples = Array.from({ length: 200 }, (_, at) =>
      withError(at % 7 === 0 || at % 11 === 0 ? 0.3 : 0.1, {}, at),
    );
    expect(widthOf(samples, {}, 0.9)).toBeCloseTo(0.3, 2);
    expect(widthOf(samples, {}, 0.5)).toBeCloseTo(0.1, 2);
    expect(calibrate(missedBy(predict, samples)).level).toBe(0.9);
  });

  it('of too few samples reach to the largest error, and of none have no end', () => {
    const few = Array.from({ length: 8 }, (_, at) => withError(at === 3 ? 0.5 : 0.1, {}, at));
    expect(widthOf(few, {})).toBeGreaterThan(0.25);
    expect(calibrate([]).multiple).toBe(Number.POSITIVE_INFINITY);
  });
});
