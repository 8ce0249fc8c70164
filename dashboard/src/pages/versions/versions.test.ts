import { describe, expect, it } from 'vitest';
import { CATALOGUES, REFERENCE, VERSIONS } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';
import { greatestDifference } from './differences.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...VERSIONS };
const asked = () => browser.requests.filter((request) => request.includes('/versions'));

describe('the page of the versions', () => {
  it('tells the versions, which counts, and until when they are to be applied', async () => {
    await browser.visit('/versions', ANSWERS);
    expect(asked()).toEqual(['GET /versions', 'GET /versions/changes?limit=25&offset=0']);
    expect(browser.table('Versions of the method').map((row) => row.slice(0, 3))).toEqual([
      ['Version', 'Products', 'Kept beside'],
      ['8.5.0 May be updated from 2 Dec 2026To be applied by 1 Dec 2026', '120', '0'],
      ['7.0.0 of the regulation', '3', '120'],
      ['unknown', '2', '0'],
    ]);
    expect(browser.text()).toContain('figures over many products are by version 8.5.0');
  });

  it('tells what changed by type, stage and product', async () => {
    await browser.visit('/versions', ANSWERS, { language: 'fr' });
    const [, row] = browser.table('Par type de produit');
    expect(row?.join(' ')).toMatch(/Jean 120 7\.0\.0 → 8\.5\.0/);
    expect(row?.at(-1)).toMatch(/^Matières? .*400/);
    expect(browser.text()).toContain('1 produit a changé');
  });

  it('of one type asks for it, from the first page on', async () => {
    await browser.visit('/versions?product=jean&page=2', ANSWERS);
    expect(asked()).toContain('GET /versions/changes?product=jean&limit=25&offset=25');
  });

  it('of a catalogue asks for it, and leads to its products', async () => {
    const [chosen] = CATALOGUES['GET /catalogues']({ query: new URLSearchParams() }).items.filter(
      ({ built_in }) => !built_in,
    );
    const changes = VERSIONS['GET /versions/changes'];
    const items = changes.items.map((item) => ({ ...item, product: 'p1', reference: 'REF-1' }));
    await browser.visit(`/versions?catalogue=${chosen?.id}`, {
      ...{ ...ANSWERS, ...CATALOGUES, 'GET /versions/changes': { ...changes, items } },
    });
    expect(asked()).toContain(`GET /versions/changes?catalogue=${chosen?.id}&limit=25&offset=0`);
    expect(browser.page()).toContain(`| REF-1 {a [/dashboard/catalogues/${chosen?.id}/products/p1]} |`);
  });

  it('says so when nothing has changed, or nothing is there', async () => {
    const none = { products: [], total: 0, offset: 0, limit: 25, items: [] };
    const nothing = { 'GET /versions': { reference: null, versions: [] }, 'GET /versions/changes': none };
    await browser.visit('/versions', { ...ANSWERS, ...nothing });
    expect(browser.texts('.state').join(' ')).toContain('No product is stored');
    expect(browser.texts('.state').join(' ')).toContain('Nothing has been scored by another version');
  });
});

it.each([
  ['the greatest, up', { making: 1, use: 2 }, { making: 5, use: 3 }, { part: 'making', difference: 4 }],
  ['the greatest, down', { making: 1, use: 9 }, { making: 5, use: 3 }, { part: 'use', difference: -6 }],
  ['none where one is not told', { making: null }, { making: 5 }, null],
])('the part that changed most is %s', (_, before, after, found) => {
  const costs = (some: object) => ({
    ...Object.fromEntries(Object.keys(NOTHING).map((part) => [part, null])),
    ...some,
  });
  expect(greatestDifference(costs(before) as never, costs(after) as never)).toEqual(found);
});
const NOTHING = VERSIONS['GET /versions/changes'].products[0]?.before ?? {};
