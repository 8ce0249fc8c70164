import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * What the services have chosen and few tests can see: limits, times and shares, and what operators read in logs. It stands here a
 * second time, so that a slip of the hand is not taken for a choice. Whoever chooses otherwise adds
 * `npx vitest run scripts/src/chosen.test.ts -u`, and reads what has changed here.
 */
const root = fileURLToPath(new URL('../../services', import.meta.url));
const SOURCES = readdirSync(root).flatMap((service) =>
  readdirSync(join(root, service, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|(^|\/)testing\//.test(file))
    .map((file) => ({ service, file, text: readFileSync(join(root, service, 'src', file), 'utf8') })),
);

/** What a pattern finds, by file. */
const foundBy = (pattern: RegExp, tell: (...groups: (string | undefined)[]) => string) =>
  SOURCES.flatMap(({ service, file, text }) => {
    const found = [...text.matchAll(pattern)].map(([, ...groups]) => tell(...groups));
    return found.length > 0 ? [`${service} ${file.slice(0, -3)}: ${found.join('; ')}`] : [];
  }).sort();

it('constants', () => {
  const constants = /^(?:export )?const ([A-Z][A-Z\d_]*)(?:: [^=\n]+)? = (.*\d.*|\/.*|'.*|\[.*'.*);$/gm;
  expect(foundBy(constants, (name, value) => `${name} = ${value}`)).toMatchInlineSnapshot(`
    [
      "api accept-upload: MAX_OPEN_JOBS = 20; QUEUE_TIMEOUT_MS = 1500",
      "api arrival-checks: EVERY_MS = 30_000; MOST_AT_ONCE = 50; OVERLAP_MS = 60_000; UNTOLD = { md5_id: null, product_id: null, ecs: null, prediction: null }",
      "api batch: BATCH_BODY_LIMIT = 16 * 1024 * 1024; CHECKS_PER_TURN = 1000; MOST_FAULTS = 100",
      "api cached-answer: SEARCH_MS = 30_000; SCANS_AT_ONCE = 3; MAX_WAITING_SCANS = 50; CLIENT_CLOSED = 499",
      "api compared-products: BY_IDENTITY = { by: 'md5_id', descending: false }; LEAST_PEERS = 3; SAME = 1e-9; WHOLE_LIFE = 'regular'",
      "api database-upkeep: EVERY_MS = 1000; MIGRATION_RETRY_MS = 2000; MIGRATION_RETRY_MOST_MS = 60_000",
      "api file-uploads: FIELD_BYTES = 512 * 1024",
      "api main: SERVER_SELECTION_TIMEOUT_MS = 2000",
      "api percentiles: KEEP_MS = 60_000",
      "api processes: MOST_WAITING = 20",
      "api receive-products: CHUNK_PRODUCTS = 100; CHUNK_CHARACTERS = 1_000_000; STORED_CHARACTERS = 1_000_000",
      "api retention: EVERY_MS = 600_000",
      "api routes/analysis: THREADS = Math.min(availableParallelism(), 2); MAX_WAITING = 20; IDLE_TIMEOUT_MS = 600_000; MOST_PRODUCTS = 20_000",
      "api routes/cache: CLEARS_PER_MINUTE = 60",
      "api routes/catalogues: MOST_TRIES = 10; PAUSE_MS = 10",
      "api routes/declaration: LIMITS = { memoryMb: 768, timeoutMs: 30_000, idleMs: 30_000 }",
      "api routes/estimate: THREADS = Math.min(availableParallelism(), 4); MAX_WAITING = 100; IDLE_TIMEOUT_MS = 600_000; MAX_BATCH = 1000; MAX_LINE_BYTES = 1_048_576",
      "api routes/export: IMPACT_FORMATS = ['parquet', 'csv', 'ndjson'] as const satisfies ExportFormat[]; STATISTIC_FORMATS = ['csv', 'parquet'] as const satisfies ExportFormat[]",
      "api routes/keys: DAY_MS = 86_400_000",
      "api routes/models: EVALUATION_ARTIFACT = 'evaluation.json'",
      "api routes/orchestrator: PREFIX = '/orchestrator'; MAX_CONNECTIONS = 256; CONNECT_TIMEOUT_MS = 2000; ANSWER_TIMEOUT_MS = 10_000",
      "api routes/predict: PREDICTIONS_PER_TURN = 20; MAX_LINE_BYTES = 65_536",
      "api routes/versions: UPDATE_MONTHS = 3; APPLY_MONTHS = 12",
      "api table-export: ROW_GROUP = 10_000",
      "api workbook-process: LIMITS = { memoryMb: 768, timeoutMs: 45_000, idleMs: 30_000 }",
      "extraction main: SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'EXTRACTION_CONCURRENCY', 'EXTRACTION_BATCH_SIZE'] as const",
      "extraction simulation-batch: MAX_UNANSWERED_SHARE = 0.1; BAD_AT_FIRST = 3",
      "extraction tasks/ask-anew: MOST_UNANSWERED = 20",
      "extraction tasks/rescore: MOST_EXAMPLES = 20",
      "extraction tasks/simulations: SECONDS_PER_MINUTE = 60",
      "orchestrator alerts/checks: MINUTE_MS = 60_000; HOUR_MS = 60 * MINUTE_MS; TICK_GRACE_MS = 10 * MINUTE_MS; LEAST_FREE = 0.1",
      "orchestrator alerts/upstream-answers: SAMPLE = 10; TOLERANCE = 1e-9",
      "orchestrator alerts/watch: EVERY_MS = 30_000; DOUBTFUL_EVERY_MS = 600_000; ANSWERS_EVERY_MS = 600_000; ANSWERS_WITHIN_MS = 20_000; RUNS = 20",
      "orchestrator alerts/webhook: TIMEOUT_MS = 10_000",
      "orchestrator app: PAGE = '/dashboard/pipelines'; FAILURES = [{ when: isQueueAway, code: 'queues_away' }, ...STORE_FAILURES]",
      "orchestrator main: RECONCILE_INTERVAL_MS = 15_000; SERVER_SELECTION_TIMEOUT_MS = 3000",
      "orchestrator pipeline-metrics: QUEUE_STATES = ['waiting', 'active', 'delayed', 'failed', 'waiting-children', 'prioritized'] as const",
      "orchestrator reconcile: START_GRACE_MS = 60_000; UNATTENDED_MS = 10 * 60_000; MAX_RUNS = 100",
      "orchestrator routes/alerts: SHOWN_MS = 30 * 86_400_000",
      "orchestrator routes/board: BOARD_PATH = '/queues'",
      "orchestrator routes/pipelines: RUNS_SHOWN = 10",
      "orchestrator routes/session: LOGINS_PER_MINUTE = 20",
      "orchestrator runs: LAUNCHER = /^ecobalyse-start\\b/; FIRST_EXTRACTION = 'statistics and models wait for the end of the first extraction'",
      "orchestrator session: SESSION_COOKIE = 'ecobalyse_session'; SESSION_SECONDS = 12 * 3600",
      "product-ingest add-folder: UNCLOSED_FOR_GOOD_MS = 3_600_000; MAX_NOTES = 50",
      "product-ingest main: JOBS_AT_ONCE = 2; SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'PRODUCTS_FOLDER', 'INGEST_SETTLE_SECONDS'] as const",
      "product-ingest open-jobs: EVERY_MS = 5000",
      "product-ingest product-folder: PROCESSED = 'processed'; HIDDEN_NAME = /^\\.|~$|^~\\$/; UNFINISHED_NAME = /\\.(part|tmp|crdownload|filepart)$/i; MAX_NAME_BYTES = 150; CUT_NAME_CHARACTERS = 30; CLOCKS_APART_MS = 60_000",
      "product-ingest product-job: MAX_STARTS = 8; FIRST_RETRY_MS = 3000; CANCEL_POLL_MS = 1000; CHUNKS_AHEAD = 3",
      "product-ingest product-rows: ROWS_AT_ONCE = 100",
      "simulator app: DEFAULT_BODY_LIMIT_BYTES = 256 * 1024; DEFAULT_BATCH_LIMIT_BYTES = 1024 ** 3; BATCH_TIMEOUT_MS = 3_600_000; IDLE_SOCKET_TIMEOUT_MS = 60_000",
      "simulator batch/answer-threads: MAX_THREADS = 4; GROUPS_PER_THREAD = 2; IDLE_TIMEOUT_MS = 60_000",
      "simulator batch/line-buffer: NEWLINE = 10",
      "simulator json-writers: NON_ASCII = /[\\u007f-\\uffff]/g; NEEDS_NO_ESCAPE = /^[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*$/",
      "simulator routes/batch: NDJSON_TYPES = /^application\\/(x-)?(ndjson|jsonl|jsonlines|json-seq)\\b/i; BSON_TYPE = 'application/bson'; QUERIES_PER_GROUP = { detailed: 32, simple: 256 }",
      "stats analyses/components: CONSTANT = 1e-9",
      "stats analyses/correlation: CONSTANT = 1e-12",
      "stats analyses/correlations: SAMPLE = 50_000",
      "stats analyses/drivers: MASS_CUTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]; KNOWN = 'FROM garments WHERE ecs IS NOT NULL AND mass IS NOT NULL'",
      "stats analyses/explained-variance: COLLINEAR = 1e-9",
      "stats analyses/segments: EXPLAINED = 0.9; SAMPLE = 1000",
      "stats analyses/stages: COMPLETE_COSTS = ['ecs', ...COST_COLUMNS].map((column) => \`\${column} IS NOT NULL\`).join(' AND ')",
      "stats contract-statistics: MEAN_BITS = 90; MEAN = 'sum((x * scale)::HUGEINT)::DOUBLE / any_value(scale) / count(*)'",
      "stats garment-table: CHUNK_ROWS = 2048",
      "stats kept-files: LISTINGS = 10; FILE = /^[0-9a-f]{64}\\.parquet$/; RUN = /^run-(\\d+)-/; ABANDONED_AFTER_MS = 48 * 3_600_000; MOST_GONE = 0.5; FEW_ROWS = 200; PARQUET = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000'",
      "stats kept-rows: FETCHED_AT_ONCE = 500; MOST_FETCHED = 0.2; COMPARED = 200",
      "stats once: KIBIBYTES_IN_MEBIBYTE = 1024; SERVER_SELECTION_TIMEOUT_MS = 5000",
      "stats outlier-inputs: FETCHED_AT_ONCE = 500; INPUTS = { kind: 'inputs', columns: ['md5_id', 'mark', 'fields', 'inputs'] } as const",
      "stats settings: MS_IN_MINUTE = 60_000",
      "stats spark-statistics: OWN_LINE = /^ecobalyse: /; LAST_LINES = 5; GRACE_MS = 5000",
      "stats statistics-task: PROGRESS_EVERY = 10_000",
      "stats workbench: INTERRUPT_EVERY_MS = 100; FOLDER = /^ecobalyse-statistics-(\\d+)-/",
      "training designed-garments: BATCH = 200; JUDGED_SHARE = 0.5",
      "training mlflow-model: FOLDER = 'model'",
      "training source-tags: GIT_TIMEOUT_MS = 5000; COMMIT = /^[0-9a-f]{40,64}$/",
      "training train-task: FINGERPRINT_TAG = 'data.fingerprint'; JOB_TAG = 'job'; MAX_OPEN_RUNS = 50; PROGRESS_EVERY_MS = 1000; FAMILY_STEPS = 100",
    ]
  `);
});

it('lines of logs: their level, what they hold, their words', () => {
  const lines = /\blog(?:ger)?\.(debug|info|warn|error)\(\s*(\{[^}]*\}|\w+)?,?\s*['`]([^'`]*)/g;
  expect(foundBy(lines, (...line) => line.join(' ').replace(/\s+/g, ' '))).toMatchInlineSnapshot(`
    [
      "api accept-upload: warn { err, jobId: id } the queue is away: a worker will find the job in the database; info { jobId: id, ...received } product job received; warn { err, jobId: id } could not remove a broken upload",
      "api arrival-checks: debug { err } the model is checked later",
      "api database-upkeep: warn { err } \${fault}; tried again until it works; debug { err } cached answers are dropped later",
      "api model-host: info { version: hosted?.version ?? null } production model loaded; warn { err } the production model stays: the registry failed",
      "api not-added: warn { err: outcome.error } upstream failed",
      "api retention: info outcome removed what was kept long enough; warn { err, kind } what was kept long enough could not be removed; tried again",
      "api routes/cache: warn { err } could not clear the cache",
      "api routes/catalogues: info { product: outcome.id, status: outcome.status } product put into a catalogue; info { catalogue, deleted } products of a catalogue deleted; info { catalogue: id } catalogue purged; info { catalogue: id, confirmed: answer.confirmed } doubtful products confirmed; info { change: changeId, undone, conflicts: conflicts.length } change of a catalogue undone",
      "api routes/jobs: info { jobId: id } product job cancelled",
      "api routes/models: warn { err, version: version.version } the evaluation cannot be read; info { version: version.version } model promoted",
      "api routes/orchestrator: warn { err: error } the orchestrator did not answer",
      "api routes/product: info { md5_id, product: product.product } product added; info { md5_id } product deleted",
      "orchestrator alerts/watch: debug { err } \${what} cannot be looked at now; warn { incident: id, reason: error } the webhook did not take an incident; debug { err } looked in vain for incidents",
      "orchestrator main: debug { err } limits are counted by each process",
      "orchestrator reconcile: warn { runId: run._id, pipeline: run.pipeline, reason: ended } closed a run that does not go on; warn { err: failed } could not compare history and queues: trying again",
      "orchestrator routes/pipelines: info { pipeline: name, runId } run started by a user; info { pipeline: name, paused } schedule changed by a user",
      "orchestrator routes/runs: info { runId: id, action } run changed by a user",
      "orchestrator runs: info { pipeline, runId: id } scheduled run skipped: the first extraction still goes on; info { pipeline, runId: id } scheduled run started; warn { pipeline, runId: id } scheduled run skipped: the run before it still goes on",
      "orchestrator schedules: warn { err, pipeline } could not set a schedule: trying again; warn { err } could not set the schedules: trying again",
      "product-ingest main: info { folder: source.folder } folder of products",
      "product-ingest open-jobs: debug { err } open jobs could not be queued, will be tried again",
      "product-ingest product-job: info { jobId: id, planned: job.planned } product job done; warn { jobId: id, err: error, fruitless } product job interrupted",
      "simulator app: error { err: error, url: request.url } unexpected error",
      "simulator routes/batch: error { error, url: request.url } unexpected error in a batch",
      "training train-task: warn { err } could not report progress; warn { err } could not report progress; warn { err, version: version.version } the production model cannot be read: any sound model replaces it; warn { err } could not end the run",
    ]
  `);
});

it('metrics: their name, help and labels', () => {
  const metrics = /\bname: '(\w+)',\s+help: '([^']*)'(?:,\s+labels: (\[[^\]]*\]))?/g;
  expect(foundBy(metrics, (name, help, labels = '[]') => `${name} ${labels}: ${help}`)).toMatchInlineSnapshot(`
    [
      "api model-metrics: model_prediction_duration_seconds ['family']: Predictions by the production model, each of a batch too; model_prediction_warnings_total ['family']: Predictions of garments unlike those that the model has learnt from; model_version []: Version of the model that this process predicts with, 0 without one; model_load_failures_total []: Looks at the registry that failed: the model stays the one it was",
      "orchestrator pipeline-metrics: queue_jobs ['queue', 'state']: Jobs of each queue by state; a failed one stays for 30 days; queue_workers ['queue']: Workers that are connected to each queue; pipeline_last_run_timestamp_seconds ['pipeline', 'state']: When the newest run of a pipeline in each state ended, or began when it goes on",
    ]
  `);
});

it('what ends with a service', () => {
  const ends = /^ +\['([\w ]+)', (?:async )?\(\) => (.*)\],?\n|\.addHook\('\w+Close', ([^\n]*)\);/gm;
  expect(foundBy(ends, (...end) => end.filter((part) => part).join(': '))).toMatchInlineSnapshot(`
    [
      "api main: upkeep of the database: upkeep.close(); queue: productJobs.close(); queue probe: queueRedis.close(); cache: cache.close(); limits: counter.close(); keys: access.close(); upstream client: upstream.close(); database: store.close()",
      "api processes: async () => running?.kill('SIGKILL')",
      "api routes/orchestrator: (_app, done) => close(undefined, done)",
      "api threads: async () => (await threads)?.destroy()",
      "extraction main: queue: resources.batches.close(); cache: resources.cache.close(); upstream client: resources.upstream.close()",
      "orchestrator main: schedules: ticks.close(); scheduler: scheduler.close(); redis probe: redis.close(); upstream client: upstream.close(); limits: counter.close(); keys: access.close(); queues: pipelines.close(); database: store.close()",
      "product-ingest main: look for open jobs: openJobs.close(); queue: jobQueue.close(); cache: cache.close(); upstream client: upstream.close()",
      "simulator routes/batch: threads.close",
    ]
  `);
});

it('settings that are named in lists of lines', () => {
  expect(foundBy(/^ +'([A-Z][A-Z\d]+(?:_[A-Z\d]+)+)',$/gm, (name = '') => name)).toMatchInlineSnapshot(`
    [
      "api main: QUEUE_PREFIX; PRODUCT_JOB_MAX_MB; AUDIT_KEEP_DAYS; CACHE_CLEAR_REQUIRES_KEY; API_HOST; API_PORT; API_KEY; API_KEYS; API_KEY_NAME; ORCHESTRATOR_URL; MLFLOW_TRACKING_URI; MODEL_REFRESH_SECONDS; SENSITIVITY_DISTRIBUTION",
      "api retention: RUN_KEEP_DAYS; RUN_KEEP_NEWEST; PRODUCT_JOB_KEEP_DAYS; MODEL_KEEP_DAYS; MODEL_KEEP_NEWEST; VERSION_KEEP_DAYS",
      "orchestrator main: CACHE_REDIS_URL; API_KEY; API_KEYS; API_KEY_NAME; API_PORT; API_PUBLIC_URL; TASK_RETRY_DELAY_MS; ORCHESTRATOR_HOST; ORCHESTRATOR_PORT; SCHEDULE_ECOBALYSE_EXTRACT; SCHEDULE_ECOBALYSE_TRAINING; SCHEDULE_ECOBALYSE; SCHEDULE_ECOBALYSE_RESCORE; SCHEDULE_TIME_ZONE; ALERT_WEBHOOK_URL; ALERT_WEBHOOK_SECRET; ALERT_ALLOW_PRIVATE; ALERT_RUN_HOURS",
      "stats once: REDIS_URL; CACHE_REDIS_URL; CACHE_TTL_SECONDS",
      "stats settings: STATISTICS_MEMORY_MB; STATISTICS_FOLDER; STATS_ENGINE; SPARK_MASTER; SPARK_SUBMIT; SPARK_TIMEOUT_MINUTES",
      "training main: MLFLOW_TRACKING_URI; TRAINING_SEED; TRAINING_EFFORT; TRAINING_DESIGN; TRAINING_MIN_IMPROVEMENT; SOURCE_REVISION",
    ]
  `);
});

it('what the audit says that a write was about', () => {
  expect(foundBy(/request\.subject = (.*);/g, (subject = '') => subject)).toMatchInlineSnapshot(`
    [
      "api routes/cache: 'cached answers'",
      "api routes/catalogues: catalogue._id; known.reference",
      "api routes/files: name; name",
      "api routes/jobs: id; id",
      "api routes/keys: name",
      "api routes/product: md5_id",
      "api routes/retention: outcomes.map(({ kind, removed }) => \`\${kind} \${removed}\`).join(', ')",
      "orchestrator routes/session: 'login'",
    ]
  `);
});
