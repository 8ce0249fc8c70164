import { openStore } from '@ecobalyse/store';
import { databaseOf, waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import type { DashboardStack } from './stack.js';

/** What a page says when there is nothing to show, and what it tells to do about it. */
type Emptiness = readonly (readonly [path: string, ...texts: readonly (string | RegExp)[]])[];

const EXTRACT = 'Run the pipeline “Extraction” to fill the database';
const COMPUTE = 'Run the pipeline “Statistics and training”';
const NO_MODEL = 'Run the pipeline “Training”: it needs at least 100 products';

const FRESH: Emptiness = [
  ['/', EXTRACT, COMPUTE, 'has not run yet'],
  ['/products', EXTRACT],
  [
    '/score',
    'No product of this type is in the database',
    'No model has been trained yet. Run the pipeline “Training”.',
  ],
  ['/score?mode=file', 'No file has been uploaded yet'],
  ['/statistics', COMPUTE, 'There are no products of this type'],
  ['/analysis', COMPUTE],
  ['/models', NO_MODEL],
  ['/pipelines', 'There are no such runs', 'not run yet'],
];

const NOT_COMPUTED: Emptiness = [
  ['/', COMPUTE, 'none yet'],
  ['/statistics', COMPUTE],
  ['/analysis', COMPUTE],
  ['/models', NO_MODEL],
];

/** Every page with a text that it shows when all is well. */
const PAGES = [
  ['/', 'How the cost is spread'],
  ['/products', /^\d+ products$/],
  ['/score', 'What makes it up'],
  ['/score?mode=file', 'Upload'],
  ['/statistics', 'Ranking'],
  ['/analysis', 'Segments of like products'],
  ['/models', 'Families compared'],
  ['/pipelines', 'Runs'],
] as const;

/** A garment is scored without the database. */
const NEED_DATABASE = PAGES.filter(([path]) => path !== '/score');

const isOfApi = (url: URL) => !url.pathname.startsWith('/dashboard');

async function expectEmptiness(stack: DashboardStack, emptiness: Emptiness): Promise<void> {
  const view = await stack.view();
  for (const [path, ...texts] of emptiness) {
    await view.open(path);
    for (const text of texts) await view.page.getByText(text).first().waitFor();
    expect(await view.page.getByRole('alert').count(), `${path} shows no failure`).toBe(0);
  }
  // What is not there yet stands in the console as a failed request.
  expect(view.problems.filter((problem) => !problem.includes('404'))).toEqual([]);
  await view.close();
}

/** Before anything was extracted. */
export function freshSpecs(stack: () => DashboardStack): void {
  describe('a fresh platform', () => {
    it('says on every page what to do first', () => expectEmptiness(stack(), FRESH));
  });
}

/** With products, before statistics were computed and a model was trained. */
export function notComputedSpecs(stack: () => DashboardStack): void {
  describe('products without statistics', () => {
    it('says which pipeline brings statistics, analyses and a model', () => expectEmptiness(stack(), NOT_COMPUTED));
  });
}

interface Asked {
  readonly from: number;
  readonly to: number;
}

/** When the page asked for a path and was answered, in milliseconds of its own clock; without requests that it gave up. */
const askedFor = (view: { page: { evaluate(script: string): Promise<unknown> } }, path: string) =>
  view.page.evaluate(`performance.getEntriesByType('resource')
    .filter(({ name, responseStatus }) => responseStatus > 0 && new URL(name).pathname === ${JSON.stringify(path)})
    .map(({ startTime, responseEnd }) => ({ from: startTime, to: responseEnd }))`) as Promise<Asked[]>;

export function failureSpecs(stack: () => DashboardStack): void {
  describe('loading and failing', () => {
    it('shows on every page that it is loading, until the answers are there', async () => {
      const view = await stack().view();
      for (const [path, text] of PAGES) {
        let release = () => {};
        const held = new Promise<void>((resolve) => {
          release = resolve;
        });
        await view.page.route(isOfApi, async (route) => {
          await held;
          await route.continue();
        });
        await view.open(path);
        await view.page.getByText('Loading…').first().waitFor();
        expect(await view.page.getByRole('alert').count(), `${path} shows no failure`).toBe(0);
        release();
        await view.page.getByText(text).first().waitFor();
        await view.page.locator('.skeleton').first().waitFor({ state: 'detached' });
        await view.page.unroute(isOfApi);
      }
      expect(view.problems).toEqual([]);
      await view.close();
    });

    it('asks a source that answers 500 ever less often, on whichever page, and shows it when it is mended', async () => {
      const store = openStore({ uri: stack().place.mongodbUri, dbName: 'ecobalyse', appName: 'e2e' });
      const runs = databaseOf(store).collection<{ _id: string }>('pipeline_runs');
      // A run that the orchestrator cannot read: it comes before all others, and has no date.
      const broken = {
        _id: 'broken',
        pipeline: 'ecobalyse',
        state: 'succeeded',
        createdAt: /no date/,
      };
      const view = await stack().view();
      const { page } = view;
      await runs.insertOne(broken as never);
      try {
        await view.open('/pipelines');
        await page.getByText('The service failed to answer.').first().waitFor();
        await page.getByText('This page asks again by itself.').first().waitFor();
        // Another page that shows the same does not ask sooner.
        await page.getByRole('link', { name: 'Overview', exact: true }).click();
        await page.getByText('The service failed to answer.').first().waitFor();
        await page.getByRole('link', { name: 'Pipelines', exact: true }).click();
        let asked: Asked[] = [];
        await waitUntil(
          'it has asked three times',
          async () => {
            asked = await askedFor(view, '/orchestrator/pipelines');
            return asked.length >= 3;
          },
          60_000,
        );
        const pauses = asked.slice(1, 3).map(({ from }, at) => from - (asked[at] as Asked).to);
        for (const [at, least] of [1000, 2000].entries()) expect(pauses[at]).toBeGreaterThan(0.95 * least);
      } finally {
        await runs.deleteOne({ _id: broken._id });
        await store.close();
      }
      // The reader need not wait for the next time, which may come just before.
      const again = page.getByRole('button', { name: 'Try again' });
      await waitUntil('nothing is failing any more', async () => {
        if ((await again.count()) > 0) await again.first().click({ timeout: 1000 });
        return (await page.getByRole('alert').count()) === 0;
      });
      await page.getByRole('region', { name: 'Training', exact: true }).waitFor();
      expect(view.problems.filter((problem) => !problem.includes('500'))).toEqual([]);
      await view.close();
    });

    it('says on every page what failed and how to go on when the database is away, and shows it when it is back', async () => {
      const { platform } = stack();
      const views = await Promise.all(Array.from({ length: 4 }, () => stack().view()));
      const { mongodb, redis } = await platform.pids();
      // The launcher would start another one.
      platform.signal('SIGSTOP');
      process.kill(mongodb as number, 'SIGKILL');
      // With it go the answers that the API has kept.
      process.kill(redis as number, 'SIGKILL');
      try {
        // Side by side: what asks the database waits for it a while.
        await Promise.all(
          views.map(async ({ page, open }, at) => {
            for (const [path] of NEED_DATABASE.filter((_, index) => index % views.length === at)) {
              await open(path);
              await page.getByText('The service cannot answer just now.').first().waitFor();
              await page.getByRole('button', { name: 'Try again' }).first().waitFor();
            }
          }),
        );
      } finally {
        platform.signal('SIGCONT');
      }
      for (const { page, close } of views) {
        await page.getByRole('alert').first().waitFor({ state: 'detached', timeout: 60_000 });
        await close();
      }
    });
  });
}
