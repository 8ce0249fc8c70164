import { randomUUID } from 'node:crypto';
import { openStore, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb, waitUntil } from '@ecobalyse/test-servers';
import { openTracker, PRODUCTION_ALIAS, type Tracker } from '@ecobalyse/tracking';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { openModelHost } from './model-host.js';
import { registerModel } from './testing/registered-model.js';

let mongodb: TestMongodb;
let store: Store;
let tracker: Tracker;
/** Looks at the registry so far, and whether the next ones fail. */
let looks = 0;
let isAway = false;
const warnings: string[] = [];
const logger = { info: () => undefined, warn: (_: unknown, said: string) => void warnings.push(said) };

beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  const registry = openTracker(undefined, store);
  tracker = {
    ...registry,
    async findAlias(alias) {
      looks += 1;
      if (isAway) throw new Error('away');
      return registry.findAlias(alias);
    },
  };
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

it('looks every thirty seconds, while it is asked, whether another version is in production', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const host = openModelHost({ tracker, logger: logger as never, refreshSeconds: 30 });
  const version = async () => (await host.current())?.version ?? null;
  const looksAt = async (count: number) => {
    await waitUntil('it has looked', () => looks === count);
    // A look that goes on is waited for, and none is begun.
    await host.refresh().catch(() => undefined);
    looks = count;
  };
  // Nothing is kept of there being none.
  expect([await version(), await version(), looks]).toEqual([null, null, 2]);

  const [first, second] = [await registerModel(tracker, 'mean-baseline'), await registerModel(tracker, 'ridge')];
  await tracker.setAlias(PRODUCTION_ALIAS, first);
  expect([await version(), looks]).toEqual([first, 3]);
  await tracker.setAlias(PRODUCTION_ALIAS, second);
  vi.advanceTimersByTime(30_000);
  expect([await version(), looks]).toEqual([first, 3]);
  vi.advanceTimersByTime(1);
  // Answered by the old one meanwhile.
  expect([await version(), looks]).toEqual([first, 4]);
  await looksAt(4);
  expect([await version(), looks]).toEqual([second, 4]);

  // A look that failed is no reason to look again at once.
  isAway = true;
  vi.advanceTimersByTime(30_001);
  expect(await version()).toBe(second);
  await waitUntil('it was told', () => warnings.length === 1);
  vi.advanceTimersByTime(30_000);
  expect([await version(), looks]).toEqual([second, 5]);
  isAway = false;
  vi.advanceTimersByTime(1);
  expect([await version(), looks]).toEqual([second, 6]);
  expect(warnings).toEqual(['the production model stays: the registry failed']);
});
