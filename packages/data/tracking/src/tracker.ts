/** The original's names (ARCHITECTURE): experiment, registered model and the alias that the API serves. */
export const EXPERIMENT = 'ecobalyse_dst';
export const REGISTERED_MODEL = 'ecobalyse_model';
/** Name and version of a registered model, by which it is told from versions of others. */
export const modelId = (version: number, model = REGISTERED_MODEL) => `${model}/${version}`;
export const PRODUCTION_ALIAS = 'production';

export type RunStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A point of a metric's curve. */
export interface MetricPoint {
  key: string;
  value: number;
  step: number;
}

export interface NewRun {
  name: string;
  tags: Readonly<Record<string, string>>;
}

/** A run as recorded. */
export interface RunRecord {
  runId: string;
  name: string;
  status: RunStatus;
  startedAt: Date;
  tags: Record<string, string>;
  parameters: Record<string, string>;
  /** Last value of each metric. */
  metrics: Record<string, number>;
}

/** The data of a run: what it is called, a digest of its content, where it came from, and what there is to say of it. */
export interface Dataset {
  name: string;
  digest: string;
  source: string;
  profile: Readonly<Record<string, string | number>>;
}

/** A run under way. */
export interface TrackedRun {
  readonly runId: string;
  logParameters(parameters: Readonly<Record<string, string | number | boolean>>): Promise<void>;
  logDataset(dataset: Dataset): Promise<void>;
  logMetrics(points: readonly MetricPoint[]): Promise<void>;
  /** @param path - place of the artifact in the run, such as `plots/residuals.svg`. */
  logArtifact(path: string, content: Uint8Array, contentType: string): Promise<void>;
  end(status: Exclude<RunStatus, 'RUNNING'>): Promise<void>;
}

/** What a new version of the registered model is made of. */
export interface NewVersion {
  runId: string;
  /** Artifact of the run that holds the model. */
  artifactPath: string;
  description: string;
  tags: Readonly<Record<string, string>>;
}

/** A version of the registered model. */
export interface RegisteredVersion extends NewVersion {
  version: number;
  createdAt: Date;
}

/**
 * Experiments, runs and the registry of models, in MLflow's terms. A version is registered by one call that comes after
 * everything it needs is stored: whoever dies before leaves a run, never half a version.
 *
 * Every method rejects with a {@link TrackingError} when the server refuses or cannot be reached.
 */
export interface Tracker {
  startRun(run: NewRun): Promise<TrackedRun>;
  findRun(runId: string): Promise<RunRecord | null>;
  /** Newest runs of the experiment first. */
  listRuns(status: RunStatus, limit: number): Promise<RunRecord[]>;
  /** Ends a run that nobody works on any more. */
  endRun(runId: string, status: Exclude<RunStatus, 'RUNNING'>): Promise<void>;
  readArtifact(runId: string, path: string): Promise<Buffer>;
  registerVersion(version: NewVersion): Promise<number>;
  findVersion(version: number): Promise<RegisteredVersion | null>;
  /** Newest first, at most 200. */
  listVersions(): Promise<RegisteredVersion[]>;
  setAlias(alias: string, version: number): Promise<void>;
  /** The version that an alias names; null when it names none. */
  findAlias(alias: string): Promise<RegisteredVersion | null>;
}

/** The tracking server refused, or cannot be reached. */
export class TrackingError extends Error {
  /** HTTP status of the server's answer; undefined when there was none. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TrackingError';
    this.status = status;
  }
}

export const MAX_LISTED_VERSIONS = 200;
