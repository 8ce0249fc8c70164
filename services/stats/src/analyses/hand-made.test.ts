import { COST_PARTS } from '@ecobalyse/schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendRows, COST_COLUMNS, loadGarments } from '../garment-table.js';
import { openWorkbench, type SqlRow, sqlLiteral, type Workbench } from '../workbench.js';
import { computeComponents } from './components.js';
import { CORRELATED, computeCorrelations } from './correlations.js';
import { computeDrivers } from './drivers.js';
import { computeSegments } from './segments.js';
import { computeStages } from './stages.js';

/** The analyses over groups that are small enough to know every value by hand. */

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({ memoryMb: 256, threads: 1 });
  async function* nothing() {}
  await loadGarments(bench, nothing());
});
afterAll(() => bench.close());

type Garment = Record<string, string | number | null>;

/** Fills the table with garments, whose `ecs` is the sum of their parts. */
async function fill(garments: readonly Garment[]): Promise<void> {
  await bench.run('DELETE FROM garments');
  for (const [rank, given] of garments.entries()) {
    const id = `id-${rank}`;
    const plain = Object.fromEntries(CORRELATED.map((column) => [column, 0]));
    const row: Garment = { ...plain, md5_id: id, content_hash: id, product_id: 'jean', mass: 0.2, ...given };
    row.ecs = given.ecs ?? COST_COLUMNS.reduce((sum, column) => sum + Number(row[column]), 0);
    const values = Object.values(row).map((value) => (value === null ? 'NULL' : sqlLiteral(value)));
    await bench.run(`INSERT INTO garments (${Object.keys(row)}) VALUES (${values})`);
  }
}

it('a zero that was stored is a value, and what is missing is none', async () => {
  async function* documents() {
    yield [{ md5_id: 'a', inputs: { mass: 0.2 }, impacts: { ecs: 0 } }];
  }
  await bench.run('DELETE FROM garments');
  await appendRows(bench, 'garments', documents());
  expect(await bench.rows('SELECT mass, ecs, cost_use FROM garments')).toEqual([{ mass: 0.2, ecs: 0, cost_use: null }]);
});

describe('stages', () => {
  it('tell mean, quantiles, share and spread of each part, for all and then for each type, whole costs only', async () => {
    await fill([
      ...[1, 2, 3, 10].map((cost_making) => ({ cost_making, cost_use: 4 })),
      { product_id: 'coat', cost_making: 9, cost_use: 1 },
      { product_id: 'coat', cost_making: 1000, cost_use: null },
    ]);
    const rows = await computeStages(bench);
    expect(rows.map(({ product_id, stage }) => `${product_id} ${stage}`)).toEqual(
      ['all', 'coat', 'jean'].flatMap((scope) => COST_PARTS.map((part) => `${scope} ${part}`)),
    );
    const of = (scope: string, part: string) =>
      rows.find(({ product_id, stage }) => product_id === scope && stage === part);
    const deviation = expect.closeTo(Math.sqrt(12.5), 12);
    const variation = expect.closeTo(Math.sqrt(12.5) / 4, 12);
    const making = { documents: 4, mean: 4, Q1: 1, median: 2, Q3: 3, share: 0.5, deviation, variation };
    expect(of('jean', 'making')).toMatchObject(making);
    expect(of('jean', 'use')).toMatchObject({ mean: 4, share: 0.5, deviation: 0, variation: 0 });
    expect(of('jean', 'trims')).toMatchObject({ mean: 0, share: 0, deviation: 0, variation: null });
    expect(of('coat', 'making')).toMatchObject({ documents: 1, mean: 9, share: 0.9 });
    expect(of('all', 'making')).toMatchObject({ documents: 5, mean: 5, Q1: 2, median: 3, Q3: 9 });
  });

  it('have no share of a cost that is none, and no row without documents', async () => {
    await fill([{}]);
    expect((await computeStages(bench))[0]).toMatchObject({ documents: 1, share: null });
    await fill([]);
    expect(await computeStages(bench)).toEqual([]);
  });
});

describe('drivers', () => {
  const close = (value: number) => expect.closeTo(value, 12);

  it('share the variance of a balanced design out exactly, in the whole base and within a type', async () => {
    // ecs = 3 a + b over the four corners: variances 9 / 4 and 1 / 4.
    await fill([
      ...[0, 1, 2, 3].map((corner) => ({
        main_material: `m${corner >> 1}`,
        country_fabric: corner & 1 ? 'FR' : 'CN',
        cost_making: 3 * (corner >> 1) + (corner & 1),
      })),
      { mass: null, cost_making: 1000 },
    ]);
    const rows = await computeDrivers(bench);
    const names = ['product', 'main_material', 'country', 'fabric_process', 'mass', 'scenario'];
    expect(rows.map(({ product_id, factor }) => `${product_id} ${factor}`)).toEqual([
      ...names.map((name) => `all ${name}`),
      ...names.slice(1).map((name) => `jean ${name}`),
    ]);
    const parts: Record<string, number> = { main_material: 0.9, country: 0.1 };
    for (const { factor, ...row } of rows) {
      const part = parts[factor] ?? 0;
      expect(row, factor).toMatchObject({
        documents: 4,
        groups: part > 0 ? 2 : 1,
        eta_squared: close(part),
        shapley: close(part),
        shapley_share: close(part),
        r_squared: close(1),
      });
    }
  });

  it('tell the part of what is explained, beside that of the whole', async () => {
    await fill([0, 2, 4, 6].map((cost_making, rank) => ({ cost_making, scenario: rank < 2 ? 'regular' : 'low-cost' })));
    const scenario = (await computeDrivers(bench)).find(({ factor }) => factor === 'scenario');
    // Means 1 and 5 about 3: 16 of 20.
    expect(scenario).toMatchObject({ eta_squared: close(0.64 / 0.8), shapley_share: close(1) });
  });

  it('see the mass by tenths of the documents, those at a limit in the lower one', async () => {
    await fill(Array.from({ length: 20 }, (_, rank) => ({ mass: rank + 1, cost_making: (rank >> 1) ** 2 })));
    const mass = (await computeDrivers(bench)).find(({ factor }) => factor === 'mass');
    expect(mass).toMatchObject({ groups: 10, eta_squared: close(1) });
  });

  it('explain nothing where nothing differs', async () => {
    await fill([{ cost_making: 1 }, { cost_making: 1, country_fabric: 'FR' }]);
    const [row] = await computeDrivers(bench);
    expect(row).toMatchObject({ eta_squared: 0, shapley: 0, shapley_share: null, r_squared: 0 });
  });
});

describe('correlations', () => {
  it('are those of the documents that have every variable, and unknown for what never differs', async () => {
    await fill([
      { mass: 1, cost_making: 1, days_of_wear: 9 },
      { mass: 2, cost_making: 4, days_of_wear: 8 },
      { mass: 3, cost_making: 9, days_of_wear: 7 },
      { mass: 400, cost_making: 0, durability: null },
    ]);
    const rows = await computeCorrelations(bench);
    expect(rows.map(({ method, variable }) => `${method} ${variable}`)).toEqual(
      ['pearson', 'spearman'].flatMap((method) => CORRELATED.map((variable) => `${method} ${variable}`)),
    );
    for (const { documents } of rows) expect(documents).toBe(3);
    const of = (method: string, variable: string, other: string) =>
      rows.find((row) => row.method === method && row.variable === variable)?.coefficients[other];
    // Covariance 8 of variances 2 and 98 / 3.
    expect(of('pearson', 'mass', 'cost_making')).toBeCloseTo(8 / Math.sqrt((2 * 98) / 3), 12);
    expect(of('spearman', 'mass', 'cost_making')).toBeCloseTo(1, 12);
    expect(of('pearson', 'mass', 'days_of_wear')).toBeCloseTo(-1, 12);
    expect(of('pearson', 'mass', 'air_share')).toBeNull();
  });

  it('need two documents', async () => {
    await fill([{ mass: 1 }]);
    expect(await computeCorrelations(bench)).toEqual([]);
    await fill([{ mass: 1 }, { mass: 2 }]);
    expect(await computeCorrelations(bench)).toHaveLength(2 * CORRELATED.length);
  });
});

describe('components', () => {
  const close = (value: number) => expect.closeTo(value, 12);
  // The coefficient of these two is 0.6.
  const pairs = [
    [1, 2],
    [2, 1],
    [3, 4],
    [4, 3],
  ].map(([cost_making = 0, cost_trims = 0], rank) => ({
    cost_making,
    cost_trims,
    product_id: rank < 2 ? 'coat' : 'jean',
  }));

  it('of two parts are their sum and their difference, with their variances and where the types lie', async () => {
    await fill([...pairs, { cost_making: 1000, cost_use: null }]);
    const [sum, difference, ...more] = await computeComponents(bench);
    expect(more).toEqual([]);
    const both = (making: number, trims = making) => ({ making: close(making), trims: close(trims) });
    expect(sum).toEqual({
      component: 1,
      documents: 4,
      eigenvalue: close(1.6),
      explained_variance: close(0.8),
      cumulative_variance: close(0.8),
      weights: both(Math.SQRT1_2),
      loadings: both(Math.sqrt(0.8)),
      means: both(2.5),
      deviations: both(Math.sqrt(1.25)),
      centroids: { coat: close(-Math.sqrt(1.6)), jean: close(Math.sqrt(1.6)) },
    });
    expect(difference).toMatchObject({
      component: 2,
      eigenvalue: close(0.4),
      explained_variance: close(0.2),
      cumulative_variance: close(1),
      centroids: { coat: close(0), jean: close(0) },
    });
  });

  it('need three documents and two parts that differ', async () => {
    await fill(pairs.slice(0, 2));
    expect(await computeComponents(bench)).toEqual([]);
    await fill(pairs.slice(0, 3));
    expect(await computeComponents(bench)).toHaveLength(2);
    await fill(pairs.map(({ cost_making }) => ({ cost_making })));
    expect(await computeComponents(bench)).toEqual([]);
  });
});

describe('segments', () => {
  const segments = async () => computeSegments(bench, await computeComponents(bench));

  it('are told by size, cost, commonest type, and the document next to the centre; the cheapest first', async () => {
    const garments = [
      [105, 'shirt'],
      [101, 'coat'],
      [3, 'coat'],
      [102, 'shirt'],
      [100, 'shirt'],
      [1, 'jean'],
      [2, 'jean'],
    ] as const;
    await fill(
      garments.map(([cost_making, product_id], rank) => ({
        cost_making,
        cost_trims: 2 * cost_making,
        product_id,
        mass: rank,
        main_material: `m${rank}`,
        country_making_name: 'France',
      })),
    );
    const [cheap, dear, ...more] = await segments();
    expect(more).toEqual([]);
    const at = (rank: number, ecs: number) => ({
      md5_id: `id-${rank}`,
      product_id: garments[rank]?.[1],
      mass: rank,
      main_material: `m${rank}`,
      country_making_name: 'France',
      ecs,
    });
    expect(cheap).toMatchObject({
      segment: 1,
      documents: 3,
      share: 3 / 7,
      mean_cost: 6,
      median_cost: 6,
      typical_product: 'jean',
      typical_product_share: 2 / 3,
      typical_document: at(6, 6),
      mean_parts: { making: 2, trims: 4, use: 0 },
    });
    expect(dear).toMatchObject({
      segment: 2,
      documents: 4,
      share: 4 / 7,
      mean_cost: 306,
      median_cost: 303,
      typical_product: 'shirt',
      typical_product_share: 3 / 4,
      typical_document: at(3, 306),
      mean_parts: { making: 102, trims: 204 },
    });
    expect(Object.keys(Object(dear?.silhouettes))).toEqual(['2', '3', '4', '5', '6']);
    expect(dear?.silhouette).toBe(Object(dear?.silhouettes)[2]);
    const [[low], [high]] = [cheap, dear].map((row) => Object.values(row?.centre as Record<string, number>)) as [
      [number],
      [number],
    ];
    // Of two parts that are one, scaled: the distance of the means over the deviation, times the root of two.
    const deviation = Math.sqrt(garments.reduce((sum, [cost]) => sum + (cost - 414 / 7) ** 2, 0) / 7);
    expect(high - low).toBeCloseTo((Math.SQRT2 * 100) / deviation, 6);
  });

  it('of two types that are as common name the first in the alphabet', async () => {
    const types = ['shirt', 'coat', 'shirt', 'coat', 'jean', 'jean'];
    await fill(
      types.map((product_id, rank) => {
        const cost_making = rank < 4 ? 100 + rank : rank;
        return { cost_making, cost_trims: 2 * cost_making, product_id };
      }),
    );
    const [, dear] = await segments();
    expect(dear).toMatchObject({ documents: 4, typical_product: 'coat', typical_product_share: 0.5 });
  });

  it('are none where there are no components, or too few different documents', async () => {
    await fill([]);
    expect(await segments()).toEqual([]);
    await fill([1, 1, 1, 2].map((cost) => ({ cost_making: cost, cost_trims: cost })));
    expect(await segments()).toEqual([]);
  });
});

it('writes texts and numbers as SQL that means them', async () => {
  const { text, number } = await bench.row<SqlRow>(
    `SELECT ${sqlLiteral("l'été '' --")} AS text, ${sqlLiteral(1e-9)} AS number`,
  );
  expect([text, number]).toEqual(["l'été '' --", 1e-9]);
});
