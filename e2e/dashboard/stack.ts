import { type ApiClient, createApiClient } from '@ecobalyse/api-client';
import type { PipelineName, RunParameters, RunView } from '@ecobalyse/schema';
import { startTestBrowser, type TestPage, waitUntil } from '@ecobalyse/test-servers';
import { launch, newPlace, type Place } from '../platform.js';

export const KEY = 'a-key-of-the-dashboard-tests-0123456789';

export const SIZES = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1440, height: 900 },
  wide: { width: 1920, height: 1080 },
  // Half as high as it is: the other half takes as long to draw.
  wall: { width: 3840, height: 1080 },
} as const;
export type Size = keyof typeof SIZES;

/** Where a tab waits for its next view: of the same site, so that its renderer stays, and nothing to draw. */
const RESTING_PLACE = '/dashboard/favicon.svg';

/**
 * Before a page's own scripts: counts its layout shifts; and a canvas takes texts for narrower than the page draws them, as one
 * with another font does.
 */
const PREPARED = `
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  const { measureText } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.measureText = function (text) {
    return { width: 0.7 * measureText.call(this, text).width };
  };
`;

const LOCALES = { en: 'en-GB', fr: 'fr-FR' } as const;
export type Language = keyof typeof LOCALES;

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
  /** Goes on to a page as links do: the application stays loaded, which takes half the time of loading it. */
  go(path: string): Promise<void>;
  close(): Promise<void>;
}

/** The platform as `npm start` runs it; one for all pages. */
export interface DashboardStack {
  readonly place: Place;
  readonly api: ApiClient;
  /** Two product types of the grid: enough to compare, quick to extract and to train on. Statistics and a model of them. */
  fill(): Promise<void>;
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
  const place = await newPlace({ API_KEY: KEY });
  const api = createApiClient({ apiUrl: place.apiUrl, key: KEY });
  const platform = launch(place, '--no-extract');
  const [browser] = await Promise.all([startTestBrowser(), platform.says('Running;', 90_000)]);
  async function newPage(language: Language, loggedIn: boolean): Promise<TestPage> {
    const context = await browser.newContext({ locale: LOCALES[language], acceptDownloads: true });
    // A busy machine takes its time.
    context.setDefaultTimeout(60_000);
    if (loggedIn) await context.addInitScript(`sessionStorage.setItem('ecobalyse.key', ${JSON.stringify(KEY)})`);
    await context.addInitScript(PREPARED);
    return context.newPage();
  }
  // A view takes the tab of one before it: like a reader's, it has the application's files, and they are compiled.
  const idle: Record<Language, TestPage[]> = { en: [], fr: [] };
  return {
    place,
    api,
    async fill() {
      for (const product of ['tshirt', 'jean']) {
        await runPipeline(api, 'ecobalyse_extract', { product, limit: 60 });
      }
      await runPipeline(api, 'ecobalyse');
    },
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
        async go(path) {
          await page.evaluate(`new Promise((drawn) => {
            history.pushState({}, '', ${JSON.stringify(`/dashboard${path}`)});
            dispatchEvent(new PopStateEvent('popstate'));
            requestAnimationFrame(() => drawn());
          })`);
        },
        async close() {
          page.removeAllListeners();
          await page.evaluate('localStorage.clear()');
          await page.goto(`${place.apiUrl}${RESTING_PLACE}`);
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
