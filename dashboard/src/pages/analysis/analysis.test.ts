import { describe, expect, it } from 'vitest';
import { IMPACTS, REFERENCE, STATISTICS } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';
import { placesOf } from './label-places.js';

const browser = openBrowser();
const ANSWERS = { ...REFERENCE, ...IMPACTS, ...STATISTICS };

describe('the analysis', () => {
  it('is that of the chosen type, with the others faded', async () => {
    await browser.visit('/analysis?product=tshirt', ANSWERS);
    expect(browser.requests).toContain('GET /stats/drivers?product_id=tshirt');
    expect(browser.table('Mean cost of each part').map((row) => row.slice(0, 3))).toEqual([
      ['Part', 'Mean', 'Share'],
      ['Use', '900 Pts', '75%'],
      ['Raw materials', '300 Pts', '25%'],
    ]);
    const [first] = browser.chart('Stacked bars of the mean cost of each part of the life cycle by product type').drawn
      .series as unknown as [{ data: { itemStyle: { opacity: number } }[] }];
    expect(first.data.map(({ itemStyle }) => itemStyle.opacity)).toEqual([0.4, 1, 0.4]);
    await browser.choose('Product type', 'all');
    expect(browser.address()).toBe('/analysis');
    await browser.choose('Product type', 'manteau');
    expect(browser.address()).toBe('/analysis?product=manteau');
  });

  it('shows parts as shares of their type', async () => {
    await browser.visit('/analysis', ANSWERS);
    await browser.choose('Shown as', 'shares');
    expect(browser.address()).toBe('/analysis?as=shares');
    expect(browser.table('Stacked bars of the mean cost').slice(1)).toEqual([
      ['Coat / jacket', '100%', '0%', '0%'],
      ['T-shirt / polo', '25%', '0%', '75%'],
      ['All types', '50%', '20%', '30%'],
    ]);
    expect(
      browser.chart('Stacked bars of the mean cost of each part of the life cycle by product').drawn.xAxis,
    ).toMatchObject({ max: 1, name: 'Share of the cost' });
    await browser.choose('Shown as', 'points');
    expect(browser.address()).toBe('/analysis');
  });

  it('correlates by ranks too', async () => {
    await browser.visit('/analysis?method=spearman', ANSWERS);
    expect(browser.table('Correlation of each variable').slice(1)).toEqual([
      ['Mass', '-0.1'],
      ['Cost: Raw materials', '-0.85'],
    ]);
    expect(browser.chart('Correlation of each variable').drawn.xAxis).toMatchObject({ min: -1 });
    await browser.choose('Coefficient', 'pearson');
    expect(browser.address()).toBe('/analysis');
  });

  it('shows any two components', async () => {
    await browser.visit('/analysis?x=3&y=9', ANSWERS);
    expect(browser.table('Scatter of the product types')[0]).toEqual(['Kind', 'Name', 'Component 3', 'Component 2']);
    expect(browser.table('Scatter of the product types')[1]).toEqual(['Product types', 'T-shirt / polo', '0.25', '1']);
    await browser.choose('Across', '1');
    expect(browser.address()).toBe('/analysis?y=9');
    await browser.choose('Up', '3');
    expect(browser.address()).toBe('/analysis?y=3');
    await browser.choose('Up', '2');
    expect(browser.address()).toBe('/analysis');
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
