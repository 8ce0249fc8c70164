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
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildOrchestrator } from './app.js';
import type { OrchestratorDependencies } from './dependencies.js';
import { configuredSchedules } from './schedules.js';

const KEY = 'a-key-of-the-tests-0123456789';
const READER_KEY = 'a-reader-of-the-tests-0123456789';
const API = 'http://127.0.0.1:8000';
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
      lockMs: 60_000,
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
      SCHEDULE_ECOBALYSE_RESCORE: 'off',
      SCHEDULE_TIME_ZONE: 'UTC',
    }),
    pingRedis: () => scheduler.nextTicks(),
    redisKeepsKeys: async () => undefined,
    troubles: new Map(),
    webhook: null,
    pingUpstream: async () => undefined,
    lateAfterHours: 6,
    access: openAccess({
      apiKey: KEY,
      apiKeyName: 'X-Key',
      apiKeys: [{ name: 'reader', role: 'reader', key: READER_KEY }],
    }),
    apiAddress: ':8000',
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
  // A browser that was never here.
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(60_000);
  page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) problems.push(message.text());
  });
});
afterEach(async () => {
  await page.context().close();
  expect(problems).toEqual([]);
});

const card = (name: string) => page.getByRole('region', { name, exact: true });
const button = (name: string) => page.getByRole('button', { name });

async function logIn(key = KEY) {
  await page.goto(address);
  await page.getByLabel('API key').fill(key);
  await page.keyboard.press('Enter');
  await card('Training').waitFor();
}

/** The queue board, which is no part of the page. */
async function openBoard() {
  await button('Queue board').click();
  await page.waitForURL(`${address}/queues`, { waitUntil: 'commit' });
}

async function seeBoard() {
  await openBoard();
  await page.getByText('product-ingest').first().waitFor();
  await page.getByText('Loading...').waitFor({ state: 'hidden' });
}

/** In both themes, to look at; nothing reads them. */
async function takePictures(name: string) {
  if (!process.env.SCREENSHOTS) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}-${colorScheme}.png`, fullPage: true });
  }
}

it('is the page of the pipelines for who has the key, and leads to the other pages at the API', async () => {
  await page.goto(address);
  await page.getByLabel('API key').fill('wrong');
  await button('Log in').click();
  await page.getByText('This key is not known to the platform.').waitFor();
  await logIn();
  expect(page.url()).toBe(`${address}/dashboard/pipelines`);
  await page.getByText('API_KEY (administrator)').waitFor();
  const links = page.getByRole('navigation').getByRole('link');
  const targets = await links.evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href));
  expect(targets).toEqual(
    expect.arrayContaining([`${API}/dashboard/`, `${API}/dashboard/products`, page.url(), `${address}/docs`]),
  );
  await page.goto(`${address}/dashboard`);
  await card('Training').waitFor();
  await page.goto(`${address}/dashboard/products`);
  await page.getByText('There is no page at this address.').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Pipelines' }).click();
  await card('Training').waitFor();
  await button('Log out').click();
  await page.getByLabel('API key').waitFor();
});

it('shows a reader everything, and lets them change nothing', async () => {
  await logIn(READER_KEY);
  await page.getByText('needs the role “administrator”').waitFor();
  for (const name of ['Queue board', 'Run now: Training', 'Pause the schedule: Training'])
    expect([name, await button(name).isDisabled()]).toEqual([name, true]);
  expect((await page.request.get(`${address}/queues`)).status()).toBe(403);
});

it('lets no page of another port act for a person who is logged in', async () => {
  const foreign = createServer((_request, response) => response.end('<!doctype html>')).listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  closers.push(async () => foreign.close());
  await logIn();
  await openBoard();
  await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
  await page.evaluate(async (url) => {
    // The answer may not be read; whether there was an effect is asked below.
    const sent = { mode: 'no-cors', credentials: 'include' } as const;
    for (const path of ['/pipelines/ecobalyse_training/pause', '/pipelines/ecobalyse_extract/runs'])
      await fetch(url + path, { method: 'POST', ...sent }).catch(() => undefined);
    await fetch(`${url}/session`, { method: 'DELETE', ...sent }).catch(() => undefined);
  }, address);
  expect((await page.request.get(`${address}/queues`)).status()).toBe(200);
  await page.goto(address);
  await card('Extraction').getByText('not run yet').waitFor();
  await button('Pause the schedule: Training').waitFor();
  const [session] = await page.context().cookies();
  await button('Log out').click();
  await page.getByLabel('API key').waitFor();
  const cookie = `${session?.name}=${session?.value}`;
  expect((await fetch(`${address}/queues`, { headers: { cookie } })).status).toBe(403);
});

it('stays logged in, and says so, while the session cannot be ended', async () => {
  await logIn();
  await page.route('**/session', (route) => route.abort());
  await button('Log out').click();
  await page.getByRole('alert').getByText('The service does not answer').waitFor();
  await page.unroute('**/session');
  await button('Log out').click();
  await page.getByLabel('API key').waitFor();
});

it('runs a pipeline, shows its failure, retries, pauses and resumes, and leads to the queues', async () => {
  await logIn();
  const training = card('Training');
  await button('Run now: Training').click();
  await button('Start the run').click();
  await training.getByText('failed').waitFor();
  // What a worker says is shown as text, never as markup.
  const run = page.getByRole('region', { name: /^Training, / });
  await run.getByText('Redis is <b>away</b>').first().waitFor();
  await run.getByText('Attempt 1: succeeded').click();
  await run.getByText('sample.json: 20 added').waitFor();
  await takePictures('pipelines');

  broken = false;
  await run.getByRole('button', { name: 'Retry' }).click();
  await training.getByText('succeeded').waitFor();
  await run.getByText('retried by: API_KEY, on the dashboard').first().waitFor();

  await button('Pause the schedule: Training').click();
  await training.getByText('none while paused').waitFor();
  await button('Resume the schedule: Training').click();
  await button('Pause the schedule: Training').waitFor();

  await seeBoard();
  await takePictures('board');
});
