import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createApiClient } from '@ecobalyse/api-client';
import type { PipelineName, RunParameters, RunView } from '@ecobalyse/schema';
import { startTestBrowser, type TestBrowser, type TestPage, waitUntil } from '@ecobalyse/test-servers';
import { expect } from 'vitest';
import { type Launched, launch, newPlace, type Place } from '../platform.js';

/** Screenshots to look at; nothing reads them. */
const ARTIFACTS = fileURLToPath(new URL('../../artifacts/dashboard/', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export const KEY = 'a-key-of-the-dashboard-tests-0123456789';

const SIZES = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1440, height: 900 },
  wide: { width: 1920, height: 1080 },
  wall: { width: 3840, height: 2160 },
} as const;
export type Size = keyof typeof SIZES;

const LOCALES = { en: 'en-GB', fr: 'fr-FR' } as const;
type Language = keyof typeof LOCALES;

export interface ViewOptions {
  size?: Size;
  theme?: 'light' | 'dark';
  language?: Language;
  /** A browser that was never here: without preferences, and asked for the key. */
  isNew?: boolean;
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

/** The platform as `npm start` runs it; one for all pages. */
export interface DashboardStack {
  readonly place: Place;
  readonly api: ApiClient;
  /** The platform's own process and parts: to take one away. */
  readonly platform: Launched;
  readonly browser: TestBrowser;
  /** Two product types of the grid: enough to compare, quick to extract and to train on. */
  extract(): Promise<void>;
  /** Statistics and a model of what was extracted. */
  compute(): Promise<void>;
  view(options?: ViewOptions): Promise<View>;
  close(): Promise<void>;
}

/** Starts a run of a pipeline and waits for its end. */
async function runPipeline(api: ApiClient, name: PipelineName, parameters: RunParameters = {}): Promise<void> {
  let run: RunView = await api.ask('POST /orchestrator/pipelines/{name}/runs', {
    path: { name },
    body: { parameters },
  });
  await waitUntil(
    `${name} ends`,
    async () => {
      run = await api.ask('GET /orchestrator/runs/{id}', { path: { id: run.id } });
      return run.state !== 'running';
    },
    90_000,
  );
  if (run.state !== 'succeeded') throw new Error(`${name}: ${JSON.stringify(run)}`);
}

/** Starts it with an empty database. */
export async function startDashboardStack(): Promise<DashboardStack> {
  // A launcher that a test stops reads no logs, and a service stands still once some 200 kB of its own wait to be read.
  const place = await newPlace({ API_KEY: KEY, LOG_LEVEL: 'fatal' });
  const api = createApiClient({ apiUrl: place.apiUrl, key: KEY });
  const platform = launch(place, '--no-extract');
  const [browser] = await Promise.all([startTestBrowser(), platform.says('Running;', 90_000)]);
  async function newPage(language: Language, loggedIn: boolean): Promise<TestPage> {
    const context = await browser.newContext({ locale: LOCALES[language], acceptDownloads: true });
    if (loggedIn) await context.addInitScript(`sessionStorage.setItem('ecobalyse.key', ${JSON.stringify(KEY)})`);
    await context.addInitScript(`
      window.shifts = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
      }).observe({ type: 'layout-shift', buffered: true });
    `);
    return context.newPage();
  }
  // A view takes the tab of one before it: like a reader's, it has the application's files, and they are compiled.
  const idle: Record<Language, TestPage[]> = { en: [], fr: [] };
  return {
    place,
    api,
    platform,
    browser,
    async extract() {
      for (const product of ['tshirt', 'jean']) {
        await runPipeline(api, 'ecobalyse_extract', { product, limit: 150 });
      }
    },
    compute: () => runPipeline(api, 'ecobalyse'),
    async view({ size = 'desktop', theme = 'light', language = 'en', isNew = false } = {}) {
      const page = (isNew ? undefined : idle[language].pop()) ?? (await newPage(language, !isNew));
      await page.setViewportSize(SIZES[size]);
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
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
        async close() {
          page.removeAllListeners();
          await page.goto('about:blank');
          if (isNew) await page.context().close();
          else idle[language].push(page);
        },
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

type Look = Required<Pick<ViewOptions, 'size' | 'theme'>>;

/** Screenshots at 1920 and 3840 px too: for the eye, and slow. */
const LARGE_SCREENS = process.env.DASHBOARD_LARGE_SCREENS === '1';

/**
 * What is looked at after one load in each language: each width is loaded once, so that what moves while it loads shows, and
 * then turned into the other one.
 */
const LOOKS: Readonly<Record<Language, readonly [Look, Look, ...Look[]]>> = {
  en: [
    { size: 'desktop', theme: 'light' },
    { size: 'phone', theme: 'dark' },
    ...(LARGE_SCREENS ? [{ size: 'wide', theme: 'dark' } as const] : []),
  ],
  fr: [
    { size: 'phone', theme: 'light' },
    { size: 'desktop', theme: 'dark' },
    ...(LARGE_SCREENS ? [{ size: 'wall', theme: 'light' } as const] : []),
  ],
};

interface AxeResults {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[];
}

/** A chart is one image to a reader, named and with a table beside it: what it is drawn of needs no look. */
const axeRun = (options: object) =>
  `axe.run({ exclude: ['.chart-box > *'] }, ${JSON.stringify({ resultTypes: ['violations'], ...options })})`;

/** Findings of axe that keep somebody from using the page. */
async function seriousFindings(page: TestPage, options: object): Promise<string[]> {
  const { violations } = (await page.evaluate(axeRun(options))) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

/** Nothing on the page is wider than the screen. */
const overflow = (page: TestPage) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;

/** Texts of charts that do not lie wholly in them: they are cut at the edge. */
export const cutLabels = (page: TestPage) =>
  page.evaluate(`[...document.querySelectorAll('.chart-box svg')].flatMap((svg) => {
    const { left, right } = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')]
      .filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < left - 1 || box.right > right + 1;
      })
      .map((text) => text.textContent);
  })`) as Promise<string[]>;

/** A change of width or theme is drawn: the page's own drawing, its effects and the charts' take a frame each. */
const drawn = (page: TestPage) =>
  page.evaluate(`new Promise((done) => {
    let frames = 0;
    const next = () => (++frames < 4 ? requestAnimationFrame(next) : done());
    next();
  })`);

/**
 * Opens a page in both languages, at both widths, light and dark, waits until it shows what it should, keeps a screenshot of
 * each, and expects a page that works: no error, no serious finding of axe, no layout shift, no cut label, nothing wider than the
 * screen.
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
  // Both at a time: a page waits for the network and the disk as much as it computes.
  await Promise.all((['en', 'fr'] as const).map((language) => checkLooks(stack, name, path, ready, language)));
}

async function checkLooks(
  stack: DashboardStack,
  name: string,
  path: string,
  ready: (page: TestPage) => Promise<unknown>,
  language: Language,
): Promise<void> {
  const [first] = LOOKS[language];
  const view = await stack.view({ ...first, language });
  const { page } = view;
  await view.open(path);
  await ready(page);
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  expect(await page.evaluate('window.shifts'), `layout shift: ${name} ${first.size} ${language}`).toBeLessThan(0.1);
  // By evaluate, which the page's own policy on scripts does not concern.
  await page.evaluate(await readFile(AXE, 'utf8'));
  for (const { size, theme } of LOOKS[language]) {
    const at = `${name} ${size} ${theme} ${language}`;
    if (size !== first.size) {
      await page.setViewportSize(SIZES[size]);
      await page.emulateMedia({ colorScheme: theme });
      await drawn(page);
    }
    await page.screenshot({ path: `${ARTIFACTS}${name}-${size}-${theme}.png`, fullPage: true });
    expect(await overflow(page), `wider than the screen: ${at}`).toBeLessThanOrEqual(0);
    expect(await cutLabels(page), `cut labels: ${at}`).toEqual([]);
    // The page itself is the same when it is turned: its colours are not.
    const rules = size === first.size ? {} : { runOnly: ['color-contrast'] };
    expect(await seriousFindings(page, rules), `axe: ${at}`).toEqual([]);
  }
  expect(view.problems, `console: ${name} ${language}`).toEqual([]);
  await view.close();
}
