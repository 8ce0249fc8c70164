import { randomUUID } from 'node:crypto';
import { openStore, type Store } from '@ecobalyse/store';
import { startTestMongodb, type TestMongodb } from '@ecobalyse/test-servers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openMlflowTracker, openMongoTracker, type Tracker, TrackingError } from './index.js';

let mongodb: TestMongodb;
let store: Store;
beforeAll(async () => {
  mongodb = await startTestMongodb();
  store = openStore({ uri: mongodb.uri, dbName: `tracking-${randomUUID().slice(0, 8)}`, appName: 'test' });
});
afterAll(async () => {
  await store.close();
  await mongodb.close();
});

/** A real MLflow server is there when `.ci/run` started one. */
const mlflowUri = process.env.MLFLOW_TEST_URI;
const names = () => ({ experiment: `experiment-${randomUUID()}`, model: `model-${randomUUID()}` });
const backends: [string, () => Tracker][] = [
  ['MongoDB', () => openMongoTracker({ store, ...names() })],
  ...(mlflowUri
    ? ([['MLflow', () => openMlflowTracker({ uri: mlflowUri, ...names() })]] as [string, () => Tracker][])
    : []),
];

describe.each(backends)('a tracker on %s', (_name, open) => {
  it('keeps a run: parameters, curves of metrics, tags, artifacts of every size', async () => {
    const tracker = open();
    const run = await tracker.startRun({ name: 'a training', tags: { 'data.fingerprint': 'abc', 'a tag': 'é' } });
    await run.logParameters({ seed: 42, family: 'ridge', forced: false });
    await run.logDataset({ name: 'rows', digest: 'abc', source: 'http://upstream', profile: { count: 3 } });
    await run.logMetrics([
      { key: 'loss', value: 3, step: 1 },
      { key: 'loss', value: 2, step: 2 },
      { key: 'ridge.rmse', value: 1e-9, step: 0 },
    ]);
    const large = Buffer.alloc(3_000_000, '0123456789é');
    await run.logArtifact('model/model.json', large, 'application/json');
    await run.logArtifact('plots/a plot.svg', Buffer.from('<svg/>'), 'image/svg+xml');
    expect(await tracker.listRuns('FINISHED', 1)).toEqual([]);
    await run.end('FINISHED');

    const [record] = await tracker.listRuns('FINISHED', 1);
    expect(record).toMatchObject({ runId: run.runId, name: 'a training', status: 'FINISHED' });
    expect(record?.tags).toMatchObject({ 'data.fingerprint': 'abc', 'a tag': 'é' });
    expect(record?.parameters).toEqual({ seed: '42', family: 'ridge', forced: 'false' });
    expect(record?.metrics).toEqual({ loss: 2, 'ridge.rmse': 1e-9 });
    expect((await tracker.readArtifact(run.runId, 'model/model.json')).equals(large)).toBe(true);
    expect((await tracker.readArtifact(run.runId, 'plots/a plot.svg')).toString()).toBe('<svg/>');
    await expect(tracker.readArtifact(run.runId, 'nothing')).rejects.toThrow(TrackingError);
  });

  it('numbers versions, finds them, and moves an alias between them', async () => {
    const tracker = open();
    expect(await tracker.findAlias('production')).toBeNull();
    expect(await tracker.findVersion(1)).toBeNull();
    expect(await tracker.listVersions()).toEqual([]);
    const run = await tracker.startRun({ name: 'a training', tags: {} });
    await run.logArtifact('model/model.json', Buffer.from('{}'), 'application/json');
    const version = {
      runId: run.runId,
      artifactPath: 'model/model.json',
      description: 'why',
      tags: { family: 'ridge' },
    };
    expect(await tracker.registerVersion(version)).toBe(1);
    expect(await tracker.registerVersion({ ...version, tags: { family: 'random-forest' } })).toBe(2);
    await tracker.setAlias('production', 1);
    expect(await tracker.findAlias('production')).toMatchObject({ version: 1, tags: { family: 'ridge' } });
    await tracker.setAlias('production', 2);
    expect(await tracker.findAlias('production')).toMatchObject({
      ...version,
      version: 2,
      tags: { family: 'random-forest' },
    });
    expect((await tracker.listVersions()).map(({ version: number }) => number)).toEqual([2, 1]);
    await expect(tracker.setAlias('production', 9)).rejects.toThrow(TrackingError);
    expect(await tracker.findAlias('production')).toMatchObject({ version: 2 });
  });

  it('two trainings that register at once get two numbers', async () => {
    const tracker = open();
    const run = await tracker.startRun({ name: 'a training', tags: {} });
    const version = { runId: run.runId, artifactPath: 'model', description: '', tags: {} };
    const numbers = await Promise.all([1, 2].map(() => tracker.registerVersion(version)));
    expect(numbers.toSorted()).toEqual([1, 2]);
  });

  it('ends the runs of a training that was killed', async () => {
    const tracker = open();
    const run = await tracker.startRun({ name: 'a training', tags: { job: '7' } });
    expect(await tracker.listRuns('RUNNING', 10)).toMatchObject([{ runId: run.runId, tags: { job: '7' } }]);
    await tracker.endRun(run.runId, 'KILLED');
    expect(await tracker.listRuns('RUNNING', 10)).toEqual([]);
    expect(await tracker.findRun(run.runId)).toMatchObject({ status: 'KILLED' });
  });
});

it('a tracker on MongoDB lists up to a number of runs of its experiment, newest first, and 200 versions', async () => {
  const tracker = openMongoTracker({ store, ...names() });
  const other = openMongoTracker({ store, ...names() });
  const runs = [];
  for (const at of [1, 3, 2]) {
    vi.useFakeTimers({ toFake: ['Date'], now: at });
    runs.push(await tracker.startRun({ name: `at ${at}`, tags: {} }));
    vi.useRealTimers();
  }
  const [run] = runs as [(typeof runs)[number]];
  const listed = async (limit: number) => (await tracker.listRuns('RUNNING', limit)).map(({ name }) => name);
  expect([await listed(9), await listed(2)]).toEqual([
    ['at 3', 'at 2', 'at 1'],
    ['at 3', 'at 2'],
  ]);
  expect([await other.listRuns('RUNNING', 9), await other.findRun(run.runId)]).toEqual([[], null]);
  await run.logMetrics([
    { key: 'loss', value: 2, step: 2 },
    { key: 'loss', value: 1, step: 1 },
  ]);
  await run.logMetrics([]);
  const dataset = { name: 'rows', digest: 'abc', source: 'http://upstream', profile: {} };
  await run.logDataset(dataset);
  await run.logArtifact('a.svg', Buffer.from('<svg/>'), 'image/svg+xml');
  const kept = await store.collection('tracking_runs').find({ dataset }).toArray();
  expect(kept.map(({ _id }) => _id)).toEqual([run.runId]);
  const [file] = await store
    .files('tracking_artifacts')
    .find({ filename: `${run.runId}/a.svg` })
    .toArray();
  expect(file?.metadata).toEqual({ contentType: 'image/svg+xml' });
  await expect(tracker.readArtifact(run.runId, 'nothing')).rejects.toMatchObject({
    cause: { message: expect.stringContaining('not found') },
  });
  await run.logParameters({ a: 1 });
  await run.logParameters({ b: 2 });
  expect(await tracker.findRun(run.runId)).toMatchObject({
    metrics: { loss: 2 },
    parameters: { a: '1', b: '2' },
    startedAt: new Date(1),
  });

  const version = { runId: run.runId, artifactPath: 'model', description: '', tags: {} };
  const numbers = await Promise.all(Array.from({ length: 8 }, () => tracker.registerVersion(version)));
  expect(numbers.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await other.registerVersion(version);
  expect(await tracker.findVersion(8)).toMatchObject(version);
  const copies = Array.from({ length: 193 }, (_, index) => ({ number: index + 9 }));
  const [stored] = await store.collection('tracking_model_versions').find({ version: 8 }).toArray();
  if (!stored) throw new Error('there is no version 8');
  await store
    .collection('tracking_model_versions')
    .insertMany(copies.map(({ number }) => ({ ...stored, _id: `${stored.model}/${number}`, version: number })));
  const all = (await tracker.listVersions()).map(({ version: number }) => number);
  expect([all.length, all[0], all.at(-1)]).toEqual([200, 201, 2]);
});

it('an MLflow server that is away is reported by the name of its setting', async () => {
  const tracker = openMlflowTracker({ uri: 'http://127.0.0.1:9', timeoutMs: 1000 });
  await expect(tracker.listVersions()).rejects.toMatchObject({
    message: expect.stringContaining('MLFLOW_TRACKING_URI'),
    cause: expect.any(Error),
  });
});
