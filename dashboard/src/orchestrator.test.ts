import { describe, expect, it, vi } from 'vitest';

/** The page that the orchestrator sends: that of the pipelines, with links to the others at the API. */

vi.stubGlobal('pageMeta', { 'served-by': 'orchestrator', 'api-key-header': 'access_token', 'api-address': ':8100' });
const { failure, openBrowser } = await import('./testing/browser.js');
const { PIPELINES } = await import('./testing/answers.js');
vi.unstubAllGlobals();
const browser = openBrowser();

const ANSWERS = Object.fromEntries(
  Object.entries(PIPELINES).map(([request, answer]) => [request.replace(' /orchestrator', ' '), answer]),
);
const asked = (beginning: string) => browser.requests.filter((request) => request.startsWith(beginning));

describe('the page of the orchestrator', () => {
  it('is that of the pipelines, asked for under no prefix, and leads to the others where they are', async () => {
    await browser.visit('/', ANSWERS);
    expect([browser.text('h1'), browser.texts('[aria-current=page]')]).toEqual(['Pipelines', ['Pipelines']]);
    expect(asked('GET /pipelines')).toEqual(['GET /pipelines']);
    const api = 'http://dashboard.test:8100/dashboard';
    expect(browser.all('.nav-link').map((link) => link.getAttribute('href'))).toEqual([
      ...['/', '/catalogues', '/products', '/score', '/statistics', '/analysis', '/models'].map((path) => api + path),
      '/dashboard/pipelines',
      `${api}/keys`,
    ]);
    expect(browser.all('main a[href="/dashboard/versions"]')).toEqual([]);
  });

  it('is the way on from an address that is none', async () => {
    await browser.visit('/products', ANSWERS);
    expect([browser.text('h1'), browser.text('.state a')]).toEqual(['Page not found', 'Pipelines']);
    await browser.press('Pipelines', '.state a');
    expect(browser.address()).toBe('/pipelines');
  });

  it('opens the board of the queues with a session, which only an administrator may', async () => {
    await browser.visit('/', ANSWERS, { role: 'writer' });
    expect(browser.button('Queue board').disabled).toBe(true);
    await browser.visit('/', { ...ANSWERS, 'POST /session': failure(503, 'away') });
    const assign = vi.spyOn(location, 'assign').mockReturnValue();
    await browser.press('Queue board');
    expect([browser.text('.state.error'), assign.mock.calls]).toEqual([expect.stringContaining('cannot answer'), []]);
    browser.answer({ 'POST /session': {} });
    await browser.press('Queue board');
    expect(assign.mock.calls).toEqual([['/queues']]);
    expect(browser.bodies.at(-1)).toBe('{"key":"the-key"}');
    assign.mockRestore();
  });

  it('ends that session before it forgets the key', async () => {
    await browser.visit('/', { ...ANSWERS, 'DELETE /session': failure(503, 'away') });
    await browser.press('Log out');
    expect(browser.text('.account [role=alert]')).toBe('The service does not answer. Is it running?');
    browser.answer({ 'DELETE /session': {} });
    await browser.press('Log out');
    expect(asked('DELETE')).toHaveLength(2);
    expect(browser.text('.login h1')).toBe('Environmental cost of clothes');
  });
});

describe('what the reader prefers', () => {
  it.each([
    [null, 'en', false, 'en', 'light'],
    [null, 'de', true, 'en', 'dark'],
    [null, 'fr-CA', false, 'fr', 'light'],
    ['{"language":"en","theme":"light"}', 'fr', true, 'en', 'light'],
    ['{"language":"fr","theme":"dark"}', 'en', false, 'fr', 'dark'],
    ['{"theme":"dark"}', 'fr', false, 'fr', 'dark'],
  ])('is %s in a browser that speaks %s (dark: %s): %s, %s', async (kept, spoken, isDark, language, theme) => {
    vi.resetModules();
    localStorage.clear();
    if (kept) localStorage.setItem('ecobalyse.preferences', kept);
    vi.stubGlobal('navigator', { language: spoken });
    const listeners: (() => void)[] = [];
    const media = { matches: isDark, addEventListener: (_: string, act: () => void) => listeners.push(act) };
    vi.stubGlobal('matchMedia', (query: string) => query === '(prefers-color-scheme: dark)' && media);
    const preferences = await import('./preferences.js');
    const { h, render } = await import('preact');
    const told: string[] = [];
    const Reader = () => {
      told.push(`${preferences.useLanguage()} ${preferences.useTheme()}`);
      return null;
    };
    const root = document.getElementById('app') as HTMLElement;
    render(h(Reader, {}), root);
    expect(told).toEqual([`${language} ${theme}`]);
    await browser.settled();
    // The system's theme changes: one that was chosen stays.
    media.matches = !isDark;
    for (const act of listeners) act();
    await browser.settled();
    const changed = isDark ? 'light' : 'dark';
    expect(told.at(-1)).toBe(`${language} ${kept?.includes('theme') ? theme : changed}`);
    render(null, root);
    vi.unstubAllGlobals();
    localStorage.clear();
  });
});
