import { describe, expect, it } from 'vitest';
import { COAT, IMPACTS, REFERENCE, STATISTICS } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS };
const asked = (path: string) => browser.requests.filter((request) => request.split('?')[0] === `GET ${path}`);
const ids = () => browser.all('a[href*="/products/bbbb"]').map((link) => link.getAttribute('href')?.slice(-2));

describe('statistics', () => {
  it.each([
    ['', '?impact_type=ecs', '?impact_type=ecs&limit=100'],
    ['?impact=pef', '?impact_type=pef', '?impact_type=pef&limit=100'],
    ['?impact=etf-c', '?impact_type=etf_c', '?impact_type=etf_c&limit=100'],
    ['?impact=odd', '?impact_type=ecs', '?impact_type=ecs&limit=100'],
    ['?product=manteau', '?impact_type=ecs', '?impact_type=ecs&product_id=manteau&limit=100'],
  ])('ask for the impact and the type of the address: %s', async (address, impacts, outliers) => {
    await browser.visit(`/statistics${address}`, ANSWERS);
    expect(asked('/stats/impacts')).toEqual([`GET /stats/impacts${impacts}`]);
    expect(asked('/stats/outliers')).toEqual([`GET /stats/outliers${outliers}`]);
  });

  it('ask all cards for one type, fading the others', async () => {
    await browser.visit('/statistics?product=tshirt', ANSWERS);
    expect(asked('/stats/countries')).toEqual(['GET /stats/countries?product_id=tshirt']);
    expect(asked('/impacts')).toContain('GET /impacts?product=tshirt&sort=-ecs&limit=10');
    const opacities = (label: string) =>
      JSON.stringify(browser.chart(label).drawn.series)
        .match(/"opacity":[\d.]+/g)
        ?.map((text) => Number(text.slice(10)));
    // The boxes from the lowest median, then the points of tshirt and of others.
    expect(opacities('Box plots')).toEqual(
      [1, 0.3, 0.3, 0.2, 0.65, 0.2, 0.65, 0.2, 0.65].slice(0, opacities('Box plots')?.length),
    );
    expect(opacities('Days of wear')).toEqual([1, 0.3, 0.3]);
  });

  it.each([
    ['', ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10'], 'Page 1 of 3', ['Previous']],
    ['?page=2', ['11', '12', '13', '14', '15', '16', '17', '18', '19', '20'], 'Page 2 of 3', []],
    ['?page=3', ['21', '22', '23'], 'Page 3 of 3', ['Next']],
    ['?page=4', ['21', '22', '23'], 'Page 3 of 3', ['Next']],
  ])('list ten outliers at a time: %s', async (address, listed, note, disabled) => {
    await browser.visit(`/statistics${address}`, ANSWERS);
    expect(ids()).toEqual(listed);
    expect(browser.text('.pager .hint')).toBe(note);
    expect(browser.texts('.pager button[disabled]')).toEqual(disabled);
  });

  it.each([
    [10, undefined],
    [11, 'Page 1 of 2'],
    [99, 'Page 1 of 10'],
    [100, 'Page 1 of 10 · The first 100 are shown; the file has them all.'],
  ])('page %i outliers', async (count, note) => {
    const [row] = STATISTICS['GET /stats/outliers'];
    const rows = Array.from({ length: count }, (_, at) => ({ ...row, md5_id: `bbbb${at}` }));
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/outliers': rows });
    expect(browser.texts('.pager .hint')).toEqual(note === undefined ? [] : [note]);
  });

  it('begin anew with another impact or type', async () => {
    await browser.visit('/statistics?page=2', ANSWERS);
    await browser.choose('Impact', 'pef');
    expect(browser.address()).toBe('/statistics?impact=pef');
    await browser.press('Next');
    await browser.choose('Product type', 'tshirt');
    expect(browser.address()).toBe('/statistics?impact=pef&product=tshirt');
    await browser.choose('Impact', 'ecs');
    expect(browser.address()).toBe('/statistics?product=tshirt');
  });

  it('ask for no outliers of an impact that no product covers', async () => {
    await browser.visit('/statistics?impact=cch', ANSWERS, { language: 'fr' });
    expect(asked('/stats/outliers')).toEqual([]);
    expect(browser.text()).toContain('Aucun produit n’a l’impact « Changement climatique »');
    expect(browser.text('.field-hint')).toBe('Changement climatique');
  });

  it('ask for no outliers where the bounds leave none', async () => {
    const inside = STATISTICS['GET /stats/impacts'].map((row) => ({
      ...row,
      seuil_min: row.min - 1,
      seuil_max: row.max + 1,
    }));
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/impacts': inside });
    expect(asked('/stats/outliers')).toEqual([]);
    const atBound = inside.map((row) => ({ ...row, seuil_max: row.max }));
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/impacts': atBound });
    expect(asked('/stats/outliers')).toHaveLength(1);
    const same = inside.map((row) => ({ ...row, max: row.min, seuil_max: row.min, seuil_min: row.min }));
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/impacts': same });
    expect(asked('/stats/outliers')).toEqual([]);
  });

  it('draw the products at and beyond both bounds, and open the one that is clicked', async () => {
    const [row] = STATISTICS['GET /stats/impacts'];
    const items = [1526, 1525, 1524, 526, 525, 524].map((ecs) => ({
      ...COAT,
      product_id: 'tshirt',
      ecs,
      md5_id: `at${ecs}`,
    }));
    await browser.visit('/statistics', {
      ...ANSWERS,
      'GET /stats/impacts': [{ ...row, min: 500 }],
      'GET /impacts': ({ query }: { query: URLSearchParams }) => ({
        ...IMPACTS['GET /impacts'],
        items: query.get('sort') === '-ecs' ? items.slice(0, 3) : items.slice(3),
      }),
    });
    expect(asked('/impacts').slice(1)).toEqual([
      'GET /impacts?product=tshirt&sort=-ecs&limit=60',
      'GET /impacts?product=tshirt&sort=ecs&limit=60',
    ]);
    const { drawn, onClick } = browser.chart('Box plots');
    const [, points] = drawn.series as unknown as [unknown, { data: { value: unknown[] }[] }];
    expect(points.data.map(({ value }) => value)).toEqual([
      [1526, 0, 'at1526'],
      [1525, 0, 'at1525'],
      [525, 0, 'at525'],
      [524, 0, 'at524'],
    ]);
    onClick?.({ name: '', seriesName: 'Environmental cost', dataIndex: 0, value: [] });
    expect(browser.address()).toBe('/products?product=tshirt');
    onClick?.({ name: '', seriesName: 'Outliers', dataIndex: 0, value: [1, 0, 'abc'] });
    expect(browser.address()).toBe('/products/abc');
  });

  it.each([
    // A point may take half as much room again as the boxes reach, three box lengths above the furthest.
    [2325, undefined, 'none'],
    [2326, 1550, 'Beyond the axis: 1, up to 2,326 Pts.'],
    [900_000, 1550, 'Beyond the axis: 1, up to 900,000 Pts.'],
  ])('are not flattened by a product of %i Pts', async (ecs, max, said) => {
    const [row] = STATISTICS['GET /stats/impacts'];
    const boxes = { ...row, min: 100, Q1: 200, median: 300, Q3: 500, seuil_min: -250, seuil_max: 950, max: ecs };
    await browser.visit('/statistics', {
      ...ANSWERS,
      'GET /stats/impacts': [
        { ...boxes, Q3: 537.5 },
        { ...boxes, product_id: 'jean', max: 800 },
      ],
      'GET /impacts': { ...IMPACTS['GET /impacts'], items: [{ ...COAT, product_id: 'tshirt', ecs }] },
    });
    expect((browser.chart('Box plots').drawn.xAxis as unknown as { max?: number }).max).toBe(max);
    expect(browser.texts('p.hint').find((text) => text.startsWith('Beyond')) ?? 'none').toBe(said);
  });

  it.each([
    [[8, 10], true],
    [[7, 10], false],
    [[10], false],
  ])('say when countries say nothing: %j', async (making, said) => {
    const rows = making.map((count, at) => ({
      ...{ product_id: 'tshirt', country_name: ['Chine', 'Maroc'][at], count: 10 },
      ...{ countryFabric_count: 1, countryMaking_count: count },
    }));
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/countries': rows });
    expect(browser.text().includes('All countries have about as many products')).toBe(said);
  });

  it.each([
    [45, true],
    [46, false],
  ])('say when days of wear do not vary within a type: 45 to %i', async (max, said) => {
    const [, row] = STATISTICS['GET /stats/days_of_wear'];
    await browser.visit('/statistics', {
      ...ANSWERS,
      'GET /stats/days_of_wear': [row, { ...row, product_id: 'jean', max }],
    });
    expect(browser.text().includes('Within each type all products have one value')).toBe(said);
  });

  it.each([
    ['ecs', 'In points of impact (Pts): the lower, the better.'],
    ['pef', 'In points of impact (Pts): the lower, the better.'],
    ['etf-c', 'Code etf-c'],
  ])('tell what %s is without jargon', async (impact, hint) => {
    await browser.visit(`/statistics?impact=${impact}`, ANSWERS);
    expect(browser.texts('.field-hint')).toContain(hint);
  });

  it('rank the ten of highest and the twenty of lowest cost', async () => {
    await browser.visit('/statistics', ANSWERS);
    await browser.choose('Show', 'lowest');
    expect(browser.address()).toBe('/statistics?ranking=lowest');
    expect(asked('/impacts')).toContain('GET /impacts?sort=ecs&limit=20');
    expect(browser.text()).toContain('Lowest cost: the first 20 products.');
    expect(browser.text()).toContain('Their types: 1 × Coat / jacket and 1 × T-shirt / polo.');
    await browser.choose('Show', 'highest');
    expect(browser.address()).toBe('/statistics');
  });

  it('are downloaded as a file', async () => {
    await browser.visit('/statistics', { ...ANSWERS, 'GET /stats/outliers.csv': [] });
    await browser.press('All as CSV');
    expect([browser.requests.at(-1), browser.files]).toEqual(['GET /stats/outliers.csv', ['outliers.csv']]);
  });
});
