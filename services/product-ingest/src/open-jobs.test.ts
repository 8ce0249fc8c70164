import { randomUUID } from 'node:crypto';
import type { ProductJobPayload } from '@ecobalyse/schema';
import { createProductJob, endProductJob, openStore, queueProductJob, type Store } from '@ecobalyse/store';
import { databaseOf, startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { keepOpenJobsQueued } from './open-jobs.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID().slice(0, 8)}`, appName: 'test' });
});
afterAll(async () => {
  await databaseOf(store).dropDatabase();
  await store.close();
  await mongodb.close();
});

it('queues every open job with what its request was, again and again, also after a failure, until it is closed', async () => {
  const job = async (_id: string, requestId: string | null, traceparent: string | null) => {
    await createProductJob(store, { _id, format: 'json', name: null, createdBy: null, requestId, traceparent });
    if (_id !== 'coming') await queueProductJob(store, _id, { format: 'ndjson', bytes: 1, planned: 1, chunks: 1 });
  };
  await job('coming', null, null);
  await job('plain', null, null);
  await job('asked', 'request', null);
  await job('traced', null, 'trace');
  await job('ended', null, null);
  await endProductJob(store, 'ended', 'done', null);

  const rounds: ProductJobPayload[][] = [[]];
  const failures: unknown[] = [];
  const pauses: number[] = [];
  let closed = false;
  await new Promise<void>((resolve) => {
    const looking = keepOpenJobsQueued(
      store,
      {
        add: async (payload) => {
          if (rounds.length === 2) throw new Error('Redis is away');
          rounds.at(-1)?.push(payload);
        },
      },
      { debug: ({ err }: { err?: Error }) => void failures.push(err?.message) },
      async (ms, signal) => {
        pauses.push(ms);
        if (rounds.length === 3) {
          void looking.close().then(resolve);
          closed = signal.aborted;
        } else rounds.push([]);
      },
    );
  });
  const open = [{ id: 'plain' }, { id: 'asked', requestId: 'request' }, { id: 'traced', traceparent: 'trace' }];
  expect(rounds).toEqual([open, [], open]);
  expect(failures).toEqual(['Redis is away']);
  expect(pauses).toEqual([5000, 5000, 5000]);
  expect(closed).toBe(true);
});
