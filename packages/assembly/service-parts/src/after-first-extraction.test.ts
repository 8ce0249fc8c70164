import { randomUUID } from 'node:crypto';
import type { ResponseCache } from '@ecobalyse/cache';
import type { TaskContext } from '@ecobalyse/pipeline';
import { closeRun, createRun, openStore, type Store } from '@ecobalyse/store';
import { scrape } from '@ecobalyse/telemetry';
import { databaseOf, startTestMongodb, type TestMongodb, waitUntil } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeCache } from './cache-metrics.js';
import { afterFirstExtraction, STORE_FAILURES } from './index.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

/** What a task that waits uses of its context. */
function contextOf(signal: AbortSignal) {
  const lines: string[] = [];
  const context = { signal, log: async (line: string) => void lines.push(line) } as Partial<TaskContext> as TaskContext;
  return { lines, context };
}

it('a task that reads the data waits for the end of the first extraction only, or until it is stopped', async () => {
  let calls = 0;
  const task = afterFirstExtraction<'clear-cache'>(store, async () => ({ cleared: ++calls }));
  const run = { _id: 'first', pipeline: 'ecobalyse_extract', trigger: 'test', parameters: {} };
  await createRun(store, run);

  const stopping = new AbortController();
  const stopped = contextOf(stopping.signal);
  const ended = task(stopped.context);
  await waitUntil('it says that it waits', () => stopped.lines.length === 1);
  stopping.abort();
  await expect(ended).rejects.toThrow();

  const { context, lines } = contextOf(new AbortController().signal);
  const waiting = task(context);
  await waitUntil('it waits', () => lines.length === 1);
  expect(calls).toBe(0);
  await closeRun(store, 'first', 'succeeded', null);
  expect(await waiting).toEqual({ cleared: 1 });

  await createRun(store, { ...run, _id: 'second' });
  const later = contextOf(new AbortController().signal);
  expect(await task(later.context)).toEqual({ cleared: 2 });
  expect(later.lines).toEqual([]);
});

it('a database that is away, and nothing else, is answered as such', async () => {
  const away = openStore({ uri: 'mongodb://127.0.0.1:9', dbName: 'x', appName: 'test', serverSelectionTimeoutMs: 100 });
  const error = await away.ping().catch((reason: unknown) => reason);
  await away.close();
  const answered = (reason: unknown) => STORE_FAILURES.filter(({ when }) => when(reason)).map(({ code }) => code);
  expect(answered(error)).toEqual(['database_away']);
  expect(answered(new Error('anything'))).toEqual([]);
  // A database that is full is away for writes, too: the first answer is given.
  const refusal = await databaseOf(store)
    .command({ nonsense: 1 })
    .catch((reason: Error) => reason);
  expect(answered(refusal)).toEqual([]);
  expect(answered(Object.assign(refusal, { code: 14_031 }))).toEqual(['database_full', 'database_away']);
});

it('the counts of the cache are among the metrics, whenever somebody looks', async () => {
  const counts = { hits: 3, misses: 2, errors: 1 };
  observeCache({ counts: () => counts } as ResponseCache);
  const shown = async () => (await scrape()).text.split('\n').filter((line) => /^\w*cache_requests_total/.test(line));
  for (const hits of [3, 4]) {
    counts.hits = hits;
    expect(await shown()).toEqual([
      `ecobalyse_cache_requests_total{result="hit"} ${hits}`,
      'ecobalyse_cache_requests_total{result="miss"} 2',
      'ecobalyse_cache_requests_total{result="error"} 1',
    ]);
  }
});
