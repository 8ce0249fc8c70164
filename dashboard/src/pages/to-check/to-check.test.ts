import { describe, expect, it } from 'vitest';
import { CATALOGUE, CATALOGUES, DOUBTFUL, pageOf, REFERENCE } from '../../testing/answers.js';
import { openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const OTHER = { ...DOUBTFUL, id: 'eeee', reference: 'TS-3', name: null };
const ANSWERS = {
  ...REFERENCE,
  ...CATALOGUES,
  'GET /catalogues/api/products': pageOf([DOUBTFUL, OTHER]),
  [`GET /catalogues/${CATALOGUE.id}/products`]: pageOf([DOUBTFUL]),
  'POST /catalogues/api/confirm': { confirmed: 2, change: null },
  [`POST /catalogues/${CATALOGUE.id}/confirm`]: { confirmed: 1, change: 'change-9' },
};
const links = () => browser.all('table a').map((link) => link.getAttribute('href'));
const bodies = () => browser.bodies.filter((body) => body !== '').map((body) => JSON.parse(body));
const asked = () => browser.requests.filter((request) => request.includes('/products'));

describe('the page of products to check', () => {
  it('tells what is doubtful of each, and leads to it and to its correction', async () => {
    await browser.visit('/to-check', ANSWERS);
    expect(asked()).toEqual(['GET /catalogues/api/products?state=to-check&sort=reference&limit=25&offset=0']);
    expect(browser.table('Products to check').map((row) => row.slice(1, 5))).toEqual([
      ['Reference↑', 'Mass↕', 'Cost↕', 'Why'],
      ['Crew neckT-shirt / polo170 kg: it looks like grams', '170 kg', '900,000 Pts', '170 kg: it looks like grams'],
      ['TS-3T-shirt / polo170 kg: it looks like grams', '170 kg', '900,000 Pts', '170 kg: it looks like grams'],
    ]);
    expect(links()[0]).toBe('/dashboard/products/dddd');
    expect(links()[1]).toBe(`/dashboard/score?${new URLSearchParams({ garment: JSON.stringify(DOUBTFUL.query) })}`);
  });

  it('confirms those that are chosen together, and asks anew', async () => {
    await browser.visit('/to-check', ANSWERS);
    await browser.press('Select this page', 'input');
    expect(browser.text('.selection strong')).toBe('2 products selected');
    await browser.press('They are right');
    expect(bodies()).toEqual([{ ids: ['dddd', 'eeee'] }]);
    expect(browser.text('.notice')).toContain('2 products were confirmed.');
    expect(browser.all('.selection')).toEqual([]);
    expect(asked()).toHaveLength(2);
  });

  it('of another catalogue leads there, and what was confirmed can be undone', async () => {
    await browser.visit(`/to-check?catalogue=${CATALOGUE.id}`, ANSWERS, { language: 'fr' });
    expect(links()[0]).toBe(`/dashboard/catalogues/${CATALOGUE.id}/products/dddd`);
    expect(links()[1]).toContain(`&catalogue=${CATALOGUE.id}&product=dddd`);
    await browser.press('Sélectionner TS-1', 'input');
    await browser.press('Ils sont justes');
    expect(browser.text('.notice')).toContain('1 produit a été confirmé.');
    expect(browser.text('.notice')).toContain('Annuler');
  });

  it('says so when there is nothing', async () => {
    await browser.visit('/to-check', { ...ANSWERS, 'GET /catalogues/api/products': pageOf([]) });
    expect(browser.text('.state')).toContain('Nothing to check');
  });
});
