import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { createPipelineClient, openScheduler, QUEUES, startTaskWorker } from '@ecobalyse/pipeline';
import { createLogger } from '@ecobalyse/service-kit';
import { openRunHistory, openStore, type Store } from '@ecobalyse/store';
import type { TestBrowser, TestPage } from '@ecobalyse/test-servers';
import {
  startTestBrowser,
  startTestMongodb,
  startTestRedis,
  type TestMongodb,
  type TestRedis,
} from '@ecobalyse/test-servers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildOrchestrator } from './app.js';
import type { OrchestratorDependencies } from './dependencies.js';
import { configuredSchedules } from './schedules.js';

const KEY = 'a-key-of-the-tests-0123456789';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let mongodb: TestMongodb;
let redis: TestRedis;
let store: Store;
let app: HttpService;
let address: string;
let browser: TestBrowser;
let page: TestPage;
let broken = true;
let closers: (() => Promise<unknown>)[] = [];
const problems: string[] = [];

beforeAll(async () => {
  [mongodb, redis, browser] = await Promise.all([startTestMongodb(), startTestRedis(), startTestBrowser()]);
  store = openStore({ uri: mongodb.uri, dbName: `test-${randomUUID()}`, appName: 'test' });
  const connection = { redisUrl: redis.url, prefix: '{test}' };
  const pipelines = createPipelineClient(connection, { retryDelayMs: 20, onError: () => undefined });
  const scheduler = openScheduler(connection, () => undefined);
  const workers = [QUEUES.ingest, QUEUES.cache, QUEUES.training].map((queue) =>
    startTaskWorker({
      connection,
      queue,
      handlers: {
        async 'add-products'({ log }) {
          await log('sample.json: 20 added, 0 already there, 0 refused');
          return { files: 1, added: 20, alreadyThere: 0, refused: 0, leftForNextRun: 0 };
        },
        async 'clear-cache'() {
          if (broken) throw new Error('Redis is <b>away</b>');
          return { cleared: 3 };
        },
        train: async () => ({
          skipped: true,
          reason: 'same data',
          family: null,
          version: null,
          promoted: false,
          metrics: {},
        }),
      },
      recorder: openRunHistory(store),
      logger: quiet,
      lockMs: 5000,
    }),
  );
  const dependencies: OrchestratorDependencies = {
    logger: createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' }),
    store,
    pipelines,
    scheduler,
    schedules: configuredSchedules({
      SCHEDULE_ECOBALYSE_EXTRACT: '0 3 1 * *',
      SCHEDULE_ECOBALYSE_TRAINING: '0 * * * *',
      SCHEDULE_ECOBALYSE: 'off',
      SCHEDULE_TIME_ZONE: 'UTC',
    }),
    pingRedis: () => scheduler.nextTicks(),
    redisKeepsKeys: async () => undefined,
    troubles: new Map(),
    access: openAccess({ apiKey: KEY, apiKeyName: 'access_token' }),
  };
  app = await buildOrchestrator(dependencies);
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  closers = [
    () => browser.close(),
    () => app.close(),
    ...workers.map((worker) => () => worker.close()),
    () => pipelines.close(),
    () => scheduler.close(),
    () => store.close(),
    () => mongodb.close(),
    () => redis.close(),
  ];
});
afterAll(async () => {
  for (const close of closers) await close();
});
beforeEach(async () => {
  page = await browser.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) problems.push(message.text());
  });
});

const card = (name: string) => page.locator(`#${name}`);

it('asks for the key, refuses a wrong one, and never has it in an address', async () => {
  await page.goto(address);
  await page.getByLabel('API key').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('This is not the key.').waitFor();
  await page.getByLabel('API key').fill(KEY);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'ecobalyse_training' }).waitFor();
  expect(await page.locator('#login').isVisible()).toBe(false);
  expect(page.url()).not.toContain(KEY);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('API key').waitFor();
});

it('lets no page of another port act for a person who is logged in', async () => {
  const foreign = createServer((_request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  closers.push(async () => foreign.close());
  await page.goto(address);
  await page.getByLabel('API key').fill(KEY);
  await page.keyboard.press('Enter');
  await card('ecobalyse').waitFor();
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
  await page.evaluate(async (url) => {
    // The answer may not be read; whether there was an effect is asked below.
    for (const path of ['/pipelines/ecobalyse_training/pause', '/pipelines/ecobalyse_extract/runs'])
      await fetch(url + path, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => undefined);
  }, address);
  await page.goto(address);
  await card('ecobalyse_extract').getByText('It has not run yet').waitFor();
  await card('ecobalyse_training').getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('API key').waitFor();
});

it('runs a pipeline, shows its failure, retries, pauses and resumes, and leads to the queues', async () => {
  await page.goto(address);
  await page.getByLabel('API key').fill(KEY);
  await page.keyboard.press('Enter');
  await card('ecobalyse').getByText('It has not run yet').waitFor();
  await card('ecobalyse').getByText('no schedule').waitFor();

  const training = card('ecobalyse_training');
  await training.getByRole('button', { name: 'Run now' }).click();
  await training.locator('summary .state.failed').waitFor();
  await training.locator('summary').click();
  // What a worker says is shown as text, never as markup.
  await training.getByText('Redis is <b>away</b>').first().waitFor();
  await training.getByText('sample.json: 20 added').waitFor();
  if (process.env.SCREENSHOTS)
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/pipelines.png`, fullPage: true });

  broken = false;
  await training.getByRole('button', { name: 'Retry' }).click();
  await training.locator('summary .state.succeeded').waitFor();

  await training.getByRole('button', { name: 'Pause' }).click();
  await training.locator('.schedule', { hasText: 'paused' }).waitFor();
  await training.getByRole('button', { name: 'Resume' }).click();
  await training.locator('.schedule', { hasText: 'next ' }).waitFor();

  await page.getByRole('link', { name: 'Queue board' }).click();
  await page.getByText('product-ingest').first().waitFor();
  await page.getByText('Loading...').waitFor({ state: 'hidden' });
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/board.png` });
  expect(problems).toEqual([]);
});
