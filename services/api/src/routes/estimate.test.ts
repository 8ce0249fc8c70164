import { estimate } from '@ecobalyse/estimation';
import type { EstimateAnswer } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedApi, startFixedApi } from '../testing/fixed-api.js';

let api: FixedApi;
beforeAll(async () => {
  api = await startFixedApi({ statistics: false });
}, 120_000);
afterAll(() => api?.close());

async function post(path: string, body: unknown, type = 'application/json', key = api.key) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type, access_token: key },
    body: text,
  });
  return { status: answer.status, text: await answer.text() };
}
const estimated = async (body: unknown, parameters = ''): Promise<EstimateAnswer> => {
  const { status, text } = await post(`/estimate${parameters}`, body);
  expect(status, text).toBe(200);
  return JSON.parse(text);
};

/** The T-shirt of which third parties publish 1,771 points, where three facts give 879. */
const TSHIRT = { mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', countryMaking: 'BD' };
const WHOLE = {
  ...TSHIRT,
  countrySpinning: 'CN',
  countryFabric: 'CN',
  countryDyeing: 'IN',
  fabricProcess: 'knitting-mix',
};

describe('POST /estimate', () => {
  it('gives bounds that POST /simulate confirms, and a distribution within them', async () => {
    const { exact, ecs, completions, drawn } = await estimated(TSHIRT);
    expect(exact).toBe(false);
    expect(drawn).toEqual(['fabricProcess', 'countrySpinning', 'countryFabric', 'countryDyeing']);
    for (const side of ['min', 'max'] as const) {
      const { text } = await post('/simulate', completions[side]);
      expect(JSON.parse(text).ecs).toBe(ecs[side]);
    }
    const { min, p5, median, p95, max } = ecs;
    expect([p5, min, max, median, p95].sort((a, b) => a - b)).toEqual([min, p5, median, p95, max]);
  });

  it('sets what third parties would publish beside what the brand could declare', async () => {
    const { declaration } = await estimated(TSHIRT);
    expect(declaration.published).toBeCloseTo(1771.44, 2);
    expect(declaration.declarable).toBeCloseTo(878.68, 2);
    expect(simulateTotals({ ...TSHIRT, ...declaration.facts }).ecs).toBe(declaration.declarable);
  });

  it('gives the exact cost of a whole description, and says so', async () => {
    const { exact, ecs } = await estimated(WHOLE);
    const cost = simulateTotals(WHOLE).ecs;
    expect(exact).toBe(true);
    expect(ecs).toEqual({ min: cost, max: cost, mean: cost, median: cost, p5: cost, p95: cost, standard_error: 0 });
  });

  it('takes the seed, the number of draws and the distribution from the address, and rows of a catalogue from the body', async () => {
    const again = await estimated(TSHIRT, '?seed=7&draws=100&distribution=legal-defaults');
    expect(again.distribution).toEqual({ name: 'legal-defaults', version: 2, draws: 100, seed: 7 });
    expect(await estimated(TSHIRT, '?seed=7&draws=100&distribution=legal-defaults')).toEqual(again);
    const catalogue = [{ ...WHOLE, countryDyeing: 'FR' }];
    expect((await estimated({ ...TSHIRT, catalogue })).distribution.name).toBe('catalogue');
  });

  it.each([
    [{ ...TSHIRT, mass: { from: 2, to: 1 } }, 'mass'],
    [{ ...TSHIRT, mass: { from: 1 } }, 'mass'],
    [{ ...TSHIRT, mass: { any: true, oneOf: [1] } }, 'mass'],
    [{ ...TSHIRT, mass: -1 }, 'mass'],
    [{ ...TSHIRT, countryDyeing: { oneOf: [] } }, 'countryDyeing'],
    [{ ...TSHIRT, countryDyeing: { oneOf: ['FR', 'XX'] } }, 'countryDyeing'],
    [{ ...TSHIRT, countryDyeing: { from: 'BD', to: 'FR' } }, 'countryDyeing'],
    [{ ...TSHIRT, product: 'maillot' }, 'product'],
    [{ ...TSHIRT, materials: [{ id: 'ei-coton', share: { from: 0.5, to: 0.6 } }] }, 'materials'],
    [{ ...TSHIRT, materials: [] }, 'materials'],
    [{ ...TSHIRT, catalogue: [{ mass: 1 }] }, 'catalogue'],
    [{ ...TSHIRT, catalogue: 3 }, 'catalogue'],
  ])('names the field that is wrong: %j', async (body, field) => {
    const { status, text } = await post('/estimate', body);
    expect(status).toBe(422);
    expect(JSON.parse(text).detail[0].loc).toEqual(['body', field]);
  });

  it('refuses what is no object, unknown parameters, and callers without a key', async () => {
    expect((await post('/estimate', '[]')).status).toBe(422);
    expect((await post('/estimate?seeds=1', TSHIRT)).status).toBe(422);
    expect((await post('/estimate', TSHIRT, 'application/json', 'wrong')).status).toBe(403);
  });
});

describe('POST /estimate/batch', () => {
  it('answers each line in its place, and a bad one by its faults', async () => {
    const lines = [JSON.stringify(TSHIRT), '{', JSON.stringify({ ...TSHIRT, mass: 'much' }), JSON.stringify(WHOLE)];
    const { status, text } = await post('/estimate/batch', lines.join('\n'), 'application/x-ndjson');
    expect(status).toBe(200);
    const [first, second, third, last] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual(JSON.parse(JSON.stringify(estimate(TSHIRT))));
    expect(second.detail[0]).toMatchObject({ loc: ['body', 1], type: 'json_invalid' });
    expect(third.detail[0].loc).toEqual(['body', 2, 'mass']);
    expect(last.exact).toBe(true);
  });

  it('answers an array by an array, of a bounded number', async () => {
    expect(JSON.parse((await post('/estimate/batch', [WHOLE, { ...TSHIRT, mass: 'much' }])).text)).toMatchObject([
      { exact: true },
      { detail: [{ loc: ['body', 1, 'mass'] }], code: 'invalid_request' },
    ]);
    expect((await post('/estimate/batch', [])).text).toBe('[]');
    expect((await post('/estimate/batch', Array(1001).fill(WHOLE))).status).toBe(422);
    expect((await post('/estimate/batch', {})).status).toBe(422);
  });

  it('refuses an array whole when one of it is no request, and names each fault', async () => {
    const { status, text } = await post('/estimate/batch', [WHOLE, 3, { ...TSHIRT, catalogue: [null] }]);
    expect(status).toBe(422);
    expect(JSON.parse(text).detail.map(({ loc }: { loc: unknown[] }) => loc)).toEqual([
      ['body', 1],
      ['body', 2, 'catalogue', 0],
    ]);
  });
});
