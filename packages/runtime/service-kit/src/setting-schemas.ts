import { z } from 'zod';
import { configuredKeysSchema } from './configured-keys.js';
import { isTimeZone, parseSchedule } from './schedule.js';

/**
 * Every environment variable of the platform, declared once: type, default and a sentence.
 * `.env.example` is generated from this table, and each service reads the settings that it names.
 */

/** How a setting is shown in `.env.example`. */
export interface SettingMeta {
  /** Heading under which the setting stands. */
  group: string;
  /** Never printed, redacted from logs. */
  secret?: boolean;
  /** Filled with a random value by `make_build.sh` when it is empty. */
  generated?: boolean;
}

/** Declares the settings of a group, each by its type and default, and a sentence. */
const group =
  (name: string) =>
  <T extends z.ZodType>(schema: T, description: string, options: Omit<SettingMeta, 'group'> = {}): T =>
    schema.meta({ group: name, description, ...options });

const port = () => z.coerce.number('expected a port number').int('expected a whole number').min(0).max(65535);
const count = (min: number, max: number) =>
  z.coerce.number('expected a number').int('expected a whole number').min(min).max(max);
const folder = () => z.string().regex(/\S/, 'expected the path of a folder');
/** The forms of a Spark master's address. */
const SPARK_MASTERS = /^(spark:\/\/\S+:\d+|yarn|k8s:\/\/\S+|local(\[[\d*,]+\])?|local-cluster\[\d+,\d+,\d+\])$/;
const flag = () => z.stringbool('expected true or false');
/** The further hosts of a MongoDB replica set, which no URL has. */
const FURTHER_HOSTS = /,[^@/?]*(?=[/?]|$)/;
const url = (...protocols: string[]) =>
  z
    .string()
    .transform((text) => text.trim())
    .refine(
      (value) =>
        URL.canParse(value.replace(FURTHER_HOSTS, '')) && protocols.includes(value.slice(0, value.indexOf('://'))),
      `expected a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`,
    );

/** Address of a Redis, with the number of its database at most: what else stands there is taken for another one. */
const redisUrl = () =>
  url('redis', 'rediss').refine(
    (value) => !URL.canParse(value) || /^\/?\d*$/.test(new URL(value).pathname),
    'expected the number of a database after the host, such as redis://localhost:6379/0',
  );

/** A list, parted by commas or blanks. */
const list = (fits: (item: string) => boolean, expected: string) =>
  z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))
    .refine((items) => items.every(fits), expected)
    .default([]);

const scheduleSetting = () =>
  z
    .string()
    .trim()
    .superRefine((text, context) => {
      try {
        parseSchedule(text);
      } catch (error) {
        context.addIssue((error as Error).message);
      }
    });

const password = () =>
  z
    .string()
    .regex(/^\P{C}{8,200}$/u, 'expected 8 to 200 printable characters')
    .optional();
const image = (name: string) =>
  z
    .string()
    .regex(/^[\w./:@-]+$/, `expected the name of an image, such as ${name}`)
    .default(name);
const GENERATED_SECRET = { secret: true, generated: true } as const;

const general = group('General');
const database = group('Database');
const redis = group('Redis');
const upstream = group('Ecobalyse API (upstream)');
const api = group('REST API');
const extraction = group('Extraction');
const observation = group('Observation: health, metrics, traces');
const pipelines = group(
  'Pipelines: a cron pattern (minute hour day month weekday), @hourly, an interval such as 15m or 1h, or off',
);
const ingest = group('Product ingest');
const retention = group('Retention: how long things are kept');
const statistics = group('Statistics');
const training = group('Training and prediction');
const containers = group('Containers: read by docker-compose.yml and make_build.sh');
const embedded = group('Embedded parts, started by npm start when no connection string replaces them');

/** The declaration of each setting, by the name of its environment variable. */
export const settingSchemas = {
  LOG_LEVEL: general(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    'Least severe level that is logged; npm start logs from warn on unless this is set.',
  ),
  LOG_FORMAT: general(
    z.enum(['json', 'text']).default('json'),
    'json for machines (containers), text for people; npm start writes text unless this is set.',
  ),
  SHUTDOWN_TIMEOUT_MS: general(
    count(100, 300_000).default(10_000),
    'A stopping process that has not finished by then is ended, in milliseconds.',
  ),
  DATA_DIR: general(folder().default('.data'), 'Folder for everything that npm start writes, relative to the project.'),

  MONGODB_URI: database(
    url('mongodb', 'mongodb+srv').optional(),
    'MongoDB connection string; wins over the three DB_ settings. Without either, npm start uses its embedded database.',
    { secret: true },
  ),
  DB_USER: database(z.string().optional(), 'MongoDB Atlas: user.'),
  DB_PASSWORD: database(z.string().optional(), 'MongoDB Atlas: password.', { secret: true }),
  DB_CLUSTER: database(
    z.string().optional(),
    'MongoDB Atlas: host of the cluster, such as cluster0.abcde.mongodb.net.',
  ),
  LOCAL_MONGODB_URI: database(
    url('mongodb').optional(),
    'Database when neither of those is set; docker-compose.yml names its own container here.',
    { secret: true },
  ),
  DB_NAME: database(
    z
      .string()
      .regex(/^[\w-]{1,38}$/, 'expected 1 to 38 letters, digits, _ or -')
      .default('ecobalyse'),
    'Name of the database.',
  ),

  REDIS_URL: redis(redisUrl().optional(), 'Redis of the queues. Without it, npm start runs a private redis-server.', {
    secret: true,
  }),
  CACHE_REDIS_URL: redis(redisUrl().optional(), 'Redis of the response cache; REDIS_URL when not set.', {
    secret: true,
  }),
  QUEUE_PREFIX: redis(
    z
      .string()
      .regex(/^[\w{}-]{1,64}$/, 'expected 1 to 64 letters, digits, _, -, { or }')
      .default('{ecobalyse}'),
    'Prefix of every queue key; the braces keep them in one slot of a Redis Cluster.',
  ),

  ECOBALYSE_API_URL: upstream(
    url('http', 'https').default('https://ecobalyse.beta.gouv.fr/versions/v7.0.0/api'),
    'Ecobalyse-compatible API, version 7. npm start uses its offline simulator unless this is set.',
  ),
  ECOBALYSE_API_TOKEN: upstream(
    z.string().optional(),
    'Token of the official API. v7.0.0 answered without one in October 2026, with 0 for the 19 detailed impacts; newer versions want one.',
    { secret: true },
  ),
  ECOBALYSE_REQUESTS_PER_SECOND: upstream(
    z.coerce.number('expected a number').min(0).max(100_000).optional(),
    'Pace of all processes together towards the API; 0 is unbounded. Not set: 5 for a public host, unbounded for a local one.',
  ),
  ECOBALYSE_CONCURRENCY: upstream(count(1, 256).default(8), 'Requests that a process has under way at once.'),
  ECOBALYSE_TIMEOUT_MS: upstream(count(100, 600_000).default(15_000), 'Longest wait for one answer, in milliseconds.'),
  ECOBALYSE_RETRIES: upstream(
    count(0, 10).default(3),
    'Further tries after a network error, a 429, a 5xx or an answer that is none, with exponential backoff.',
  ),

  API_HOST: api(z.string().min(1).default('127.0.0.1'), 'Address that the API listens on.'),
  API_PORT: api(port().default(8000), 'Port of the API.'),
  API_KEY: api(
    z.string().min(16, 'expected at least 16 characters').optional(),
    'Key that clients send; npm start writes a random one into .env when it is empty.',
    { secret: true, generated: true },
  ),
  API_KEYS: api(
    configuredKeysSchema.default([]),
    'Further keys, parted by commas: name:role:key or name:role:sha256:HASH, with the role reader, writer or admin (npm run keys manages keys in the database).',
    { secret: true },
  ),
  API_KEY_NAME: api(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected a header name of letters, digits, _ or -')
      .default('access_token'),
    'Header that carries the key.',
  ),
  API_PUBLIC_URL: api(
    url('http', 'https').optional(),
    "Address under which people reach the API: the orchestrator's page leads to the other pages there. Not set: API_PORT of the host that the page came from.",
  ),
  RATE_LIMIT_PER_KEY: api(
    count(0, 100_000_000).default(0),
    'Requests a minute of each key without a limit of its own, counted over all processes in Redis; 0 is no limit.',
  ),
  RATE_LIMIT_PER_ADDRESS: api(
    count(0, 100_000_000).default(3000),
    'Requests a minute of each address that come without a valid key; 0 is no limit.',
  ),
  MAX_CONNECTIONS: api(count(1, 1_000_000).default(4096), 'Connections that a service holds open at once.'),
  MAX_CONCURRENT_REQUESTS: api(
    count(1, 1_000_000).default(2048),
    'Requests that a service has under way at once; further ones get 503 with Retry-After.',
  ),
  MAX_EVENT_LOOP_DELAY_MS: api(
    count(0, 60_000).default(2000),
    'A service whose event loop lags more than this answers 503 with Retry-After, in milliseconds; 0 is never.',
  ),
  CORS_ORIGINS: api(
    list(
      (item) => item === '*' || (URL.canParse(item) && new URL(item).origin === item),
      'expected origins such as https://example.org, parted by commas, or *',
    ),
    'Origins whose pages may use the API from a browser; none when empty. The dashboard of the API itself needs none.',
  ),
  TRUSTED_PROXIES: api(
    list(
      (item) => /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/.test(item),
      'expected addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal, parted by commas',
    ),
    'Proxies in front of the services, whose x-forwarded-for header is believed.',
  ),
  CACHE_TTL_SECONDS: api(count(1, 604_800).default(3600), 'Life of a cached answer, in seconds.'),
  CACHE_CLEAR_REQUIRES_KEY: api(flag().default(false), 'Whether GET /cache/clear asks for the key.'),

  WORKER_HOST: observation(
    z.string().min(1).default('127.0.0.1'),
    'Address on which a worker answers /health/live, /health/ready and /metrics.',
  ),
  WORKER_PORT: observation(
    port().default(0),
    'Port of a worker for them; 0 opens none. Each worker of a machine needs its own: npm start counts on from this one.',
  ),
  METRICS_REQUIRE_KEY: observation(
    flag().default(false),
    'Whether GET /metrics of the API and the orchestrator asks this machine and private networks for the key too.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: observation(
    url('http', 'https').optional(),
    'OpenTelemetry collector that takes traces by OTLP over HTTP, such as http://localhost:4318. Without it none are made.',
  ),
  OTEL_TRACES_SAMPLE_RATIO: observation(
    z.coerce.number('expected a number').min(0).max(1, 'expected a share from 0 to 1').default(1),
    'Share of the traces that are kept, decided where they begin.',
  ),

  EXTRACTION_CONCURRENCY: extraction(
    count(1, 64).default(2),
    'Batches of simulations that one worker has under way at once.',
  ),
  EXTRACTION_BATCH_SIZE: extraction(count(1, 500).default(300), 'Simulations in one batch job.'),
  TASK_RETRY_DELAY_MS: extraction(
    count(0, 3_600_000).default(120_000),
    'Wait before the one retry of a failed pipeline task, in milliseconds.',
  ),
  JOB_LOCK_MS: extraction(
    count(1000, 600_000).default(30_000),
    'A job whose worker died is taken over by another after about twice this time, in milliseconds.',
  ),

  ORCHESTRATOR_HOST: pipelines(z.string().min(1).default('127.0.0.1'), 'Address that the orchestrator listens on.'),
  ORCHESTRATOR_PORT: pipelines(port().default(8080), 'Port of the orchestrator: its REST, its page, the queue board.'),
  ORCHESTRATOR_URL: pipelines(
    url('http', 'https').default('http://127.0.0.1:8080'),
    'Address under which the API reaches the orchestrator, for its routes under /orchestrator. npm start: that of ORCHESTRATOR_PORT unless this is set.',
  ),
  ALERT_WEBHOOK_URL: pipelines(
    url('http', 'https').optional(),
    'Address that is told of each incident once: a run that failed or is late, the Ecobalyse API away, a full disk, doubtful products.',
    { secret: true },
  ),
  ALERT_WEBHOOK_SECRET: pipelines(
    z.string().min(16, 'expected at least 16 characters').optional(),
    'Signs what is sent: the header x-ecobalyse-signature has the HMAC-SHA256 of time and body.',
    { secret: true },
  ),
  ALERT_ALLOW_PRIVATE: pipelines(
    flag().default(false),
    'Whether ALERT_WEBHOOK_URL may be in a private network, or without https.',
  ),
  ALERT_RUN_HOURS: pipelines(count(1, 720).default(6), 'Hours after which a run that goes on is late.'),
  SCHEDULE_ECOBALYSE_EXTRACT: pipelines(scheduleSetting().default('0 3 1 * *'), 'When the data is extracted anew.'),
  SCHEDULE_ECOBALYSE_TRAINING: pipelines(
    scheduleSetting().default('0 * * * *'),
    'When new products are added and models trained.',
  ),
  SCHEDULE_ECOBALYSE: pipelines(
    scheduleSetting().default('0 * * * *'),
    'When new products are added, statistics computed and models trained.',
  ),
  SCHEDULE_ECOBALYSE_RESCORE: pipelines(
    scheduleSetting().default('off'),
    'When products are scored anew that are by another version of the method than the API has. By default when somebody starts it.',
  ),
  SCHEDULE_TIME_ZONE: pipelines(
    z.string().trim().refine(isTimeZone, 'expected a time zone such as UTC or Europe/Paris').default('UTC'),
    'Time zone of the cron patterns.',
  ),

  PRODUCTS_FOLDER: ingest(
    folder().default('.data/products'),
    'Folder whose files of products (JSON, NDJSON, CSV) are added, relative to the project. npm start: "products" in DATA_DIR unless this is set.',
  ),
  INGEST_SETTLE_SECONDS: ingest(
    z.coerce.number('expected a number').min(0).max(86_400).default(5),
    'A file that changed less than so many seconds ago may still be being copied: it is left for the next run.',
  ),
  PRODUCT_JOB_MAX_MB: ingest(
    count(1, 2048).default(128),
    'Largest file that POST /product/batch takes, in MB; its products are 100,000 at most.',
  ),
  PRODUCT_JOB_KEEP_DAYS: ingest(
    count(1, 3650).default(7),
    'Days for which a job of POST /product/batch and its result are kept.',
  ),

  RUN_KEEP_DAYS: retention(
    count(0, 3650).default(0),
    'Days for which runs of the pipelines are kept, with their logs, after they ended; 0: for ever.',
  ),
  RUN_KEEP_NEWEST: retention(
    count(1, 100_000).default(50),
    'Newest runs of each pipeline that stay whatever their age; the last one that succeeded always does.',
  ),
  MODEL_KEEP_DAYS: retention(
    count(0, 3650).default(0),
    'Days for which versions of the model are kept, with their runs and files; 0: for ever. Without MLFLOW_TRACKING_URI only: an MLflow server keeps its own.',
  ),
  MODEL_KEEP_NEWEST: retention(
    count(1, 200).default(10),
    'Newest versions of the model that stay whatever their age; the one in production always does.',
  ),
  VERSION_KEEP_DAYS: retention(
    count(0, 3650).default(0),
    'Days for which a product’s former answer is kept after that of another version of the method took its place; 0: for ever.',
  ),

  AUDIT_KEEP_DAYS: api(
    count(1, 3650).default(400),
    'Days for which the lines of GET /audit, and the use of keys by day, are kept.',
  ),

  SENSITIVITY_DISTRIBUTION: statistics(
    z.string().regex(/\S/, 'expected the path of a file').optional(),
    'JSON file of the garments that GET /analysis/sensitivity is about; by default those of the sector (docs/statistics.md).',
  ),
  STATISTICS_MEMORY_MB: statistics(
    count(64, 1_048_576).default(640),
    'Memory that DuckDB may use for a run of the statistics, in MB; what does not fit goes to a temporary folder.',
  ),
  STATISTICS_FOLDER: statistics(
    folder().optional(),
    'Folder in which runs of the statistics keep what they read (Parquet), so that the next one reads only what changed. Without one, each reads every document. npm start: "statistics" in DATA_DIR unless this is set.',
  ),
  STATS_ENGINE: statistics(
    z.enum(['duckdb', 'spark']).default('duckdb'),
    'What computes the five statistics of the contract: DuckDB in the worker itself, or the Spark cluster that SPARK_MASTER names.',
  ),
  SPARK_MASTER: statistics(
    z
      .string()
      .regex(SPARK_MASTERS, 'expected spark://host:port, yarn, k8s://https://…, local[n] or local-cluster[n,cores,MB]')
      .optional(),
    'Spark cluster of STATS_ENGINE=spark; its machines have to see STATISTICS_FOLDER under the same path.',
  ),
  SPARK_SUBMIT: statistics(
    z.string().regex(/\S/, 'expected a command').default('spark-submit'),
    'Command that hands a script to Spark, or its path.',
  ),
  SPARK_TIMEOUT_MINUTES: statistics(count(1, 1440).default(30), 'A run on Spark that has not ended by then is ended.'),

  MLFLOW_TRACKING_URI: training(
    url('http', 'https').optional(),
    'MLflow server of runs and models; without one they are kept in the database.',
  ),
  TRAINING_SEED: training(count(0, 2_147_483_647).default(42), 'Seed of the split and of every model.'),
  TRAINING_EFFORT: training(
    z.coerce.number('expected a number').min(0.01, 'expected at least 0.01').max(10, 'expected at most 10').default(1),
    'Number of trees and epochs, as a multiple of what is usual.',
  ),
  TRAINING_DESIGN: training(
    count(0, 100_000).default(4000),
    'Garments drawn over all that the method takes, which upstream is asked about once, to learn from; half as many more judge the models. 0: the stored products alone.',
  ),
  TRAINING_MIN_IMPROVEMENT: training(
    z.coerce.number('expected a number').min(0).max(1, 'expected a share from 0 to 1').default(0.02),
    'Share by which a new model has to lower the error of the production model to replace it.',
  ),
  SOURCE_REVISION: training(
    z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, 'expected the hash of a commit')
      .optional(),
    'Commit that the code was built from, recorded with every training; without it, the one that is checked out.',
  ),
  MODEL_REFRESH_SECONDS: training(
    count(1, 3600).default(5),
    'How often the API looks whether another version of the model is in production.',
  ),

  COMPOSE_PROFILES: containers(
    z
      .string()
      .regex(/^[\w.,-]*$/, 'expected names separated by commas')
      .optional(),
    'Parts beside the services, by commas: local-mongo (does not start when DB_CLUSTER is set), offline (the simulator), backups (on a schedule), replicas (further APIs, and a proxy before them).',
  ),
  MONGO_PASSWORD: containers(
    password(),
    'Password of the local MongoDB container: for LOCAL_MONGODB_URI where it names a user only.',
    GENERATED_SECRET,
  ),
  QUEUE_REDIS_PASSWORD: containers(
    password(),
    'Password of the Redis of the queues: for REDIS_URL where it has none.',
    GENERATED_SECRET,
  ),
  CACHE_REDIS_PASSWORD: containers(
    password(),
    'Password of the Redis of the cache: for CACHE_REDIS_URL where it has none.',
    GENERATED_SECRET,
  ),
  NODE_IMAGE: containers(image('node:22-bookworm-slim'), 'Image that the services are built on.'),
  MONGO_IMAGE: containers(image('mongo:8.0'), 'Image of the local MongoDB; mongo:4.4 runs on a CPU without AVX.'),
  REDIS_IMAGE: containers(image('redis:7-bookworm'), 'Image of the two Redis.'),
  MLFLOW_IMAGE: containers(image('ghcr.io/mlflow/mlflow:v3.17.2'), 'Image of MLflow.'),
  PROXY_IMAGE: containers(image('haproxy:3.2'), 'Image of the proxy in front of several APIs.'),
  IMAGE_PREFIX: containers(
    image('ecobalyse'),
    'First part of the names of our images: a registry and a folder to push them to.',
  ),
  IMAGE_TAG: containers(
    z
      .string()
      .regex(/^[\w][\w.-]{0,127}$/, 'expected a tag of letters, digits, _, . or -')
      .default('latest'),
    'Tag of our images.',
  ),
  MLFLOW_HOST: containers(
    z.string().min(1).default('127.0.0.1'),
    'Address that MLflow is published on; it asks for no password.',
  ),
  MLFLOW_PORT: containers(port().default(5000), 'Port that MLflow is published on.'),
  PROXY_HOST: containers(
    z.string().min(1).default('127.0.0.1'),
    'Address that the proxy in front of several APIs is published on.',
  ),
  PROXY_PORT: containers(port().default(8088), 'Port that the proxy is published on.'),
  BACKUP_EVERY_HOURS: containers(count(1, 500).default(24), 'Hours between two backups of the profile backups.'),
  BACKUP_KEEP: containers(count(1, 10_000).default(14), 'Backups that the profile backups keeps.'),
  CONTAINER_USER: containers(
    z
      .string()
      .regex(/^\d+:\d+$/, 'expected user and group as numbers, such as 1000:1000')
      .default('1000:1000'),
    'User and group that own the folders of products and backups.',
  ),

  EMBEDDED_MONGO_PORT: embedded(port().default(27_117), 'Port of the embedded database.'),
  EMBEDDED_REDIS_PORT: embedded(port().default(6479), 'Port of the private redis-server.'),
  SIMULATOR_HOST: embedded(z.string().min(1).default('127.0.0.1'), 'Address that the simulator listens on.'),
  SIMULATOR_PORT: embedded(port().default(8001), 'Port of the offline simulator.'),
  SIMULATOR_UPCYCLED_STAGES: embedded(
    z.enum(['shown', 'left-out']).default('shown'),
    'Whether answers for upcycled garments show the four stages that do not count, as the official API did until September 2026, or leave them out as it does since. The cost is the same.',
  ),
} satisfies Record<string, z.ZodType>;

export type SettingName = keyof typeof settingSchemas;

/** The parsed settings of the given names. */
export type Settings<Name extends SettingName = SettingName> = {
  [K in Name]: z.output<(typeof settingSchemas)[K]>;
};

/** Heading and sentence of a setting, as declared. */
export function settingMeta(name: SettingName): SettingMeta & { description: string } {
  return settingSchemas[name].meta() as unknown as SettingMeta & { description: string };
}

/** Names of the settings whose values must never be printed. */
export const secretSettings: readonly SettingName[] = (Object.keys(settingSchemas) as SettingName[]).filter(
  (name) => settingMeta(name).secret,
);
