import {
  CACHE_TAGS,
  type KeptReason,
  RETENTION_KINDS,
  type RetentionKind,
  type RetentionOutcome,
  type RetentionPreview,
} from '@ecobalyse/schema';
import type { Store } from './connection.js';
import { type Invalidates, withInvalidation } from './invalidations.js';
import { forgetModelChecks } from './model-checks.js';
import { ABANDONED_UPLOAD_MS, removeProductJobs } from './product-jobs.js';

/**
 * What is forgotten by age: one way to tell what goes and what stays, for the preview and for the removal.
 */

const DAY_MS = 86_400_000;
/** Documents that one command removes, or looks up. */
const BATCH = 200;
/** What one pass removes of a kind at most; the next one goes on. */
const MOST_PER_PASS = 5000;

/** How long something is kept. */
export interface RetentionPolicy {
  /** What is older goes; null: for ever. */
  days: number | null;
  /** So many stay whatever their age, of each pipeline or model. */
  newest: number;
  /** What is beyond so many goes whatever its age; null: no limit. */
  most: number | null;
}

/** Kinds without a policy are left alone. */
export type RetentionPolicies = Partial<Record<RetentionKind, RetentionPolicy>>;

type Verdict = 'goes' | KeptReason;

interface Candidate {
  id: string;
  /** Since when it has been of no more use. */
  at: Date;
  /** Among its like, from 0 for the newest. */
  rank: number;
  bytes?: number;
  /** Where no policy has a say. */
  always?: Verdict | undefined;
}

interface Kind {
  find(store: Store, now: Date): Promise<Candidate[]>;
  /** Removes what is still to go: first what belongs to it, so that whoever dies in the middle leaves something to find. */
  remove(store: Store, cache: Invalidates | null, ids: readonly string[]): Promise<number>;
}

/** Numbers the members of groups, from 0, in the order in which they come. */
function ranking(): (group: string) => number {
  const counts = new Map<string, number>();
  return (group) => {
    const rank = counts.get(group) ?? 0;
    counts.set(group, rank + 1);
    return rank;
  };
}

async function findRuns(store: Store): Promise<Candidate[]> {
  const found = await store
    .collection('pipeline_runs')
    .find({}, { projection: { pipeline: 1, state: 1, createdAt: 1, finishedAt: 1 } })
    .sort({ pipeline: 1, createdAt: -1 })
    .toArray();
  const rankOf = ranking();
  const successOf = ranking();
  return found.map(({ _id, pipeline, state, createdAt, finishedAt }) => {
    // Whether there are data at all is asked of the history.
    const isLastSuccess = state === 'succeeded' && successOf(pipeline) === 0;
    const always = state === 'running' ? 'open' : isLastSuccess ? 'succeeded' : undefined;
    return { id: _id, at: finishedAt ?? createdAt, rank: rankOf(pipeline), always };
  });
}

async function removeRuns(store: Store, _cache: unknown, ids: readonly string[]): Promise<number> {
  const runs = store.collection('pipeline_runs');
  // One that was retried a moment ago stays, with its attempts.
  const ended = { state: { $ne: 'running' as const } };
  const gone = await runs.distinct('_id', { _id: { $in: [...ids] }, ...ended });
  await store.collection('task_attempts').deleteMany({ run: { $in: gone } });
  return (await runs.deleteMany({ _id: { $in: gone }, ...ended })).deletedCount;
}

async function findJobs(store: Store, now: Date): Promise<Candidate[]> {
  const found = await store
    .collection('product_jobs')
    .find({}, { projection: { status: 1, endedAt: 1, createdAt: 1 } })
    .sort({ createdAt: -1 })
    .toArray();
  const rankOf = ranking();
  return found.map(({ _id: id, status, endedAt, createdAt }) => {
    if (endedAt !== null) return { id, at: endedAt, rank: rankOf('ended') };
    const isAbandoned = status === 'receiving' && now.getTime() - createdAt.getTime() > ABANDONED_UPLOAD_MS;
    return { id, at: createdAt, rank: 0, always: isAbandoned ? 'goes' : 'open' };
  });
}

async function removeJobs(store: Store, _cache: unknown, ids: readonly string[]): Promise<number> {
  await removeProductJobs(store, ids);
  return ids.length;
}

/** Identities of the versions that an alias names. */
async function namedModels(store: Store): Promise<Set<string>> {
  const aliases = await store.collection('tracking_model_aliases').find().toArray();
  return new Set(aliases.map(({ _id, version }) => `${_id.slice(0, _id.lastIndexOf('/'))}/${version}`));
}

async function findModels(store: Store): Promise<Candidate[]> {
  const [versions, named, files] = await Promise.all([
    store
      .collection('tracking_model_versions')
      .find({}, { projection: { model: 1, runId: 1, createdAt: 1 } })
      .sort({ model: 1, version: -1 })
      .toArray(),
    namedModels(store),
    store
      .files('tracking_artifacts')
      .find({}, { projection: { filename: 1, length: 1 } })
      .toArray(),
  ]);
  const bytesOf = new Map<string, number>();
  for (const { filename, length } of files) {
    const run = filename.slice(0, filename.indexOf('/'));
    bytesOf.set(run, (bytesOf.get(run) ?? 0) + length);
  }
  const isShared = (runId: string) => versions.filter((one) => one.runId === runId).length > 1;
  const rankOf = ranking();
  return versions.map(({ _id, model, runId, createdAt }) => ({
    ...{ id: _id, at: createdAt, rank: rankOf(model) },
    bytes: isShared(runId) ? 0 : (bytesOf.get(runId) ?? 0),
    always: named.has(_id) ? 'serving' : undefined,
  }));
}

async function removeModels(store: Store, _cache: unknown, ids: readonly string[]): Promise<number> {
  const versions = store.collection('tracking_model_versions');
  const bucket = store.files('tracking_artifacts');
  let removed = 0;
  for (const _id of ids) {
    const [version, named] = await Promise.all([versions.findOne({ _id }), namedModels(store)]);
    // One that was promoted a moment ago stays.
    if (!version || named.has(_id)) continue;
    const { runId } = version;
    if ((await versions.countDocuments({ runId })) === 1) {
      // Names of files begin with that of their run; `0` comes after `/`.
      const files = await bucket.find({ filename: { $gt: `${runId}/`, $lt: `${runId}0` } }).toArray();
      for (const file of files) await bucket.delete(file._id);
      await store.collection('tracking_metrics').deleteMany({ runId });
      await store.collection('tracking_runs').deleteOne({ _id: runId });
    }
    await forgetModelChecks(store, _id);
    removed += (await versions.deleteOne({ _id })).deletedCount;
  }
  return removed;
}

async function findVersions(store: Store, now: Date): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (let after = ''; ; after = candidates.at(-1)?.id as string) {
    const versions = await store
      .collection('impact_versions')
      .find({ _id: { $gt: after } })
      .project<{ _id: string; md5_id: string; _platform?: { updatedAt?: string } }>({
        md5_id: 1,
        '_platform.updatedAt': 1,
      })
      .sort({ _id: 1 })
      .limit(BATCH)
      .toArray();
    const ofThese = { md5_id: { $in: versions.map(({ md5_id }) => md5_id) } };
    const [changes, present] = await Promise.all([
      store
        .collection('method_changes')
        .find(ofThese, { projection: { md5_id: 1, from: 1, at: 1 } })
        .sort({ at: 1 })
        .toArray(),
      store
        .collection('impacts')
        .find(ofThese, { projection: { _id: 0, md5_id: 1 } })
        .toArray(),
    ]);
    // The last time that another answer took its place.
    const replacedAt = new Map(changes.map(({ md5_id, from, at }) => [`${md5_id}@${from}`, at]));
    const products = new Set(present.map(({ md5_id }) => md5_id));
    for (const { _id, md5_id, _platform } of versions) {
      const at = replacedAt.get(_id) ?? _platform?.updatedAt;
      const always = products.has(md5_id) ? undefined : 'only';
      candidates.push({ id: _id, at: at === undefined ? now : new Date(at), rank: 0, always });
    }
    if (versions.length < BATCH) return candidates;
  }
}

async function removeVersions(store: Store, cache: Invalidates | null, ids: readonly string[]): Promise<number> {
  const tags = [CACHE_TAGS.impacts, CACHE_TAGS.replacedDocuments];
  const write = () => store.collection('impact_versions').deleteMany({ _id: { $in: [...ids] } });
  return (await withInvalidation(store, cache, { tags, write })).deletedCount;
}

const KINDS: Readonly<Record<RetentionKind, Kind>> = {
  runs: { find: findRuns, remove: removeRuns },
  jobs: { find: findJobs, remove: removeJobs },
  models: { find: findModels, remove: removeModels },
  versions: { find: findVersions, remove: removeVersions },
};

/** Whether something goes, or why it stays. */
function verdictOf({ at, rank, always }: Candidate, { days, newest, most }: RetentionPolicy, now: Date): Verdict {
  if (always) return always;
  if (rank < newest) return 'newest';
  if (most !== null && rank >= most) return 'goes';
  return days !== null && now.getTime() - at.getTime() > days * DAY_MS ? 'goes' : 'recent';
}

/** What goes, the oldest first, and how many stay for which reason. */
async function survey(store: Store, kind: RetentionKind, policy: RetentionPolicy, now: Date) {
  const goes: Candidate[] = [];
  const stays = new Map<KeptReason, number>();
  for (const candidate of await KINDS[kind].find(store, now)) {
    const verdict = verdictOf(candidate, policy, now);
    if (verdict === 'goes') goes.push(candidate);
    else stays.set(verdict, (stays.get(verdict) ?? 0) + 1);
  }
  goes.sort((a, b) => a.at.getTime() - b.at.getTime());
  return { goes, stays };
}

/** What {@link applyRetention} would remove, in the order of the kinds. */
export async function previewRetention(
  store: Store,
  policies: RetentionPolicies,
  now = new Date(),
): Promise<RetentionPreview> {
  const preview: RetentionPreview = [];
  for (const kind of RETENTION_KINDS) {
    const policy = policies[kind];
    if (!policy) continue;
    const { goes, stays } = await survey(store, kind, policy, now);
    const reasons = [...stays].map(([reason, count]) => ({ reason, count }));
    preview.push({
      kind,
      policy,
      goes: {
        count: goes.length,
        oldest: goes[0]?.at.toISOString() ?? null,
        newest: goes.at(-1)?.at.toISOString() ?? null,
        bytes: kind === 'models' ? goes.reduce((sum, { bytes = 0 }) => sum + bytes, 0) : null,
      },
      stays: { count: reasons.reduce((sum, { count }) => sum + count, 0), reasons },
    });
  }
  return preview;
}

/**
 * Removes what is older than its policy says, the oldest first, by batches. Doing it again, after a crash in the middle or
 * beside another process, removes what is left.
 *
 * @param options - `most`: what is removed at most; `signal` ends it between two batches.
 */
export async function applyRetention(
  store: Store,
  cache: Invalidates | null,
  [kind, policy]: [RetentionKind, RetentionPolicy],
  options: { now?: Date; most?: number; signal?: AbortSignal | undefined } = {},
): Promise<RetentionOutcome[number]> {
  const { now = new Date(), most = MOST_PER_PASS, signal } = options;
  // A policy that lets nothing go is not looked through every few minutes.
  const keepsAll = policy.days === null && policy.most === null;
  const { goes } = keepsAll ? { goes: [] } : await survey(store, kind, policy, now);
  let [removed, done] = [0, 0];
  while (done < Math.min(goes.length, most) && !signal?.aborted) {
    const batch = goes.slice(done, Math.min(done + BATCH, most));
    removed += await KINDS[kind].remove(
      store,
      cache,
      batch.map(({ id }) => id),
    );
    done += batch.length;
  }
  return { kind, removed, left: goes.length - done };
}
