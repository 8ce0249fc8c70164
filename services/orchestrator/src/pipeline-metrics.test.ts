import { createRun, openStore, type Store } from '@ecobalyse/store';
import { scrape } from '@ecobalyse/telemetry';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observePipelines } from './pipeline-metrics.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: 'pipeline-metrics', appName: 'test' });
});
afterAll(async () => {
  // Whoever asks for the metrics later in this process is not kept waiting.
  observePipelines(undefined as never);
  await store.close();
  await mongodb.close();
});

const figures = async () =>
  (await scrape()).text
    .split('\n')
    .filter((line) => /^ecobalyse_(queue_(jobs|workers)\{|pipeline_last_run)/.test(line))
    .map((line) => line.replace('ecobalyse_', ''));

it('queues tell their jobs by state and their workers, pipelines the time of the newest run in each state', async () => {
  const ended = { state: 'succeeded', finishedAt: new Date(2_000_000) } as const;
  for (const [_id, pipeline, createdAt, changed] of [
    ['a', 'ecobalyse', new Date(1_000_000), ended],
    ['b', 'ecobalyse', new Date(500_000), { ...ended, finishedAt: new Date(900_000) }],
    ['c', 'ecobalyse', new Date(3_000_000), {}],
    ['d', 'ecobalyse_training', new Date(4_000_000), { state: 'failed', finishedAt: new Date(4_500_000) }],
  ] as const) {
    await createRun(store, { _id, pipeline, trigger: 'test', parameters: {} });
    await store.collection('pipeline_runs').updateOne({ _id }, { $set: { createdAt, ...changed } as never });
  }
  let asked: string[] = [];
  const queue = {
    name: 'extraction',
    async getJobCounts(...states: string[]) {
      asked = states;
      return Object.fromEntries(states.map((state, at) => [state, at]));
    },
    getWorkersCount: async () => 3,
  };
  let queues = [queue, { ...queue, name: 'training', getWorkersCount: async () => 0 }];
  observePipelines({ store, pipelines: { queues: () => queues } as never });
  const states = ['waiting', 'active', 'delayed', 'failed', 'waiting-children', 'prioritized'];
  const jobsOf = (name: string) => states.map((state, at) => `queue_jobs{queue="${name}",state="${state}"} ${at}`);
  const runs = [
    'pipeline_last_run_timestamp_seconds{pipeline="ecobalyse",state="running"} 3000',
    'pipeline_last_run_timestamp_seconds{pipeline="ecobalyse",state="succeeded"} 2000',
    'pipeline_last_run_timestamp_seconds{pipeline="ecobalyse_training",state="failed"} 4500',
  ];
  expect((await figures()).sort()).toEqual(
    [
      ...[...jobsOf('extraction'), ...jobsOf('training'), ...runs],
      ...['queue_workers{queue="extraction"} 3', 'queue_workers{queue="training"} 0'],
    ].sort(),
  );
  expect(asked).toEqual(states);

  // What is gone is told no more.
  queues = [];
  await store.collection('pipeline_runs').deleteMany({});
  expect(await figures()).toEqual([]);
});
