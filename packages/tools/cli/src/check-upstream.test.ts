import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toImpactDocument } from '@ecobalyse/product-documents';
import type { DetailedSimulation, Json } from '@ecobalyse/schema';
import { insertImpacts, openStore, type Store, sampleQueries } from '@ecobalyse/store';
import {
  databaseOf,
  type OfficialServer,
  type OfficialVersion,
  startOfficialServer,
  startTestMongodb,
  type TestMongodb,
} from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from './testing/run-here.js';

const TOKEN = 'a-secret-token';
const dbName = `check-${randomUUID().slice(0, 8)}`;
let mongodb: TestMongodb;
let store: Store;
let folder: string;
let official: OfficialServer;

const documentOf = (mass: number, source: 'extraction' | 'other' = 'extraction', upcycled = false) => {
  const query: Record<string, Json> = {
    ...{ mass, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt', countryMaking: 'BD', upcycled },
  };
  const answer = simulateDetailed(query) as unknown as DetailedSimulation;
  return toImpactDocument({ query, answer, source, scenario: null, methodVersion: '7.0.0', runId: null });
};
const STORED = [0.1, 0.2, 0.3, 0.4].map((mass) => documentOf(mass, 'extraction', mass === 0.2));

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName, appName: 'test' });
  await insertImpacts(store, [...STORED, documentOf(0.5, 'other')]);
  folder = await mkdtemp(join(tmpdir(), 'ecobalyse-check-'));
});
afterAll(async () => {
  await databaseOf<{ dropDatabase(): Promise<unknown> }>(store).dropDatabase();
  await store.close();
  await mongodb.close();
  await rm(folder, { recursive: true });
});
let journal: string;
beforeEach(async () => {
  official = await startOfficialServer({ tokens: [TOKEN] });
  journal = join(folder, `${randomUUID()}.ndjson`);
});
afterEach(() => official.close());

const check = (...more: string[]) =>
  runHere(['upstream', 'check', '--journal', journal, ...more], {
    env: {
      ...{ MONGODB_URI: mongodb.uri, DB_NAME: dbName, ECOBALYSE_RETRIES: '0', ECOBALYSE_TIMEOUT_MS: '2000' },
      ...{ ECOBALYSE_API_URL: official.apiUrl(), ECOBALYSE_API_TOKEN: TOKEN },
    },
  });
const simulations = () => official.asked.filter((one) => one.startsWith('POST')).length;
const entries = async () =>
  (await readFile(journal, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('ecobalyse upstream check', () => {
  it.each(['shown', 'left-out'] as const)(
    'says that all is equal, upcycled stages %s, and keeps it',
    async (upcycledStages) => {
      official.upcycledStages = upcycledStages;
      const { code, stdout, stderr } = await check();
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('4 products, 4 of them to ask 127.0.0.1');
      expect(stdout).toContain('version 7.0.0, here 7.0.0');
      expect(stdout).toContain('4 products compared: 4 equal, 0 different\n');
      expect((await entries()).map(({ md5_id }) => md5_id).sort()).toEqual(STORED.map(({ md5_id }) => md5_id).sort());
      expect(await readFile(journal, 'utf8')).not.toContain(TOKEN);
    },
  );

  it('goes on where it was, and asks for nothing twice', async () => {
    official.faults = [null, null, { status: 503, retryAfter: '90' }];
    const { code, stderr } = await check();
    expect(code).toBe(2);
    expect(stderr).toMatch(/2 of 4 compared: run the same again to go on, after 90 s/);
    await writeFile(journal, '{"at":"broken o', { flag: 'a' });
    const before = simulations();
    expect((await check()).stdout).toContain('4 products, 2 of them to ask');
    expect(simulations() - before).toBe(2);
    expect((await check()).code).toBe(0);
    expect(simulations() - before).toBe(2);
    // What was compared with one version says nothing of another.
    official.version = 'v8.0.0';
    expect((await check()).stdout).toContain('4 products, 4 of them to ask');
  });

  it('tells where another version differs, by stage and field', async () => {
    official.version = 'v8.5.0';
    const { code, stdout } = await check('--lang', 'fr');
    expect(code).toBe(1);
    expect(stdout).toContain('une autre version donne d’autres coûts');
    expect(stdout).toContain('4 produits comparés : 0 identiques, 4 différents (impacts.ecs 4');
    const [entry] = await entries();
    const fields = entry.differences.map(({ field }: { field: string }) => field);
    expect(fields).toContain('lifeCycle.making.impacts.ecs');
    expect(fields.filter((field: string) => /pef$|Mass$|^durability|elecKWh/.test(field))).toEqual([]);
    const { ours, theirs } = entry.differences.find(({ field }: { field: string }) => field === 'impacts.ecs');
    expect(theirs).toBeCloseTo(1.5 * ours, 6);
    expect(stdout).toMatch(/tshirt {2}lifeCycle\.making\.impacts\.ecs: ici [\d.]+, là-bas [\d.]+\n/);
  });

  it('takes a wrong answer for a difference, goes on, and asks for that one again the next time', async () => {
    official.faults = ['zeros'];
    const wrong = await check();
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/answer: here "impacts", there ".*all its impacts are 0/);
    expect(wrong.stdout).toContain('3 equal, 1 different (answer 1)');
    const before = simulations();
    const { code, stdout } = await check();
    expect([code, simulations() - before]).toEqual([0, 1]);
    expect(stdout).toContain('4 equal, 0 different');
  });

  it('ends when upstream becomes another version meanwhile, and keeps nothing of it under the former', async () => {
    const version = (): OfficialVersion => (simulations() < 3 ? 'v7.0.0' : 'v8.0.0');
    Object.defineProperty(official, 'version', { get: version });
    const { code, stderr } = await check();
    expect([code, stderr]).toEqual([2, expect.stringContaining('became version 8.0.0 meanwhile')]);
    expect(stderr).toContain('2 of 4 compared');
    expect(await entries()).toHaveLength(2);
  });

  it.each([
    [
      'no token is taken',
      () => Object.assign(official, { version: 'v8.5.0', tokens: [] }),
      /refuses who asks|ECOBALYSE_API_TOKEN/,
    ],
    ['it is a page', () => Object.assign(official, { fault: 'page' }), /0 of 4 compared/],
    ['it is away', () => Object.assign(official, { fault: 'cut' }), /0 of 4 compared/],
  ])('cannot be done where %s', async (_, spoil, reason) => {
    spoil();
    const { code, stderr } = await check();
    expect([code, reason.test(stderr)]).toEqual([2, true]);
    expect(stderr).not.toContain(TOKEN);
  });

  it('refuses a journal that is none', async () => {
    await writeFile(journal, '{}\n');
    expect(await check()).toMatchObject({ code: 2, stderr: expect.stringContaining('line 1 is none of a journal') });
  });
});

it('draws the same sample for a seed, others for another, and never what another platform wrote', async () => {
  const ids = async (size: number, seed: string) =>
    (await sampleQueries(store, size, seed)).map(({ md5_id }) => md5_id);
  expect(await ids(2, 'a')).toEqual(await ids(2, 'a'));
  expect((await ids(9, 'a')).sort()).toEqual(STORED.map(({ md5_id }) => md5_id).sort());
  const firsts = new Set(
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(async (seed) => (await ids(1, seed))[0])),
  );
  expect(firsts.size).toBeGreaterThan(1);
});
