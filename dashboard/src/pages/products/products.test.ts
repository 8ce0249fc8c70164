import { describe, expect, it } from 'vitest';
import { COAT, DOCUMENT, IMPACTS, REFERENCE, SIMULATION, TSHIRT } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const LIST = { ...REFERENCE, ...IMPACTS };
const searches = () => browser.requests.filter((request) => request.startsWith('GET /impacts?'));

describe('the table of products', () => {
  it.each([
    ['q=jean', 'q=jean'],
    ['product=tshirt', 'product=tshirt'],
    ['material=ei-pet', 'material=ei-pet'],
    ['country=MA', 'country=MA'],
    ['process=weaving', 'process=weaving'],
    ['scenario=low-cost', 'scenario=low-cost'],
    ['catalogue=reference-grid', 'catalogue=reference-grid'],
    ['min_ecs=10.5', 'min_ecs=10.5'],
    ['max_ecs=900', 'max_ecs=900'],
  ])('asks for what the address filters by: %s', async (filter, asked) => {
    await browser.visit(`/products?${filter}`, { ...LIST, 'GET /export/impacts.csv': [] });
    expect(searches()).toEqual([`GET /impacts?${asked}&sort=-ecs&limit=25&offset=0`]);
    await browser.press('Export as CSV');
    expect(browser.requests.at(-1)).toBe(`GET /export/impacts.csv?${asked}`);
    expect(browser.files).toEqual(['impacts.csv']);
    await browser.press('Clear the filters');
    expect(browser.address()).toBe('/products');
  });

  it.each([
    ['', 'sort=-ecs&limit=25&offset=0', 'Page 1 of 3 · 1 to 25 of 60', ['Previous']],
    ['?page=2', 'sort=-ecs&limit=25&offset=25', 'Page 2 of 3 · 26 to 50 of 60', []],
    ['?page=3', 'sort=-ecs&limit=25&offset=50', 'Page 3 of 3 · 51 to 60 of 60', ['Next']],
    ['?page=2&size=50', 'sort=-ecs&limit=50&offset=50', 'Page 2 of 2 · 51 to 60 of 60', ['Next']],
    ['?size=13', 'sort=-ecs&limit=25&offset=0', 'Page 1 of 3 · 1 to 25 of 60', ['Previous']],
    ['?size=200&sort=mass', 'sort=mass&limit=200&offset=0', 'Page 1 of 1 · 1 to 60 of 60', ['Previous', 'Next']],
  ])('turns its pages: %s', async (address, asked, note, disabled) => {
    await browser.visit(`/products${address}`, LIST);
    expect(searches()).toEqual([`GET /impacts?${asked}`]);
    expect(browser.text('.pager .hint')).toBe(note);
    expect(browser.texts('.pager button[disabled]')).toEqual(disabled);
  });

  it('has a whole last page, and no page after it', async () => {
    await browser.visit('/products?page=2', { ...LIST, 'GET /impacts': { ...IMPACTS['GET /impacts'], total: 50 } });
    expect(browser.text('.pager .hint')).toBe('Page 2 of 2 · 26 to 50 of 50');
    expect(browser.button('Next').disabled).toBe(true);
    await browser.press('Previous');
    expect(browser.address()).toBe('/products');
    await browser.press('Next');
    expect(browser.address()).toBe('/products?page=2');
    // The list's beginning comes into view each time.
    expect(browser.scrolls).toEqual(['card span-12 start', 'card span-12 start']);
  });

  it.each<[string, () => Promise<void>, string]>([
    ['a select', () => browser.choose('Product type', 'tshirt'), '/products?q=a&product=tshirt'],
    ['the order', () => browser.press('Mass↕'), '/products?q=a&sort=mass'],
    ['the size', () => browser.choose('Per page', '50'), '/products?q=a&size=50'],
    ['no filter', () => browser.press('Clear the filters'), '/products'],
    ['a word', () => browser.type('Search', 'b').then(() => browser.pass(300)), '/products?q=b'],
    ['a bound', () => browser.type('Cost to', '1 200,5').then(() => browser.pass(300)), '/products?q=a&max_ecs=1200.5'],
  ])('begins anew with %s', async (_, change, address) => {
    await browser.visit('/products?q=a&page=3', LIST);
    await change();
    expect(browser.address()).toBe(address);
    expect(browser.text('.pager .hint')).toMatch(/^Page 1 of/);
  });

  it('is ordered by a column, up and then down', async () => {
    await browser.visit('/products', LIST);
    expect(browser.all('th[aria-sort]').map((head) => head.getAttribute('aria-sort'))).toEqual(['descending']);
    await browser.press('Mass↕');
    await browser.press('Mass↑');
    await browser.press('Mass↓');
    expect(searches().map((request) => request.split('&')[0])).toEqual([
      'GET /impacts?sort=-ecs',
      'GET /impacts?sort=mass',
      'GET /impacts?sort=-mass',
    ]);
    expect(browser.address()).toBe('/products?sort=mass');
  });

  it('waits for a pause of 300 ms in typing, and for a bound that is a number', async () => {
    await browser.visit('/products', LIST);
    await browser.type('Search', 'je');
    await browser.pass(299);
    await browser.type('Search', 'jean');
    await browser.pass(299);
    expect(searches()).toHaveLength(1);
    await browser.pass(1);
    expect(searches().slice(1)).toEqual(['GET /impacts?q=jean&sort=-ecs&limit=25&offset=0']);
    await browser.type('Cost from', 'much');
    await browser.pass(300);
    expect(browser.text('.field-error')).toBe('Expected a number such as 1250 or 0.25.');
    expect(searches()).toHaveLength(2);
    await browser.type('Search', '');
    await browser.pass(300);
    expect(browser.address()).toBe('/products');
  });

  it.each([
    ['?q=x', 'No product fits these filters'],
    ['', 'There are no products yet'],
  ])('says why it is empty: %s', async (address, title) => {
    await browser.visit(`/products${address}`, {
      ...LIST,
      'GET /impacts': { total: 0, offset: 0, limit: 25, items: [] },
    });
    expect(browser.text('.state-title')).toContain(title);
  });
});

describe('the page of a product', () => {
  const address = `/products/${TSHIRT.md5_id}`;
  const PRODUCT = {
    ...LIST,
    'POST /simulate': SIMULATION,
    'GET /impacts': { total: 1, offset: 0, limit: 1, items: [TSHIRT] },
    [`GET /product/by-id/${TSHIRT.md5_id}`]: DOCUMENT,
    'DELETE /product': { message: 'gone' },
  };

  it.each([
    [499, 'No product of type “T-shirt / polo” in the reference grid costs less.'],
    [500, 'No product of type “T-shirt / polo” in the reference grid costs less.'],
    [501, 'Costs more than 0% of the products of type “T-shirt / polo” in the reference grid.'],
    [1499, 'Costs more than 99% of the products of type “T-shirt / polo” in the reference grid.'],
    [1500, 'No product of type “T-shirt / polo” in the reference grid costs more.'],
    [1501, 'No product of type “T-shirt / polo” in the reference grid costs more.'],
  ])('tells the place of %i Pts, and marks it within the histogram', async (ecs, place) => {
    const items = [{ ...TSHIRT, ecs }];
    await browser.visit(address, { ...PRODUCT, 'GET /impacts': { ...PRODUCT['GET /impacts'], items } });
    expect(browser.text('.key-figures')).toContain(place);
    expect(JSON.stringify(browser.chart('Histogram').drawn.series)).toContain(
      `{"xAxis":${Math.min(1500, Math.max(500, ecs))},`,
    );
  });

  it('is placed among those by its own version of the method, which lists tell as well', async () => {
    const items = [{ ...TSHIRT, method_version: '8.5.0' }];
    const answers = { ...PRODUCT, 'GET /impacts': { ...PRODUCT['GET /impacts'], items } };
    await browser.visit(address, answers);
    expect(browser.text('.key-figures')).toContain('Version of the method8.5.0');
    expect(browser.requests.filter((one) => one.startsWith('GET /impacts/distribution'))).toEqual([
      'GET /impacts/distribution?product=tshirt&catalogue=reference-grid&bins=200&method_version=8.5.0',
    ]);
    const none = { ...IMPACTS['GET /impacts/distribution'], count: 0, min: null, max: null, bins: [] };
    await browser.visit(address, { ...answers, 'GET /impacts/distribution': none });
    expect(browser.text('main')).toContain(
      'Nothing to compare withThe reference grid has no product of this type by this version of the method.',
    );
    await browser.visit('/products', { ...LIST, 'GET /impacts': { ...IMPACTS['GET /impacts'], items } });
    expect(browser.text('tbody')).toContain('8.5.0');
  });

  it('writes a dash for what is not known, and joins five bins of the histogram', async () => {
    const bins = Array.from({ length: 7 }, (_, at) => ({ from: 100 * at, to: 100 * at + 100, count: at + 1 }));
    const item = { ...COAT, md5_id: TSHIRT.md5_id, mass: null, air_transport_ratio: null, country_making: null };
    await browser.visit(address, {
      ...PRODUCT,
      'GET /impacts': { total: 1, offset: 0, limit: 1, items: [{ ...item, created_at: null, scenario: null }] },
      'GET /impacts/distribution': { ...IMPACTS['GET /impacts/distribution'], bins },
      [`GET /product/by-id/${TSHIRT.md5_id}`]: { inputs: {} },
    });
    expect(browser.text('.key-figures')).toBe(
      'Environmental cost9,000 PtsNo product of type “Coat / jacket” in the reference grid costs more.Version of the method7.0.0PEF score–Durability–Days of wear–Added–',
    );
    expect(browser.texts('.description dd')).toEqual([
      '–',
      'Knitting, mixed machines',
      'China',
      'India',
      'Türkiye',
      '–',
      '–',
      'Added by users',
      TSHIRT.md5_id,
    ]);
    expect(browser.table('Histogram').slice(1)).toEqual([
      ['0 Pts', '500 Pts', '15'],
      ['500 Pts', '700 Pts', '13'],
    ]);
  });

  it('deletes it after a second thought only', async () => {
    await browser.visit(address, PRODUCT, { role: 'writer' });
    await browser.press('Delete');
    await browser.press('Keep it');
    await browser.press('Delete');
    expect(browser.requests.filter((request) => request.startsWith('DELETE'))).toEqual([]);
    await browser.press('Delete for good');
    expect(browser.requests).toContain(`DELETE /product?md5_id=${TSHIRT.md5_id}`);
    expect(browser.address()).toBe('/products');
  });

  it('is not deleted by a reader', async () => {
    await browser.visit(address, PRODUCT, { role: 'reader' });
    expect(browser.button('Delete').disabled).toBe(true);
  });

  it('says that there is none, or that the service is away and asks again', async () => {
    await browser.visit(address, { ...PRODUCT, [`GET /product/by-id/${TSHIRT.md5_id}`]: undefined });
    expect(browser.text()).toContain('This product is not in the database');
    await browser.visit(address, { ...PRODUCT, 'GET /impacts': failure(503, 'away') });
    expect(browser.text('.state')).toContain('The service cannot answer just now.');
    browser.answer(PRODUCT);
    await browser.pass(1000);
    expect(browser.text('h1')).toBe('T-shirt / polo, 170 g');
  });

  it.each([
    [1300, 'worse', '+100 Pts (+8.3%)'],
    [1100, 'better', '−100 Pts (−8.3%)'],
  ])('tells what a change does to the cost: %i Pts', async (ecs, mood, text) => {
    await browser.visit(address, PRODUCT);
    browser.answer({ 'POST /simulate': { ...SIMULATION, ecs } });
    await browser.type('Mass', '0,2');
    expect(browser.bodies.filter((body) => body !== '')).toHaveLength(1);
    await browser.pass(249);
    expect(browser.bodies.filter((body) => body !== '')).toHaveLength(1);
    await browser.pass(1);
    expect(JSON.parse(browser.bodies.at(-1) ?? '')).toMatchObject({ mass: 0.2, product: 'tshirt', price: 25.5 });
    expect(browser.text(`p.${mood}`)).toBe(text);
    await browser.press('As it was');
    await browser.pass(250);
    expect(browser.text('.result-figure')).toContain('No change yet');
  });
});
