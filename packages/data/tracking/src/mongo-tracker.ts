import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { isDuplicateKey, type Store, type TrackedModelVersion, type TrackedRunRecord } from '@ecobalyse/store';
import {
  EXPERIMENT,
  MAX_LISTED_VERSIONS,
  modelId,
  REGISTERED_MODEL,
  type RegisteredVersion,
  type RunRecord,
  type Tracker,
  TrackingError,
} from './tracker.js';

export interface MongoTrackerOptions {
  store: Store;
  experiment?: string;
  model?: string;
}

const MAX_REGISTRATION_TRIES = 10;

/** A tracker in the platform's own database, for installations without an MLflow server; artifacts are in GridFS. */
export function openMongoTracker({
  store,
  experiment = EXPERIMENT,
  model = REGISTERED_MODEL,
}: MongoTrackerOptions): Tracker {
  const runs = store.collection('tracking_runs');
  const metrics = store.collection('tracking_metrics');
  const versions = store.collection('tracking_model_versions');
  const aliases = store.collection('tracking_model_aliases');
  const bucket = store.files('tracking_artifacts');
  const fileName = (runId: string, path: string) => `${runId}/${path}`;
  const versionId = (version: number) => modelId(version, model);

  async function toRecord(document: TrackedRunRecord): Promise<RunRecord> {
    const points = await metrics.find({ runId: document._id }).sort({ step: 1 }).toArray();
    return {
      runId: document._id,
      name: document.name,
      status: document.status,
      startedAt: document.startedAt,
      tags: Object.fromEntries(document.tags),
      parameters: Object.fromEntries(document.parameters),
      metrics: Object.fromEntries(points.map(({ key, value }) => [key, value])),
    };
  }

  const toVersion = ({ _id, model: _model, tags, ...version }: TrackedModelVersion): RegisteredVersion => ({
    ...version,
    tags: Object.fromEntries(tags),
  });

  const endRun: Tracker['endRun'] = async (runId, status) => {
    await runs.updateOne({ _id: runId }, { $set: { status, endedAt: new Date() } });
  };

  const findVersion = async (version: number) => {
    const found = await versions.findOne({ _id: versionId(version) });
    return found && toVersion(found);
  };

  return {
    async startRun({ name, tags }) {
      const runId = randomUUID().replaceAll('-', '');
      await runs.insertOne({
        _id: runId,
        experiment,
        name,
        status: 'RUNNING',
        startedAt: new Date(),
        endedAt: null,
        tags: Object.entries(tags),
        parameters: [],
      });
      return {
        runId,
        async logParameters(parameters) {
          const added = Object.entries(parameters).map(([key, value]): [string, string] => [key, String(value)]);
          await runs.updateOne({ _id: runId }, { $push: { parameters: { $each: added } } });
        },
        async logDataset(dataset) {
          await runs.updateOne({ _id: runId }, { $set: { dataset } });
        },
        async logMetrics(points) {
          if (points.length > 0) await metrics.insertMany(points.map((point) => ({ runId, ...point })));
        },
        async logArtifact(path, content, contentType) {
          await pipeline(
            [Buffer.from(content)],
            bucket.openUploadStream(fileName(runId, path), { metadata: { contentType } }),
          );
        },
        end: (status) => endRun(runId, status),
      };
    },

    async findRun(runId) {
      const found = await runs.findOne({ _id: runId, experiment });
      return found && toRecord(found);
    },

    async listRuns(status, limit) {
      const found = await runs.find({ experiment, status }).sort({ startedAt: -1 }).limit(limit).toArray();
      return Promise.all(found.map(toRecord));
    },

    endRun,

    async readArtifact(runId, path) {
      try {
        return await buffer(bucket.openDownloadStreamByName(fileName(runId, path)));
      } catch (error) {
        throw new TrackingError(`the artifact ${path} of run ${runId} cannot be read`, undefined, { cause: error });
      }
    },

    async registerVersion({ runId, artifactPath, description, tags }) {
      for (let attempt = 0; attempt < MAX_REGISTRATION_TRIES; attempt++) {
        const last = await versions.findOne({ model }, { sort: { version: -1 }, projection: { version: 1 } });
        const version = (last?.version ?? 0) + 1;
        try {
          await versions.insertOne({
            _id: versionId(version),
            model,
            version,
            runId,
            artifactPath,
            description,
            createdAt: new Date(),
            tags: Object.entries(tags),
          });
          return version;
        } catch (error) {
          // Another training took the number: the next one is free.
          if (!isDuplicateKey(error)) throw error;
        }
      }
      throw new TrackingError('too many trainings register a version at the same time');
    },

    findVersion,

    async listVersions() {
      const found = await versions.find({ model }).sort({ version: -1 }).limit(MAX_LISTED_VERSIONS).toArray();
      return found.map(toVersion);
    },

    async setAlias(alias, version) {
      if (!(await findVersion(version))) throw new TrackingError(`there is no version ${version} of ${model}`, 404);
      await aliases.updateOne({ _id: `${model}/${alias}` }, { $set: { version } }, { upsert: true });
    },

    async findAlias(alias) {
      const found = await aliases.findOne({ _id: `${model}/${alias}` });
      return found ? findVersion(found.version) : null;
    },
  };
}
