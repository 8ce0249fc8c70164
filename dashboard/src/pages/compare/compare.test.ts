import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  CATALOGUES,
  COMPARISON,
  IMPACTS,
  job,
  pageOf,
  REFERENCE,
  RESULTS,
  SIMULATION,
  STATISTICS,
  TSHIRT,
} from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const ANSWERS = {
  ...REFERENCE,
  ...IMPACTS,
  ...STATISTICS,
  ...CATALOGUES,
  'GET /compare': COMPARISON,
  'POST /simulate': SIMULATION,
};
const VARIANT = '{"name":"Linen","query":{"mass":0.2}}';
const items = (...given: string[]) =>
  new URLSearchParams(given.map((item): [string, string] => ['item', item])).toString();
const address = `/compare?${items(TSHIRT.md5_id as string, VARIANT)}`;
const asked = () => browser.requests.filter((request) => request.startsWith('GET /compare'));
const linksOf = (selector: string) => browser.all(selector).map((link) => link.getAttribute('href'));

describe('the comparison', () => {
  it('asks for what the address holds, and shows costs and the fields that differ', async () => {
    await browser.visit(`${address}&base=0`, ANSWERS);
    expect(asked()).toEqual([`GET /compare?${items(TSHIRT.md5_id as string, VARIANT)}&base=0`]);
    expect(browser.table('Side by side')).toEqual([
      ['Field', 'T-shirt / polo, 170 g×', 'Linen×'],
      ['Cost of the item', '1,000 Pts', '800 Pts'],
      ['Cost per 100 g', '588.2 Pts', '400 Pts'],
      ['Cost per day of wear', '32.26 Pts', '17.78 Pts'],
      ['Durability', '0.678', '0.678'],
      ['Days of wear', '31', '45'],
      ['Mass', '0.17 kg', '0.2 kg'],
      ['Materials', 'Cotton 100 %', 'Linen 100 %'],
    ]);
    expect(linksOf('th a')).toEqual([`/dashboard/products/${TSHIRT.md5_id}`]);
    // A wide table is reached, and scrolled, by the keyboard.
    expect(new Set(browser.all('.table-scroll').map(({ tabIndex }) => tabIndex))).toEqual(new Set([0]));
  });

  it('tells what is doubtful of a product, and not what is only worth knowing', async () => {
    const warning = { id: 'mass_out_of_range', field: 'mass', message: '500 kg: expected less' } as const;
    const warnings = [
      { ...warning, severity: 'doubtful' },
      { ...warning, severity: 'note', id: 'price_unusual', message: '900 €: usually less' },
    ];
    const products = COMPARISON.products.map((product) => ({ ...product, warnings }));
    await browser.visit(address, { ...ANSWERS, 'GET /compare': { ...COMPARISON, products } });
    expect(browser.texts('.notice li')).toEqual(products.map(() => '500 kg: expected less'));
  });

  it.each([
    [
      '',
      '−200 Pts',
      [
        ['MaterialsCotton 100 % → Linen 100 %', '−300.3 Pts'],
        ['Mass0.17 kg → 0.2 kg', '+100.3 Pts'],
      ],
    ],
    [
      '&per=per_day',
      '−14.48 Pts',
      [
        ['MaterialsCotton 100 % → Linen 100 %', '−19.48 Pts'],
        ['Mass0.17 kg → 0.2 kg', '+5 Pts'],
      ],
    ],
    [
      '&per=x',
      '−200 Pts',
      [
        ['MaterialsCotton 100 % → Linen 100 %', '−300.3 Pts'],
        ['Mass0.17 kg → 0.2 kg', '+100.3 Pts'],
      ],
    ],
  ])('tells what each field makes of the difference, the greatest first: %s', async (per, difference, rows) => {
    await browser.visit(`${address}${per}`, ANSWERS);
    expect(browser.texts('h2')).toContain(`Linen: ${difference}`);
    expect(browser.table('Bars of the effect').slice(1)).toEqual(rows);
    const drawn = JSON.stringify(browser.chart('Bars of the effect').drawn.series);
    // What costs more and what costs less have a colour each.
    expect(drawn).toMatch(/#0072B2.*#D55E00/);
  });

  it('keeps base and measure in the address', async () => {
    await browser.visit(address, ANSWERS);
    await browser.choose('Compared to', '1');
    expect(new URLSearchParams(location.search).get('base')).toBe('1');
    expect(asked().at(-1)).toContain('base=1');
    await browser.choose('Cost', 'per_100g');
    expect(new URLSearchParams(location.search).get('per')).toBe('per_100g');
  });

  it.each([
    [0, 2, 'b,c', '1'],
    [1, 2, 'a,c', '1'],
    [2, 2, 'a,b', null],
    [2, 0, 'a,b', null],
  ])('takes product %i out, and the base %i stays the one it is', async (rank, base, left, moved) => {
    const [first, second] = COMPARISON.products;
    const products = [first, second, second].map((one, at) => ({ ...one, name: `P${at}` }));
    const fields = COMPARISON.fields.map((field) => ({ ...field, values: [...field.values, ...field.values] }));
    await browser.visit(`/compare?${items('a', 'b', 'c')}&base=${base}`, {
      ...ANSWERS,
      'GET /compare': { ...COMPARISON, base, products, fields },
    });
    await browser.press(`Take P${rank} out`);
    const search = new URLSearchParams(location.search);
    expect([search.getAll('item').join(), search.get('base')]).toEqual([left, moved]);
  });

  it('is exported, and gets one more variant by the form', async () => {
    await browser.visit(address, {
      ...ANSWERS,
      'GET /compare': ({ query }: { query: URLSearchParams }) => (query.has('format') ? [] : COMPARISON),
    });
    await browser.press('Export');
    await browser.press('Excel (.xlsx)');
    expect(browser.files).toEqual(['comparison.xlsx']);
    expect(asked().at(-1)).toContain('&format=xlsx');
    const [form] = linksOf('.page-header .actions a');
    const search = new URLSearchParams(form?.split('?')[1]);
    expect(search.getAll('compared')).toEqual([TSHIRT.md5_id, VARIANT]);
    expect(JSON.parse(search.get('garment') ?? '')).toEqual(COMPARISON.products[0]?.query);
  });

  it.each(['/compare', '/compare?item=a', `/compare?${items(...'abcdefghi')}`])(
    'without two to eight says how to begin: %s',
    async (empty) => {
      await browser.visit(empty, ANSWERS);
      expect(asked()).toEqual([]);
      expect(browser.text('.state')).toContain('Tick two to eight rows');
    },
  );

  it('says what is wrong with an address', async () => {
    await browser.visit(address, {
      ...ANSWERS,
      'GET /compare': failure(422, [{ loc: ['query', 'item', 1], msg: 'no such product', type: 'product_unknown' }]),
    });
    expect(browser.text('[role=alert]')).toContain('no such product');
  });
});

describe('the ways to a comparison', () => {
  it('lead from ticked products', async () => {
    await browser.visit('/products', ANSWERS);
    await browser.press('Select Coat / jacket, Wool (default)', 'input');
    expect(browser.button('Compare').disabled).toBe(true);
    await browser.press('Select this page', 'input');
    expect(browser.text('.selection strong')).toBe('2 products selected');
    const ids = IMPACTS['GET /impacts'].items.map(({ md5_id }) => md5_id as string);
    expect(linksOf('.selection a')).toEqual([`/dashboard/compare?${items(...ids)}`]);
    await browser.press('Clear the selection');
    expect(browser.all('.selection')).toEqual([]);
  });

  it('lead from ticked products of a catalogue', async () => {
    await browser.visit(`/catalogues/${CATALOGUE.id}`, ANSWERS);
    await browser.press('Select this page', 'input');
    expect(linksOf('.selection a')).toEqual([
      `/dashboard/compare?${items(`${CATALOGUE.id}/own-1`, `${CATALOGUE.id}/own-2`)}`,
    ]);
  });

  it.each([
    ['a catalogue', CATALOGUE.id, [`${CATALOGUE.id}/own-1`, `${CATALOGUE.id}/own-2`]],
    ['none', null, ['cccc', 'dddd']],
  ])('lead from ticked rows of an upload into %s, of its pages together', async (_, catalogue, chosen) => {
    const told = `event: end\ndata: ${JSON.stringify(job('done', { catalogue, refused: 1 }))}\n\n`;
    const [first, second] = RESULTS.items.map((row, at) => ({ ...row, product: catalogue && `own-${at + 1}` }));
    await browser.visit('/score?mode=file&job=job-1', {
      ...ANSWERS,
      'GET /jobs/job-1/events': new Response(told),
      'GET /jobs/job-1/products': ({ query }: { query: URLSearchParams }) =>
        pageOf([query.get('offset') === '0' ? first : second], 60),
    });
    await browser.press('Select R-1', 'input');
    await browser.press('Next');
    await browser.press('Select dddd', 'input');
    expect(linksOf('.selection a')).toEqual([`/dashboard/compare?${items(...chosen)}`]);
    await browser.press('Refused (11)');
    expect(browser.all('.selection, input[type=checkbox]')).toEqual([]);
  });

  it('lead from the form: what was, and what it became', async () => {
    await browser.visit('/score', ANSWERS);
    await browser.press('Compare with a variant', 'a');
    await browser.type('Mass', '0.25');
    await browser.pass(250);
    const [way] = linksOf('.card-header a.primary');
    const given = new URLSearchParams(way?.split('?')[1]).getAll('item').map((item) => JSON.parse(item));
    expect(given.map(({ name, query }) => [name, query.mass])).toEqual([
      [undefined, 0.17],
      ['Variant 1', 0.25],
    ]);
  });
});

describe('the explanation', () => {
  it('of a product has its sentence, what sets it apart, and what would lower it', async () => {
    await browser.visit(
      `/products/${TSHIRT.md5_id}`,
      { ...ANSWERS, [`GET /product/by-id/${TSHIRT.md5_id}`]: { inputs: {} } },
      { language: 'fr' },
    );
    expect(browser.text('.explanation')).toBe('Ce produit coûte 800 Pts.');
    expect(browser.table('Changements simples')[1]?.slice(0, 4)).toEqual([
      'Pays d’ennoblissement',
      'Chine',
      'France',
      '−200 Pts (−25 %)',
    ]);
    const [, lever] = linksOf('.sub-section a').filter((link) => link?.startsWith('/dashboard/compare'));
    const [, changed] = new URLSearchParams(lever?.split('?')[1]).getAll('item');
    expect(JSON.parse(changed ?? '')).toMatchObject({ name: 'Pays d’ennoblissement', query: { countryDyeing: 'FR' } });
  });

  it('of a product of a catalogue stands against the grid, or its own catalogue', async () => {
    await browser.visit(`/catalogues/${CATALOGUE.id}/products/own-1`, ANSWERS);
    await browser.choose('Compared to', CATALOGUE.id);
    expect(
      browser.requests.filter((request) => request.includes('/explanation')).map((request) => request.split('?')[1]),
    ).toEqual(['against=reference-grid', `against=${CATALOGUE.id}`]);
    expect(browser.address()).toContain(`against=${CATALOGUE.id}`);
  });

  it('of the form says so when nothing is like it, and nothing would lower it', async () => {
    const alone = { ...IMPACTS['POST /explain'], against: null, levers: [] };
    await browser.visit('/score', { ...ANSWERS, 'POST /explain': alone });
    expect(browser.text()).toContain('There are fewer than three garments of its type');
    expect(browser.text()).toContain('No single change would lower it.');
  });
});
