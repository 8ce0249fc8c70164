import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/**
 * What services and their packages have chosen and few tests can see: limits, times and shares, and what operators read in logs. It
 * stands here a second time, so that a slip of the hand is not taken for a choice. Whoever chooses otherwise adds
 * `npx vitest run scripts/src/chosen.test.ts -u`, and reads what has changed here.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Those of the domain are figures, which tables beside them hold. */
const GROUPS = ['services', 'packages/data', 'packages/runtime', 'packages/assembly', 'packages/tools'];
const SOURCES = GROUPS.flatMap((group) =>
  readdirSync(join(root, group)).map((name) => ({ name, of: join(root, group, name, 'src') })),
)
  .filter(({ name }) => name !== 'test-servers')
  .flatMap(({ name, of }) =>
    readdirSync(of, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|(^|\/)(testing|test-support|conformance)\//.test(file))
      .map((file) => ({ name, file, text: readFileSync(join(of, file), 'utf8') })),
  );

/** What a pattern finds, by file. */
const foundBy = (pattern: RegExp, tell: (...groups: (string | undefined)[]) => string) =>
  SOURCES.flatMap(({ name, file, text }) => {
    const found = [...text.matchAll(pattern)].map(([, ...groups]) => tell(...groups));
    return found.length > 0 ? [`${name} ${file.slice(0, -3)}: ${found.join('; ')}`] : [];
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
      "api-client client: PASSING = ['offline', 'unavailable', 'failed']; ORCHESTRATOR = '/orchestrator'; NO_ANSWER = 'The service does not answer'; FIRST_PAUSE_MS = 250; LONGEST_PAUSE_MS = 5000",
      "cache circuit-breaker: PROBE_EVERY_MS = 200",
      "cache entry: ETAG_CHARACTERS = 27; NEWLINE = 10",
      "cache near-entries: LARGEST_PART = 1 / 16",
      "cache response-cache: BUDGET_MS = 15; COMMAND_TIMEOUT_MS = 500; SCAN_COUNT = 500; MAX_ENTRY_BYTES = 8 * 1024 * 1024; NEAR_BYTES = 64 * 1024 * 1024; JITTER = 0.1; VERSION_EXTRA_SECONDS = 86_400; MAX_OWED = 1000; EVERYTHING = 'everything'",
      "cli commands: DAY_MS = 86_400_000",
      "cli database-commands: PAUSE_MS = 500; TRANSFER_TRY_MS = 10_000",
      "cli database: TRY_MS = 3000; NOT_LET_IN = [13, 18, 8000]",
      "cli declare-command: PRINTED_ROWS = 500",
      "cli declare-formats: CHECK_FORMATS = ['table', 'ndjson'] as const; DECLARATION_FORMS = ['csv', 'xlsx', 'json', 'ndjson'] as const; PORTAL_RULES = ['may-2026', 'august-2026'] as const",
      "cli estimate-formats: ESTIMATE_FORMATS = ['text', 'ndjson'] as const",
      "cli estimate: SHOWN_QUESTIONS = 5",
      "cli inspect-command: COLUMN_CHARACTERS = [24, 18, 9] as const",
      "cli inspect-formats: INSPECT_FORMATS = ['text', 'json'] as const",
      "cli progress: PATIENCE_MS = 1000; SAVE_CURSOR = '\\u001b7'",
      "cli push/journal: DAY_MS = 86_400_000; RECENT_DAYS = 90; ACCEPTED = [200, 201, 208]",
      "cli push/portal: TIMEOUT_MS = 30_000; MOST_TRIES = 5; FIRST_WAIT_MS = 1000; LONGEST_WAIT_MS = 300_000; MOST_ANSWER_CHARACTERS = 1000",
      "cli push/push-command: KEY = 'DECLARATION_API_KEY'",
      "cli score-command: ROWS_AT_ONCE = 200",
      "cli score-formats: TEXT_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const; SCORE_FORMATS = [...TEXT_FORMATS, 'csv-fr', 'xlsx'] as const",
      "cli transfer/backups: NAME = /^(\\d{4}-\\d{2}-\\d{2})T(\\d{2})-(\\d{2})-(\\d{2})Z$/; HOUR_MS = 3_600_000; ABANDONED_MS = 24 * HOUR_MS; RETRY_MS = 5 * 60_000",
      "cli transfer/dump-format: MANIFEST = 'manifest.json'; MODULUS = 1n << 256n; MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 + 16 * 1024",
      "cli transfer/restore: BATCH_DOCUMENTS = 1000; BATCH_BYTES = 8 * 1024 * 1024",
      "ecobalyse-client check-answer: OUR_FIELDS = ['_id', '_platform', 'md5_id', 'product_id']; MAX_DEPTH = 50; NUL_IN_NAME = /(?<!\\\\)(?:\\\\\\\\)*\\\\u0000(?:[^"\\\\]|\\\\.)*"\\s*:/",
      "ecobalyse-client client: MEBIBYTE = 1024 * 1024; MAX_ANSWER_MIB = 2; MAX_RETRY_DELAY_MS = 60_000; MAX_SILENCE_MS = 3_600_000; METHOD_VERSION_AGE_MS = 60_000; VERSION_OF_ALL = '0.0.1-alpha'; LIST_AGE_MS = 60_000; BATCH_QUERIES = 50; FIRST_RETRY_DELAY_MS = 200; JITTER = 0.2; OFFICIAL_REQUESTS_PER_SECOND = 5; BATCH_PATH = '/textile/simulator/batch'; BSON = 'application/bson'; USER_AGENT = 'ecobalyse-platform/0.1 (textile environmental cost; axios)'",
      "ecobalyse-client pace: TIMEOUT_MS = 1000; PAUSE_MS = 1000; MICROSECONDS_PER_SECOND = 1_000_000",
      "embedded-mongo bson/order: ONE = Buffer.alloc(1); EIGHT = Buffer.alloc(8); HASH_BYTES = 32",
      "embedded-mongo bson/path: MISSING = { v: undefined, i: 0, final: true }",
      "embedded-mongo bson/values: MAX_DOCUMENT_BYTES = 16 * 1024 * 1024; MAX_DEPTH = 100; EMPTY = Buffer.alloc(0); TRUE = value(TYPE.bool, Buffer.from([1])); FALSE = value(TYPE.bool, Buffer.from([0])); NAME_ROOM = 32; LONG = 4096; SHORT = 64",
      "embedded-mongo commands/admin: VERSION = '7.0.0'; WIRE_VERSION = 21; PARAMETERS = { featureCompatibilityVersion: { version: '7.0' } }",
      "embedded-mongo commands/arguments: TRANSACTION_FIELDS = ['txnNumber', 'startTransaction', 'autocommit']",
      "embedded-mongo commands/catalogue: INDEX_FIELDS = ['key', 'name', 'unique', 'sparse', 'v', 'ns', 'background']",
      "embedded-mongo commands/read: AGGREGATE_FIELDS = ['pipeline', 'cursor', 'allowDiskUse', 'bypassDocumentValidation', 'explain']; COUNT_FIELDS = ['query', 'limit', 'skip', 'fields']; DISTINCT_FIELDS = ['key', 'query']",
      "embedded-mongo commands/statistics: CHUNK = 1000",
      "embedded-mongo commands/write: MAX_WRITE_BATCH = 100_000",
      "embedded-mongo language/aggregate: BATCH_DOCUMENTS = 256; BATCH_BYTES = 4 * 1024 * 1024; NOT_IMPLEMENTED = ['$out', '$merge', '$geoNear', '$indexStats', '$currentOp']",
      "embedded-mongo language/match: NUMBER_CLASS = 10",
      "embedded-mongo language/regex: QUICK_STEPS = 1e7; GUARD_MS = 100; SPACE = '\\\\t-\\\\r '; NO_SPACE = '\\\\0-\\\\x08\\\\x0e-\\\\x1f!-\\\\u{10ffff}'",
      "embedded-mongo language/sort: MEMORY_LIMIT = 100 * 1024 * 1024; RUN_ROWS = 4096",
      "embedded-mongo language/update: MAX_ARRAY_FILL = 1_500_000; NOT_IMPLEMENTED = ['$bit', '$currentDate', '$pop', '$pullAll']",
      "embedded-mongo pace: TURN_MS = 10; MAX_STRETCH_MS = 1000",
      "embedded-mongo server: CLOSE_GRACE_MS = 5000; FATAL_DELAY_MS = 50; RESERVED_FILES = 32; FORBIDDEN = /permission denied|read-only|not permitted|EACCES|EROFS|EPERM/i",
      "embedded-mongo storage/data-file: FAST_BYTES_PER_MS = 200_000; SLOW_BYTES_PER_MS = 1000; LEAST_WALK_MS = 120_000",
      "embedded-mongo storage/index-entries: KEY_BYTES = 1600; PREFIX_BYTES = 4; TEXT_BYTES = 5",
      "embedded-mongo storage/lmdb-file: FORMAT_VERSION = 1; CHUNK_DOCUMENTS = 1000; CHUNK_BYTES = 16 * 1024 * 1024; CHUNK_MS = 50; RECORD_BYTES = 6; ENOSPC = 28; EIO = 5",
      "embedded-mongo storage/planner: MAX_COMBINATIONS = 2000; AFTER = Buffer.from([255])",
      "embedded-mongo storage/query: FIRST_CHUNK = 16; LARGEST_CHUNK = 256",
      "embedded-mongo storage/records: PRESENT = Buffer.from([1])",
      "embedded-mongo storage/writes: NOTHING = { matched: 0, modified: 0 }; QUICK_ENTRIES = CHUNK_DOCUMENTS / 10",
      "embedded-mongo wire/access: MECHANISM = 'SCRAM-SHA-256'; ITERATIONS = 15_000; NONCE_BYTES = 24; MAX_PAYLOAD_BYTES = 1024; MAX_FAILURES = 3",
      "embedded-mongo wire/cursors: IDLE_MS = 10 * 60 * 1000; MAX_BATCH_BYTES = 16 * 1024 * 1024 - 16 * 1024; DEFAULT_BATCH = 101",
      "embedded-mongo wire/messages: OP_REPLY = 1; OP_QUERY = 2004; OP_MSG = 2013; HEADER_BYTES = 16; MAX_MESSAGE_BYTES = 48_000_000; MAX_STRANGER_BYTES = 64 * 1024; MORE_TO_COME = 2",
      "extraction main: SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'EXTRACTION_CONCURRENCY', 'EXTRACTION_BATCH_SIZE'] as const",
      "extraction simulation-batch: MAX_UNANSWERED_SHARE = 0.1; BAD_AT_FIRST = 3",
      "extraction tasks/ask-anew: MOST_UNANSWERED = 20",
      "extraction tasks/rescore: MOST_EXAMPLES = 20",
      "extraction tasks/simulations: SECONDS_PER_MINUTE = 60",
      "http-kit access: REFRESH_MS = 3000",
      "http-kit audit-log: PASSED_ON_HEADER = 'x-passed-on'",
      "http-kit body-headers: ABOUT_BODIES = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'] as const; JSON_TYPE = /^\\s*application\\/(?:[\\w.-]+\\+)?json\\s*(?=;|$)/i",
      "http-kit compressed-bodies: ENCODINGS = 'gzip, deflate, br'",
      "http-kit documented-answers: ANSWERS_OF_WRITES = { 507: refusal('The database has no room left') }; UNKNOWN_PARAMETER = { 422: { description: 'Invalid request', ...component('InvalidRequest') } }; FOR_LATER = [429, 502, 503] as const; RETRY_AFTER = { 'retry-after': { type: 'integer', minimum: 0, description: 'Seconds to wait' } }; EXAMPLE = 'x-example'; REFERENCE = /"#\\/components\\/schemas\\/([^"]+)"/g",
      "http-kit drain-on-close: POLL_MS = 20; IDLE_LOOKS = 15; MAX_LOOKS = 150; LAST_LOOK_MS = 250; SHORT_TURN_MS = 1; MAX_TURNS = 100",
      "http-kit error-answers: HEADER = 'x-error-code'",
      "http-kit event-stream: POLL_MS = 400; HEARTBEAT_MS = 15_000; RECONNECT_MS = 2000; MAX_STREAMS = 200",
      "http-kit health-routes: PROBE_TIMEOUT_MS = 2000",
      "http-kit http-service: KIBIBYTE = 1024; LONGEST_URL = 8192; LONGEST_PARAM = 300; MOST_FAULTS = 100",
      "http-kit json-bodies: MAX_DEPTH = 64; MAX_ELEMENTS = 10_000",
      "http-kit limit-counter: TIMEOUT_MS = 30; PAUSE_MS = 1000; MAX_WINDOWS = 10_000",
      "http-kit lingering-close: LINGER_MS = 5000",
      "http-kit observation-server: KIBIBYTE = 1024",
      "http-kit other-paths: SLASH = '/'; IS_ADDRESS = /^\\/[/\\\\]/",
      "http-kit overload-protection: SAMPLE_INTERVAL_MS = 1000",
      "http-kit product-quota: DAY_MS = 86_400_000",
      "http-kit request-id: SANE = /^[A-Za-z0-9_.:/+=@-]{1,128}$/",
      "http-kit request-limits: MINUTE_MS = 60_000",
      "http-kit slow-bodies: USUAL_BODY_MS = 30_000",
      "http-kit unknown-parameters: MAX_SHOWN_CHARACTERS = 100",
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
      "pipeline connection: PRODUCER_TIMEOUT_MS = 10_000",
      "pipeline pipelines: TASK_ATTEMPTS = 2; BATCH_ATTEMPTS = 8; BATCH_BACKOFF_MS = 1000; DAY_SECONDS = 86_400",
      "pipeline redis-probe: TIMEOUT_MS = 2000; WRITTEN_FOR_SECONDS = 60",
      "pipeline running-worker: MAX_STALLED_COUNT = 5; MAX_PATIENCE_MS = 86_400_000",
      "pipeline schedules: QUEUE_NAME = 'schedules'; CLOCK_TOLERANCE_MS = 1000",
      "pipeline task-worker: GIVE_BACK_DELAY_MS = 250; CANCEL_POLL_MS = 1000; MAX_LOG_LINE = 500",
      "product-ingest add-folder: UNCLOSED_FOR_GOOD_MS = 3_600_000; MAX_NOTES = 50",
      "product-ingest main: JOBS_AT_ONCE = 2; SETTINGS = [...CACHE_SETTINGS, ...UPSTREAM_SETTINGS, 'PRODUCTS_FOLDER', 'INGEST_SETTLE_SECONDS'] as const",
      "product-ingest open-jobs: EVERY_MS = 5000",
      "product-ingest product-folder: PROCESSED = 'processed'; HIDDEN_NAME = /^\\.|~$|^~\\$/; UNFINISHED_NAME = /\\.(part|tmp|crdownload|filepart)$/i; MAX_NAME_BYTES = 150; CUT_NAME_CHARACTERS = 30; CLOCKS_APART_MS = 60_000",
      "product-ingest product-job: MAX_STARTS = 8; FIRST_RETRY_MS = 3000; CANCEL_POLL_MS = 1000; CHUNKS_AHEAD = 3",
      "product-ingest product-rows: ROWS_AT_ONCE = 100",
      "product-scoring add-product: UPSTREAM_DEADLINE_MS = 30_000",
      "product-scoring score-products: DEADLINE_MS = 600_000; PAUSES_MS = [500, 2000]",
      "service-kit configured-keys: MIN_KEY_LENGTH = 16",
      "service-kit embedded-access: LOOPBACK = '127.0.0.1'",
      "service-kit loggable: MAX_DEPTH = 8; MAX_ENTRIES = 100; MAX_VALUES = 2000; MAX_TEXT = 16_384; SERVED = ['method', 'url', 'statusCode']; ERROR_FIELDS = ['message', 'stack', 'cause', 'errors']",
      "service-kit logger: SECRET_FIELDS = ['authorization', 'cookie', 'token', 'password', 'apikey', 'secret']; MOST_WAITING_BYTES = 1_000_000",
      "service-kit readiness: FAILURE_REMEMBERED_MS = 2000; HTTP_PROBE_TIMEOUT_MS = 1500",
      "service-kit schedule: UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }; LONGEST_MS = 366 * 86_400_000",
      "service-kit setting-schemas: SPARK_MASTERS = /^(spark:\\/\\/\\S+:\\d+|yarn|k8s:\\/\\/\\S+|local(\\[[\\d*,]+\\])?|local-cluster\\[\\d+,\\d+,\\d+\\])$/; FURTHER_HOSTS = /,[^@/?]*(?=[/?]|$)/",
      "service-kit without-secrets: SHORTEST = 8",
      "service-parts after-first-extraction: POLL_MS = 1000",
      "service-parts connections: QUEUE_SETTINGS = ['REDIS_URL', 'QUEUE_PREFIX', 'JOB_LOCK_MS'] as const; CACHE_SETTINGS = ['REDIS_URL', 'CACHE_REDIS_URL', 'CACHE_TTL_SECONDS'] as const; OUR_SERVER_MS = 2000; PUBLIC_SERVER_MS = 300_000; UPSTREAM_PROBE_TIMEOUT_MS = 1500",
      "service-parts dashboard-routes: PREFIX = '/dashboard'",
      "service-parts key-records: FLUSH_MS = 5000; EXPIRY_MS = 3_600_000; DAY_MS = 86_400_000; MOST_WAITING = 10_000",
      "service-parts run-worker: SERVER_SELECTION_TIMEOUT_MS = 15_000; WORKER_SETTINGS = [...DATABASE_SETTINGS, ...QUEUE_SETTINGS, 'WORKER_HOST', 'WORKER_PORT'] as const",
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
      "store adopted-documents: BATCH = 500",
      "store catalogue-changes: MAX_TRIES = 10; PAUSE_MS = 10; UNDONE_AT_ONCE = 500; MOST_CONFLICTS = 1000",
      "store catalogue-products: MOST_HOLDERS = 50",
      "store catalogue-simulations: LOOKED_AT_ONCE = 1000",
      "store connection: FIRST_CONNECTION_RETRY_MS = 500; GOING_AWAY = new Set<unknown>([91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436, 14_031])",
      "store costs: PROJECTION = Object.fromEntries([['_id', 0], ...FLAT_SOURCE_FIELDS.map((field) => [field, 1])])",
      "store cursor-batches: READ_BATCH = 100",
      "store impact-filter: COUNTRIES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const; ACCENTED = ['aàâä', 'cç', 'eéèêë', 'iîï', 'oôö', 'uùûü']",
      "store impact-search: INDEXED_ORDERS = new Set(['md5_id', 'ecs', 'created_at'])",
      "store impacts: DUPLICATE_KEY = 11_000",
      "store incidents: MOST_TRIES = 12; FIRST_WAIT_MS = 30_000; LONGEST_WAIT_MS = 3_600_000",
      "store indexes: NAMESPACE_NOT_FOUND = 26; INDEX_NOT_FOUND = 27; DELETED_AT_ONCE = 1000; MAX_TRIES = 5",
      "store insert-bytes: INSERTED_BYTES = 16_000_000",
      "store invalidations: WRITER_ENDED_MS = 150_000; MOST_AT_ONCE = 1000",
      "store json-of-bson: MOST_GROWTH = 6; BRACKETS = 3; TYPE = { double: 1, string: 2, object: 3, array: 4, boolean: 8, null: 10, int32: 16 } as const; QUOTE = 0x22; BACKSLASH = 0x5c; FIRST_PRINTABLE = 0x20",
      "store mark-lines: MARKS = ['answerHash', 'createdAt', 'methodVersion'] as const satisfies readonly (keyof PlatformFields)[]; MARK_DIGITS = 16; LINE = /^[!-~]{1,500}\\t[ -~]{0,500}$/; LONGEST = 500; TEXT_TYPE = 2; DOCUMENT_TYPE = 3; ID = element(TEXT_TYPE, 'md5_id'); LENGTH_BYTES = 4",
      "store method-versions: UNKNOWN_VERSION = 'unknown'; VERSION = '_platform.methodVersion'",
      "store migrate: LOCK = 'lock'; LEASE_MS = 10_000; BEATS = 5; LOOKS = 50",
      "store migrations/002-complete-documents: INDEX_NOT_FOUND = 27; NAMESPACE_NOT_FOUND = 26; FORMER_INDEX = 'impacts_of_product_by_average'",
      "store migrations/004-judge-products: BATCH = 500",
      "store model-checks: LAST_FIRST = { at: -1, _id: -1 } as const",
      "store pipeline-runs: KEPT_LINES = 200; SHOWN_ATTEMPTS = 100; CLAIM_GRACE_MS = 30_000",
      "store product-jobs: OPEN = ['queued', 'running']; ABANDONED_UPLOAD_MS = 900_000; CHUNKS_READ_AT_ONCE = 20",
      "store retention: DAY_MS = 86_400_000; BATCH = 200; MOST_PER_PASS = 5000",
      "store search-bounds: MAX_TIME_EXPIRED = 50",
      "store statistics: WRITE_BATCH = 1000; ABANDONED_AFTER_MS = 24 * 3_600_000; MARK_BATCH = 1000; LENGTH_BYTES = 4; EMPTY_BYTES = 5; NOT_IMPLEMENTED = 238; REPLACED_WHILE_READ = [43, 175]; MAX_READS = 5",
      "telemetry bounded-label: OTHER = 'other'",
      "telemetry metrics-routes: PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']",
      "telemetry otlp-tracing: EXPORT_TIMEOUT_MS = 5000; EXPORT_INTERVAL_MS = 1000; MAX_WAITING_SPANS = 4096; LAST_EXPORT_MS = 3000; UNTRACED = /^\\/(health|metrics)([/?]|$)/",
      "telemetry redis-spans: WAITS = /^(b[lrz]|xread|subscribe|psubscribe)/i",
      "telemetry registry: PREFIX = 'ecobalyse_'; REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]; JOB_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]; COLLECT_TIMEOUT_MS = 2000",
      "telemetry request-metrics: UNMATCHED = 'unmatched'",
      "tracking mlflow-tracker: MAX_METRICS = 1000; MAX_PARAMETERS = 100; ARTIFACT_TAG = 'ecobalyse.artifact'",
      "tracking mongo-tracker: MAX_REGISTRATION_TRIES = 10",
      "tracking tracker: EXPERIMENT = 'ecobalyse_dst'; REGISTERED_MODEL = 'ecobalyse_model'; PRODUCTION_ALIAS = 'production'; MAX_LISTED_VERSIONS = 200",
      "training designed-garments: BATCH = 200; JUDGED_SHARE = 0.5",
      "training mlflow-model: FOLDER = 'model'",
      "training source-tags: GIT_TIMEOUT_MS = 5000; COMMIT = /^[0-9a-f]{40,64}$/",
      "training train-task: FINGERPRINT_TAG = 'data.fingerprint'; JOB_TAG = 'job'; MAX_OPEN_RUNS = 50; PROGRESS_EVERY_MS = 1000; FAMILY_STEPS = 100",
    ]
  `);
});

it('numbers in their places', () => {
  const numbers = /(?<=^ .*)\b(\w+)(?::| =) (?![012][,;) ])(\d[\d_.]*(?: \* [\d_.]+)*)(?=[,;)]| \})/gm;
  expect(foundBy(numbers, (what, number) => `${what} ${number}`)).toMatchInlineSnapshot(`
    [
      "api file-uploads: fields 10",
      "api retention: most 200",
      "api-client client: timeoutMs 30_000",
      "cache response-cache: connectTimeout 2000",
      "cli progress: notTTYSchedule 2000",
      "cli score-formats: width 7; width 20; width 12; width 10; width 12; width 12; width 10",
      "cli transfer/dump: batchSize 500",
      "ecobalyse-client client: maxRedirects 3",
      "embedded-mongo bson/order: i 3",
      "embedded-mongo commands/admin: logicalSessionTimeoutMinutes 30; bits 64; bits 64; cpuAddrSize 64",
      "embedded-mongo server: needed 4",
      "embedded-mongo storage/lmdb-file: maxDbs 3",
      "http-kit compressed-bodies: statusCode 422",
      "http-kit http-service: perAddress 3000; maxConnections 4096; maxRequests 2048; requestTimeout 600_000; pluginTimeout 60_000; connectionTimeout 60_000; headersTimeout 15_000; keepAliveTimeout 72_000; maxAge 600",
      "http-kit json-bodies: statusCode 415; statusCode 422",
      "http-kit limit-counter: connectTimeout 2000",
      "http-kit observation-server: requestTimeout 10_000; connectionTimeout 60_000",
      "pipeline batches: jitter 0.5",
      "pipeline connection: maxRetriesPerRequest 3",
      "pipeline pipelines: count 2000; count 2000; keepLogs 100; stackTraceLimit 10; sizeLimit 64 * 1024",
      "pipeline schedules: attempts 10; delay 1000",
      "simulator openapi/document: mass 0.17; share 0.9; share 0.1; ratio 0.1",
      "store connection: socketTimeoutMS 120_000",
      "store impacts: slice 1000",
      "store incidents: maxTimeMS 30_000",
      "tracking mlflow-tracker: timeoutMs 30_000",
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
      "http-kit drain-on-close: info { connections, requests, unanswered } drained: every connection has ended",
      "http-kit http-service: debug fields answered",
      "orchestrator alerts/watch: debug { err } \${what} cannot be looked at now; warn { incident: id, reason: error } the webhook did not take an incident; debug { err } looked in vain for incidents",
      "orchestrator main: debug { err } limits are counted by each process",
      "orchestrator reconcile: warn { runId: run._id, pipeline: run.pipeline, reason: ended } closed a run that does not go on; warn { err: failed } could not compare history and queues: trying again",
      "orchestrator routes/pipelines: info { pipeline: name, runId } run started by a user; info { pipeline: name, paused } schedule changed by a user",
      "orchestrator routes/runs: info { runId: id, action } run changed by a user",
      "orchestrator runs: info { pipeline, runId: id } scheduled run skipped: the first extraction still goes on; info { pipeline, runId: id } scheduled run started; warn { pipeline, runId: id } scheduled run skipped: the run before it still goes on",
      "orchestrator schedules: warn { err, pipeline } could not set a schedule: trying again; warn { err } could not set the schedules: trying again",
      "pipeline batches: warn { err } queue connection; warn { runId: job?.data.runId, offset: job?.data.offset, err, attempt: job?.attemptsMade } batch failed; warn { err: fault } could not tell the log of the task; warn { err } could not report progress",
      "pipeline product-jobs: warn { jobId: job?.id, err } a product job fell out of the queue",
      "pipeline running-worker: warn { err, queue } queue connection; warn { queue, jobId } a job lost its worker and is taken over",
      "pipeline schedules: error { err, pipeline: job?.data.pipeline } a scheduled start failed",
      "pipeline task-worker: info { runId, task, result } \${task} done; error { runId, task, err } could not record the failure",
      "product-ingest main: info { folder: source.folder } folder of products",
      "product-ingest open-jobs: debug { err } open jobs could not be queued, will be tried again",
      "product-ingest product-job: info { jobId: id, planned: job.planned } product job done; warn { jobId: id, err: error, fruitless } product job interrupted",
      "service-kit logger: warn { lines } lines of the log were left out: nobody read it",
      "service-kit run-service: warn { message } traces could not be exported; warn { err } connection lost: trying again",
      "service-kit shutdown: info \${signal ?? ; error { err: error } could not stop \${name}; info stopped",
      "service-parts key-records: debug { err } audit lines are kept later; debug { err } the use of keys is kept later; warn { dropped } audit lines that only the log has: the database is away for too long; debug { err } old records of keys are removed later",
      "service-parts run-worker: debug { err } connection lost: trying again",
      "simulator app: error { err: error, url: request.url } unexpected error",
      "simulator routes/batch: error { error, url: request.url } unexpected error in a batch",
      "store migrate: info { migration: name, ...report } database migrated; info { created, replaced, removed } indexes made",
      "training train-task: warn { err } could not report progress; warn { err } could not report progress; warn { err, version: version.version } the production model cannot be read: any sound model replaces it; warn { err } could not end the run",
    ]
  `);
});

it('metrics: their name, help and labels', () => {
  const metrics = /\bname: '(\w+)',\s+help: '([^']*)'(?:,\s+labels: (\[[^\]]*\]))?/g;
  expect(foundBy(metrics, (name, help, labels = '[]') => `${name} ${labels}: ${help}`)).toMatchInlineSnapshot(`
    [
      "api model-metrics: model_prediction_duration_seconds ['family']: Predictions by the production model, each of a batch too; model_prediction_warnings_total ['family']: Predictions of garments unlike those that the model has learnt from; model_version []: Version of the model that this process predicts with, 0 without one; model_load_failures_total []: Looks at the registry that failed: the model stays the one it was",
      "ecobalyse-client call-metrics: upstream_request_duration_seconds ['path', 'status']: Tries of calls of the Ecobalyse API, by path and status (or what kept it from answering); upstream_retries_total ['path']: Further tries of calls of the Ecobalyse API",
      "orchestrator pipeline-metrics: queue_jobs ['queue', 'state']: Jobs of each queue by state; a failed one stays for 30 days; queue_workers ['queue']: Workers that are connected to each queue; pipeline_last_run_timestamp_seconds ['pipeline', 'state']: When the newest run of a pipeline in each state ended, or began when it goes on",
      "pipeline queue-metrics: queue_job_wait_seconds ['queue']: How long jobs waited for a worker: their first attempt, unless they had to wait for other jobs; queue_job_run_seconds ['queue', 'job', 'outcome']: How long workers had jobs, by job name and outcome; queue_job_retries_total ['queue', 'job']: Attempts at jobs that had failed before; queue_jobs_stalled_total ['queue']: Jobs that lost their worker and were taken over",
      "service-parts cache-metrics: cache_requests_total ['result']: Requests of cached answers: found, computed, or computed because Redis did not answer",
      "store command-timings: db_command_duration_seconds ['command', 'collection']: Commands sent to MongoDB, from sending to answer; db_command_failures_total ['command', 'collection']: Commands that MongoDB refused or did not answer",
      "telemetry request-metrics: http_request_duration_seconds ['method', 'route', 'status']: Answered HTTP requests, by the pattern of their route",
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
      "http-kit event-stream: async () => stopping.abort()",
      "http-kit load-when-asked: async () => void (await loading?.then((loaded) => loaded.close()))",
      "orchestrator main: schedules: ticks.close(); scheduler: scheduler.close(); redis probe: redis.close(); upstream client: upstream.close(); limits: counter.close(); keys: access.close(); queues: pipelines.close(); database: store.close()",
      "product-ingest main: look for open jobs: openJobs.close(); queue: jobQueue.close(); cache: cache.close(); upstream client: upstream.close()",
      "service-parts keep-doing: async () => stopping.abort()",
      "service-parts run-worker: workers: Promise.all(Object.values(workers).map((worker) => worker.close())); redis probe: redis.close(); database: store.close()",
      "simulator routes/batch: threads.close",
    ]
  `);
});

it('settings that are named in lists of lines', () => {
  expect(foundBy(/^ +'([A-Z][A-Z\d]+(?:_[A-Z\d]+)+)',$/gm, (name = '') => name)).toMatchInlineSnapshot(`
    [
      "api main: QUEUE_PREFIX; PRODUCT_JOB_MAX_MB; AUDIT_KEEP_DAYS; CACHE_CLEAR_REQUIRES_KEY; API_HOST; API_PORT; API_KEY; API_KEYS; API_KEY_NAME; ORCHESTRATOR_URL; MLFLOW_TRACKING_URI; MODEL_REFRESH_SECONDS; SENSITIVITY_DISTRIBUTION",
      "api retention: RUN_KEEP_DAYS; RUN_KEEP_NEWEST; PRODUCT_JOB_KEEP_DAYS; MODEL_KEEP_DAYS; MODEL_KEEP_NEWEST; VERSION_KEEP_DAYS",
      "cli check-upstream: ECOBALYSE_API_URL; ECOBALYSE_API_TOKEN; ECOBALYSE_REQUESTS_PER_SECOND; ECOBALYSE_TIMEOUT_MS; ECOBALYSE_RETRIES",
      "http-kit protection: RATE_LIMIT_PER_KEY; RATE_LIMIT_PER_ADDRESS; MAX_CONNECTIONS; MAX_CONCURRENT_REQUESTS; MAX_EVENT_LOOP_DELAY_MS; CORS_ORIGINS; TRUSTED_PROXIES; METRICS_REQUIRE_KEY",
      "orchestrator main: CACHE_REDIS_URL; API_KEY; API_KEYS; API_KEY_NAME; API_PORT; API_PUBLIC_URL; TASK_RETRY_DELAY_MS; ORCHESTRATOR_HOST; ORCHESTRATOR_PORT; SCHEDULE_ECOBALYSE_EXTRACT; SCHEDULE_ECOBALYSE_TRAINING; SCHEDULE_ECOBALYSE; SCHEDULE_ECOBALYSE_RESCORE; SCHEDULE_TIME_ZONE; ALERT_WEBHOOK_URL; ALERT_WEBHOOK_SECRET; ALERT_ALLOW_PRIVATE; ALERT_RUN_HOURS",
      "service-kit run-service: LOG_LEVEL; LOG_FORMAT; SHUTDOWN_TIMEOUT_MS; OTEL_EXPORTER_OTLP_ENDPOINT; OTEL_TRACES_SAMPLE_RATIO",
      "service-kit settings: MONGODB_URI; DB_USER; DB_PASSWORD; DB_CLUSTER; LOCAL_MONGODB_URI; DB_NAME",
      "service-parts connections: REDIS_URL; ECOBALYSE_API_URL; ECOBALYSE_API_TOKEN; ECOBALYSE_REQUESTS_PER_SECOND; ECOBALYSE_CONCURRENCY; ECOBALYSE_TIMEOUT_MS; ECOBALYSE_RETRIES",
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
