import { describe, expect, it } from 'vitest';
import {
  ANALYSES,
  CATALOGUES,
  IMPACTS,
  level,
  PLACED,
  REFERENCE,
  SEGMENTED,
  STATISTICS,
  stratum,
} from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';
import { placesOf } from './label-places.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS, ...CATALOGUES, ...ANALYSES };
const asked = (path: string) => browser.requests.filter((request) => request.startsWith(`GET /analysis/${path}`));

describe('the choice of catalogues and stratum', () => {
  const GRID = 'catalogue=reference-grid';
  it.each([
    ['', `${GRID}&per=item&scenario=regular`],
    ['?catalogue=spring', 'catalogue=spring&per=item&scenario=regular'],
    ['?catalogue=spring&catalogue=a&catalogue=spring', 'catalogue=spring&catalogue=a&per=item&scenario=regular'],
    [
      '?catalogue=a&catalogue=b&catalogue=c&catalogue=d&catalogue=e&catalogue=f',
      'catalogue=a&catalogue=b&catalogue=c&catalogue=d&catalogue=e&per=item&scenario=regular',
    ],
    ['?per=100g&scenario=low-cost&product=jean', `${GRID}&per=100g&scenario=low-cost&product=jean`],
    ['?per=day', `${GRID}&per=day&scenario=regular`],
    ['?per=odd&scenario=odd', `${GRID}&per=item&scenario=regular`],
  ])('is what every analysis asks for: %s', async (address, query) => {
    const and = address === '' ? '?' : `${address}&`;
    await browser.visit(`/analysis${address}`, ANSWERS);
    expect(asked('strata')).toEqual([`GET /analysis/strata?${query}&by=product`]);
    await browser.visit(`/analysis${and}tab=effects`, ANSWERS);
    expect(asked('effects')).toEqual([`GET /analysis/effects?${query}&factor=country`]);
    await browser.visit(`/analysis${and}tab=outliers`, ANSWERS);
    expect(asked('outliers')).toEqual([`GET /analysis/outliers?${query}&limit=50`]);
    await browser.visit(`/analysis${and}tab=standing`, ANSWERS);
    expect(asked('standing')).toEqual([`GET /analysis/standing?${query}&against=reference-grid`]);
    await browser.visit(`/analysis${and}tab=segments`, ANSWERS);
    expect(asked('segments')).toEqual([`GET /analysis/segments?${query.replace(/per=[^&]+&/, '')}&of=shares`]);
    await browser.visit(`/analysis${and}tab=sensitivity`, ANSWERS);
    const ofMethod = [...new URLSearchParams(query)].filter(([name]) => ['product', 'per'].includes(name)).toReversed();
    expect(asked('sensitivity').map((request) => request.split('?')[1]?.split('&').toSorted())).toEqual([
      ofMethod.map((pair) => pair.join('=')).toSorted(),
    ]);
  });

  it('is made once, for all tabs and for the whole session', async () => {
    await browser.visit('/analysis', ANSWERS);
    await browser.choose('Catalogue', '=autumn');
    expect(browser.address()).toBe('/analysis?catalogue=autumn');
    await browser.choose('Catalogue', '+reference-grid');
    await browser.choose('Cost per', '100g');
    await browser.choose('Scenario', 'low-cost');
    await browser.choose('Product type', 'manteau');
    const chosen = 'catalogue=autumn&catalogue=reference-grid&per=100g&scenario=low-cost&product=manteau';
    expect(browser.address()).toBe(`/analysis?${chosen}`);
    expect(browser.texts('.chip')).toEqual(['Autumn×', 'Reference grid×']);
    await browser.press('Effects');
    expect(browser.address()).toBe(`/analysis?${chosen}&tab=effects`);
    await browser.press('Overview');
    await browser.press('Analysis', 'nav a');
    expect(browser.address()).toBe(`/analysis?${chosen}`);
    await browser.press('Remove Autumn');
    await browser.choose('Cost per', 'item');
    await browser.choose('Scenario', 'regular');
    await browser.choose('Product type', '');
    expect(browser.address()).toBe('/analysis');
    expect(browser.all('.chip button')).toEqual([]);
    await browser.press('Overview');
    await browser.press('Analysis', 'nav a');
    expect(browser.address()).toBe('/analysis');
  });

  it('is another reader’s no more', async () => {
    await browser.visit('/analysis?per=day', ANSWERS);
    await browser.visit('/analysis', ANSWERS);
    expect(browser.address()).toBe('/analysis');
  });
});

describe('costs', () => {
  it.each(['main_material', 'country_making', 'scenario', 'tag'])('are grouped by %s', async (by) => {
    await browser.visit('/analysis', ANSWERS);
    await browser.choose('By', by);
    expect(browser.address()).toBe(`/analysis?by=${by}`);
    expect(asked('strata').at(-1)).toMatch(new RegExp(`&by=${by}$`));
  });

  it('have the costliest group first, whichever catalogue knows it', async () => {
    const [grid, own] = ANALYSES['GET /analysis/strata'].catalogues;
    const jeans = { key: 'jean', name: { en: 'Jeans', fr: 'Jeans' }, ...stratum(9999, { constant: true }) };
    const catalogues = [grid, { ...own, groups: [...(own?.groups ?? []), jeans] }];
    await browser.visit('/analysis', {
      ...ANSWERS,
      'GET /analysis/strata': { ...ANALYSES['GET /analysis/strata'], catalogues },
    });
    expect(browser.text('.lead')).toBe(
      'Reference grid. Highest median: Coat / jacket, 5,000 Pts; lowest: T-shirt / polo, 1,500 Pts.',
    );
    expect(browser.table('Reference grid. Highest').map((row) => row.slice(0, 3))).toEqual([
      ['Product type', 'Catalogue', 'Products'],
      ['Coat / jacket', 'Reference grid', '100'],
      ['T-shirt / polo', 'Reference grid', '100'],
      ['T-shirt / polo', 'Spring', '1'],
      ['Jeans', 'Spring', '100'],
    ]);
    // A single product has no spread to speak of.
    expect(browser.text()).toContain('nothing can be concluded: Jeans.');
  });

  it('tell the only group, and of none', async () => {
    const strata = ANALYSES['GET /analysis/strata'];
    const only = { ...strata, catalogues: strata.catalogues.slice(1) };
    await browser.visit('/analysis?catalogue=spring', { ...ANSWERS, 'GET /analysis/strata': only });
    expect(browser.text('.lead')).toBe('Median of T-shirt / polo: 900 Pts.');
    const second = { ...strata, catalogues: [{ ...strata.catalogues[0], groups: [] }, strata.catalogues[1]] };
    await browser.visit('/analysis?catalogue=b', { ...ANSWERS, 'GET /analysis/strata': second });
    expect(browser.text('.lead')).toBe('Spring. Median of T-shirt / polo: 900 Pts.');
    const none = { ...strata, catalogues: strata.catalogues.map((catalogue) => ({ ...catalogue, groups: [] })) };
    await browser.visit('/analysis?catalogue=a', { ...ANSWERS, 'GET /analysis/strata': none });
    expect(browser.text()).toContain('No product of this choice');
    await browser.visit('/analysis?product=jean', { ...ANSWERS, 'GET /analysis/strata': none });
    expect(browser.text()).toContain('No product of this choice');
    await browser.visit('/analysis', { ...ANSWERS, 'GET /analysis/strata': none });
    expect(browser.text()).toContain('There are no products yet');
  });
});

describe('names of values', () => {
  it.each([
    ['product', 'manteau', 'Coat / jacket'],
    ['main_material', 'ei-coton', 'Cotton'],
    ['country_dyeing', 'REO', 'Western Europe'],
    ['process', 'weaving', 'Weaving'],
    ['scenario', 'low-cost', 'Low cost'],
    ['brand', 'weaving', 'As the API says'],
    ['product', null, 'As the API says'],
    ['product', 'new', 'As the API says'],
  ])('are those of all pages: %s %s', async (by, key, shown) => {
    const strata = ANALYSES['GET /analysis/strata'];
    const groups = [{ key, name: { en: 'As the API says', fr: '' }, ...stratum(1) }];
    const catalogues = [{ ...strata.catalogues[0], groups }];
    await browser.visit(`/analysis?by=${by}`, { ...ANSWERS, 'GET /analysis/strata': { ...strata, catalogues } });
    expect(browser.table('Median of')[1]?.[0]).toBe(shown);
  });
});

describe('effects', () => {
  it('are told in percent or points, against a value that is chosen, for the type of the choice', async () => {
    await browser.visit('/analysis?tab=effects', ANSWERS);
    expect(browser.text('.lead')).toBe(
      'China in place of France: +66% in the median, +46% to +96% for 90% of the garments.',
    );
    expect(browser.table('China')[2]?.slice(-4)).toEqual(['187', '-5%', '-25% to +25%', '75%']);
    await browser.choose('Shown as', 'points');
    expect(browser.address()).toBe('/analysis?tab=effects&as=points');
    expect(browser.text('.lead')).toContain('+660 Pts in the median, +560 Pts to +860 Pts');
    await browser.choose('Compared with', 'CN');
    expect(asked('effects').at(-1)).toMatch(/&factor=country&reference=CN$/);
    await browser.choose('What is changed', 'air');
    expect(browser.address()).toBe('/analysis?tab=effects&as=points&factor=air');
    await browser.choose('Product type', 'manteau');
    expect(browser.table('to CN').map(([name]) => name)).toEqual(['Share of air transport', 'to CN', 'to REO']);
    expect(browser.table('to CN')[1]?.slice(-4)).toEqual(['187', '+400 Pts', '+300 Pts to +600 Pts', '0%']);
  });

  it('say which change is the greatest, though it lowers the cost, and of none', async () => {
    const effects = ANALYSES['GET /analysis/effects'];
    const [grid] = effects.catalogues;
    const of = (levels: readonly unknown[]) => ({
      ...effects,
      catalogues: [{ ...grid, types: [{ ...grid?.types[0], levels }] }],
    });
    await browser.visit('/analysis?tab=effects&per=day', {
      ...ANSWERS,
      'GET /analysis/effects': of([level('CN', 66), level('REO', -70)]),
    });
    expect(browser.text('.lead')).toContain('Western Europe in place of France: -70%');
    await browser.visit('/analysis?tab=effects', { ...ANSWERS, 'GET /analysis/effects': of([level('CN', 0)]) });
    expect(browser.text('.lead')).toContain('China in place of France: 0% in the median');
    await browser.visit('/analysis?tab=effects&per=100g', { ...ANSWERS, 'GET /analysis/effects': of([]) });
    expect(browser.text()).toContain('No garment can be compared');
  });
});

it('the five greatest interactions are told', async () => {
  const sensitivity = ANALYSES['GET /analysis/sensitivity'];
  const pairs = [6, 5, 4, 3, 2, 1].map((hundredth) => ({
    ...sensitivity.pairs[0],
    inputs: ['price', String(hundredth)],
    second: hundredth / 100,
  }));
  await browser.visit('/analysis?tab=sensitivity', {
    ...ANSWERS,
    'GET /analysis/sensitivity': { ...sensitivity, pairs },
  });
  expect(browser.texts('.below-chart + ul li').map((text) => /\d+%/.exec(text)?.[0])).toEqual([
    ...['6%', '5%', '4%', '3%', '2%'],
  ]);
});

describe('segments', () => {
  it.each([
    [true, 'lead', 'Stable: 20 redraws of the products give nearly the same segments (0.93 of 1).'],
    [
      false,
      'notice bad',
      'Unstable: 20 redraws of the products give other segments (0.93 of 1). Conclude nothing from them.',
    ],
  ])('say whether another draw would give them: %s', async (stable, kind, text) => {
    const stability = { ...SEGMENTED.stability, stable };
    await browser.visit('/analysis?tab=segments', {
      ...ANSWERS,
      'GET /analysis/segments': { ...ANALYSES['GET /analysis/segments'], catalogues: [{ ...SEGMENTED, stability }] },
    });
    expect(browser.all(`[class="${kind}"]`).map(({ textContent }) => textContent)).toEqual([text]);
    await browser.choose('Told apart by', 'cost_per_100g');
    expect(asked('segments').at(-1)).toMatch(/&of=cost_per_100g$/);
  });
});

describe('where a catalogue stands', () => {
  const standing = ANALYSES['GET /analysis/standing'];
  it('is told by percentiles, or by ratios beside medians that are all that is published', async () => {
    await browser.visit('/analysis?tab=standing&catalogue=spring', ANSWERS);
    expect(browser.chart('Place of Spring').drawn).toMatchObject({
      xAxis: { name: 'Part that costs less', min: 0, max: 100 },
      series: [
        {
          data: [
            [0, 12.4, 50, 12.4, 12.4, 12.4],
            [1, 88, 50, 88, 88, 88],
          ],
        },
      ],
    });
    // Those of one type are enough: percentiles and ratios cannot stand side by side.
    const types = PLACED.types.map((type, at) => ({
      ...type,
      ...(at === 0 && { percentile: null, against_count: null }),
    }));
    browser.answer({
      'GET /analysis/standing': {
        ...standing,
        against: { id: 'portal', name: { en: 'Portal', fr: 'Portail' }, source: 'The portal, 2026' },
        catalogues: [{ ...PLACED, percentile: null, types }],
      },
    });
    await browser.choose('Compared with', 'portal');
    expect(asked('standing').at(-1)).toMatch(/&against=portal$/);
    expect(browser.chart('Place of Spring').drawn).toMatchObject({
      xAxis: { name: 'Times the median' },
      series: [
        {
          data: [
            [0, 0.9, 1, 0.9, 0.9, 0.9],
            [1, 1.5, 1, 1.5, 1.5, 1.5],
          ],
        },
      ],
    });
    expect(browser.text()).toContain('The portal, 2026');
    expect(browser.text('.lead')).toBe('61% of the 12 products cost less than the median of their type in Portal.');
  });

  it.each([
    ['?tab=standing', true],
    ['?tab=standing&catalogue=spring', false],
    ['?tab=standing&against=spring', false],
    ['?tab=standing&against=spring&catalogue=spring', true],
  ])('is the middle beside itself: %s', async (address, said) => {
    await browser.visit(`/analysis${address}`, ANSWERS);
    expect(browser.text().includes('everything stands in the middle')).toBe(said);
  });

  it.each([
    [1, 'The only product costs less than the median of its type', 'Le seul produit coûte moins que'],
    [0, 'The only product costs at least as much as the median', 'Le seul produit coûte au moins autant que'],
  ])('is told in words of its own for a single product: %i of 1 cheaper', async (cheaper, english, french) => {
    const answers = {
      ...ANSWERS,
      'GET /analysis/standing': { ...standing, catalogues: [{ ...PLACED, placed: 1, cheaper }] },
    };
    await browser.visit('/analysis?tab=standing&catalogue=a', answers);
    expect(browser.text('.lead')).toContain(english);
    await browser.visit('/analysis?tab=standing&catalogue=a', answers, { language: 'fr' });
    expect(browser.text('.lead')).toContain(french);
  });

  it('is nowhere without a type in common', async () => {
    const nowhere = {
      ...PLACED,
      placed: 0,
      percentile: null,
      ratio: null,
      cheaper: null,
      types: [],
      best: [],
      worst: [],
    };
    await browser.visit('/analysis?tab=standing&catalogue=a', {
      ...ANSWERS,
      'GET /analysis/standing': { ...standing, catalogues: [nowhere] },
    });
    expect(browser.text()).toContain('Nothing to compare with');
  });
});

describe('products of an analysis', () => {
  it.each([
    ['reference-grid', '/dashboard/products/far-1'],
    ['api', '/dashboard/products/far-1'],
    ['spring', '/dashboard/catalogues/spring/products/far-1'],
  ])('of %s have the page %s', async (id, href) => {
    const outliers = ANALYSES['GET /analysis/outliers'];
    const catalogues = [{ ...outliers.catalogues[0], id }];
    await browser.visit('/analysis?tab=outliers', {
      ...ANSWERS,
      'GET /analysis/outliers': { ...outliers, catalogues },
    });
    expect(browser.all<HTMLAnchorElement>('td a').map((link) => link.getAttribute('href'))).toEqual([href]);
    expect(browser.text()).toContain('The 1 furthest are shown.');
  });

  it.each([
    [{ id: 'far-1', reference: 'FAR-1', label: 'Wool coat' }, 'Wool coat'],
    [{ id: 'far-1', reference: 'FAR-1', label: null }, 'FAR-1'],
    [{ id: 'far-1', reference: 'far-1', label: null }, 'Coat / jacket'],
  ])('are called by their name, their reference or their type: %j', async (product, title) => {
    const outliers = ANALYSES['GET /analysis/outliers'];
    const [grid] = outliers.catalogues;
    const catalogues = [{ ...grid, outliers: [{ ...grid?.outliers[0], ...product }] }];
    await browser.visit('/analysis?tab=outliers', {
      ...ANSWERS,
      'GET /analysis/outliers': { ...outliers, catalogues },
    });
    expect(browser.text('td a')).toBe(title);
  });
});

describe('the analysis of the grid', () => {
  it('is that of the chosen type, with the others faded', async () => {
    await browser.visit('/analysis?tab=grid&product=tshirt', ANSWERS);
    expect(browser.requests).toContain('GET /stats/drivers?product_id=tshirt');
    expect(browser.table('Mean cost of each part').map((row) => row.slice(0, 3))).toEqual([
      ['Part', 'Mean', 'Share'],
      ['Use', '900 Pts', '75%'],
      ['Raw materials', '300 Pts', '25%'],
    ]);
    const [first] = browser.chart('Stacked bars of the mean cost of each part of the life cycle by product type').drawn
      .series as unknown as [{ data: { itemStyle: { opacity: number } }[] }];
    expect(first.data.map(({ itemStyle }) => itemStyle.opacity)).toEqual([0.4, 1, 0.4]);
    await browser.choose('Product type', '');
    expect(browser.address()).toBe('/analysis?tab=grid');
    await browser.choose('Product type', 'manteau');
    expect(browser.address()).toBe('/analysis?tab=grid&product=manteau');
  });

  it('shows parts as shares of their type', async () => {
    await browser.visit('/analysis?tab=grid', ANSWERS);
    await browser.choose('Shown as', 'shares');
    expect(browser.address()).toBe('/analysis?tab=grid&as=shares');
    expect(browser.table('Stacked bars of the mean cost').slice(1)).toEqual([
      ['Coat / jacket', '100%', '0%', '0%'],
      ['T-shirt / polo', '25%', '0%', '75%'],
      ['All types', '50%', '20%', '30%'],
    ]);
    expect(
      browser.chart('Stacked bars of the mean cost of each part of the life cycle by product').drawn.xAxis,
    ).toMatchObject({ max: 1, name: 'Share of the cost' });
    await browser.choose('Shown as', 'points');
    expect(browser.address()).toBe('/analysis?tab=grid');
  });

  it('correlates by ranks too', async () => {
    await browser.visit('/analysis?tab=grid&method=spearman', ANSWERS);
    expect(browser.table('Correlation of each variable').slice(1)).toEqual([
      ['Mass', '-0.1'],
      ['Cost: Raw materials', '-0.85'],
    ]);
    expect(browser.chart('Correlation of each variable').drawn.xAxis).toMatchObject({ min: -1 });
    await browser.choose('Coefficient', 'pearson');
    expect(browser.address()).toBe('/analysis?tab=grid');
  });

  it('shows any two components', async () => {
    await browser.visit('/analysis?tab=grid&x=3&y=9', ANSWERS);
    expect(browser.table('Scatter of the product types')[0]).toEqual(['Kind', 'Name', 'Component 3', 'Component 2']);
    expect(browser.table('Scatter of the product types')[1]).toEqual(['Product types', 'T-shirt / polo', '0.25', '1']);
    await browser.choose('Across', '1');
    expect(browser.address()).toBe('/analysis?tab=grid&y=9');
    await browser.choose('Up', '3');
    expect(browser.address()).toBe('/analysis?tab=grid&y=3');
    await browser.choose('Up', '2');
    expect(browser.address()).toBe('/analysis?tab=grid');
  });
});

describe('names beside points', () => {
  const at = (x: number, y: number, name = 'name') => ({ name, x, y });
  it.each([
    ['outwards', [at(1, 0), at(-1, 0), at(0, 1)], ['right', 'left', 'right']],
    ['where they are not cut', [at(1.9, 0, 'a long name'), at(-1.9, 1, 'a long name')], ['left', 'right']],
    ['below at the upper edge', [at(1.9, 1.95, 'n')], ['bottom']],
    ['above a neighbour that is in the way', [at(0, 0), at(0.2, 0)], ['top', 'right']],
    ['below when that is taken too', [at(0, 0), at(0.2, 0), at(0, 0.15)], ['bottom', 'right', 'right']],
    [
      'nowhere where more than a fifth of it would lie over others',
      [at(0.3, 0.05, 'silk'.padEnd(6)), at(0.05, 0.1, 'silk'.padEnd(7)), at(0.3, 0.15, 'silk'.padEnd(8))],
      ['right', 'top', undefined],
    ],
    [
      'nowhere in a crowd',
      Array.from({ length: 9 }, (_, n) => at(0.02 * (n - 4), 0.02 * (n % 3), 'a long name')),
      undefined,
    ],
  ])('stand %s', (_, points, places) => {
    const found = placesOf(points, 2);
    if (places) expect(found).toEqual(places);
    else expect(found).toContain(undefined);
  });
});
