import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type TestPage, waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import { type DashboardStack, type Language, SIZES, type View, type ViewOptions } from './stack.js';

/** Screenshots to look at; nothing reads them. */
const ARTIFACTS = fileURLToPath(new URL('../../artifacts/dashboard/', import.meta.url));
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Screenshots, which take as long as all that is asked of a page. */
const SCREENSHOTS = process.env.DASHBOARD_SCREENSHOTS !== undefined;

type Look = Required<Pick<ViewOptions, 'size' | 'theme' | 'language'>>;
type LookPair = readonly [Look, Look];

/**
 * A page is shown in the look of the page before it, so that what moves while it loads shows, and then turned into the other:
 * between them it is seen at both widths, in both themes and in both languages, the longer one where there is less room.
 */
const LOOKS: readonly [LookPair, LookPair] = [
  [
    { size: 'desktop', theme: 'light', language: 'en' },
    { size: 'phone', theme: 'dark', language: 'fr' },
  ],
  [
    { size: 'phone', theme: 'light', language: 'fr' },
    { size: 'desktop', theme: 'dark', language: 'en' },
  ],
];

/** All others, and large screens: for the eye, and slow. */
const OTHER_LOOKS: readonly Look[] =
  process.env.DASHBOARD_SCREENSHOTS === 'all'
    ? [
        { size: 'wide', theme: 'dark', language: 'fr' },
        { size: 'wall', theme: 'light', language: 'en' },
        ...(['phone', 'desktop'] as const).flatMap((size) =>
          (['light', 'dark'] as const).flatMap((theme) =>
            (['en', 'fr'] as const).map((language) => ({ size, theme, language })),
          ),
        ),
      ]
    : [];

/** Half a garment, of which all is unknown in another way. */
const HALF = JSON.stringify({
  product: 'tshirt',
  mass: { any: true },
  materials: { any: true },
  countryMaking: 'BD',
  countryDyeing: { any: true },
});

interface Shown {
  readonly name: string;
  readonly path: string | ((stack: DashboardStack) => Promise<string>);
  /** What the page shows last when it has loaded: a selector, and which of those that match. */
  readonly ready: readonly (readonly [selector: string, nth: number])[];
  /** Name of a button of it that asks something: the question stands there when the page is looked at. */
  readonly asks?: RegExp;
}

/** Address of a product of a catalogue that is made when the first page asks. */
let own: Promise<string> | undefined;
function productOfOwn({ api }: DashboardStack): Promise<string> {
  own ??= (async () => {
    const { id } = await api.ask('POST /catalogues', { body: { name: 'Looks' } });
    const described = { product: 'tshirt', mass: 0.17, materials: [{ id: 'ei-coton', share: 1 }] };
    const { id: product } = await api.ask('POST /catalogues/{id}/products', {
      path: { id },
      body: {
        ...{ reference: 'AH27-0001', name: 'T-shirt col rond', brand: 'Atelier Lin', gtins: ['3760001000016'] },
        ...described,
      },
    });
    await api.ask('POST /catalogues/{id}/products', {
      path: { id },
      body: { reference: 'AH27-0002', ...described, mass: 170 },
    });
    return `/catalogues/${id}/products/${product}`;
  })();
  return own;
}

const PAGES: readonly Shown[] = [
  {
    name: 'overview',
    path: '/',
    ready: [
      ['.chart svg', 3],
      ['.plain-list .tag', 0],
    ],
  },
  {
    name: 'catalogues',
    path: async (stack) => (await productOfOwn(stack)).replace(/s\/.*/, 's'),
    ready: [['tbody tr', 2]],
  },
  {
    name: 'catalogue',
    path: async (stack) => (await productOfOwn(stack)).replace(/.products.*/, ''),
    ready: [['tbody tr', 0]],
  },
  {
    name: 'catalogue-product',
    path: (stack) => productOfOwn(stack),
    ready: [
      ['.chart svg', 0],
      ['tbody tr', 1],
    ],
  },
  {
    name: 'to-check',
    path: async (stack) =>
      (await productOfOwn(stack)).replace(/^.catalogues.(.*).products.*$/, '/to-check?catalogue=$1'),
    ready: [['tbody .button', 0]],
  },
  { name: 'keys', path: '/keys', ready: [['tbody tr', 0]] },
  { name: 'versions', path: '/versions', ready: [['h1', 0]] },
  { name: 'retention', path: '/retention', ready: [['tbody tr', 2]] },
  { name: 'not-found', path: '/nowhere', ready: [['h1', 0]] },
  { name: 'products', path: '/products', ready: [['tbody tr', 24]] },
  {
    name: 'product',
    async path({ api }) {
      const { items } = await api.ask('GET /impacts', { query: { product: 'tshirt', sort: '-ecs', limit: 1 } });
      return `/products/${items[0]?.md5_id}`;
    },
    ready: [['.chart svg', 2]],
    asks: /^(Delete|Supprimer)$/,
  },
  {
    name: 'compare',
    async path({ api }) {
      const { items } = await api.ask('GET /impacts', { query: { product: 'tshirt', sort: '-ecs', limit: 3 } });
      return `/compare?${items.map(({ md5_id }) => `item=${md5_id}`).join('&')}`;
    },
    ready: [['.chart svg', 2]],
  },
  {
    name: 'score',
    path: '/score',
    ready: [
      ['.chart svg', 0],
      ['.big-figure', 0],
      ['.save button', 0],
    ],
  },
  {
    name: 'score-estimate',
    path: `/score?garment=${encodeURIComponent(HALF)}`,
    ready: [
      ['.questions li', 0],
      ['.chart svg', 0],
    ],
  },
  { name: 'score-file', path: '/score?mode=file', ready: [['input[type=file]', 0]] },
  {
    name: 'statistics',
    path: '/statistics',
    ready: [
      ['.chart svg', 2],
      ['.inline-bar', 9],
    ],
  },
  { name: 'analysis', path: '/analysis', ready: [['.chart svg', 0]] },
  { name: 'analysis-effects', path: '/analysis?tab=effects', ready: [['.chart svg', 0]] },
  { name: 'analysis-sensitivity', path: '/analysis?tab=sensitivity', ready: [['.chart svg', 0]] },
  { name: 'analysis-segments', path: '/analysis?tab=segments', ready: [['.segment', 0]] },
  { name: 'analysis-outliers', path: '/analysis?tab=outliers', ready: [['.lead', 0]] },
  {
    name: 'analysis-standing',
    path: async (stack) =>
      (await productOfOwn(stack)).replace(/^.catalogues.(.*).products.*$/, '/analysis?tab=standing&catalogue=$1'),
    ready: [['.chart svg', 0]],
  },
  { name: 'analysis-grid', path: '/analysis?tab=grid', ready: [['.chart svg', 6]] },
  {
    name: 'models',
    path: '/models',
    ready: [
      ['.chart svg', 3],
      ['.chart canvas', 1],
    ],
  },
  {
    name: 'pipelines',
    async path({ api }) {
      const [run] = await api.ask('GET /orchestrator/runs', { query: { limit: 1 } });
      return `/pipelines?run=${run?.id}`;
    },
    ready: [
      ['.chart svg', 0],
      ['.small-charts svg', 4],
      ['td .link-button', 0],
    ],
  },
];

/** Kinds of buttons that are to be met on the pages. */
const BUTTONS = ['button', 'button primary', 'button danger', 'link-button', 'sort-button'];

interface AxeResults {
  violations: { id: string; impact: string | null; help: string; nodes: { html: string }[] }[];
}

/** A chart is one image to a reader, named and with a table beside it: what it is drawn of needs no look. Nor do rows like others. */
const UNSEEN = ['.chart-box > *', 'tbody tr:nth-child(n + 4)'];
/** It is the same around each page: seen on the first. */
const FRAME = ['.top-bar', '.sidebar'];

/** What needs `preload` finds nothing serious: reading all styles for it took a fifth of axe's time. */
const SETTINGS = { resultTypes: ['violations'], preload: false };

/** Findings of axe that keep somebody from using the page; `unseen` is taken out meanwhile, since axe looks through all that is there. */
async function seriousFindings(page: TestPage, unseen: readonly string[], options: object): Promise<string[]> {
  const { violations } = (await page.evaluate(`(async () => {
    const out = [...document.querySelectorAll('${unseen}')].map((element) => {
      const place = document.createComment('');
      element.replaceWith(place);
      return { element, place };
    });
    try {
      return await axe.run({ exclude: ['option:nth-child(n + 4)'] }, ${JSON.stringify({ ...SETTINGS, ...options })});
    } finally {
      for (const { element, place } of out) place.replaceWith(element);
    }
  })()`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

/** Nothing on the page is wider than the screen. */
const overflow = (page: TestPage) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;

/** Texts of charts that do not lie wholly in them: they are cut at the edge. */
const cutLabels = (page: TestPage) =>
  page.evaluate(`[...document.querySelectorAll('.chart-box svg')].flatMap((svg) => {
    const { left, right } = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')]
      .filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < left - 1 || box.right > right + 1;
      })
      .map((text) => text.textContent);
  })`) as Promise<string[]>;

/** Numbers of charts that are written as the other language does. */
const FOREIGN_NUMBERS: Readonly<Record<Language, RegExp>> = { en: /\d,\d{1,2}(?!\d)/, fr: /\d\.\d/ };
const foreignNumbers = async (page: TestPage, language: Language) =>
  (await page.locator('.chart-box svg text').allTextContents()).filter((text) => FOREIGN_NUMBERS[language].test(text));

/** A change of width or theme is drawn: the page's own drawing, its effects and the charts' take a frame each. */
const drawn = (page: TestPage) =>
  page.evaluate(`new Promise((done) => {
    let frames = 0;
    const next = () => (++frames < 4 ? requestAnimationFrame(next) : done());
    next();
  })`);

/** A button of each kind on the page, as its classes name it. */
const KINDS = `[...new Set([...document.querySelectorAll('button:not(:disabled), a.button, .nav-link')]
  .filter((button) => button.checkVisibility() && button.textContent.trim() !== '')
  .map((button) => button.className))]`;

/** Contrast of the text of the button under the pointer with what lies below it, by WCAG 2: from 1 to 21; 0 without a button. */
const HOVERED_CONTRAST = `(() => {
  const button = document.querySelector('button:hover, a:hover');
  if (!button) return 0;
  const channels = (colour) => {
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  let ground = button;
  while (channels(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
  const [one, other] = [getComputedStyle(button).color, getComputedStyle(ground).backgroundColor].map(luminance);
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
})()`;

/** Expects the buttons of kinds that were not under the pointer in this theme yet to be read there; `seen` gets them. */
async function hoverButtons(page: TestPage, theme: string, seen: Set<string>): Promise<void> {
  for (const kind of (await page.evaluate(KINDS)) as string[]) {
    const here = `${kind}, ${theme}`;
    if (seen.has(here)) continue;
    seen.add(here);
    const button = page.locator(`[class="${kind}"]:not(:disabled)`).filter({ visible: true }).first();
    let contrast = 0;
    // What a page asked for late may move the button away from the pointer.
    await waitUntil(`the pointer is on: ${here}`, async () => {
      await button.hover();
      await drawn(page);
      contrast = (await page.evaluate(HOVERED_CONTRAST)) as number;
      return contrast > 0;
    });
    expect(contrast, here).toBeGreaterThanOrEqual(4.5);
  }
}

/** All at once: the page is drawn once. On a phone the button of the language lies in the menu, which stays closed. */
async function turn(page: TestPage, { size, theme, language }: Look): Promise<void> {
  await Promise.all([
    page.evaluate(`document.querySelector('button[lang=${language}]')?.click()`),
    page.setViewportSize(SIZES[size]),
    page.emulateMedia({ colorScheme: theme }),
  ]);
  await drawn(page);
}

/** Waits until the page shows all; another language may ask for it anew. */
async function loaded(page: TestPage, { name, ready }: Shown): Promise<void> {
  for (const [selector, nth] of ready) {
    await page
      .locator(selector)
      .nth(nth)
      .waitFor()
      .catch(async (error) => {
        throw new Error(`${name}: ${error.message}\n${await page.locator('main').textContent()}`);
      });
  }
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}

/**
 * Expects a page that works: no error, no serious finding of axe, no layout shift, no cut label, nothing wider than the screen,
 * every button to be read under the pointer. Keeps a screenshot of each look.
 */
async function checkPage(
  view: View,
  shown: Shown,
  looks: readonly Look[],
  unseen: readonly string[],
  hovered: Set<string>,
) {
  const { page, problems } = view;
  const { name, asks } = shown;
  await loaded(page, shown);
  expect(await page.evaluate('window.shifts'), `layout shift: ${name} ${looks[0]?.size}`).toBeLessThan(0.1);
  for (const [rank, look] of [...looks, ...OTHER_LOOKS].entries()) {
    const at = [name, look.size, look.theme, look.language].join('-');
    if (rank > 0) {
      await turn(page, look);
      await loaded(page, shown);
    }
    // In another language the page begins anew.
    if (asks && rank < looks.length) await page.getByRole('button', { name: asks }).click();
    if (SCREENSHOTS) await page.screenshot({ path: `${ARTIFACTS}${at}.png`, fullPage: true });
    expect(await overflow(page), `wider than the screen: ${at}`).toBeLessThanOrEqual(0);
    expect(await cutLabels(page), `cut labels: ${at}`).toEqual([]);
    expect(await foreignNumbers(page, look.language), `numbers: ${at}`).toEqual([]);
    // The page itself is the same when it is turned: its colours are not.
    const rules = rank === 0 ? {} : { runOnly: ['color-contrast'] };
    expect(await seriousFindings(page, unseen, rules), `axe: ${at}`).toEqual([]);
    await hoverButtons(page, look.theme, hovered);
  }
  if (OTHER_LOOKS.length > 0) await turn(page, looks.at(-1) as Look);
  expect(problems, `console: ${name}`).toEqual([]);
}

export function looksSpecs(stack: () => DashboardStack): void {
  describe('looks', () => {
    // In one tab, whose code is warm after some pages.
    it('right at both widths, light and dark, in both languages, also where a canvas takes labels for narrower', async () => {
      await mkdir(ARTIFACTS, { recursive: true });
      const view = await stack().view(LOOKS[0][0]);
      const { page } = view;
      await view.open('/score?mode=file');
      // By evaluate, which the page's own policy on scripts does not concern.
      await page.evaluate(await readFile(AXE, 'utf8'));
      const hovered = new Set<string>();
      for (const [half, looks] of LOOKS.entries()) {
        const inOrder = [...looks];
        await turn(page, looks[0]);
        for (const [rank, shown] of PAGES.filter((_, at) => at % LOOKS.length === half).entries()) {
          const path = typeof shown.path === 'string' ? shown.path : await shown.path(stack());
          await page.evaluate('window.shifts = 0');
          await view.go(path);
          await checkPage(view, shown, inOrder, rank === 0 ? UNSEEN : [...UNSEEN, ...FRAME], hovered);
          inOrder.reverse();
        }
      }
      for (const kind of BUTTONS) {
        for (const theme of ['light', 'dark']) expect(hovered).toContain(`${kind}, ${theme}`);
      }
      await view.close();
      // Each page is as much as a test.
    }, 480_000);
  });
}
