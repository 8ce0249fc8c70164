import { randomUUID } from 'node:crypto';
import {
  type FlatImpact,
  flattenImpact,
  mainMaterial,
  materialShares,
  toImpactDocument,
} from '@ecobalyse/product-documents';
import {
  CACHE_TAGS,
  COST_PARTS,
  type DetailedSimulation,
  type DriverStatistic,
  IMPACT_CODES,
  IMPACT_TYPES,
  type ImpactDocument,
  STATISTIC_NAMES,
  STATISTICS,
  type StatisticName,
  statisticsSummarySchema,
} from '@ecobalyse/schema';
import {
  ensureIndexes,
  findStatistic,
  findStatisticsSummary,
  openStore,
  type Store,
  streamFlatSources,
} from '@ecobalyse/store';
import { databaseOf, emptyDatabase, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ComponentRow } from './analyses/components.js';
import { loadGarments } from './garment-table.js';
import { loadOutlierInputs, outlierDocuments } from './outlier-inputs.js';
import { runStatistics } from './statistics-run.js';
import { documentOf, garments } from './testing/garments.js';
import { openWorkbench } from './workbench.js';

let mongodb: TestMongodb;
let store: Store;

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  await ensureIndexes(store);
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

const run = (changed: Partial<Parameters<typeof runStatistics>[0]> = {}) =>
  runStatistics({ store, memoryMb: 256, ...changed });
const rows = async <Row = Record<string, unknown>>(name: StatisticName) =>
  (await findStatistic(store, name)) as unknown as Row[];

async function fill(documents: readonly ImpactDocument[]): Promise<void> {
  await emptyDatabase(store);
  if (documents.length > 0)
    await store.collection('impacts').insertMany(documents.map((document) => ({ ...document })));
}

describe('a run over simulated garments', () => {
  const documents = garments();
  const flat = documents.map((document): FlatImpact => {
    const source = document as unknown as Record<string, unknown>;
    return { ...flattenImpact(source).row, main_material: mainMaterial(materialShares(source)) };
  });
  const ecs = flat.map((row) => row.ecs as number);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const meanOf = (column: string, product?: string) => {
    const found = flat.filter((row) => product === undefined || row.product_id === product);
    return sum(found.map((row) => row[column] as number)) / found.length;
  };

  beforeAll(async () => {
    await fill(documents);
    await run();
  });

  it('splits the cost of a garment into parts that add up to it', () => {
    for (const row of flat) {
      expect(sum(COST_PARTS.map((part) => row[`cost_${part}`] as number))).toBeCloseTo(row.ecs as number, 9);
    }
  });

  it('publishes every statistic in documents of its schema, and a summary', async () => {
    const summary = statisticsSummarySchema.parse(await findStatisticsSummary(store));
    expect(summary).toMatchObject({
      read: documents.length,
      documents: documents.length,
      duplicates: 0,
      skippedDocuments: 0,
      incompleteDocuments: 0,
      coverage: { ecs: documents.length, pef: documents.length, etf_c: 0 },
    });
    expect(summary.notes).toEqual([expect.stringMatching(/no document covers acd, cch, .*etf_c/)]);
    for (const name of STATISTIC_NAMES) {
      const found = await rows(name);
      expect(found.length, name).toBeGreaterThan(0);
      expect(summary.collections[STATISTICS[name].collection], name).toBe(found.length);
      expect(() => STATISTICS[name].document.array().parse(found), name).not.toThrow();
    }
  });

  it('leaves nothing behind but the published collections', async () => {
    const names = (await databaseOf(store).listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('stats_')).sort()).toEqual(
      [...STATISTIC_NAMES.map((name) => STATISTICS[name].collection), 'stats_summary'].sort(),
    );
  });

  it('gives outliers the fields of their inputs, and ranks those of their product', async () => {
    const outliers = await rows('outliers');
    expect(outliers.length).toBeGreaterThan(20);
    const byId = new Map(documents.map((document) => [document.md5_id, document]));
    for (const { md5_id, impact_type, ...inputs } of outliers) {
      expect(inputs).toEqual(JSON.parse(JSON.stringify(byId.get(String(md5_id))?.inputs)));
      expect(['ecs', 'pef']).toContain(impact_type);
    }
    const ranking = await rows('ranking');
    expect(ranking).toHaveLength(30);
    const highest = documents[ecs.indexOf(Math.max(...ecs))];
    const lowest = documents[ecs.indexOf(Math.min(...ecs))];
    expect(ranking[0]).toEqual({ ...highest?.inputs.product, ranking: 'highest_impact' });
    expect(ranking[10]).toEqual({ ...lowest?.inputs.product, ranking: 'lowest_impact' });
  });

  it('keeps whole values of the contract as doubles', async () => {
    const stored = await databaseOf(store)
      .collection('stats_days_of_wear')
      .find({}, { promoteValues: false })
      .toArray();
    for (const row of stored) expect(row.mediane?._bsontype).toBe('Double');
  });

  it('finds stages whose means add up to the mean cost, for each product type and for all', async () => {
    const stages = await rows<Record<string, number | string>>('stages');
    for (const scope of ['all', 'tshirt']) {
      const found = stages.filter(({ product_id }) => product_id === scope);
      expect(found.map(({ stage }) => stage)).toEqual([...COST_PARTS]);
      const product = scope === 'all' ? undefined : scope;
      expect(sum(found.map(({ mean }) => mean as number))).toBeCloseTo(meanOf('ecs', product), 8);
      expect(sum(found.map(({ share }) => share as number))).toBeCloseTo(1, 10);
      for (const { stage, mean } of found) expect(mean).toBeCloseTo(meanOf(`cost_${stage}`, product), 8);
    }
  });

  it('finds drivers whose shares add up, with the eta squared of a one-way analysis of variance', async () => {
    const drivers = await rows<DriverStatistic>('drivers');
    const all = drivers.filter(({ product_id }) => product_id === 'all');
    expect(all).toHaveLength(6);
    expect(sum(all.map(({ shapley }) => shapley))).toBeCloseTo(all[0]?.r_squared ?? 0, 10);
    expect(sum(all.map(({ shapley_share }) => shapley_share ?? 0))).toBeCloseTo(1, 10);

    const overall = meanOf('ecs');
    const total = sum(ecs.map((value) => (value - overall) ** 2));
    for (const [factor, column] of [
      ['product', 'product_id'],
      ['main_material', 'main_material'],
      ['country', 'country_fabric'],
    ] as const) {
      const between = sum(
        [...new Set(flat.map((row) => row[column]))].map((group) => {
          const values = flat.filter((row) => row[column] === group).map((row) => row.ecs as number);
          return values.length * (sum(values) / values.length - overall) ** 2;
        }),
      );
      const found = all.find((row) => row.factor === factor);
      expect(found?.eta_squared, factor).toBeCloseTo(between / total, 10);
      expect(found?.documents).toBe(documents.length);
      expect(found?.groups).toBe(new Set(flat.map((row) => row[column])).size);
    }
    const within = drivers.filter(({ product_id }) => product_id === 'tshirt');
    expect(within.map(({ factor }) => factor)).not.toContain('product');
    expect(within[0]?.documents).toBe(flat.filter(({ product_id }) => product_id === 'tshirt').length);
  });

  it('finds components that carry all the variance, and where the product types lie', async () => {
    const components = await rows<ComponentRow>('components');
    const parts = Object.keys(components[0]?.weights ?? {});
    expect(components).toHaveLength(parts.length);
    expect(sum(components.map(({ eigenvalue }) => eigenvalue))).toBeCloseTo(parts.length, 8);
    expect(components.at(-1)?.cumulative_variance).toBeCloseTo(1, 10);
    for (const { weights, means, deviations, eigenvalue, centroids } of components.slice(0, 3)) {
      const scores = flat.map((row) =>
        sum(
          parts.map(
            (part) =>
              ((weights[part] ?? 0) * ((row[`cost_${part}`] as number) - (means[part] ?? 0))) / (deviations[part] ?? 1),
          ),
        ),
      );
      expect(sum(scores) / scores.length).toBeCloseTo(0, 8);
      expect(sum(scores.map((score) => score ** 2)) / scores.length).toBeCloseTo(eigenvalue, 8);
      const ofShirts = scores.filter((_, index) => flat[index]?.product_id === 'tshirt');
      expect(centroids.tshirt).toBeCloseTo(sum(ofShirts) / ofShirts.length, 8);
    }
  });

  it('finds segments that hold every document once, the cheapest first', async () => {
    const segments = await rows<Record<string, number>>('segments');
    expect(sum(segments.map(({ documents: size }) => size ?? 0))).toBe(documents.length);
    expect(sum(segments.map(({ documents: size, mean_cost }) => (size ?? 0) * (mean_cost ?? 0)))).toBeCloseTo(
      sum(ecs),
      6,
    );
    const costs = segments.map(({ mean_cost }) => mean_cost ?? 0);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
  });

  it('gives the same documents when nothing changed', async () => {
    const before = await Promise.all(STATISTIC_NAMES.map((name) => rows(name)));
    await run();
    expect(await Promise.all(STATISTIC_NAMES.map((name) => rows(name)))).toEqual(before);
  });
});

describe('a doubtful product', () => {
  const published = async () => Promise.all(STATISTIC_NAMES.map((name) => rows(name)));
  /** Grams typed for kilograms, in one document. */
  const typo = (): ImpactDocument => {
    const query = { mass: 170, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' };
    const answer = simulateDetailed(query) as unknown as DetailedSimulation;
    return toImpactDocument({ query, answer, source: 'api', scenario: null, methodVersion: '7.0.0', runId: null });
  };

  it('moves no statistic by a digit until it is confirmed', async () => {
    const few = garments().slice(0, 30);
    await fill(few);
    const before = await run();
    const told = await published();
    await fill([...few, typo()]);
    const after = await run();
    expect(await published()).toEqual(told);
    expect([after.documents, after.read]).toEqual([before.documents, before.read]);
    expect(before.notes.join()).not.toContain('to check');
    expect(after.notes[0]).toBe('1 document to check left out: confirm or correct them');

    await store
      .collection('impacts')
      .updateOne({ md5_id: typo().md5_id }, { $set: { '_platform.state': 'confirmed' } });
    expect(await run()).toMatchObject({ documents: before.documents + 1 });
    expect(await published()).not.toEqual(told);
  });
});

describe('publication', () => {
  const few = garments().slice(0, 40);
  const temporary = async () =>
    (await databaseOf(store).listCollections({}, { nameOnly: true }).toArray()).filter(({ name }) =>
      name.includes('__building'),
    );

  beforeEach(() => fill(few));

  it('keeps the old statistics when a run is aborted, also while it writes, and clears up', async () => {
    await run();
    const before = await rows('impacts');
    await store.collection('impacts').deleteMany({ product_id: few[0]?.product_id ?? '' });
    const aborting = new AbortController();
    const aborted = run({
      signal: aborting.signal,
      onRead: async () => aborting.abort(new Error('stopped by the test')),
    });
    await expect(aborted).rejects.toThrow('stopped by the test');
    expect(await rows('impacts')).toEqual(before);
    expect(await temporary()).toEqual([]);

    const writing = new AbortController();
    const ended = run({ signal: writing.signal }).catch((error: Error) => error.message);
    while ((await temporary()).length === 0);
    writing.abort(new Error('stopped by the test'));
    expect(await ended).toBe('stopped by the test');
    expect(await rows('impacts')).toEqual(before);
    expect(await temporary()).toEqual([]);
  });

  it('drops cached answers, and what a run left that died a day ago, but not what another one is writing', async () => {
    const hours = (count: number) => Date.now() - count * 3_600_000;
    await databaseOf(store).createCollection(`stats_impacts__building_${hours(30)}_dead`);
    const alive = await databaseOf(store).createCollection(`stats_impacts__building_${hours(1)}_alive`);
    const dropped: unknown[] = [];
    const cache = {
      invalidate: async (tags: readonly string[]) =>
        void dropped.push([tags, (await findStatisticsSummary(store))?.documents]),
    };
    await run({ cache });
    expect((await temporary()).map(({ name }) => name.split('_').at(-1))).toEqual(['alive']);
    await alive.drop();
    // Cached answers, once the new statistics are there.
    expect(dropped).toEqual([[[CACHE_TAGS.statistics], 40]]);
  });

  it('publishes empty statistics of an empty base, and says so', async () => {
    await fill([]);
    const summary = await run();
    expect(summary).toMatchObject({ read: 0, documents: 0 });
    expect(summary.notes.join()).toMatch(/nothing to tell in countries/);
    expect(await findStatisticsSummary(store)).toMatchObject({ read: 0 });
    expect(await rows('impacts')).toEqual([]);
  });

  it('gives outliers of more than one batch in their order, less those of documents that were deleted meanwhile', async () => {
    const bench = await openWorkbench({ memoryMb: 64, threads: 1 });
    try {
      await loadGarments(bench, streamFlatSources(store));
      const ids = few.slice(0, 3).map(({ md5_id }) => md5_id);
      await bench.run(`
        CREATE TABLE stats_outliers AS
        SELECT ['jean', 'coat'][1 + range % 2] AS product_id, ['${ids.join("', '")}'][1 + range % 3] AS md5_id,
          range AS impact_order, 'impact ' || range AS impact_type
        FROM range(6000)
      `);
      await store.collection('impacts').deleteOne({ md5_id: ids[2] as string });
      await loadOutlierInputs(bench, store, {});
      const given: unknown[] = [];
      for await (const batch of outlierDocuments(bench)) given.push(...batch.map(([named]) => named));
      const of = (product: number, md5_id: string) =>
        Array.from({ length: 6000 }, (_, range) => range)
          .filter((range) => range % 2 === product && ids[range % 3] === md5_id)
          .map((range) => ({ md5_id, impact_type: `impact ${range}` }));
      const left = ids.slice(0, 2).sort();
      expect(given).toEqual([1, 0].flatMap((product) => left.flatMap((md5_id) => of(product, md5_id))));
    } finally {
      await bench.close();
    }
  });

  it('uses every impact that documents cover', async () => {
    await fill(
      few.map((document, index) => ({
        ...document,
        impacts: Object.fromEntries(IMPACT_CODES.map((code) => [code, index + 1])) as ImpactDocument['impacts'],
        _platform: { ...document._platform, coveredImpacts: [...IMPACT_CODES] },
      })),
    );
    const summary = await run();
    expect(summary.notes.join()).not.toMatch('no document covers');
    const types = new Set((await rows<{ impact_type: string }>('impacts')).map(({ impact_type }) => impact_type));
    expect([...types]).toEqual(IMPACT_TYPES);
  });
});

it('is by the version of the method that most documents are by, and says how many it leaves out', async () => {
  const jean = (mass: number, methodVersion: string | null) => {
    const document = documentOf({ mass, materials: [{ id: 'ei-coton', share: 1 }], product: 'jean' });
    return { ...document, _platform: { ...document._platform, methodVersion } };
  };
  await fill([jean(0.4, '8.5.0'), jean(0.5, '8.5.0'), jean(0.6, '7.0.0'), jean(0.7, null)]);
  const note =
    'figures are by version 8.5.0 of the method: 1 documents by another left out, until they are scored anew';
  expect(await run()).toMatchObject({ read: 3, method_version: '8.5.0', notes: expect.arrayContaining([note]) });
  expect((await findStatisticsSummary(store))?.method_version).toBe('8.5.0');
  await fill([jean(0.4, '7.0.0'), jean(0.5, null)]);
  const { read, notes, method_version } = await run();
  expect([read, method_version, notes.filter((one) => one.startsWith('figures'))]).toEqual([2, '7.0.0', []]);
});
