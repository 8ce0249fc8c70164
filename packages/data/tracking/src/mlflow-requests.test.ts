import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openMlflowTracker, openTracker, TrackingError } from './index.js';

/** What the client sends, and how it reads the answers of MLflow 2.9; that a real server takes it is up to `tracker.test.ts`. */
interface Received {
  method: string | undefined;
  path: string;
  query: Record<string, string>;
  body: unknown;
}
let received: Received[];
/** Answers by path: a status other than 200 stands before the body. */
let answers: Record<string, unknown>;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const url = new URL(request.url as string, 'http://x');
  const text = Buffer.concat(chunks).toString();
  const body = request.headers['content-type'] === 'application/json' && text.startsWith('{') ? JSON.parse(text) : text;
  received.push({ method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), body });
  const answer = answers[url.pathname.replace('/api/2.0/', '')] ?? {};
  const [status, content] = Array.isArray(answer) ? answer : [200, answer];
  response.writeHead(status).end(typeof content === 'string' ? content : JSON.stringify(content));
});
let uri: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}//`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const T0 = 1_760_000_000_000;
const RUN = {
  info: {
    run_id: 'r1',
    run_name: 'a training',
    status: 'FINISHED',
    start_time: String(T0),
    artifact_uri: 'mlflow-artifacts:/3/r1/artifacts',
  },
  data: {
    metrics: [{ key: 'rmse', value: '0.5', timestamp: T0, step: 1 }],
    params: [{ key: 'seed', value: '42' }],
    tags: [{ key: 'job', value: '7' }, { key: 'empty' }],
  },
};
const VERSION = {
  version: '3',
  run_id: 'r1',
  creation_timestamp: T0,
  description: 'why',
  tags: [
    { key: 'family', value: 'ridge' },
    { key: 'ecobalyse.artifact', value: 'model/model.json' },
  ],
};
const REGISTERED = {
  version: 3,
  runId: 'r1',
  createdAt: new Date(T0),
  description: 'why',
  tags: { family: 'ridge' },
  artifactPath: 'model/model.json',
};
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: T0 });
  received = [];
  answers = {
    'mlflow/experiments/get-by-name': { experiment: { experiment_id: '3' } },
    'mlflow/runs/create': { run: RUN },
    'mlflow/runs/get': { run: RUN },
  };
});
afterEach(() => void vi.useRealTimers());
const open = () => openMlflowTracker({ uri, experiment: 'e', model: 'm' });
/** The last request, without the prefix of all. */
const last = () => {
  const { path, ...request } = received.at(-1) as Received;
  return { ...request, path: path.replace('/api/2.0/', '') };
};
const posted = (path: string, body: object) => ({ method: 'POST', path: `mlflow/${path}`, query: {}, body });
const got = (path: string, query: object) => ({ method: 'GET', path: `mlflow/${path}`, query, body: '' });

it('a run is begun in its experiment, logged in the portions that MLflow takes, and ended, in milliseconds', async () => {
  const run = await open().startRun({ name: 'a training', tags: { job: '7' } });
  expect(received.map(({ path }) => path.split('/').slice(-2).join('/'))).toEqual([
    'experiments/get-by-name',
    'runs/create',
  ]);
  expect(last()).toEqual(
    posted('runs/create', {
      experiment_id: '3',
      run_name: 'a training',
      start_time: T0,
      tags: [{ key: 'job', value: '7' }],
    }),
  );
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  for (const [count, portions] of [
    [0, []],
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ] as const) {
    received = [];
    await run.logParameters(Object.fromEntries(numbers(count).map((n) => [`p${n}`, n])));
    const params = received.map(({ body }) => (body as { run_id: string; params: unknown[] }).params);
    expect(params.map(({ length }) => length)).toEqual(portions);
    expect(params.flat()).toEqual(numbers(count).map((n) => ({ key: `p${n}`, value: String(n) })));
  }
  received = [];
  await run.logMetrics(numbers(1001).map((step) => ({ key: 'loss', value: 0.5, step })));
  expect(received.map(({ body }) => (body as { metrics: unknown[] }).metrics.length)).toEqual([1000, 1]);
  expect(last()).toEqual(
    posted('runs/log-batch', { run_id: 'r1', metrics: [{ key: 'loss', value: 0.5, step: 1000, timestamp: T0 }] }),
  );
  await run.end('FAILED');
  expect(last()).toEqual(posted('runs/update', { run_id: 'r1', status: 'FAILED', end_time: T0 }));
});

it('says what a run learnt from, by a digest of 36 characters', async () => {
  const run = await open().startRun({ name: 'a training', tags: {} });
  await run.logDataset({ name: 'rows', digest: 'd'.repeat(37), source: 'http://upstream', profile: { count: 3 } });
  const dataset = {
    name: 'rows',
    digest: 'd'.repeat(36),
    source_type: 'external',
    source: '{"uri":"http://upstream"}',
    profile: '{"count":3}',
  };
  const datasets = [{ tags: [{ key: 'mlflow.data.context', value: 'training' }], dataset }];
  expect(last()).toEqual(posted('runs/log-inputs', { run_id: 'r1', datasets }));
});

it('has its own names for the experiment and the model', async () => {
  const tracker = openMlflowTracker({ uri });
  await tracker.startRun({ name: 'x', tags: {} });
  expect(received[0]?.query).toEqual({ experiment_name: 'ecobalyse_dst' });
  await tracker.setAlias('production', 1);
  expect(last().body).toEqual({ name: 'ecobalyse_model', alias: 'production', version: '1' });
});

it('artifacts go through the server, under names that stay what they are', async () => {
  const run = await open().startRun({ name: 'a training', tags: {} });
  await run.logArtifact('plots/a plot?.svg', Buffer.from('<svg/>'), 'image/svg+xml');
  const path = 'mlflow-artifacts/artifacts/3/r1/artifacts/plots/a%20plot%3F.svg';
  expect(last()).toEqual({ method: 'PUT', path, query: {}, body: '<svg/>' });
  answers[path] = 'content';
  expect((await open().readArtifact('r1', 'plots/a plot?.svg')).toString()).toBe('content');
  answers['mlflow/runs/get'] = {
    run: { ...RUN, info: { ...RUN.info, artifact_uri: 'mlflow-artifacts://host:5000/3/r1/artifacts' } },
  };
  expect((await open().readArtifact('r1', 'plots/a plot?.svg')).toString()).toBe('content');
  answers['mlflow/runs/get'] = { run: { ...RUN, info: { ...RUN.info, artifact_uri: 's3://bucket/r1' } } };
  await expect(open().readArtifact('r1', 'x')).rejects.toThrow(/s3:\/\/bucket\/r1.*--serve-artifacts/);
  answers['mlflow/runs/get'] = [404, 'no such run'];
  await expect(open().readArtifact('r9', 'x')).rejects.toMatchObject({ status: 404, message: 'MLflow has no run r9' });
});

it('runs are read as they were recorded, and listed by status, newest first', async () => {
  const record = {
    runId: 'r1',
    name: 'a training',
    status: 'FINISHED',
    startedAt: new Date(T0),
    tags: { job: '7', empty: '' },
    parameters: { seed: '42' },
    metrics: { rmse: 0.5 },
  };
  expect(await open().findRun('r1')).toEqual(record);
  expect(last()).toEqual(got('runs/get', { run_id: 'r1' }));
  answers['mlflow/runs/search'] = { runs: [RUN, { info: { ...RUN.info, run_id: 'r0' } }] };
  expect(await open().listRuns('FINISHED', 7)).toEqual([
    record,
    { ...record, runId: 'r0', tags: {}, parameters: {}, metrics: {} },
  ]);
  expect(last()).toEqual(
    posted('runs/search', {
      experiment_ids: ['3'],
      filter: "attributes.status = 'FINISHED'",
      order_by: ['attributes.start_time DESC'],
      max_results: 7,
    }),
  );
  answers['mlflow/runs/search'] = {};
  expect(await open().listRuns('RUNNING', 1)).toEqual([]);
  answers['mlflow/experiments/get-by-name'] = [404, '{}'];
  expect(await open().listRuns('RUNNING', 1)).toEqual([]);
  answers['mlflow/runs/get'] = [404, '{}'];
  expect(await open().findRun('r9')).toBeNull();
});

it('an experiment and a model are made once, whoever else makes them', async () => {
  answers['mlflow/experiments/get-by-name'] = [404, '{}'];
  answers['mlflow/experiments/create'] = [400, '{"error_code":"RESOURCE_ALREADY_EXISTS"}'];
  await expect(open().startRun({ name: 'x', tags: {} })).rejects.toThrow('MLflow did not keep the experiment e');
  expect(received.map(({ path }) => path.split('/').at(-1))).toEqual(['get-by-name', 'create', 'get-by-name']);
  expect(received[0]?.query).toEqual({ experiment_name: 'e' });
  expect(received[1]?.body).toEqual({ name: 'e' });
  answers['mlflow/experiments/create'] = [500, 'broken'];
  await expect(open().startRun({ name: 'x', tags: {} })).rejects.toMatchObject({
    message: 'MLflow refused mlflow/experiments/create: 500 broken',
    status: 500,
  });
});

it('versions are registered with the artifact that they are made of, and read without it among their tags', async () => {
  answers['mlflow/registered-models/create'] = [400, 'RESOURCE_ALREADY_EXISTS'];
  answers['mlflow/model-versions/create'] = { model_version: VERSION };
  const { version, createdAt: _, ...made } = REGISTERED;
  expect(await open().registerVersion(made)).toBe(version);
  expect(last()).toEqual(
    posted('model-versions/create', {
      name: 'm',
      source: 'mlflow-artifacts:/3/r1/artifacts/model',
      run_id: 'r1',
      description: 'why',
      tags: VERSION.tags,
    }),
  );
  answers['mlflow/registered-models/create'] = [400, 'INVALID'];
  await expect(open().registerVersion(made)).rejects.toMatchObject({ status: 400 });
  answers['mlflow/runs/get'] = [404, '{}'];
  await expect(open().registerVersion(made)).rejects.toMatchObject({ status: 404, message: 'MLflow has no run r1' });
  answers['mlflow/model-versions/get'] = { model_version: VERSION };
  expect(await open().findVersion(3)).toEqual(REGISTERED);
  expect(last()).toEqual(got('model-versions/get', { name: 'm', version: '3' }));
  answers['mlflow/model-versions/search'] = { model_versions: [VERSION] };
  expect(await open().listVersions()).toEqual([REGISTERED]);
  expect(last()).toEqual(
    got('model-versions/search', { filter: "name='m'", order_by: 'version_number DESC', max_results: '200' }),
  );
  answers['mlflow/model-versions/search'] = {};
  expect(await open().listVersions()).toEqual([]);
  answers['mlflow/model-versions/get'] = { model_version: { version: 4, run_id: 'r1', creation_timestamp: T0 } };
  expect(await open().findVersion(4)).toEqual({
    version: 4,
    runId: 'r1',
    createdAt: new Date(T0),
    description: '',
    tags: {},
    artifactPath: '',
  });
});

it('an alias names a version, or none', async () => {
  await open().setAlias('production', 3);
  expect(last()).toEqual(posted('registered-models/alias', { name: 'm', alias: 'production', version: '3' }));
  answers['mlflow/registered-models/alias'] = { model_version: VERSION };
  expect(await open().findAlias('production')).toEqual(REGISTERED);
  expect(last()).toEqual(got('registered-models/alias', { name: 'm', alias: 'production' }));
  for (const [status, text, found] of [
    [404, 'x', null],
    [400, 'Registered model alias production not found.', null],
    [400, 'bad name', undefined],
    [500, 'not found', undefined],
  ] as const) {
    answers['mlflow/registered-models/alias'] = [status, text];
    const answer = open().findAlias('production');
    if (found === null) expect(await answer).toBeNull();
    else await expect(answer).rejects.toThrow(TrackingError);
  }
});

it('a server has half a minute, and answers in its known form, or it is said', async () => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  answers['mlflow/model-versions/search'] = { model_versions: [{ version: 'x' }] };
  await expect(open().listVersions()).rejects.toThrow(/answered model-versions\/search in an unknown form/);
  expect(timeout).toHaveBeenCalledWith(30_000);
  timeout.mockRestore();
  answers['mlflow/model-versions/search'] = [503, '.'.repeat(400)];
  await expect(open().listVersions()).rejects.toThrow(
    new TrackingError(`MLflow refused mlflow/model-versions/search: 503 ${'.'.repeat(300)}`, 503),
  );
});

it('is one of the database when there is none', async () => {
  const asked: string[] = [];
  const store = { collection: (name: string) => void asked.push(name), files: (name: string) => void asked.push(name) };
  openTracker(undefined, store as never);
  expect(asked.sort()).toEqual([
    'tracking_artifacts',
    'tracking_metrics',
    'tracking_model_aliases',
    'tracking_model_versions',
    'tracking_runs',
  ]);
  expect(received).toEqual([]);
});

it('is the tracker when there is an address of it', async () => {
  answers['mlflow/model-versions/search'] = { model_versions: [VERSION] };
  expect(await openTracker(uri, {} as never).listVersions()).toEqual([REGISTERED]);
});
