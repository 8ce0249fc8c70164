import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { RunView } from '@ecobalyse/schema';
import { startTestBrowser, type TestBrowser, type TestPage, waitUntil } from '@ecobalyse/test-servers';
import { expect } from 'vitest';
import { type Launched, launch, newPlace, type Place } from '../platform.js';

/** Screenshots to look at; nothing reads them. */
const ARTIFACTS = fileURLToPath(new URL('../../artifacts/dashboard/', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export const KEY = 'a-key-of-the-dashboard-tests-0123456789';

const SIZES = { phone: { width: 360, height: 740 }, desktop: { width: 1440, height: 900 } } as const;
export type Size = keyof typeof SIZES;

export interface ViewOptions {
  size?: Size;
  theme?: 'light' | 'dark';
  language?: 'en' | 'fr';
  /** False: the page asks for the key. */
  loggedIn?: boolean;
}

/** A page of the dashboard as a reader sees it, with all that went wrong in it. */
export interface View {
  readonly page: TestPage;
  /** Errors of the console and of scripts so far. */
  readonly problems: string[];
  /** Opens a page of the dashboard: `/products?product=tshirt`. */
  open(path: string): Promise<void>;
  close(): Promise<void>;
}

/** The platform as `npm start` runs it, with extracted data, statistics and a model; one for all pages. */
export interface DashboardStack {
  readonly place: Place;
  /** The platform's own process and parts: to take one away. */
  readonly platform: Launched;
  readonly browser: TestBrowser;
  view(options?: ViewOptions): Promise<View>;
  close(): Promise<void>;
}

const headers = { access_token: KEY, 'content-type': 'application/json' };

/** Starts a run of a pipeline and waits for its end. */
async function runPipeline(apiUrl: string, name: string, parameters: object = {}): Promise<void> {
  const answer = await fetch(`${apiUrl}/orchestrator/pipelines/${name}/runs`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ parameters }),
  });
  const run = (await answer.json()) as RunView;
  if (!answer.ok) throw new Error(`${name}: ${JSON.stringify(run)}`);
  let last = run;
  await waitUntil(
    `${name} ends`,
    async () => {
      last = (await (await fetch(`${apiUrl}/orchestrator/runs/${run.id}`, { headers })).json()) as RunView;
      return last.state !== 'running';
    },
    90_000,
  );
  if (last.state !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(last)}`);
}

/** Starts it with two product types of the grid: enough to compare, quick to extract and to train on. */
export async function startDashboardStack(): Promise<DashboardStack> {
  const place = await newPlace({ API_KEY: KEY });
  const platform = launch(place, '--no-extract');
  const [browser] = await Promise.all([startTestBrowser(), platform.says('Running;', 90_000)]);
  for (const product of ['tshirt', 'jean']) {
    await runPipeline(place.apiUrl, 'ecobalyse_extract', { product, limit: 150 });
  }
  await runPipeline(place.apiUrl, 'ecobalyse');
  return {
    place,
    platform,
    browser,
    async view({ size = 'desktop', theme = 'light', language = 'en', loggedIn = true } = {}) {
      const context = await browser.newContext({
        viewport: SIZES[size],
        colorScheme: theme,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        reducedMotion: 'reduce',
        acceptDownloads: true,
      });
      if (loggedIn) await context.addInitScript(`sessionStorage.setItem('ecobalyse.key', ${JSON.stringify(KEY)})`);
      await context.addInitScript(`
        window.shifts = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
      `);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text());
      });
      return {
        page,
        problems,
        async open(path) {
          await page.goto(`${place.apiUrl}/dashboard${path}`);
        },
        close: () => context.close(),
      };
    },
    async close() {
      await browser.close();
      platform.signal('SIGINT');
      await platform.exit;
      await place.remove();
    },
  };
}

type Variant = Required<Pick<ViewOptions, 'size' | 'theme' | 'language'>>;

const VARIANTS: readonly (readonly Variant[])[] = [
  [
    { size: 'desktop', theme: 'light', language: 'en' },
    { size: 'phone', theme: 'dark', language: 'en' },
  ],
  [
    { size: 'desktop', theme: 'dark', language: 'fr' },
    { size: 'phone', theme: 'light', language: 'fr' },
  ],
];

interface AxeResults {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[];
}

/** A chart is one image to a reader, named and with a table beside it: what it is drawn of needs no look. */
const AXE_RUN = "axe.run({ exclude: ['.chart-box > *'] }, { resultTypes: ['violations'] })";

/** Findings of axe that keep somebody from using the page. */
async function seriousFindings(page: TestPage): Promise<string[]> {
  // By evaluate, which the page's own policy on scripts does not concern.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = (await page.evaluate(AXE_RUN)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

/** Nothing on the page is wider than the screen. */
const overflow = (page: TestPage) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;

/**
 * Opens a page at both widths, light and dark, waits until it shows what it should, keeps a screenshot of each, and expects
 * a page that works: no error, no serious finding of axe, no layout shift, nothing wider than the screen.
 *
 * @param ready - waits for what the page shows when it has loaded.
 */
export async function checkPage(
  stack: DashboardStack,
  name: string,
  path: string,
  ready: (page: TestPage) => Promise<unknown>,
): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  // Two at a time: a page waits for the network and the disk as much as it computes.
  for (const pair of VARIANTS) {
    await Promise.all(pair.map((variant) => checkVariant(stack, name, path, ready, variant)));
  }
}

async function checkVariant(
  stack: DashboardStack,
  name: string,
  path: string,
  ready: (page: TestPage) => Promise<unknown>,
  variant: Variant,
): Promise<void> {
  const { size, theme, language } = variant;
  const view = await stack.view(variant);
  const at = `${name} ${size} ${theme} ${language}`;
  await view.open(path);
  await ready(view.page);
  await view.page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await view.page.screenshot({ path: `${ARTIFACTS}${name}-${size}-${theme}.png`, fullPage: true });
  expect(await seriousFindings(view.page), `axe: ${at}`).toEqual([]);
  expect(await view.page.evaluate('window.shifts'), `layout shift: ${at}`).toBeLessThan(0.1);
  expect(await overflow(view.page), `wider than the screen: ${at}`).toBeLessThanOrEqual(0);
  expect(view.problems, `console: ${at}`).toEqual([]);
  await view.close();
}
