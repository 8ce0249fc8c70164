import { describe, expect, it } from 'vitest';
import { COMPARISON, IMPACTS, MODELS, PIPELINES, REFERENCE, STATISTICS } from './testing/answers.js';
import { failure, inWords, openBrowser } from './testing/browser.js';

const browser = openBrowser();
// They read the address and what the reader prefers when they are loaded: after the browser.
const { matchPath } = await import('./router.js');
const { WORDS } = await import('./i18n/vocabulary.js');
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS, ...MODELS, ...PIPELINES };
const asked = (path: string) => browser.requests.filter((request) => request === `GET ${path}`).length;

describe('addresses', () => {
  it.each([
    ['/products/:id', '/products/a%2Fb', { id: 'a/b' }],
    ['/products/:id', '/products/a/', { id: 'a' }],
    ['/products/:id', '/products', null],
    ['/products/:id', '/products/a/b', null],
    ['/products/:id', '/score/a', null],
    ['/', '/', {}],
    ['/score', '/scores', null],
  ])('%s of %s', (pattern, path, values) => {
    expect(matchPath(pattern, path)).toEqual(values);
  });

  it('lead to pages, which tell where one is', async () => {
    await browser.visit('/', ANSWERS);
    expect(browser.texts('[aria-current=page]')).toEqual(['Overview']);
    await browser.press('Products', '.nav-link');
    expect([browser.address(), browser.text('h1'), document.title]).toEqual([
      '/products',
      'Products',
      'Products · Ecobalyse',
    ]);
    expect(browser.texts('[aria-current=page]')).toEqual(['Products']);
    // The page begins at its beginning, and is told by its heading.
    expect([browser.scrolls, document.activeElement?.textContent]).toEqual([['0 0'], 'Products']);
    await browser.visit('/products/x', ANSWERS);
    expect(browser.texts('[aria-current=page]')).toEqual(['Products']);
    await browser.visit('/productsx', ANSWERS);
    expect(browser.text('h1')).toBe('Page not found');
    expect(browser.texts('[aria-current=page]')).toEqual([]);
  });

  it.each(['metaKey', 'ctrlKey', 'shiftKey', 'altKey'])('opened with the %s are left to the browser', async (key) => {
    await browser.visit('/', ANSWERS);
    const [link] = browser.all('.nav-link[href$="/models"]');
    const { MouseEvent } = document.defaultView as typeof globalThis & Window;
    const click = new MouseEvent('click', { bubbles: true, cancelable: true, [key]: true });
    link?.dispatchEvent(click);
    await browser.settled();
    expect([click.defaultPrevented, browser.text('h1')]).toEqual([false, 'Overview']);
  });
});

describe('what stands around every page', () => {
  it.each([
    ['en', 'admin'],
    ['fr', 'writer'],
    ['en', 'reader'],
  ] as const)('is in %s, for an %s', async (language, role) => {
    await browser.visit('/models', ANSWERS, { language, role });
    await expect(browser.frame()).toMatchFileSnapshot(`testing/pages/frame.${role}.${language}.txt`);
  });

  it.each([
    ['the button', () => browser.press('Close the menu')],
    ['a page that was chosen', () => browser.press('Products', '.nav-link')],
    ['the page that one is on', () => browser.press('Models', '.nav-link')],
    [
      'Escape',
      async () => {
        const { KeyboardEvent } = document.defaultView as typeof globalThis & Window;
        for (const key of ['Tab', 'Escape']) {
          expect(browser.all('.menu-open')).toHaveLength(1);
          dispatchEvent(new KeyboardEvent('keydown', { key }));
          await browser.settled();
        }
      },
    ],
  ])('opens its menu by a button, and %s closes it', async (_, close) => {
    await browser.visit('/models', ANSWERS);
    const state = () => browser.all('.menu-button').map((one) => [one.textContent, one.getAttribute('aria-expanded')]);
    expect([state(), browser.all('.menu-open')]).toEqual([[['Menu', 'false']], []]);
    await browser.press('Menu');
    expect(state()).toEqual([['Close the menu', 'true']]);
    await close();
    expect([state(), browser.all('.menu-open')]).toEqual([[['Menu', 'false']], []]);
  });
});

describe('the key', () => {
  it('goes out in its header, and ends the session when it is refused', async () => {
    await browser.visit('/models', ANSWERS);
    expect(browser.keys).toEqual(expect.arrayContaining(['the-key']));
    browser.answer({ 'GET /products': failure(403, 'no', 'key_unknown') });
    await browser.press('Products', '.nav-link');
    expect(browser.text('.login')).toContain('Your key is no longer accepted. Log in again.');
  });

  it('is tried before it is kept', async () => {
    await browser.visit('/models', ANSWERS);
    await browser.press('Log out');
    const logIn = async (key: string) => {
      await browser.type('API key', key);
      browser.all<HTMLFormElement>('form')[0]?.requestSubmit();
      await browser.settled();
    };
    browser.answer({ 'GET /me': failure(403, 'no', 'key_unknown') });
    await logIn('wrong');
    expect(browser.text('.field-error')).toContain('This key is not known to the platform.');
    browser.answer({ 'GET /me': failure(503, 'the database is away') });
    await logIn('wrong');
    expect(browser.text('.field-error')).toBe('the database is away');
    browser.answer({ 'GET /me': undefined });
    await logIn(' right ');
    expect([browser.text('h1'), browser.keys.at(-1)]).toEqual(['Models', 'right']);
    expect(sessionStorage.getItem('ecobalyse.key')).toBe('right');
  });

  it.each([
    ['en', 'Log out', 'API key', 'Log in', 'Checking…'],
    ['fr', 'Se déconnecter', 'Clé d’API', 'Se connecter', 'Vérification…'],
  ] as const)('is asked for in %s, once at a time', async (language, out, field, logIn, checking) => {
    await browser.visit('/models', ANSWERS, { language });
    await browser.press(out);
    const button = () =>
      browser.all<HTMLButtonElement>('.login button[type=submit]').map((one) => [one.textContent, one.disabled]);
    expect(button()).toEqual([[logIn, false]]);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    browser.answer({ 'GET /me': () => held.then(() => failure(403, 'no', 'key_unknown')) });
    await browser.type(field, 'wrong');
    browser.all<HTMLFormElement>('form')[0]?.requestSubmit();
    await browser.until(() => button()[0]?.[1]);
    expect(button()).toEqual([[checking, true]]);
    release();
    await browser.until(() => browser.all('.field-error').length > 0);
    expect(button()).toEqual([[logIn, false]]);
  });

  it('that lacks a role does not end the session', async () => {
    await browser.visit('/models', { ...ANSWERS, 'GET /models': failure(403, 'no', 'role_too_low' as never) });
    expect(browser.text('.state')).toContain('Your key may not see this.');
  });
});

describe('answers', () => {
  it('are fresh for 30 s', async () => {
    await browser.visit('/models', ANSWERS);
    const comeBack = async () => {
      await browser.press('Score a product', '.nav-link');
      await browser.press('Models', '.nav-link');
    };
    await browser.pass(29_999);
    await comeBack();
    expect(asked('/models?limit=200')).toBe(1);
    await browser.pass(1);
    await comeBack();
    expect(asked('/models?limit=200')).toBe(2);
  });

  it('that fail are asked for again after 1, 2, 4, 8, 15 and 15 s, and soon again after a success', async () => {
    await browser.visit('/models', { ...ANSWERS, 'GET /models': failure(503, 'away') });
    for (const [at, pause] of [1000, 2000, 4000, 8000, 15_000, 15_000].entries()) {
      await browser.pass(pause - 1);
      expect(asked('/models?limit=200')).toBe(at + 1);
      await browser.pass(1);
      expect(asked('/models?limit=200')).toBe(at + 2);
    }
    browser.answer(ANSWERS);
    await browser.press('Try again');
    expect(browser.text()).toContain('Version 3');
    await browser.pass(60_000);
    expect(asked('/models?limit=200')).toBe(8);
    browser.answer({ 'GET /models': failure(503, 'away') });
    await browser.press('Score a product', '.nav-link');
    await browser.press('Models', '.nav-link');
    expect(asked('/models?limit=200')).toBe(9);
    await browser.pass(1000);
    expect(asked('/models?limit=200')).toBe(10);
  });

  it('are not asked for sooner by another page while the source fails', async () => {
    await browser.visit('/models', { ...ANSWERS, 'GET /models': failure(500, 'broken') });
    expect(browser.text('.state')).toContain('The service failed to answer.');
    await browser.press('Score a product', '.nav-link');
    await browser.press('Models', '.nav-link');
    expect(asked('/models?limit=200')).toBe(1);
    expect(browser.text('.state')).toContain('This page asks again by itself.');
  });

  it('that nobody waits for any longer are given up', async () => {
    const visited = browser.visit('/models', { ...ANSWERS, 'GET /models': () => new Promise(() => {}) });
    await browser.until(() => browser.requests.some((asked) => asked.startsWith('GET /models')));
    await Promise.all([visited, browser.press('Products')]);
    expect(browser.address()).toBe('/products');
  });

  it('wait as long as they are told to', async () => {
    const away = new Response('{"detail":"away"}', { status: 503, headers: { 'retry-after': '7' } });
    await browser.visit('/models', { ...ANSWERS, 'GET /models': away });
    await browser.pass(6999);
    expect(asked('/models?limit=200')).toBe(1);
    await browser.pass(1);
    expect(asked('/models?limit=200')).toBe(2);
  });

  it.each([
    [403, 'Your key may not see this.'],
    [409, 'This cannot be done now.'],
    [422, 'The request was refused.'],
  ])('refused with %i are not asked for again', async (status, text) => {
    await browser.visit('/models', { ...ANSWERS, 'GET /models': failure(status, 'why') });
    expect(browser.text('.state')).toContain(text);
    await browser.pass(60_000);
    expect(asked('/models?limit=200')).toBe(1);
  });

  it('are asked for every 5 s by the overview, for its pipelines alone', async () => {
    await browser.visit('/', ANSWERS);
    await browser.pass(4999);
    expect(asked('/orchestrator/pipelines')).toBe(1);
    await browser.pass(1);
    expect([asked('/orchestrator/pipelines'), asked('/stats/summary')]).toEqual([2, 1]);
  });

  it('are those of the key that asks', async () => {
    await browser.visit('/models', ANSWERS);
    await browser.visit('/models', ANSWERS);
    expect(asked('/models?limit=200')).toBe(1);
  });
});

describe('the overview', () => {
  it.each([
    ['paused', { paused: true, runs: [] }, 'paused'],
    ['paused after a success', { paused: true, runs: [{ state: 'succeeded' }] }, 'paused'],
    ['paused after a failure', { paused: true, runs: [{ state: 'failed' }] }, 'last run failed'],
    ['paused while it runs', { paused: true, runs: [{ state: 'running' }] }, 'running'],
    ['after a failure before the last run', { runs: [{ state: 'succeeded' }, { state: 'failed' }] }, 'at rest'],
    ['never run', { runs: [] }, 'has not run yet'],
  ])('tells the state of a pipeline %s', async (_, pipeline, state) => {
    const [first] = PIPELINES['GET /orchestrator/pipelines'];
    const runs = pipeline.runs.map((run) => ({ ...first?.runs[0], ...run }));
    await browser.visit('/', { ...ANSWERS, 'GET /orchestrator/pipelines': [{ ...first, ...pipeline, runs }] });
    expect(browser.texts('.plain-list .tag')).toEqual([state]);
  });

  it.each(['country_dyeing', 'country_fabric', 'country_spinning'])('groups by %s', async (by) => {
    await browser.visit('/', ANSWERS);
    await browser.choose('Country of', by);
    expect(browser.address()).toBe(`/?by=${by}`);
    expect(browser.requests.at(-1)).toBe(`GET /impacts/groups?by=${by}`);
    await browser.choose('Country of', 'country_making');
    expect(browser.address()).toBe('/');
  });
});

describe('the language that is chosen', () => {
  const choose = (language: 'en' | 'fr') => browser.all(`button[lang=${language}]`)[0]?.click();
  const NAMES = { en: 'Linen shirt', fr: 'Chemise en lin' };
  const named = (language: 'en' | 'fr') => ({
    ...COMPARISON,
    products: COMPARISON.products.map((product) => ({ ...product, name: NAMES[language] })),
  });
  const namesShown = () => Object.values(NAMES).filter((name) => browser.text().includes(name));
  /** Answers that wait until the test lets them. */
  function held(isHeld: (language: 'en' | 'fr') => boolean) {
    const waiting: (() => void)[] = [];
    const answer = inWords(async ({ language }) => {
      if (isHeld(language)) await new Promise<void>((resolve) => waiting.push(resolve));
      return named(language);
    });
    return { waiting, answers: { ...ANSWERS, 'GET /compare': answer } };
  }

  it('is spoken from then on', async () => {
    await browser.visit('/models', ANSWERS);
    choose('fr');
    await browser.settled();
    expect([browser.text('h1'), document.documentElement.lang]).toEqual(['Modèles', 'fr']);
    expect(localStorage.getItem('ecobalyse.preferences')).toContain('"language":"fr"');
  });

  it('is not mixed with words of before while its own are on their way', async () => {
    const { waiting, answers } = held((language) => language === 'fr');
    await browser.visit('/compare?item=a&item=b', answers);
    expect(namesShown()).toEqual([NAMES.en]);
    choose('fr');
    await browser.until(() => waiting.length > 0);
    expect([browser.text('h1'), namesShown()]).toEqual(['Comparer', []]);
    for (const go of waiting) go();
    await browser.settled();
    expect(namesShown()).toEqual([NAMES.fr]);
  });

  it('is not mixed with words that were on their way when it was chosen', async () => {
    const { waiting, answers } = held((language) => language === 'en');
    await browser.visit('/products', answers);
    await browser.press('Select this page', 'input');
    browser.all('.selection a')[0]?.click();
    await browser.until(() => waiting.length > 0);
    choose('fr');
    for (const go of waiting) go();
    await browser.settled();
    expect(namesShown()).toEqual([NAMES.fr]);
  });

  it('has nothing asked for again that holds no words', async () => {
    await browser.visit('/statistics', ANSWERS);
    const before = [...browser.requests];
    choose('fr');
    await browser.settled();
    expect(browser.requests).toEqual(before);
  });

  it('has what was refused told in its own words', async () => {
    const refused = ({ language }: { language: 'en' | 'fr' }) =>
      new Response(JSON.stringify({ detail: NAMES[language] }), {
        status: 409,
        headers: { 'content-language': language },
      });
    await browser.visit('/compare?item=a&item=b', { ...ANSWERS, 'GET /compare': refused });
    expect(namesShown()).toEqual([NAMES.en]);
    choose('fr');
    await browser.settled();
    expect(namesShown()).toEqual([NAMES.fr]);
  });

  it('has what was refused meanwhile told in its own words', async () => {
    const waiting: (() => void)[] = [];
    const refused = async ({ language }: { language: 'en' | 'fr' }) => {
      if (language === 'en') await new Promise<void>((resolve) => waiting.push(resolve));
      return new Response(JSON.stringify({ detail: NAMES[language] }), {
        status: 409,
        headers: { 'content-language': language },
      });
    };
    await browser.visit('/products', { ...ANSWERS, 'GET /compare': refused });
    await browser.press('Select this page', 'input');
    browser.all('.selection a')[0]?.click();
    await browser.until(() => waiting.length > 0);
    choose('fr');
    for (const go of waiting) go();
    await browser.settled();
    expect(namesShown()).toEqual([NAMES.fr]);
  });

  it('has what failed asked for at once, also where an answer of before is shown', async () => {
    await browser.visit('/models', ANSWERS);
    await browser.pass(30_000);
    browser.answer({ 'GET /models': failure(503, 'away') });
    await browser.press('Score a product', '.nav-link');
    await browser.press('Models', '.nav-link');
    expect([asked('/models?limit=200'), browser.text()]).toEqual([2, expect.stringContaining('Version 3')]);
    choose('fr');
    await browser.settled();
    expect(asked('/models?limit=200')).toBe(3);
  });

  it('leaves out why something that was set off failed', async () => {
    const failed = new Response(JSON.stringify({ detail: NAMES.en }), {
      status: 503,
      headers: { 'content-language': 'en' },
    });
    await browser.visit('/products', { ...ANSWERS, 'GET /export/impacts.csv': failed });
    await browser.press('Export as CSV');
    expect(namesShown()).toEqual([NAMES.en]);
    choose('fr');
    await browser.settled();
    expect([browser.text('.state-title'), namesShown()]).toEqual([
      'Le service ne peut pas répondre pour l’instant.',
      [],
    ]);
  });
});

it('has the theme that is chosen, from then on', async () => {
  await browser.visit('/models', ANSWERS);
  for (const [button, theme] of [
    ['Dark theme', 'dark'],
    ['Light theme', 'light'],
  ] as const) {
    await browser.press(button);
    expect(document.documentElement.dataset.theme).toBe(theme);
    expect(localStorage.getItem('ecobalyse.preferences')).toContain(`"theme":"${theme}"`);
  }
});

describe.each(['en', 'fr'] as const)('the vocabulary in %s', (language) => {
  it.each(Object.entries(WORDS[language]))('has a name of its own for each of the %s', (of, names: object) => {
    const all: string[] = Object.values(names);
    expect(all.filter((name, at) => name.trim() === '' || all.indexOf(name) !== at)).toEqual([]);
    // Some are called by their French names in the upstream: those need none in French.
    expect(Object.keys(WORDS[language === 'en' ? 'fr' : 'en'][of as 'stages']).sort()).toEqual(
      Object.keys(names).sort(),
    );
  });
});

it('the vocabulary is the one that was read over, side by side', async () => {
  const lines = Object.entries(WORDS.en).flatMap(([of, names]) => [
    `# ${of}`,
    ...Object.entries<string>(names).map(([id, en]) => `${id}: ${en} | ${(WORDS.fr as never)[of][id]}`),
  ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('testing/vocabulary.txt');
});
