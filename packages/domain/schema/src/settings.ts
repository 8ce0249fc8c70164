import { z } from 'zod';
import { configuredKeysSchema } from './access.js';
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

function setting<T extends z.ZodType>(
  schema: T,
  group: string,
  description: string,
  options: { secret?: boolean; generated?: boolean } = {},
): T {
  return schema.meta({ group, description, ...options });
}

const port = () => z.coerce.number('expected a port number').int('expected a whole number').min(0).max(65535);
const count = (min: number, max: number) =>
  z.coerce.number('expected a number').int('expected a whole number').min(min).max(max);
const folder = () => z.string().regex(/\S/, 'expected the path of a folder');
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

const GENERAL = 'General';
const DATABASE = 'Database';
const REDIS = 'Redis';
const UPSTREAM = 'Ecobalyse API (upstream)';
const API = 'REST API';
const EXTRACTION = 'Extraction';
const OBSERVATION = 'Observation: health, metrics, traces';
const PIPELINES =
  'Pipelines: a cron pattern (minute hour day month weekday), @hourly, an interval such as 15m or 1h, or off';
const INGEST = 'Product ingest';
const STATISTICS = 'Statistics';
const TRAINING = 'Training and prediction';
const CONTAINERS = 'Containers: read by docker-compose.yml and make_build.sh';
const EMBEDDED = 'Embedded parts, started by npm start when no connection string replaces them';

/** The declaration of each setting, by the name of its environment variable. */
export const settingSchemas = {
  LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    GENERAL,
    'Least severe level that is logged; npm start logs from warn on unless this is set.',
  ),
  LOG_FORMAT: setting(
    z.enum(['json', 'text']).default('json'),
    GENERAL,
    'json for machines (containers), text for people; npm start writes text unless this is set.',
  ),
  SHUTDOWN_TIMEOUT_MS: setting(
    count(100, 300_000).default(10_000),
    GENERAL,
    'A stopping process that has not finished by then is ended, in milliseconds.',
  ),
  DATA_DIR: setting(
    folder().default('.data'),
    GENERAL,
    'Folder for everything that npm start writes, relative to the project.',
  ),

  MONGODB_URI: setting(
    url('mongodb', 'mongodb+srv').optional(),
    DATABASE,
    'MongoDB connection string; wins over the three DB_ settings. Without either, npm start uses its embedded database.',
    { secret: true },
  ),
  DB_USER: setting(z.string().optional(), DATABASE, 'MongoDB Atlas: user.'),
  DB_PASSWORD: setting(z.string().optional(), DATABASE, 'MongoDB Atlas: password.', { secret: true }),
  DB_CLUSTER: setting(
    z.string().optional(),
    DATABASE,
    'MongoDB Atlas: host of the cluster, such as cluster0.abcde.mongodb.net.',
  ),
  LOCAL_MONGODB_URI: setting(
    url('mongodb').optional(),
    DATABASE,
    'Database when neither of those is set; docker-compose.yml names its own container here.',
    { secret: true },
  ),
  DB_NAME: setting(
    z
      .string()
      .regex(/^[\w-]{1,38}$/, 'expected 1 to 38 letters, digits, _ or -')
      .default('ecobalyse'),
    DATABASE,
    'Name of the database.',
  ),

  REDIS_URL: setting(
    redisUrl().optional(),
    REDIS,
    'Redis of the queues. Without it, npm start runs a private redis-server.',
    { secret: true },
  ),
  CACHE_REDIS_URL: setting(redisUrl().optional(), REDIS, 'Redis of the response cache; REDIS_URL when not set.', {
    secret: true,
  }),
  QUEUE_PREFIX: setting(
    z
      .string()
      .regex(/^[\w{}-]{1,64}$/, 'expected 1 to 64 letters, digits, _, -, { or }')
      .default('{ecobalyse}'),
    REDIS,
    'Prefix of every queue key; the braces keep them in one slot of a Redis Cluster.',
  ),

  ECOBALYSE_API_URL: setting(
    url('http', 'https').default('https://ecobalyse.beta.gouv.fr/versions/v7.0.0/api'),
    UPSTREAM,
    'Ecobalyse-compatible API, version 7. npm start uses its offline simulator unless this is set.',
  ),
  ECOBALYSE_API_TOKEN: setting(
    z.string().optional(),
    UPSTREAM,
    'Token of the official API. v7.0.0 answered without one in October 2026, with 0 for the 19 detailed impacts; newer versions want one.',
    { secret: true },
  ),
  ECOBALYSE_REQUESTS_PER_SECOND: setting(
    z.coerce.number('expected a number').min(0).max(100_000).optional(),
    UPSTREAM,
    'Pace of all processes together towards the API; 0 is unbounded. Not set: 5 for a public host, unbounded for a local one.',
  ),
  ECOBALYSE_CONCURRENCY: setting(count(1, 256).default(8), UPSTREAM, 'Requests that a process has under way at once.'),
  ECOBALYSE_TIMEOUT_MS: setting(
    count(100, 600_000).default(15_000),
    UPSTREAM,
    'Longest wait for one answer, in milliseconds.',
  ),
  ECOBALYSE_RETRIES: setting(
    count(0, 10).default(3),
    UPSTREAM,
    'Further tries after a network error, a 429, a 5xx or an answer that is none, with exponential backoff.',
  ),

  API_HOST: setting(z.string().min(1).default('127.0.0.1'), API, 'Address that the API listens on.'),
  API_PORT: setting(port().default(8000), API, 'Port of the API.'),
  API_KEY: setting(
    z.string().min(16, 'expected at least 16 characters').optional(),
    API,
    'Key that clients send; npm start writes a random one into .env when it is empty.',
    { secret: true, generated: true },
  ),
  API_KEYS: setting(
    configuredKeysSchema.default([]),
    API,
    'Further keys, parted by commas: name:role:key or name:role:sha256:HASH, with the role reader, writer or admin (npm run keys manages keys in the database).',
    { secret: true },
  ),
  API_KEY_NAME: setting(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected a header name of letters, digits, _ or -')
      .default('access_token'),
    API,
    'Header that carries the key.',
  ),
  API_URL: setting(
    url('http', 'https').default('http://127.0.0.1:8000'),
    API,
    'Address under which other services reach the API. npm start: that of API_PORT unless this is set.',
  ),
  API_PUBLIC_URL: setting(
    url('http', 'https').optional(),
    API,
    "Address under which people reach the API: the orchestrator's page leads to the other pages there. Not set: API_PORT of the host that the page came from.",
  ),
  RATE_LIMIT_PER_KEY: setting(
    count(0, 100_000_000).default(0),
    API,
    'Requests a minute of each key, counted over all processes in Redis; 0 is no limit.',
  ),
  RATE_LIMIT_PER_ADDRESS: setting(
    count(0, 100_000_000).default(3000),
    API,
    'Requests a minute of each address that come without a valid key; 0 is no limit.',
  ),
  MAX_CONNECTIONS: setting(count(1, 1_000_000).default(4096), API, 'Connections that a service holds open at once.'),
  MAX_CONCURRENT_REQUESTS: setting(
    count(1, 1_000_000).default(2048),
    API,
    'Requests that a service has under way at once; further ones get 503 with Retry-After.',
  ),
  MAX_EVENT_LOOP_DELAY_MS: setting(
    count(0, 60_000).default(2000),
    API,
    'A service whose event loop lags more than this answers 503 with Retry-After, in milliseconds; 0 is never.',
  ),
  CORS_ORIGINS: setting(
    list(
      (item) => item === '*' || (URL.canParse(item) && new URL(item).origin === item),
      'expected origins such as https://example.org, parted by commas, or *',
    ),
    API,
    'Origins whose pages may use the API from a browser; none when empty. The dashboard of the API itself needs none.',
  ),
  TRUSTED_PROXIES: setting(
    list(
      (item) => /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/.test(item),
      'expected addresses, networks such as 10.0.0.0/8, loopback, linklocal or uniquelocal, parted by commas',
    ),
    API,
    'Proxies in front of the services, whose x-forwarded-for header is believed.',
  ),
  CACHE_TTL_SECONDS: setting(count(1, 604_800).default(3600), API, 'Life of a cached answer, in seconds.'),
  CACHE_CLEAR_REQUIRES_KEY: setting(flag().default(false), API, 'Whether GET /cache/clear asks for the key.'),

  WORKER_HOST: setting(
    z.string().min(1).default('127.0.0.1'),
    OBSERVATION,
    'Address on which a worker answers /health/live, /health/ready and /metrics.',
  ),
  WORKER_PORT: setting(
    port().default(0),
    OBSERVATION,
    'Port of a worker for them; 0 opens none. Each worker of a machine needs its own: npm start counts on from this one.',
  ),
  METRICS_REQUIRE_KEY: setting(
    flag().default(false),
    OBSERVATION,
    'Whether GET /metrics of the API and the orchestrator asks this machine and private networks for the key too.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    url('http', 'https').optional(),
    OBSERVATION,
    'OpenTelemetry collector that takes traces by OTLP over HTTP, such as http://localhost:4318. Without it none are made.',
  ),
  OTEL_TRACES_SAMPLE_RATIO: setting(
    z.coerce.number('expected a number').min(0).max(1, 'expected a share from 0 to 1').default(1),
    OBSERVATION,
    'Share of the traces that are kept, decided where they begin.',
  ),

  EXTRACTION_CONCURRENCY: setting(
    count(1, 64).default(2),
    EXTRACTION,
    'Batches of simulations that one worker has under way at once.',
  ),
  EXTRACTION_BATCH_SIZE: setting(count(1, 500).default(150), EXTRACTION, 'Simulations in one batch job.'),
  TASK_RETRY_DELAY_MS: setting(
    count(0, 3_600_000).default(120_000),
    EXTRACTION,
    'Wait before the one retry of a failed pipeline task, in milliseconds.',
  ),
  JOB_LOCK_MS: setting(
    count(1000, 600_000).default(30_000),
    EXTRACTION,
    'A job whose worker died is taken over by another after about twice this time, in milliseconds.',
  ),

  ORCHESTRATOR_HOST: setting(
    z.string().min(1).default('127.0.0.1'),
    PIPELINES,
    'Address that the orchestrator listens on.',
  ),
  ORCHESTRATOR_PORT: setting(
    port().default(8080),
    PIPELINES,
    'Port of the orchestrator: its REST, its page, the queue board.',
  ),
  ORCHESTRATOR_URL: setting(
    url('http', 'https').default('http://127.0.0.1:8080'),
    PIPELINES,
    'Address under which the API reaches the orchestrator, for its routes under /orchestrator. npm start: that of ORCHESTRATOR_PORT unless this is set.',
  ),
  SCHEDULE_ECOBALYSE_EXTRACT: setting(
    scheduleSetting().default('0 3 1 * *'),
    PIPELINES,
    'When the data is extracted anew.',
  ),
  SCHEDULE_ECOBALYSE_TRAINING: setting(
    scheduleSetting().default('0 * * * *'),
    PIPELINES,
    'When new products are added and models trained.',
  ),
  SCHEDULE_ECOBALYSE: setting(
    scheduleSetting().default('0 * * * *'),
    PIPELINES,
    'When new products are added, statistics computed and models trained.',
  ),
  SCHEDULE_TIME_ZONE: setting(
    z.string().trim().refine(isTimeZone, 'expected a time zone such as UTC or Europe/Paris').default('UTC'),
    PIPELINES,
    'Time zone of the cron patterns.',
  ),

  PRODUCTS_FOLDER: setting(
    folder().default('.data/products'),
    INGEST,
    'Folder whose files of products (JSON, NDJSON, CSV) are added, relative to the project. npm start: "products" in DATA_DIR unless this is set.',
  ),
  INGEST_SETTLE_SECONDS: setting(
    z.coerce.number('expected a number').min(0).max(86_400).default(5),
    INGEST,
    'A file that changed less than so many seconds ago may still be being copied: it is left for the next run.',
  ),
  INGEST_CONCURRENCY: setting(count(1, 64).default(4), INGEST, 'Products that are posted at once.'),
  PRODUCT_JOB_MAX_MB: setting(
    count(1, 2048).default(128),
    INGEST,
    'Largest file that POST /product/batch takes, in MB; its products are 100,000 at most.',
  ),
  PRODUCT_JOB_KEEP_DAYS: setting(
    count(1, 3650).default(7),
    INGEST,
    'Days for which a job of POST /product/batch and its result are kept.',
  ),

  STATISTICS_MEMORY_MB: setting(
    count(64, 1_048_576).default(640),
    STATISTICS,
    'Memory that DuckDB may use for a run of the statistics, in MB; what does not fit goes to a temporary folder.',
  ),

  MLFLOW_TRACKING_URI: setting(
    url('http', 'https').optional(),
    TRAINING,
    'MLflow server of runs and models; without one they are kept in the database.',
  ),
  TRAINING_SEED: setting(count(0, 2_147_483_647).default(42), TRAINING, 'Seed of the split and of every model.'),
  TRAINING_EFFORT: setting(
    z.coerce.number('expected a number').min(0.01, 'expected at least 0.01').max(10, 'expected at most 10').default(1),
    TRAINING,
    'Number of trees and epochs, as a multiple of what is usual.',
  ),
  TRAINING_DESIGN: setting(
    count(0, 100_000).default(4000),
    TRAINING,
    'Garments drawn over all that the method takes, which upstream is asked about once, to learn from; half as many more judge the models. 0: the stored products alone.',
  ),
  TRAINING_MIN_IMPROVEMENT: setting(
    z.coerce.number('expected a number').min(0).max(1, 'expected a share from 0 to 1').default(0.02),
    TRAINING,
    'Share by which a new model has to lower the error of the production model to replace it.',
  ),
  SOURCE_REVISION: setting(
    z
      .string()
      .regex(/^[0-9a-f]{7,64}$/, 'expected the hash of a commit')
      .optional(),
    TRAINING,
    'Commit that the code was built from, recorded with every training; without it, the one that is checked out.',
  ),
  MODEL_REFRESH_SECONDS: setting(
    count(1, 3600).default(5),
    TRAINING,
    'How often the API looks whether another version of the model is in production.',
  ),

  COMPOSE_PROFILES: setting(
    z
      .string()
      .regex(/^[\w.,-]*$/, 'expected names separated by commas')
      .optional(),
    CONTAINERS,
    'Parts beside the services, by commas: local-mongo (does not start when DB_CLUSTER is set), offline (the simulator).',
  ),
  MONGO_PASSWORD: setting(
    password(),
    CONTAINERS,
    'Password of the local MongoDB container: for LOCAL_MONGODB_URI where it names a user only.',
    GENERATED_SECRET,
  ),
  QUEUE_REDIS_PASSWORD: setting(
    password(),
    CONTAINERS,
    'Password of the Redis of the queues: for REDIS_URL where it has none.',
    GENERATED_SECRET,
  ),
  CACHE_REDIS_PASSWORD: setting(
    password(),
    CONTAINERS,
    'Password of the Redis of the cache: for CACHE_REDIS_URL where it has none.',
    GENERATED_SECRET,
  ),
  NODE_IMAGE: setting(image('node:22-bookworm-slim'), CONTAINERS, 'Image that the services are built on.'),
  MONGO_IMAGE: setting(
    image('mongo:8.0'),
    CONTAINERS,
    'Image of the local MongoDB; mongo:4.4 runs on a CPU without AVX.',
  ),
  REDIS_IMAGE: setting(image('redis:7-bookworm'), CONTAINERS, 'Image of the two Redis.'),
  MLFLOW_IMAGE: setting(image('ghcr.io/mlflow/mlflow:v3.17.2'), CONTAINERS, 'Image of MLflow.'),
  IMAGE_PREFIX: setting(
    image('ecobalyse'),
    CONTAINERS,
    'First part of the names of our images: a registry and a folder to push them to.',
  ),
  IMAGE_TAG: setting(
    z
      .string()
      .regex(/^[\w][\w.-]{0,127}$/, 'expected a tag of letters, digits, _, . or -')
      .default('latest'),
    CONTAINERS,
    'Tag of our images.',
  ),
  MLFLOW_HOST: setting(
    z.string().min(1).default('127.0.0.1'),
    CONTAINERS,
    'Address that MLflow is published on; it asks for no password.',
  ),
  MLFLOW_PORT: setting(port().default(5000), CONTAINERS, 'Port that MLflow is published on.'),
  CONTAINER_USER: setting(
    z
      .string()
      .regex(/^\d+:\d+$/, 'expected user and group as numbers, such as 1000:1000')
      .default('1000:1000'),
    CONTAINERS,
    'User and group that own the folders of products and backups.',
  ),

  EMBEDDED_MONGO_PORT: setting(port().default(27_117), EMBEDDED, 'Port of the embedded database.'),
  EMBEDDED_REDIS_PORT: setting(port().default(6479), EMBEDDED, 'Port of the private redis-server.'),
  SIMULATOR_HOST: setting(z.string().min(1).default('127.0.0.1'), EMBEDDED, 'Address that the simulator listens on.'),
  SIMULATOR_PORT: setting(port().default(8001), EMBEDDED, 'Port of the offline simulator.'),
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
