import { randomUUID } from 'node:crypto';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { productIdentity } from '@ecobalyse/product-documents';
import { COST_PARTS, type Json, type Simulation, simulationRequestSchema } from '@ecobalyse/schema';
import { openStore, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { methodVersion, simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { simulateRoutes } from './simulate.js';

const KEY = 'a-key-of-the-tests-0123456789';
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });
const SHIRT = { product: 'tshirt', mass: 0.15, materials: [{ id: 'ei-coton', share: 1 }], countryMaking: 'TN' };
/** That of the request as it is understood. */
const IDENTITY = productIdentity(simulationRequestSchema.parse(SHIRT) as Record<string, Json>);

let mongodb: TestMongodb;
let store: Store;
let app: HttpService;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
  app = await openRouteService(access);
  await app.register(simulateRoutes({ access, store } as never));
});
afterAll(async () => {
  await app.close();
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

const ask = async (payload: object, language = 'en') => {
  const headers = { access_token: KEY, 'accept-language': language };
  const answer = await app.inject({ method: 'POST', url: '/simulate', headers, payload });
  return { status: answer.statusCode, language: answer.headers['content-language'], body: answer.json() };
};

it('every figure of the answer is that of the method', async () => {
  const whole = simulateDetailed(SHIRT);
  const { status, body } = await ask(SHIRT);
  const { stages, warnings, simulation, ...facts } = body as Simulation;
  expect(status).toBe(200);
  expect(facts).toEqual({
    ecs: whole.impacts.ecs,
    pef: whole.impacts.pef,
    method_version: methodVersion,
    mass: 0.15,
    product_id: 'tshirt',
    durability: whole.durability,
    days_of_wear: whole.daysOfWear,
    impacts: whole.impacts,
    md5_id: IDENTITY,
    exists: false,
  });
  expect(simulation).toEqual(JSON.parse(JSON.stringify(whole)));
  expect(warnings).toEqual([]);
  expect(stages.map(({ stage }) => stage)).toEqual([...COST_PARTS]);
  expect(stages.slice(0, 2).map(({ label }) => label)).toEqual(whole.lifeCycle.slice(0, 2).map(({ label }) => label));
  expect(stages.reduce((sum, { ecs }) => sum + ecs, 0)).toBeCloseTo(whole.impacts.ecs, 6);
  for (const { ecs, share } of stages) expect(share).toBe(ecs / whole.impacts.ecs);
});

it('says whether the product is stored', async () => {
  await store.collection('impacts').insertOne({ md5_id: IDENTITY } as never);
  expect((await ask(SHIRT)).body.exists).toBe(true);
  expect((await ask({ ...SHIRT, mass: 0.16 })).body.exists).toBe(false);
  await store.collection('impacts').deleteOne({ md5_id: IDENTITY });
});

it.each([
  ['en', /expected/],
  ['fr', /attendu/],
])('says in %s what is wrong, and where', async (language, words) => {
  const { status, language: spoken, body } = await ask({ ...SHIRT, mass: 'heavy' }, language);
  expect([status, spoken, body.detail[0].loc]).toEqual([422, language, ['body', 'mass']]);
  expect(body.detail[0].msg).toMatch(words);
  const unknown = await ask({ ...SHIRT, product: 'hat' }, language);
  expect([unknown.status, unknown.body.detail[0].loc]).toEqual([422, ['body', 'product']]);
});
