import { z } from 'zod';
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
}

function setting<T extends z.ZodType>(
  schema: T,
  group: string,
  description: string,
  options: { secret?: boolean } = {},
): T {
  return schema.meta({ group, description, ...options });
}

const port = () => z.coerce.number('expected a port number').int('expected a whole number').min(0).max(65535);
const count = (min: number, max: number) =>
  z.coerce.number('expected a number').int('expected a whole number').min(min).max(max);
const flag = () => z.stringbool('expected true or false');
const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.replace(':', '')),
      `expected a URL that starts with ${protocols.map((name) => `${name}://`).join(' or ')}`,
    );

const scheduleSetting = () =>
  z
    .string()
    .refine((text) => parseSchedule(text) !== undefined, 'expected a cron pattern, an interval such as 15m, or off');

const GENERAL = 'General';
const DATABASE = 'Database';
const REDIS = 'Redis';
const UPSTREAM = 'Ecobalyse API (upstream)';
const API = 'REST API';
const EXTRACTION = 'Extraction';
const PIPELINES = 'Pipelines: a cron pattern (minute hour day month weekday), an interval such as 15m or 1h, or off';
const INGEST = 'Product ingest';
const STATISTICS = 'Statistics';
const TRAINING = 'Training and prediction';
const EMBEDDED = 'Embedded parts, started by npm start when no connection string replaces them';

/** The declaration of each setting, by the name of its environment variable. */
export const settingSchemas = {
  LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    GENERAL,
    'Least severe level that is logged.',
  ),
  LOG_FORMAT: setting(
    z.enum(['json', 'text']).default('json'),
    GENERAL,
    'json for machines (containers), text for people.',
  ),
  SHUTDOWN_TIMEOUT_MS: setting(
    count(100, 300_000).default(10_000),
    GENERAL,
    'A stopping process that has not finished by then is ended, in milliseconds.',
  ),
  DATA_DIR: setting(
    z.string().min(1).default('.data'),
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
  DB_NAME: setting(
    z
      .string()
      .regex(/^[\w-]{1,38}$/, 'expected 1 to 38 letters, digits, _ or -')
      .default('ecobalyse'),
    DATABASE,
    'Name of the database.',
  ),

  REDIS_URL: setting(
    url('redis', 'rediss').optional(),
    REDIS,
    'Redis of the queues. Without it, npm start runs a private redis-server.',
    { secret: true },
  ),
  CACHE_REDIS_URL: setting(
    url('redis', 'rediss').optional(),
    REDIS,
    'Redis of the response cache; REDIS_URL when not set.',
    { secret: true },
  ),
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
    'Ecobalyse-compatible API. npm start uses its offline simulator unless this is set.',
  ),
  ECOBALYSE_API_TOKEN: setting(
    z.string().optional(),
    UPSTREAM,
    'Token of the official API; without one it answers 0 for the 19 detailed impacts.',
    { secret: true },
  ),
  ECOBALYSE_REQUESTS_PER_SECOND: setting(
    z.coerce.number('expected a number').min(0).max(100_000).optional(),
    UPSTREAM,
    'Pace of each process towards the API; 0 is unbounded. Not set: 5 for a public host, unbounded for a local one.',
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
    'Further tries after a network error, a 429 or a 5xx, with exponential backoff.',
  ),

  API_HOST: setting(z.string().min(1).default('127.0.0.1'), API, 'Address that the API listens on.'),
  API_PORT: setting(port().default(8000), API, 'Port of the API.'),
  API_KEY: setting(
    z.string().min(16, 'expected at least 16 characters').optional(),
    API,
    'Key that clients send; npm start writes a random one into .env when it is empty.',
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
    'Address under which other services reach the API.',
  ),
  CACHE_TTL_SECONDS: setting(count(1, 604_800).default(3600), API, 'Life of a cached answer, in seconds.'),
  CACHE_CLEAR_REQUIRES_KEY: setting(flag().default(false), API, 'Whether GET /cache/clear asks for the key.'),

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
    z.string().refine(isTimeZone, 'expected a time zone such as UTC or Europe/Paris').default('UTC'),
    PIPELINES,
    'Time zone of the cron patterns.',
  ),

  PRODUCTS_FOLDER: setting(
    z.string().min(1).default('.data/products'),
    INGEST,
    'Folder whose files of products (JSON, NDJSON, CSV) are added, relative to the project.',
  ),
  INGEST_SETTLE_SECONDS: setting(
    z.coerce.number('expected a number').min(0).max(86_400).default(5),
    INGEST,
    'A file that changed less than so many seconds ago may still be being copied: it is left for the next run.',
  ),
  INGEST_CONCURRENCY: setting(count(1, 64).default(4), INGEST, 'Products that are posted at once.'),

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
  TRAINING_MIN_IMPROVEMENT: setting(
    z.coerce.number('expected a number').min(0).max(1, 'expected a share from 0 to 1').default(0.02),
    TRAINING,
    'Share by which a new model has to lower the RMSE of the production model to replace it.',
  ),
  MODEL_REFRESH_SECONDS: setting(
    count(1, 3600).default(5),
    TRAINING,
    'How often the API looks whether another version of the model is in production.',
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
