import type { FlatSource } from '@ecobalyse/product-documents';
import { IMPACT_CODES, IMPACT_TYPES, impactType, WITHDRAWN_IMPACTS } from '@ecobalyse/schema';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { computeContractStatistics, countCoverage } from './contract-statistics.js';
import { type LoadReport, loadGarments } from './garment-table.js';
import { openWorkbench, type SqlRow, type Workbench } from './workbench.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({ memoryMb: 256, threads: 2 });
});
afterAll(() => bench.close());
beforeEach(clear);

async function clear(): Promise<void> {
  for (const name of ['countries', 'days_of_wear', 'impacts', 'outliers', 'ranking']) {
    await bench.run(`DROP TABLE IF EXISTS stats_${name}`);
  }
  await bench.run('DROP TABLE IF EXISTS garments; DROP TABLE IF EXISTS repeated');
}

interface Garment {
  product: string;
  fabric?: string;
  making?: string;
  days?: unknown;
  /** Values by impact code; the rest are `other`. */
  impacts?: Record<string, unknown>;
  other?: number;
  /** The impacts that it covers; each of them takes its time. */
  covered?: readonly string[];
  hash?: string;
  id?: string;
}

let made = 0;

/** A document with what the statistics look at. */
function documentOf(garment: Garment): FlatSource {
  made += 1;
  const { product, fabric = 'France', making = 'France', days = 40, impacts = {}, other = 1 } = garment;
  const id = garment.id ?? `id-${String(made).padStart(6, '0')}`;
  return {
    md5_id: id,
    product_id: product,
    impacts: { ...Object.fromEntries(IMPACT_CODES.map((code) => [code, other])), ...impacts },
    inputs: {
      mass: 0.2,
      materials: [{ material: { id: 'ei-coton', origin: 'NaturalFromVegetal' }, share: 1 }],
      product: { id: product, name: product, fabric: 'weaving' },
      countryFabric: { code: fabric, name: fabric },
      countryDyeing: { code: fabric, name: fabric },
      countryMaking: { code: making, name: making },
      fabricProcess: null,
    },
    lifeCycle: Array.from({ length: 8 }, () => ({
      enabled: true,
      airTransportRatio: 0,
      impacts: { ecs: 1 },
      transport: { impacts: { ecs: 0 } },
    })),
    trimsImpacts: { ecs: 0 },
    complementsImpacts: { microfibers: 0, outOfEuropeEOL: 0 },
    transport: { air: 0, road: 0, sea: 0 },
    durability: 1,
    daysOfWear: days,
    useNbCycles: 10,
    _platform: { contentHash: garment.hash ?? id, coveredImpacts: garment.covered ?? ['ecs', 'pef'] },
  };
}

async function compute(garments: readonly Garment[]): Promise<LoadReport> {
  async function* batches() {
    // Batches of an odd size, so that chunks and batches do not end together.
    for (let start = 0; start < garments.length; start += 7) yield garments.slice(start, start + 7).map(documentOf);
  }
  const report = await loadGarments(bench, batches());
  await computeContractStatistics(bench, await countCoverage(bench));
  return report;
}

/** The contract's quantile, word for word: the smallest element whose rank is at least ceil(p n). */
function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(p * sorted.length) - 1] as number;
}

function naive(values: readonly number[]) {
  const [q1, median, q3] = [quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)];
  return {
    Q1: q1,
    median,
    Q3: q3,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    seuil_min: q1 - 1.5 * (q3 - q1),
    seuil_max: q3 + 1.5 * (q3 - q1),
  };
}

const impactRow = (product: string, type: string) =>
  bench.row<Record<string, number>>(
    `SELECT * EXCLUDE (product_id, impact_type, impact_order) FROM stats_impacts
     WHERE product_id = '${product}' AND impact_type = '${type}'`,
  );

it('has no statistics of indicators that newer versions have no more, and takes them for no faults', async () => {
  const withdrawn = Object.fromEntries(WITHDRAWN_IMPACTS.map((code) => [code, undefined]));
  const covered = IMPACT_CODES.filter((code) => !(code in withdrawn));
  const garments = [1, 2, 3].map((ecs) => ({ product: 'jean', impacts: { ...withdrawn, ecs }, covered }));
  expect(await compute(garments)).toMatchObject({ read: 3, faults: [], incompleteDocuments: 0 });
  const types = (await bench.rows<{ impact_type: string }>('SELECT impact_type FROM stats_impacts')).map(
    (row) => row.impact_type,
  );
  expect(types.sort()).toEqual(covered.map(impactType).sort());
});

describe('stats_impacts and stats_days_of_wear', () => {
  it('are those of a naive computation on groups of every size, with ties', async () => {
    // Few distinct values, so that many are equal, and values as small as toxicities.
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: 1e-10, max: 1e-8, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 60 }), async (values) => {
        await clear();
        await compute(
          values.map((number) => ({ product: 'jean', days: number, impacts: { 'etf-c': number }, covered: ['etf-c'] })),
        );
        const { mean, ...expected } = naive(values);
        const { mean: found, ...row } = await impactRow('jean', 'etf_c');
        expect(row).toEqual(expected);
        expect(found).toBeCloseTo(mean, 12);
        const { seuil_min, seuil_max, ...days } = expected;
        const { moyenne, ...worn } = await bench.row<SqlRow>(
          'SELECT Q1, mediane AS median, Q3, min, max, moyenne FROM stats_days_of_wear',
        );
        expect(worn).toEqual(days);
        expect(moyenne).toBeCloseTo(mean, 12);
      }),
      { seed: 20_240_701, numRuns: 10 },
    );
  });

  it.each([
    [[5], { Q1: 5, median: 5, Q3: 5 }],
    [[5, 7], { Q1: 5, median: 5, Q3: 7 }],
    [[9, 5, 7], { Q1: 5, median: 7, Q3: 9 }],
    [[1, 2, 3, 4], { Q1: 1, median: 2, Q3: 3 }],
  ])('are elements of the data for the group %j', async (values, quantiles) => {
    await compute(values.map((ecs) => ({ product: 'jean', impacts: { ecs } })));
    expect(await impactRow('jean', 'ecs')).toMatchObject(quantiles);
  });

  it('have a row for each product type and each covered impact, in doubles', async () => {
    await compute([
      { product: 'jean', impacts: { htc: 3.5e-9 }, covered: IMPACT_CODES },
      { product: 'pull', covered: IMPACT_CODES },
    ]);
    const rows = await bench.rows<{ product_id: string; impact_type: string }>(
      'SELECT product_id, impact_type FROM stats_impacts ORDER BY product_id, impact_order',
    );
    expect(rows).toEqual(
      ['jean', 'pull'].flatMap((product_id) => IMPACT_TYPES.map((impact_type) => ({ product_id, impact_type }))),
    );
    expect((await impactRow('jean', 'htc')).median).toBe(3.5e-9);
  });

  it('use only the documents that cover an impact', async () => {
    await compute([
      { product: 'jean', impacts: { acd: 0 }, covered: ['ecs', 'pef'] },
      { product: 'jean', impacts: { acd: 8 }, covered: ['ecs', 'pef', 'acd'] },
      { product: 'pull', covered: ['ecs', 'pef'] },
    ]);
    expect(await impactRow('jean', 'acd')).toMatchObject({ min: 8, max: 8 });
    const covered = await bench.rows<SqlRow>('SELECT DISTINCT product_id, impact_type FROM stats_impacts ORDER BY ALL');
    expect(covered.map(({ product_id, impact_type }) => `${product_id} ${impact_type}`)).toEqual([
      'jean acd',
      'jean ecs',
      'jean pef',
      'pull ecs',
      'pull pef',
    ]);
    expect(await countCoverage(bench)).toMatchObject({ acd: 1, ecs: 3, etf_c: 0 });
  });
});

describe('stats_outliers', () => {
  const outliers = async () =>
    (
      await bench.rows<SqlRow>(
        `SELECT product_id, impact_type, ecs, impact_order FROM stats_outliers JOIN garments USING (product_id, md5_id)
         ORDER BY ALL`,
      )
    ).map(({ product_id, impact_type, ecs }) => `${product_id} ${impact_type} ${ecs}`);

  it('are those of every product type, beyond either bound', async () => {
    const spread = [10, 11, 12, 13, 14, 15, 16, 17];
    await compute(
      ['jean', 'pull'].flatMap((product) => [
        ...spread.map((ecs) => ({ product, impacts: { ecs } })),
        { product, impacts: { ecs: 100 } },
        { product, impacts: { ecs: -100 } },
      ]),
    );
    expect(await outliers()).toEqual(['jean ecs -100', 'jean ecs 100', 'pull ecs -100', 'pull ecs 100']);
  });

  it('are also at a bound', async () => {
    // Q1 10, Q3 12: bounds 7 and 15.
    const inside = [10, 10, 11, 12, 12, 7.01, 14.99];
    await compute([...inside, 7, 15, 11, 11].map((ecs) => ({ product: 'jean', impacts: { ecs } })));
    expect(await impactRow('jean', 'ecs')).toMatchObject({ seuil_min: 7, seuil_max: 15 });
    expect(await outliers()).toEqual(['jean ecs 7', 'jean ecs 15']);
  });

  it('are not of an impact that is the same for the whole type', async () => {
    await compute([{ product: 'jean' }, { product: 'jean' }, { product: 'jean' }]);
    expect(await outliers()).toEqual([]);
  });
});

describe('stats_countries', () => {
  it('has a row for each country that appears as fabric or as making country', async () => {
    await compute([
      { product: 'jean', fabric: 'Inde', making: 'France' },
      { product: 'jean', fabric: 'Inde', making: 'Inde' },
      { product: 'jean', fabric: 'Chine', making: 'Inde' },
      { product: 'pull', fabric: 'Chine', making: 'Chine' },
    ]);
    const rows = await bench.rows<SqlRow>('SELECT * FROM stats_countries ORDER BY product_id, country_name');
    const row = (product_id: string, country_name: string, fabric: number, making: number, count: number) => ({
      product_id,
      country_name,
      countryFabric_count: fabric,
      countryMaking_count: making,
      count,
    });
    expect(rows).toEqual([
      row('jean', 'Chine', 1, 0, 3),
      row('jean', 'France', 0, 1, 3),
      row('jean', 'Inde', 2, 2, 3),
      row('pull', 'Chine', 1, 1, 1),
    ]);
  });
});

describe('stats_ranking', () => {
  it('has the 10 documents of highest cost and the 20 of lowest', async () => {
    await compute(Array.from({ length: 50 }, (_, index) => ({ product: 'jean', impacts: { ecs: (index * 7) % 50 } })));
    const rows = await bench.rows<{ ranking: string; ecs: number }>(
      'SELECT ranking, ecs FROM stats_ranking JOIN garments USING (md5_id) ORDER BY part, place',
    );
    expect(rows.filter(({ ranking }) => ranking === 'highest_impact').map(({ ecs }) => ecs)).toEqual(
      Array.from({ length: 10 }, (_, index) => 49 - index),
    );
    expect(rows.filter(({ ranking }) => ranking === 'lowest_impact').map(({ ecs }) => ecs)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });
});

describe('stats_ranking of equal costs', () => {
  it('is by identity, whatever has no cost left out', async () => {
    const ids = Array.from({ length: 25 }, (_, rank) => `id-${String((rank * 7) % 25).padStart(2, '0')}`);
    await compute([...ids.map((id) => ({ product: 'jean', id })), { product: 'jean', impacts: { ecs: null } }]);
    const rows = await bench.rows<SqlRow>('SELECT ranking, md5_id FROM stats_ranking ORDER BY part, place');
    const sorted = ids.toSorted();
    expect(rows).toEqual([
      ...sorted.slice(0, 10).map((md5_id) => ({ ranking: 'highest_impact', md5_id })),
      ...sorted.slice(0, 20).map((md5_id) => ({ ranking: 'lowest_impact', md5_id })),
    ]);
  });
});

describe('loading', () => {
  it('counts each content once, under the first of its identities in the alphabet', async () => {
    const report = await compute([
      { product: 'jean', impacts: { ecs: 1 }, hash: 'same', id: 'b' },
      { product: 'jean', impacts: { ecs: 1 }, hash: 'same', id: 'a' },
      { product: 'jean', impacts: { ecs: 1 }, hash: 'same', id: 'c' },
      { product: 'jean', impacts: { ecs: 3 }, id: 'd' },
    ]);
    expect(report).toMatchObject({ read: 4, duplicates: 2 });
    expect(await bench.rows('SELECT md5_id FROM garments ORDER BY md5_id')).toEqual([{ md5_id: 'a' }, { md5_id: 'd' }]);
    expect(await impactRow('jean', 'ecs')).toMatchObject({ mean: 2 });
  });

  it('counts a value that is missing or not a number, and leaves it out of its statistics only', async () => {
    const report = await compute([
      { product: 'jean', impacts: { ecs: 'much' }, days: null, id: 'much' },
      { product: 'jean', impacts: { ecs: Number.NaN }, id: 'none' },
      { product: 'jean', impacts: { ecs: 7 } },
    ]);
    expect(report).toMatchObject({ read: 3, skippedDocuments: 0, incompleteDocuments: 2 });
    expect(report.faults).toEqual([
      { field: 'daysOfWear', documents: 1, example: 'much' },
      { field: 'impacts.ecs', documents: 2, example: 'much' },
    ]);
    expect(await impactRow('jean', 'ecs')).toMatchObject({ min: 7, max: 7 });
    const { documents } = await bench.row<{ documents: number }>(
      'SELECT count(*)::INTEGER AS documents FROM garments WHERE pef IS NOT NULL',
    );
    expect(documents).toBe(3);
  });

  it('reports stages that are not there once, not for each of their values', async () => {
    async function* batches() {
      yield [{ ...documentOf({ product: 'jean' }), lifeCycle: [] }];
    }
    const { faults } = await loadGarments(bench, batches());
    expect(faults.map(({ field }) => field)).toEqual(['lifeCycle']);
  });

  it('skips and counts a document without a product type', async () => {
    const report = await compute([{ product: '', impacts: { ecs: 'much' } }, { product: 'jean' }]);
    expect(report).toMatchObject({ read: 2, skippedDocuments: 1, incompleteDocuments: 0 });
  });

  it.each([2047, 2048, 2049, 4097])('loads every row, chunk of DuckDB by chunk: %i', async (count) => {
    const document = documentOf({ product: 'jean' });
    async function* batches() {
      for (let start = 0; start < count; start += 500) {
        const ids = Array.from({ length: Math.min(500, count - start) }, (_, rank) => `id-${start + rank}`);
        yield ids.map((id) => ({
          ...document,
          md5_id: id,
          _platform: { ...Object(document._platform), contentHash: id },
        }));
      }
    }
    const read: number[] = [];
    const report = await loadGarments(bench, batches(), async (documents) => void read.push(documents));
    expect(report).toMatchObject({ read: count, duplicates: 0, skippedDocuments: 0 });
    expect(read.slice(0, 2).concat(read.slice(-1))).toEqual([500, 1000, count]);
    const found = await bench.row(
      'SELECT count(DISTINCT md5_id)::INTEGER AS ids, count(*)::INTEGER AS rows FROM garments',
    );
    expect(found).toEqual({ ids: count, rows: count });
  });
});
