import { randomUUID } from 'node:crypto';
import {
  catalogueProductId,
  checkKnownProduct,
  type KnownProduct,
  toCatalogueContent,
  toImpactDocument,
} from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json, PredictionRequest } from '@ecobalyse/schema';
import {
  addModelChecks,
  applyChange,
  createCatalogue,
  ensureIndexes,
  findModelWatch,
  findServedModel,
  forgetModelChecks,
  insertImpacts,
  listModelChecks,
  openStore,
  purgeCatalogue,
  SEES_ALL,
  type Store,
} from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { modelId } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openArrivalChecks, shownChecks } from './arrival-checks.js';
import type { HostedModel, ModelHost } from './model-host.js';

const TRAINED = new Date('2026-12-01T10:00:00.000Z');
const NOW = TRAINED.getTime() + 3_600_000;
const COUNTRIES = { countrySpinning: 'BD', countryFabric: 'BD', countryDyeing: 'BD', countryMaking: 'BD' };
const QUERY = {
  ...{ product: 'tshirt', materials: [{ id: 'ei-coton', share: 1 }], ...COUNTRIES, fabricProcess: 'knitting-mix' },
};
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined } as never;

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  await ensureIndexes(store);
});
afterEach(async () => {
  for (const name of [
    ...(['impacts', 'model_checks', 'model_watches', 'catalogues', 'catalogue_products'] as const),
    ...(['catalogue_history', 'catalogue_changes'] as const),
  ])
    await store.collection(name).deleteMany({});
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

/** A model whose intervals hold those garments whose mass ends with an even number of grams, and what it was asked. */
function modelOf(change: Partial<HostedModel> = {}) {
  const asked: PredictionRequest[] = [];
  const model: HostedModel = {
    ...{ version: 3, trainedAt: TRAINED, methodVersion: '7.0.0', level: 0.9 },
    predict: () => expect.fail('no client asked'),
    check(request) {
      asked.push(request);
      const cost = simulateDetailed(request as never).impacts.ecs as number;
      const isHeld = Math.round(Number(request.mass) * 1000) % 2 === 0;
      const interval = { low: isHeld ? cost : cost * 1.01, high: cost * 2, level: 0.9 };
      const made = { family: 'ridge' as const, version: 3, trainedAt: TRAINED.toISOString() };
      return { prediction: { prediction_impact: cost * 1.1, interval, model: made, warnings: [] }, query: null };
    },
    ...change,
  };
  return { model, asked };
}
const checksOf = (model: HostedModel | null) =>
  openArrivalChecks({ store, models: { current: async () => model } as unknown as ModelHost, logger: silent });

interface Arriving {
  query?: object;
  version?: string | null;
  at?: Date;
  source?: 'api' | 'extraction' | 'other';
  state?: string;
}
/** Adds garments of so many grams, from one on. */
async function arrive(from: number, count: number, given: Arriving = {}): Promise<void> {
  const { query = QUERY, version = '7.0.0', at = new Date(TRAINED.getTime() + 60_000), source = 'api', state } = given;
  const documents = Array.from({ length: count }, (_, nth) => {
    const asked = { mass: (from + nth) / 1000, ...query } as unknown as Record<string, Json>;
    const answer = simulateDetailed(asked) as unknown as DetailedSimulation;
    const of = { scenario: null, methodVersion: version, runId: null };
    const document = toImpactDocument({ query: asked, answer, source: source === 'other' ? 'api' : source, ...of });
    const moment = new Date(at.getTime() + nth).toISOString();
    return { ...document, _platform: { ...document._platform, createdAt: moment, source, ...(state && { state }) } };
  });
  await insertImpacts(store, documents as never);
}

it.each<[string, Arriving, Partial<HostedModel>, number]>([
  ['of a user', {}, {}, 1],
  ['of an extraction', { source: 'extraction' }, {}, 1],
  ['of another platform, which does not say for certain what was asked', { source: 'other' }, {}, 0],
  ['that arrived as the model was trained', { at: TRAINED }, {}, 1],
  ['that arrived before, which it may have learnt from', { at: new Date(TRAINED.getTime() - 1) }, {}, 0],
  ['by another version of the method', { version: '8.0.0' }, {}, 0],
  ['by no version', { version: null }, {}, 1],
  ['by no version, as the model', { version: null }, { methodVersion: null }, 1],
  ['by a version that the model does not tell', {}, { methodVersion: null }, 0],
  ['to be checked', { state: 'to-check' }, {}, 0],
  ['that was confirmed', { state: 'confirmed' }, {}, 1],
  ['that does not tell where it is dyed', { query: { ...QUERY, countryDyeing: undefined } }, {}, 0],
  [
    'that does not tell where it is spun, which is where its fabric is made',
    { query: { ...QUERY, countrySpinning: undefined } },
    {},
    1,
  ],
])('a product %s', async (_, given, change, checks) => {
  await arrive(170, 1, given);
  const { model, asked } = modelOf(change);
  await checksOf(model)(NOW);
  expect(await listModelChecks(store, modelId(3))).toHaveLength(checks);
  expect(asked).toHaveLength(checks);
});

/** Puts garments of so many grams into a catalogue of a key, as a file that came at some time. */
async function upload(
  catalogue: string,
  masses: readonly number[],
  { query = QUERY, version = '7.0.0', at = new Date(TRAINED.getTime() + 60_000), state }: Arriving = {},
): Promise<void> {
  const wanted = masses.map((grams) => {
    const asked = { mass: grams / 1000, ...query };
    const known = checkKnownProduct({ reference: `R-${grams}`, ...asked }) as KnownProduct;
    const scored = { ...simulateDetailed(asked as never), product_id: 'tshirt', _platform: { methodVersion: version } };
    const content = { ...toCatalogueContent(known, scored as never), ...(state && { state: state as 'to-check' }) };
    return { id: catalogueProductId(catalogue, known.reference), reference: known.reference, line: 1, content };
  });
  const change = { _id: randomUUID(), catalogue, kind: 'upload' as const, at, by: 'shop', file: null, job: null };
  await applyChange(store, change, wanted);
}
const SHOPS = '0b9f3c1e-5d0a-4c7e-9f6e-2a1b3c4d5e6f';
const shopsCatalogue = () =>
  createCatalogue(store, { _id: SHOPS, name: 'Spring', created_at: TRAINED, created_by: 'shop', owner: 'shop' });

describe('products of catalogues', () => {
  it.each<[string, Arriving, Partial<HostedModel>, number]>([
    ['described in full', {}, {}, 1],
    ['that came as the model was trained', { at: TRAINED }, {}, 1],
    ['that came before', { at: new Date(TRAINED.getTime() - 1) }, {}, 0],
    ['by another version of the method', { version: '8.0.0' }, {}, 0],
    ['by no version', { version: null }, {}, 1],
    ['by a version that the model does not tell', {}, { methodVersion: null }, 0],
    ['to be checked', { state: 'to-check' }, {}, 0],
    ['that were confirmed', { state: 'confirmed' }, {}, 1],
    ['whose dyeing the method assumes', { query: { ...QUERY, countryDyeing: undefined } }, {}, 0],
  ])('%s', async (_, given, change, checks) => {
    await shopsCatalogue();
    await upload(SHOPS, [170], given);
    const { model, asked } = modelOf(change);
    await checksOf(model)(NOW);
    expect([asked.length, (await findModelWatch(store, modelId(3)))?.checked]).toEqual([checks, checks]);
  });

  it('are checked however late those of a file are scored, once each, and not where models may have learnt from them', async () => {
    await shopsCatalogue();
    const { model, asked } = modelOf();
    const look = checksOf(model);
    await look(NOW);
    await upload(SHOPS, [170, 171, 172]);
    const { content } = (await store.collection('catalogue_products').findOne({ reference: 'R-170' })) ?? {};
    await store.collection('impacts').insertOne({ md5_id: content?.md5_id, _platform: { createdAt: '2026' } } as never);
    await upload(randomUUID(), [171, 174]);
    await look(NOW + 600_000);
    await look(NOW + 630_000);
    expect(asked.map(({ mass }) => mass).toSorted()).toEqual([0.171, 0.172, 0.174]);
    expect(await findModelWatch(store, modelId(3))).toMatchObject({ checked: 3, outside: 1 });
  });

  it('are the 50 that came last, together with those without one', async () => {
    const at = (minutes: number) => new Date(TRAINED.getTime() + minutes * 60_000);
    await arrive(100, 20, { at: at(2) });
    await upload(
      SHOPS,
      Array.from({ length: 20 }, (_, nth) => 200 + nth),
      { at: at(3) },
    );
    await upload(
      SHOPS,
      Array.from({ length: 20 }, (_, nth) => 300 + nth),
      { at: at(1) },
    );
    const { model, asked } = modelOf();
    const look = checksOf(model);
    await look(NOW);
    const grams = () => asked.map(({ mass }) => Math.floor(Number(mass) * 10));
    const counts = () => [1, 2, 3].map((hundred) => grams().filter((one) => one === hundred).length);
    expect(counts()).toEqual([20, 20, 10]);
    // Those that were checked take nobody's place.
    await look(NOW + 1);
    expect(counts()).toEqual([20, 20, 20]);
  });

  it('are told to those who see the catalogue, and to others only as checked', async () => {
    await shopsCatalogue();
    await upload(SHOPS, [171]);
    await checksOf(modelOf().model)(NOW);
    for (const [viewer, isTold] of [
      [SEES_ALL, true],
      ['shop', true],
      ['another', false],
    ] as const) {
      const { items, ...told } = await shownChecks(store, viewer, 3);
      expect(told).toMatchObject({ checked: 1, outside: 1, median_error: expect.closeTo(10, 9) });
      expect(items).toEqual([
        {
          ...{ at: new Date(TRAINED.getTime() + 60_000).toISOString(), inside: false },
          ...(isTold
            ? { md5_id: expect.any(String), product_id: 'tshirt', catalogue: SHOPS }
            : { md5_id: null, product_id: null, catalogue: null }),
          ...(isTold ? { ecs: expect.any(Number), prediction: expect.any(Number) } : { ecs: null, prediction: null }),
        },
      ]);
    }
  });

  it('are forgotten with their catalogue', async () => {
    await shopsCatalogue();
    await arrive(170, 1);
    await upload(SHOPS, [171]);
    await checksOf(modelOf().model)(NOW);
    await purgeCatalogue(store, SHOPS);
    expect((await listModelChecks(store, modelId(3))).map(({ catalogue }) => catalogue)).toEqual([null]);
  });
});

it('forgets the checks of a version that is removed, and those of no other', async () => {
  await arrive(170, 3);
  const { model } = modelOf();
  await checksOf(model)(NOW);
  await checksOf({ ...model, version: 4 })(NOW + 5);
  await forgetModelChecks(store, modelId(4, 'other'));
  await forgetModelChecks(store, modelId(3));
  expect([await listModelChecks(store, modelId(3)), await findModelWatch(store, modelId(3))]).toEqual([[], null]);
  expect(await listModelChecks(store, modelId(4))).toHaveLength(3);
  expect(await findServedModel(store)).toMatchObject({ version: 4 });
});

it('tells what it predicts beside what it costs', async () => {
  await arrive(170, 2);
  await checksOf(modelOf().model)(NOW);
  const { ecs } = simulateDetailed({ mass: 0.171, ...QUERY } as never).impacts as { ecs: number };
  const { items, ...told } = await shownChecks(store, SEES_ALL, 3);
  expect(told).toEqual({
    ...{ version: 3, level: 0.9, checked: 2, outside: 1, drifts_from: null, drifts: false },
    median_error: expect.closeTo(10, 9),
  });
  expect(items[0]).toEqual({
    ...{ at: '2026-12-01T10:01:00.001Z', md5_id: expect.any(String), product_id: 'tshirt', inside: false },
    catalogue: null,
    ...{ ecs: expect.closeTo(ecs, 9), prediction: expect.closeTo(1.1 * ecs, 9) },
  });
  expect(items[1]?.inside).toBe(true);
});

it('says nothing of a version that never predicted', async () => {
  expect(await shownChecks(store, SEES_ALL, 4)).toEqual({
    ...{ version: 4, level: null, checked: 0, outside: 0, drifts_from: null, drifts: false, median_error: null },
    items: [],
  });
});

it('is nothing without a model', async () => {
  await arrive(170, 1);
  await checksOf(null)(NOW);
  expect(await findServedModel(store)).toBe(null);
});

it('looks at the 50 that arrived last, each once, beside another process too', async () => {
  await arrive(100, 60);
  const { model, asked } = modelOf();
  await Promise.all([checksOf(model)(NOW), checksOf(model)(NOW)]);
  const masses = new Set(asked.map(({ mass }) => Math.round(Number(mass) * 1000)));
  expect([masses.size, Math.min(...masses)]).toEqual([50, 110]);
  expect(await listModelChecks(store, modelId(3))).toHaveLength(50);
  asked.length = 0;
  await checksOf(model)(NOW);
  expect(asked).toEqual([]);
});

it('looks a minute further back than it has looked', async () => {
  const { model, asked } = modelOf();
  const look = checksOf(model);
  await look(NOW);
  await arrive(200, 1, { at: new Date(NOW - 60_000) });
  await arrive(300, 1, { at: new Date(NOW - 60_001) });
  await look(NOW + 1);
  expect(asked.map(({ mass }) => mass)).toEqual([0.2]);
});

it('judges the last 500, says when it is more than luck, and when that is over', async () => {
  const look = checksOf(modelOf().model);
  let minute = 1;
  /** So many products, of which some lie outside; the last one is looked at, and lies inside. */
  async function come(count: number, outside: number) {
    const at = new Date(TRAINED.getTime() + minute * 60_000);
    const known = { product_id: 'tshirt', ecs: 100, prediction: 100, at: new Date(at.getTime() - 1) };
    const checks = Array.from({ length: count - 1 }, (_, nth) => ({
      ...{ ...known, md5_id: `${minute}-${nth}`, inside: nth >= outside },
    }));
    await addModelChecks(store, modelId(3), checks, 500);
    await arrive(100 + 2 * minute, 1, { at });
    await look(at.getTime());
    minute += 1;
    const { checked, outside: found, drifts } = (await findModelWatch(store, modelId(3))) ?? {};
    return [checked, found, drifts];
  }
  expect(await come(199, 40)).toEqual([199, 40, false]);
  expect(await come(1, 0)).toEqual([200, 40, true]);
  expect(await shownChecks(store, SEES_ALL, 3)).toMatchObject({ drifts: true, drifts_from: 35 });
  // 40 of 270 would not begin it, and do not end it.
  expect(await come(70, 0)).toEqual([270, 40, true]);
  expect(await come(80, 0)).toEqual([350, 40, false]);
  // The first are forgotten, of which 40 lay outside.
  expect(await come(349, 0)).toEqual([500, 0, false]);
});

it('begins anew with another model, which tells since when it predicts', async () => {
  await arrive(170, 1);
  const first = modelOf().model;
  await checksOf(first)(NOW);
  await checksOf({ ...first, version: 4 })(NOW + 5);
  expect(await findServedModel(store)).toMatchObject({ version: 4, since: new Date(NOW + 5), checked: 1, outside: 0 });
  await checksOf({ ...first, version: 4 })(NOW + 10);
  expect(await findServedModel(store)).toMatchObject({ version: 4, since: new Date(NOW + 5) });
  await checksOf(first)(NOW + 15);
  expect(await findServedModel(store)).toMatchObject({ version: 3, since: new Date(NOW + 15) });
});
