import { UpstreamRefusedError } from '@ecobalyse/ecobalyse-client';
import { LEARNT_SET, STRATA } from '@ecobalyse/impact-models';
import type { DetailedSimulation } from '@ecobalyse/schema';
import { openStore, type Store } from '@ecobalyse/store';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { simulateDetailed } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { answeredGarments } from './designed-garments.js';

const UPSTREAM = 'http://upstream.test/api';
let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: 'designed', appName: 'test' });
});
beforeEach(() => store.collection('training_garments').deleteMany({}));
afterAll(async () => {
  await store.close();
  await mongodb.close();
});

/** Asks for the garments of a design; `asked` is how many upstream was asked about. */
async function ask(size: number, { url = UPSTREAM, version = '7.0.0', failsAfter = Number.POSITIVE_INFINITY } = {}) {
  let asked = 0;
  const upstream = {
    methodVersion: async () => version,
    async simulateManyDetailed(queries: readonly object[]) {
      if (asked + queries.length > failsAfter) throw new Error('upstream is away');
      asked += queries.length;
      return queries.map((query) =>
        (query as { upcycled?: boolean }).upcycled
          ? new UpstreamRefusedError({ upcycled: 'refused' })
          : (simulateDetailed(query) as unknown as DetailedSimulation),
      );
    },
  };
  const garments = await answeredGarments(
    { store, upstream, upstreamUrl: url, size },
    () => undefined,
    new AbortController().signal,
  ).catch(() => null);
  return { asked, garments };
}
const kept = () => store.collection('training_garments').countDocuments();

it('asks about each garment once: after a failure for the rest, for a larger design for what it has more', async () => {
  // A suite of 15 for each stratum.
  const planned = 420 + 15 * STRATA.length;
  expect(await ask(420, { failsAfter: 450 })).toEqual({ asked: 400, garments: null });
  const { asked, garments } = await ask(420);
  expect([asked, await kept()]).toEqual([planned - 400, planned]);
  // What is refused is not asked about again, and nobody learns from it.
  expect(garments?.length).toBeLessThan(planned);
  expect(garments?.some(({ query }) => query.upcycled)).toBe(false);
  expect(
    garments?.every(({ ecs, design, methodVersion }) => (ecs ?? 0) > 0 && design > 0 && methodVersion === '7.0.0'),
  ).toBe(true);
  expect(new Set(garments?.map(({ set }) => set))).toEqual(
    new Set([LEARNT_SET, ...STRATA.filter((stratum) => stratum !== 'upcycled')]),
  );
  expect(await ask(420)).toEqual({ asked: 0, garments });
  expect((await ask(421)).asked).toBe(1 + STRATA.length);
});

it.each([
  ['another method', { version: '7.1.0' }],
  ['another upstream', { url: 'http://other.test/api' }],
])('asks %s about all of them anew', async (_what, other) => {
  await ask(20);
  expect((await ask(20, other)).asked).toBe(20 + STRATA.length);
});

it('whoever stops ends what upstream is asked, and what was answered is kept', async () => {
  const stop = new AbortController();
  const signals: unknown[] = [];
  const progress: [number, number][] = [];
  const upstream = {
    async methodVersion(signal?: AbortSignal) {
      signals.push(signal);
      return '7.0.0';
    },
    async simulateManyDetailed(queries: readonly object[], signal?: AbortSignal) {
      signals.push(signal);
      if (signals.length === 3) stop.abort(new Error('stopping'));
      return queries.map((query) => simulateDetailed(query) as unknown as DetailedSimulation);
    },
  };
  await expect(
    answeredGarments(
      { store, upstream, upstreamUrl: UPSTREAM, size: 420 },
      (done, planned) => void progress.push([done, planned]),
      stop.signal,
    ),
  ).rejects.toThrow('stopping');
  expect(signals).toEqual([stop.signal, stop.signal, stop.signal]);
  const planned = 420 + 15 * STRATA.length;
  const batch = progress[0]?.[0] as number;
  expect(progress).toEqual([
    [batch, planned],
    [2 * batch, planned],
  ]);
  expect(await kept()).toBe(2 * batch);
});
