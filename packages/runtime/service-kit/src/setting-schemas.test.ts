import { describe, expect, it } from 'vitest';
import { type SettingName, secretSettings, settingMeta, settingSchemas } from './setting-schemas.js';

const PORT = { default: 0, takes: ['0', '65535'], refuses: ['-1', '65536', '80.5', 'http'] };
const port = (number: number) => ({ ...PORT, default: number });
/** A whole number: the bounds themselves are taken, what is one beyond them is not. */
const count = (min: number, max: number, usual: number | undefined) => ({
  default: usual,
  takes: [`${min}`, `${max}`],
  refuses: [`${min - 1}`, `${max + 1}`, `${min + 0.5}`, 'many'],
});
const number = (min: number, max: number, usual: number | undefined) => ({
  default: usual,
  takes: [`${min}`, `${max}`, `${min + (max - min) / 3}`],
  refuses: [`${min - 0.01}`, `${max + 0.01}`, 'many'],
});
const flag = { default: false, takes: ['true', 'false'], refuses: ['perhaps'] };
const text = (usual: string | undefined, takes: string[] = [], refuses: string[] = []) => ({
  default: usual,
  takes,
  refuses,
});
const host = text('127.0.0.1', ['::']);
const http = (usual?: string) =>
  text(usual, ['http://a:1/b', ' https://a '], ['ftp://a', 'a', 'http:/', 'mongodb://a', 'http://']);
const MONGODB = ['mongodb://a:1,b:2/?c=d', 'mongodb://a'];
const redis = text(
  undefined,
  ['redis://a', 'rediss://:p@a:1/15', 'redis://a/'],
  ['http://a', 'redis://a/b', 'redis://a/1/2'],
);
const schedule = (usual: string) => text(usual, ['off', '15m', '@hourly'], ['soon', '15min']);
const secretText = text(
  undefined,
  ['p'.repeat(8), 'é'.repeat(200)],
  ['p'.repeat(7), 'p'.repeat(201), 'a\u0007bcdefgh'],
);
const image = (usual: string) => text(usual, ['a/b:1@sha256:c'], ['a b', 'a;b']);

interface Row {
  default: unknown;
  takes: string[];
  refuses: string[];
}

/** What each setting is when nobody sets it, and the last values on both sides of its bounds. */
const SETTINGS: Record<SettingName, Row> = {
  LOG_LEVEL: text('info', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], ['loud']),
  LOG_FORMAT: text('json', ['json', 'text'], ['xml']),
  SHUTDOWN_TIMEOUT_MS: count(100, 300_000, 10_000),
  DATA_DIR: text('.data', ['a b'], [' ', '\t']),
  MONGODB_URI: text(undefined, [...MONGODB, 'mongodb+srv://a'], ['http://a', 'a:27017']),
  DB_USER: text(undefined),
  DB_PASSWORD: text(undefined),
  DB_CLUSTER: text(undefined),
  LOCAL_MONGODB_URI: text(undefined, MONGODB, ['mongodb+srv://a']),
  DB_NAME: text('ecobalyse', ['a-B_9', 'a'.repeat(38)], ['a'.repeat(39), 'a b', 'a.b']),
  REDIS_URL: redis,
  CACHE_REDIS_URL: redis,
  QUEUE_PREFIX: text('{ecobalyse}', ['a'.repeat(64), '{a-b_9}'], ['a'.repeat(65), 'a:b']),
  ECOBALYSE_API_URL: http('https://ecobalyse.beta.gouv.fr/versions/v7.0.0/api'),
  ECOBALYSE_API_TOKEN: text(undefined),
  ECOBALYSE_REQUESTS_PER_SECOND: number(0, 100_000, undefined),
  ECOBALYSE_CONCURRENCY: count(1, 256, 8),
  ECOBALYSE_TIMEOUT_MS: count(100, 600_000, 15_000),
  ECOBALYSE_RETRIES: count(0, 10, 3),
  API_HOST: host,
  API_PORT: port(8000),
  API_KEY: text(undefined, ['k'.repeat(16)], ['k'.repeat(15)]),
  API_KEYS: { default: [], takes: [`a:reader:${'k'.repeat(16)}`], refuses: ['a:reader:k'] },
  API_KEY_NAME: text('access_token', ['a'.repeat(64), 'X-Key_1'], ['a'.repeat(65), 'a b', 'a:b']),
  API_PUBLIC_URL: http(),
  RATE_LIMIT_PER_KEY: count(0, 100_000_000, 0),
  RATE_LIMIT_PER_ADDRESS: count(0, 100_000_000, 3000),
  MAX_CONNECTIONS: count(1, 1_000_000, 4096),
  MAX_CONCURRENT_REQUESTS: count(1, 1_000_000, 2048),
  MAX_EVENT_LOOP_DELAY_MS: count(0, 60_000, 2000),
  CORS_ORIGINS: {
    default: [],
    takes: ['*', 'https://a,http://b:1 https://c'],
    refuses: ['https://a/', 'a', 'https://a x'],
  },
  TRUSTED_PROXIES: {
    default: [],
    takes: ['loopback, linklocal uniquelocal', '10.0.0.0/8', '::1', 'fc00::/7'],
    refuses: ['everybody', '10.0.0.0/', '10.0.0.0/1234'],
  },
  CACHE_TTL_SECONDS: count(1, 604_800, 3600),
  CACHE_CLEAR_REQUIRES_KEY: flag,
  WORKER_HOST: host,
  WORKER_PORT: port(0),
  METRICS_REQUIRE_KEY: flag,
  OTEL_EXPORTER_OTLP_ENDPOINT: http(),
  OTEL_TRACES_SAMPLE_RATIO: number(0, 1, 1),
  EXTRACTION_CONCURRENCY: count(1, 64, 2),
  EXTRACTION_BATCH_SIZE: count(1, 500, 300),
  TASK_RETRY_DELAY_MS: count(0, 3_600_000, 120_000),
  JOB_LOCK_MS: count(1000, 600_000, 30_000),
  ORCHESTRATOR_HOST: host,
  ORCHESTRATOR_PORT: port(8080),
  ORCHESTRATOR_URL: http('http://127.0.0.1:8080'),
  ALERT_WEBHOOK_URL: http(),
  ALERT_WEBHOOK_SECRET: text(undefined, ['p'.repeat(16)], ['p'.repeat(15)]),
  ALERT_ALLOW_PRIVATE: flag,
  ALERT_RUN_HOURS: count(1, 720, 6),
  SCHEDULE_ECOBALYSE_EXTRACT: schedule('0 3 1 * *'),
  SCHEDULE_ECOBALYSE_TRAINING: schedule('0 * * * *'),
  SCHEDULE_ECOBALYSE: schedule('0 * * * *'),
  SCHEDULE_ECOBALYSE_RESCORE: schedule('off'),
  SCHEDULE_TIME_ZONE: text('UTC', [' Europe/Paris '], ['Mars/Olympus']),
  PRODUCTS_FOLDER: text('.data/products', ['a b'], [' ']),
  INGEST_SETTLE_SECONDS: number(0, 86_400, 5),
  PRODUCT_JOB_MAX_MB: count(1, 2048, 128),
  PRODUCT_JOB_KEEP_DAYS: count(1, 3650, 7),
  RUN_KEEP_DAYS: count(0, 3650, 0),
  RUN_KEEP_NEWEST: count(1, 100_000, 50),
  MODEL_KEEP_DAYS: count(0, 3650, 0),
  MODEL_KEEP_NEWEST: count(1, 200, 10),
  VERSION_KEEP_DAYS: count(0, 3650, 0),
  AUDIT_KEEP_DAYS: count(1, 3650, 400),
  SENSITIVITY_DISTRIBUTION: text(undefined, ['a b/c.json'], [' ']),
  STATISTICS_MEMORY_MB: count(64, 1_048_576, 640),
  STATISTICS_FOLDER: text(undefined, ['a b'], [' ']),
  STATS_ENGINE: text('duckdb', ['duckdb', 'spark'], ['flink']),
  SPARK_MASTER: text(
    undefined,
    ['spark://a:7077', 'yarn', 'k8s://https://a', 'local', 'local[*]', 'local-cluster[2,1,1024]'],
    ['a:7077', 'spark://a', 'yarn2', 'local-cluster[2]'],
  ),
  SPARK_SUBMIT: text('spark-submit', ['/opt/spark/bin/spark-submit'], [' ']),
  SPARK_TIMEOUT_MINUTES: count(1, 1440, 30),
  MLFLOW_TRACKING_URI: http(),
  TRAINING_SEED: count(0, 2_147_483_647, 42),
  TRAINING_DESIGN: count(0, 100_000, 4000),
  TRAINING_EFFORT: number(0.01, 10, 1),
  TRAINING_MIN_IMPROVEMENT: number(0, 1, 0.02),
  SOURCE_REVISION: text(undefined, ['0123abc', 'f'.repeat(64)], ['012345', 'f'.repeat(65), 'abcdefg']),
  MODEL_REFRESH_SECONDS: count(1, 3600, 5),
  COMPOSE_PROFILES: text(undefined, ['', 'a,b-c.d_1'], ['a b']),
  MONGO_PASSWORD: secretText,
  QUEUE_REDIS_PASSWORD: secretText,
  CACHE_REDIS_PASSWORD: secretText,
  NODE_IMAGE: image('node:22-bookworm-slim'),
  MONGO_IMAGE: image('mongo:8.0'),
  REDIS_IMAGE: image('redis:7-bookworm'),
  MLFLOW_IMAGE: image('ghcr.io/mlflow/mlflow:v3.17.2'),
  PROXY_IMAGE: image('haproxy:3.2'),
  IMAGE_PREFIX: image('ecobalyse'),
  IMAGE_TAG: text('latest', ['a'.repeat(128), '1.b-c_d'], ['a'.repeat(129), '-a', 'a/b']),
  MLFLOW_HOST: host,
  MLFLOW_PORT: port(5000),
  PROXY_HOST: host,
  PROXY_PORT: port(8088),
  BACKUP_EVERY_HOURS: count(1, 500, 24),
  BACKUP_KEEP: count(1, 10_000, 14),
  CONTAINER_USER: text('1000:1000', ['0:0', '12:345'], ['1000', 'me:me', '1:2:3', ':1', '1:', 'a1:1', '1:1a']),
  EMBEDDED_MONGO_PORT: port(27_117),
  EMBEDDED_REDIS_PORT: port(6479),
  SIMULATOR_HOST: host,
  SIMULATOR_PORT: port(8001),
  SIMULATOR_UPCYCLED_STAGES: text('shown', ['left-out'], ['hidden']),
};

describe('a setting', () => {
  it.each(Object.entries(SETTINGS) as [SettingName, Row][])('%s has its default and its bounds', (name, row) => {
    const schema = settingSchemas[name];
    expect(schema.safeParse(undefined)).toEqual({ success: true, data: row.default });
    const isTaken = (value: string) => [value, schema.safeParse(value).success];
    expect([...row.takes, ...row.refuses].map(isTaken)).toEqual([
      ...row.takes.map((value) => [value, true]),
      ...row.refuses.map((value) => [value, false]),
    ]);
  });

  it.each([
    ['CORS_ORIGINS', ' https://a, https://b  https://c,', ['https://a', 'https://b', 'https://c']],
    ['SCHEDULE_TIME_ZONE', ' Europe/Paris ', 'Europe/Paris'],
    ['API_PUBLIC_URL', ' https://a ', 'https://a'],
    ['SCHEDULE_ECOBALYSE', ' 15m ', '15m'],
    ['INGEST_SETTLE_SECONDS', '0.5', 0.5],
  ] as const)('%s is read from %j as %j', (name, given, read) =>
    expect(settingSchemas[name].parse(given)).toEqual(read),
  );
});

it('secrets are known as such', () => {
  expect(secretSettings).toEqual([
    'MONGODB_URI',
    'DB_PASSWORD',
    'LOCAL_MONGODB_URI',
    'REDIS_URL',
    'CACHE_REDIS_URL',
    'ECOBALYSE_API_TOKEN',
    'API_KEY',
    'API_KEYS',
    'ALERT_WEBHOOK_URL',
    'ALERT_WEBHOOK_SECRET',
    'MONGO_PASSWORD',
    'QUEUE_REDIS_PASSWORD',
    'CACHE_REDIS_PASSWORD',
  ]);
  const isGenerated = (name: SettingName) => settingMeta(name).generated;
  expect((Object.keys(settingSchemas) as SettingName[]).filter(isGenerated)).toEqual([
    'API_KEY',
    'MONGO_PASSWORD',
    'QUEUE_REDIS_PASSWORD',
    'CACHE_REDIS_PASSWORD',
  ]);
});
