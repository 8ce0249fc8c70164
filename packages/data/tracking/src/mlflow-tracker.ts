import { z } from 'zod';
import {
  EXPERIMENT,
  MAX_LISTED_VERSIONS,
  type MetricPoint,
  REGISTERED_MODEL,
  type RegisteredVersion,
  type RunRecord,
  type RunStatus,
  type Tracker,
  TrackingError,
} from './tracker.js';

export interface MlflowOptions {
  /** Address of the server, such as `http://mlflow:5000`. */
  uri: string;
  experiment?: string;
  model?: string;
  timeoutMs?: number;
}

/** What MLflow takes in one `log-batch` request. */
const MAX_METRICS = 1000;
const MAX_PARAMETERS = 100;
/** Tag of a version that says which artifact of its run is the model. */
const ARTIFACT_TAG = 'ecobalyse.artifact';

const pairs = z
  .array(z.object({ key: z.string(), value: z.string().default('') }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
const milliseconds = z.coerce.number();

const runSchema = z.object({
  info: z.object({
    run_id: z.string(),
    run_name: z.string().default(''),
    status: z.string(),
    start_time: milliseconds,
    artifact_uri: z.string(),
  }),
  data: z
    .object({
      metrics: z.array(z.object({ key: z.string(), value: z.coerce.number() })).default([]),
      params: pairs,
      tags: pairs,
    })
    .default({ metrics: [], params: {}, tags: {} }),
});

const versionSchema = z.object({
  version: z.coerce.number(),
  run_id: z.string(),
  creation_timestamp: milliseconds,
  description: z.string().default(''),
  tags: pairs,
});

const toRecord = ({ info, data }: z.output<typeof runSchema>): RunRecord => ({
  runId: info.run_id,
  name: info.run_name,
  status: info.status as RunStatus,
  startedAt: new Date(info.start_time),
  tags: data.tags,
  parameters: data.params,
  metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
});

function toVersion({ version, run_id, creation_timestamp, description, tags }: z.output<typeof versionSchema>) {
  const { [ARTIFACT_TAG]: artifactPath = '', ...rest } = tags;
  const registered: RegisteredVersion = {
    version,
    runId: run_id,
    createdAt: new Date(creation_timestamp),
    description,
    tags: rest,
    artifactPath,
  };
  return registered;
}

const toPairs = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: String(value) }));

function slices<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => values.slice(at * size, (at + 1) * size));
}

/** A tracker on a real MLflow server (2.9 or later), by its REST API and its proxied artifact service. */
export function openMlflowTracker(options: MlflowOptions): Tracker {
  const { experiment = EXPERIMENT, model = REGISTERED_MODEL, timeoutMs = 30_000 } = options;
  const base = options.uri.replace(/\/+$/, '');

  async function send(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${base}/api/2.0/${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw new TrackingError(`the MLflow server cannot be reached (MLFLOW_TRACKING_URI)`, undefined, { cause: error });
    }
    if (response.ok) return response;
    const text = await response.text();
    throw new TrackingError(
      `MLflow refused ${path.split('?')[0]}: ${response.status} ${text.slice(0, 300)}`,
      response.status,
    );
  }

  async function call<T extends z.ZodType>(schema: T, method: 'GET' | 'POST', path: string, values: object) {
    const query = new URLSearchParams(
      Object.entries(values).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const response = await send(
      method === 'GET' ? `mlflow/${path}?${query}` : `mlflow/${path}`,
      method === 'GET'
        ? { method }
        : { method, body: JSON.stringify(values), headers: { 'content-type': 'application/json' } },
    );
    const parsed = schema.safeParse(await response.json());
    if (!parsed.success) throw new TrackingError(`MLflow answered ${path} in an unknown form: ${parsed.error.message}`);
    return parsed.data;
  }
  const get = <T extends z.ZodType>(path: string, values: object, schema: T) => call(schema, 'GET', path, values);
  const post = <T extends z.ZodType = z.ZodUnknown>(path: string, values: object, schema?: T) =>
    call(schema ?? (z.unknown() as unknown as T), 'POST', path, values);

  /** Null instead of an error when there is no such thing. */
  async function orNull<T>(result: Promise<T>): Promise<T | null> {
    try {
      return await result;
    } catch (error) {
      if (error instanceof TrackingError && error.status === 404) return null;
      // MLflow answers 400 INVALID_PARAMETER_VALUE for an alias that is not set.
      if (error instanceof TrackingError && error.status === 400 && /not found/i.test(error.message)) return null;
      throw error;
    }
  }

  /** Creates something that another worker may have created a moment ago. */
  async function createOnce(create: Promise<unknown>): Promise<void> {
    try {
      await create;
    } catch (error) {
      if (!(error instanceof TrackingError && error.message.includes('RESOURCE_ALREADY_EXISTS'))) throw error;
    }
  }

  const experimentSchema = z.object({ experiment: z.object({ experiment_id: z.string() }) });
  const findExperiment = () =>
    orNull(get('experiments/get-by-name', { experiment_name: experiment }, experimentSchema));
  async function experimentId(): Promise<string> {
    const found = await findExperiment();
    if (found) return found.experiment.experiment_id;
    await createOnce(post('experiments/create', { name: experiment }));
    const created = await findExperiment();
    if (!created) throw new TrackingError(`MLflow did not keep the experiment ${experiment}`);
    return created.experiment.experiment_id;
  }

  const wrapped = z.object({ run: runSchema });
  const getRun = (runId: string) => orNull(get('runs/get', { run_id: runId }, wrapped));

  /** Address of an artifact under the proxied artifact service. */
  function artifactAddress(artifactUri: string, path: string): string {
    const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/.exec(artifactUri)?.[1];
    if (!proxied)
      throw new TrackingError(
        `MLflow keeps artifacts at ${artifactUri}: start it with --serve-artifacts, so that they go through the server`,
      );
    return `mlflow-artifacts/artifacts/${`${proxied}/${path}`.split('/').map(encodeURIComponent).join('/')}`;
  }

  const endRun: Tracker['endRun'] = async (runId, status) => {
    await post('runs/update', { run_id: runId, status, end_time: Date.now() });
  };
  const oneVersion = z.object({ model_version: versionSchema });

  return {
    async startRun({ name, tags }) {
      const { run } = await post(
        'runs/create',
        { experiment_id: await experimentId(), run_name: name, start_time: Date.now(), tags: toPairs(tags) },
        wrapped,
      );
      const { run_id: runId, artifact_uri: artifactUri } = run.info;
      return {
        runId,
        async logParameters(parameters) {
          for (const params of slices(toPairs(parameters), MAX_PARAMETERS))
            await post('runs/log-batch', { run_id: runId, params });
        },
        async logDataset({ name, digest, source, profile }) {
          // MLflow takes digests of at most 36 characters.
          const dataset = {
            name,
            digest: digest.slice(0, 36),
            source_type: 'external',
            source: JSON.stringify({ uri: source }),
            profile: JSON.stringify(profile),
          };
          await post('runs/log-inputs', {
            run_id: runId,
            datasets: [{ tags: [{ key: 'mlflow.data.context', value: 'training' }], dataset }],
          });
        },
        async logMetrics(points) {
          const timestamp = Date.now();
          const metrics = points.map((point: MetricPoint) => ({ ...point, timestamp }));
          for (const slice of slices(metrics, MAX_METRICS))
            await post('runs/log-batch', { run_id: runId, metrics: slice });
        },
        async logArtifact(path, content, contentType) {
          await send(artifactAddress(artifactUri, path), {
            method: 'PUT',
            body: Uint8Array.from(content),
            headers: { 'content-type': contentType },
          });
        },
        end: (status) => endRun(runId, status),
      };
    },

    async findRun(runId) {
      const found = await getRun(runId);
      return found && toRecord(found.run);
    },

    async listRuns(status, limit) {
      const found = await findExperiment();
      if (!found) return [];
      const { runs } = await post(
        'runs/search',
        {
          experiment_ids: [found.experiment.experiment_id],
          filter: `attributes.status = '${status}'`,
          order_by: ['attributes.start_time DESC'],
          max_results: limit,
        },
        z.object({ runs: z.array(runSchema).default([]) }),
      );
      return runs.map(toRecord);
    },

    endRun,

    async readArtifact(runId, path) {
      const found = await getRun(runId);
      if (!found) throw new TrackingError(`MLflow has no run ${runId}`, 404);
      const response = await send(artifactAddress(found.run.info.artifact_uri, path), { method: 'GET' });
      return Buffer.from(await response.arrayBuffer());
    },

    async registerVersion({ runId, artifactPath, description, tags }) {
      const found = await getRun(runId);
      if (!found) throw new TrackingError(`MLflow has no run ${runId}`, 404);
      await createOnce(post('registered-models/create', { name: model }));
      const created = await post(
        'model-versions/create',
        {
          name: model,
          // A model is a folder to MLflow.
          source: `${found.run.info.artifact_uri}/${artifactPath.split('/').slice(0, -1).join('/')}`,
          run_id: runId,
          description,
          tags: toPairs({ ...tags, [ARTIFACT_TAG]: artifactPath }),
        },
        oneVersion,
      );
      return created.model_version.version;
    },

    async findVersion(version) {
      const found = await orNull(get('model-versions/get', { name: model, version }, oneVersion));
      return found && toVersion(found.model_version);
    },

    async listVersions() {
      const { model_versions: versions } = await get(
        'model-versions/search',
        { filter: `name='${model}'`, order_by: 'version_number DESC', max_results: MAX_LISTED_VERSIONS },
        z.object({ model_versions: z.array(versionSchema).default([]) }),
      );
      return versions.map(toVersion);
    },

    async setAlias(alias, version) {
      await post('registered-models/alias', { name: model, alias, version: String(version) });
    },

    async findAlias(alias) {
      const found = await orNull(get('registered-models/alias', { name: model, alias }, oneVersion));
      return found && toVersion(found.model_version);
    },
  };
}
