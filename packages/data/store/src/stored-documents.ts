import type { CatalogueContent } from '@ecobalyse/product-documents';
import type {
  AuditLine,
  CatalogueChangeView,
  CostPart,
  ImpactDocument,
  ProductJobView,
  ProductOutcome,
  Role,
  RunParameters,
  StartedVia,
  TaskProgress,
  Words,
} from '@ecobalyse/schema';

/** Documents of our own collections; those of the contract stand in the schema. */

/**
 * A key that clients send, known by its hash only. SHA-256 without salt is right here: a slow hash such as bcrypt makes
 * guessable passwords dear to guess, but these keys are 256 random bits, which nobody guesses, and each request is checked.
 */
export interface ApiKeyDocument {
  name: string;
  role: Role;
  /** SHA-256 of the key, in hexadecimal digits. */
  hash: string;
  created_at: Date;
  expires_at?: Date;
  revoked_at?: Date;
  /** What it may use; absent where nothing is said. */
  requests_per_minute?: number;
  products_per_day?: number;
}

/** How often a key was used on a day. */
export interface ApiKeyDay {
  /** Name and day. */
  _id: string;
  key: string;
  /** Of UTC, such as 2026-12-31. */
  day: string;
  requests: number;
  /** Of these, answered with a status from 400 on. */
  refused: number;
  /** That it added or changed; days of earlier versions do not say. */
  products?: number;
  last_at: Date;
}

/** A write, or an attempt at one. */
export interface AuditLineDocument extends Omit<AuditLine, 'at'> {
  _id: string;
  at: Date;
}

/** What somebody has to look at, from its beginning to its end. */
export interface Incident {
  /** What it is about, such as run_failed:ecobalyse. */
  _id: string;
  message: Words;
  since: Date;
  /** Null while it goes on. */
  ended_at: Date | null;
  /** When somebody was told; null until then. */
  told_at: Date | null;
  /** Times that telling failed, and why it did last. */
  tries: number;
  error: string | null;
  next_try_at: Date;
}

/** An invalidation that is due: written down before the data changes, removed once the cached answers were dropped. */
export interface PendingInvalidation {
  _id: string;
  tags: string[];
  /** Whether the data was changed; otherwise its writer is still at it, or died. */
  written: boolean;
}

export type RunState = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** What happened to one task of a run. */
export interface TaskRecord {
  state: RunState;
  attempts: number;
  startedAt: Date;
  finishedAt: Date | null;
  /** Summary that the task returned. */
  result: unknown;
  error: string | null;
  progress: TaskProgress | null;
  /** Last lines of its log; of runs of earlier versions, whose attempts have no documents of their own. */
  log?: string[];
}

/** An attempt at a task of a run, with the last lines of its log. */
export interface TaskAttempt {
  /** Run, task, retry and number. */
  _id: string;
  run: string;
  task: string;
  retry: number;
  attempt: number;
  state: RunState;
  startedAt: Date;
  finishedAt: Date | null;
  error: string | null;
  log: { at: Date; text: string }[];
  /** How many lines there were in all. */
  lines: number;
}

/** Who or what started a run, or a retry of it. */
export interface RunStart {
  retry: number;
  at: Date;
  /** Name of the key; null for the schedule. */
  key: string | null;
  via: StartedVia;
}

/** A run of a pipeline: the truth about it, since Redis forgets. */
export interface PipelineRun {
  _id: string;
  pipeline: string;
  /** What started it: a schedule, or who. */
  trigger: string;
  parameters: RunParameters;
  state: RunState;
  /** Why it was skipped or closed, when no task says it. */
  reason: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  /** How often it was retried from the task that failed, and when it was last. */
  retries: number;
  resumedAt?: Date;
  /** Its start and its retries; runs of earlier versions do not tell. */
  starts?: RunStart[];
  tasks: Record<string, TaskRecord>;
}

/** Which run of a pipeline goes on, and whether the pipeline is paused: one document a pipeline. */
export interface PipelineState {
  _id: string;
  paused?: boolean;
  currentRun?: string;
  claimedAt?: Date;
}

/** `receiving`: the file is still being uploaded; such a job is shown to nobody. */
export type StoredStatus = ProductJobView['status'] | 'receiving';

/** How many products had which outcome. */
export type OutcomeCounts = Record<ProductOutcome, number>;

/** A job as stored. */
export interface ProductJob extends OutcomeCounts {
  _id: string;
  status: StoredStatus;
  file: ProductJobView['file'];
  planned: number;
  done: number;
  chunks: number;
  /** Headers of the file's table; null for a file that is none, and absent from jobs of earlier versions. */
  columns?: readonly string[] | null;
  /** Those of them that were not read; absent from jobs of earlier versions. */
  unreadColumns?: readonly string[];
  /** The first chunk that is not done. */
  nextChunk: number;
  /** Starts that came to nothing: since a chunk was last done, or a stopping worker left the job. */
  starts: number;
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  createdBy: string | null;
  error: string | null;
  requestId: string | null;
  traceparent: string | null;
  /** Catalogue that the products go into; jobs of before have none. */
  catalogue?: string | null;
}

/** A chunk of a job: its products as JSON text, of which a part is kept beside the lines of the result once they are done. */
export interface ProductJobChunk {
  _id: string;
  job: string;
  n: number;
  products?: string;
  result?: string;
  counts?: OutcomeCounts;
}

/** What a cost is made of, in Pts; null for what an answer does not tell. */
export type Costs = Record<'ecs' | CostPart, number | null>;

/** A product whose answer by one version of the method took the place of that by another. */
export interface MethodChange {
  /** Identity and both versions. */
  _id: string;
  md5_id: string;
  product_id: string;
  from: string;
  to: string;
  before: Costs;
  after: Costs;
  /** Whether one of the two is to be checked: the means of its type leave it out. */
  doubtful?: boolean;
  at: string;
}

/** An answer that another one took the place of, whole; of each version the last. */
export type KeptVersion = Omit<ImpactDocument, '_id'> & { _id: string };

/** What somebody says of their files, under a name. */
export interface StoredFileMapping {
  _id: string;
  /** A `FileMapping` as JSON. */
  mapping: string;
  updatedAt: Date;
  /** Name of the key. */
  updatedBy: string | null;
}

/** A person who logged in on the pipelines' page; it is there until they log out, however many services there are. */
export interface Session {
  /** Hash of what the cookie holds. */
  _id: string;
  /** Whose key was given, and its hash then: a session ends with its key. */
  name: string;
  keyHash: string;
  expiresAt: Date;
}

/** What a migration did, for the log and the record: counts and names. */
export type MigrationReport = Record<string, unknown>;

export interface HeldLock {
  _id: 'lock';
  owner: string;
  beat: number;
}

/** A document of `schema_migrations`: a migration that was done, or the lock of the process that is at it. */
export type MigrationRecord = { _id: string; appliedAt: string; report: MigrationReport } | HeldLock;

/** Pairs rather than fields: names of tags and parameters may hold dots. */
type Pairs = [key: string, value: string][];

/** A training's run, where no MLflow server keeps it. */
export interface TrackedRunRecord {
  _id: string;
  experiment: string;
  name: string;
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';
  startedAt: Date;
  endedAt: Date | null;
  tags: Pairs;
  parameters: Pairs;
  /** What was learnt from: name, digest, source and profile. */
  dataset?: object;
}

/** A point of a metric's curve. */
export interface TrackedMetric {
  runId: string;
  key: string;
  value: number;
  step: number;
}

/** A version of a registered model; its identity is the model's name and the number. */
export interface TrackedModelVersion {
  _id: string;
  model: string;
  version: number;
  runId: string;
  artifactPath: string;
  description: string;
  createdAt: Date;
  tags: Pairs;
}

/** Which version of a model an alias names. */
export interface TrackedModelAlias {
  _id: string;
  version: number;
}

/** A product that arrived after a model was trained: what the model predicts of it beside what it costs, in Pts. */
export interface ModelCheck {
  /** Model and product. */
  _id: string;
  /** Identity of the registered version: name and version. */
  model: string;
  md5_id: string;
  product_id: string;
  /** Whose the product is; null, or not told, for one without a catalogue. */
  catalogue?: string | null;
  /** When the product arrived. */
  at: Date;
  ecs: number;
  prediction: number;
  /** Whether the cost lies within the interval. */
  inside: boolean;
}

/** What became of the promise of a model's intervals, by its last checks. */
export interface ModelWatch {
  /** Name and version of the model. */
  _id: string;
  version: number;
  /** Since when it has been the one that predicts. */
  since: Date;
  /** Share of the costs that its intervals promise to hold. */
  level: number;
  checked: number;
  outside: number;
  /** Whether more lie outside than luck explains. */
  drifts: boolean;
}

/** A garment that was drawn to learn from or to judge models on, and what upstream answered. No product, in no statistics. */
export interface DesignedGarment {
  /** Upstream, version of the method, version of the design, set and index. */
  _id: string;
  design: number;
  upstream: string;
  methodVersion: string | null;
  /** `design`, or the stratum that it judges. */
  set: string;
  index: number;
  query: Record<string, unknown>;
  /** Environmental cost in Pts; null when upstream refused the garment. */
  ecs: number | null;
  facts: Record<string, unknown> | null;
}

/** A named set of products as somebody knows them. */
export interface Catalogue {
  _id: string;
  name: string;
  created_at: Date;
  created_by: string | null;
  /** Name of the key whose it is; null, and absent from those of earlier versions, for one that all keys share. */
  owner?: string | null;
  /** Since when it is in the bin; null for one that is not. Names are unique among these of one owner. */
  deleted_at: Date | null;
}

/** What happened to a product once. */
interface CatalogueStep {
  catalogue: string;
  reference: string;
  /** Which change did it. */
  change: string;
  /** Counts what has happened to the product, from 1. */
  version: number;
  /** Line of the file; null when it came by no file. */
  line: number | null;
  /** Identities of the simulations that it needs, before and after. */
  simulations: string[];
}

/**
 * A product of a catalogue with what happened to it last, in one document, so that either both or neither is stored. One that is
 * gone stays as what it was.
 */
export interface CatalogueProduct extends CatalogueStep {
  _id: string;
  /** Whether it is there: `content` is not null. */
  live: boolean;
  content: CatalogueContent | null;
  previous: CatalogueContent | null;
  /** The change that made it what it is to its owner, where it was only scored anew since. */
  over?: string;
  created_at: Date;
  updated_at: Date;
}

/** What happened to a product before that, moved out of the way of what happened next. */
export interface CatalogueHistoryEntry extends CatalogueStep {
  /** Change and product. */
  _id: string;
  product: string;
  at: Date;
  before: CatalogueContent | null;
  after: CatalogueContent | null;
}

/** What changed some products of a catalogue as one, and can be taken back as one. */
export interface CatalogueChange {
  /** That of the job, for an upload. */
  _id: string;
  catalogue: string;
  kind: CatalogueChangeView['kind'];
  at: Date;
  by: string | null;
  file: string | null;
  job: string | null;
  undone_by: string | null;
}

/** A product of a catalogue that was scored anew. */
export interface CatalogueMethodChange extends MethodChange {
  catalogue: string;
  product: string;
  reference: string;
}

/** Upstream's answer for products of catalogues. */
export interface KeptSimulation {
  /** Identity of the product; of a former answer also the version that it is by. */
  _id: string;
  /** The answer as JSON, as it came: `withZeros` puts back what was left out. */
  document: string;
  method_version: string | null;
  created_at: Date;
}
