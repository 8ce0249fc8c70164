import type { DeclarationReport } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, CATALOGUES, REFERENCE, REPORT } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const asked = (beginning: string) => browser.requests.filter((request) => request.startsWith(beginning));

describe('the pre-flight of a declaration file', () => {
  async function check(report: unknown, name = 'a.csv') {
    await browser.visit('/score?mode=declaration', { 'POST /declaration/check': report });
    await browser.put(name);
  }

  it('asks for the verdict by the rules that are chosen, and in the language that is read', async () => {
    await check(REPORT);
    expect(browser.bodies[0]).toContain('filename="a.csv"');
    await browser.choose('Rules of the portal', 'august-2026');
    browser.all('button[lang=fr]')[0]?.click();
    await browser.settled();
    expect(asked('POST ')).toEqual([
      'POST /declaration/check?name=a.csv&rules=may-2026&format=json',
      'POST /declaration/check?name=a.csv&rules=august-2026&format=json',
      'POST /declaration/check?name=a.csv&rules=august-2026&format=json',
    ]);
    expect(browser.languages).toEqual(['en', 'en', 'fr']);
  });

  it('shows the former answer meanwhile only where it is of the same file, in the same language', async () => {
    const waiting: (() => void)[] = [];
    let isHeld = false;
    await check(async () => {
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
      return REPORT;
    });
    isHeld = true;
    const figures = async (act: () => unknown) => {
      const acted = act();
      await browser.until(() => waiting.length > 0);
      const shown = browser.texts('.figure').length;
      for (const go of waiting.splice(0)) go();
      await acted;
      await browser.settled();
      return [shown, browser.texts('.figure').length];
    };
    expect(await figures(() => browser.choose('Rules of the portal', 'august-2026'))).toEqual([3, 3]);
    expect(await figures(() => browser.all('button[lang=fr]')[0]?.click())).toEqual([0, 3]);
    expect(await figures(() => browser.put('b.csv'))).toEqual([0, 3]);
  });

  it('tells of each row the verdict, what to do, what is misread and both scores', async () => {
    await check(REPORT);
    expect(browser.texts('.figure')).toEqual(['Accepted2', 'Refused1', 'Blocked1']);
    expect(browser.texts('.notice')).toEqual([
      'A blocked row passes all checks and waits on the portal for ever: take it for refused.',
      'a header is misread',
    ]);
    expect(browser.table('What the portal')).toEqual([
      ['Row', 'Reference', 'Verdict', 'What to do', 'As the portal', 'As given', 'Difference'],
      ['1', 'T-1', 'accepted', '–As the portal 1,000 Pts, 1,000 Pts', '1,000 Pts', '1,000 Pts', '0 Pts'],
      [
        ...['2', 'T-2', 'accepted'],
        'Prix: the portal reads “5-6” as 56.As the portal 1,200 Pts, refused: price',
        ...['1,200 Pts', 'refused: price', '–'],
      ],
      ['3', '–', 'refused', 'write a mass in kgadd a barcode', '–', '–', '–'],
      ['4', 'T-4', 'blocked', '–', '–', '–', '–'],
    ]);
    await browser.press('Only rows to look at', 'label.checkbox');
    expect(browser.table('What the portal').map(([row]) => row)).toEqual(['Row', '2', '3', '4']);
    browser.all('button[lang=fr]')[0]?.click();
    await browser.settled();
    expect(browser.texts('td > .tag')).toEqual(['acceptée', 'acceptée', 'refusée', 'bloquée']);
  });

  it('shows a hundred rows, and more when that is asked for', async () => {
    const rows = Array.from({ length: 205 }, (_, at) => ({ ...REPORT.rows[0], row: at + 1 }));
    await check({ ...REPORT, rows } as DeclarationReport);
    const shown = () => browser.table('What the portal').length - 1;
    expect(shown()).toBe(100);
    await browser.press('Show 100 more');
    await browser.press('Show 5 more');
    expect([shown(), browser.texts('button').some((text) => text.startsWith('Show '))]).toEqual([205, false]);
    await browser.press('Only rows to look at', 'label.checkbox');
    expect(browser.text()).toContain('Nothing to mend.');
  });

  it('says why a file is refused whole, is no such file, or cannot be asked about', async () => {
    await check({ file: 'refused', stage: 'parse', reason: 'x', repair: 'save it as CSV', warnings: [], rows: [] });
    expect(browser.text('[role=alert]')).toBe('The portal refuses the whole filesave it as CSV');
    await check(REPORT, 'a.json');
    expect([asked('POST '), browser.texts('.field-error')]).toEqual([[], [expect.stringContaining('.csv, .xlsx')]]);
    await check(failure(503, 'overloaded'));
    expect(browser.text('.state')).toContain('overloaded');
    browser.answer({ 'POST /declaration/check': REPORT });
    await browser.press('Try again');
    expect(browser.texts('.figure')[0]).toBe('Accepted2');
  });
});

describe('the declaration of a catalogue', () => {
  const { id } = CATALOGUE;
  const route = `GET /catalogues/${id}/declaration`;
  const address = `/catalogues/${id}?tab=declaration`;
  const leftOut = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ id: `p-${at}`, reference: `R-${at}`, reason: 'no barcode' }));
  const DECLARED = { ...REFERENCE, ...CATALOGUES, [route]: { declarations: [{}, {}], left_out: leftOut(101) } };

  it('says how many can be declared, which cannot and why', async () => {
    await browser.visit(address, DECLARED);
    expect(asked(route)).toEqual([`${route}?format=json&brand_id=default`]);
    expect(browser.texts('.figure')).toEqual(['Can be declared2', 'Left out101']);
    const rows = browser.table('Left out');
    expect([rows.length, rows[1]]).toEqual([101, ['R-0', 'no barcode']]);
    expect(browser.all('td a')[0]?.getAttribute('href')).toBe(`/dashboard/catalogues/${id}/products/p-0`);
    await browser.press('Show 1 more');
    expect(browser.table('Left out')).toHaveLength(102);
    browser.all('button[lang=fr]')[0]?.click();
    await browser.settled();
    expect(asked(route)).toHaveLength(2);
  });

  it.each([
    ['Excel (.xlsx)', 'xlsx', 'xlsx'],
    ['CSV of the portal', 'csv', 'csv'],
    ['JSON of the portal’s API', 'json', 'json'],
  ])('is downloaded as %s, or as the archive that comes instead', async (form, format, ending) => {
    await browser.visit(address, DECLARED);
    await browser.press('Download the declaration');
    await browser.press(form);
    expect([browser.requests.at(-1), browser.files]).toEqual([
      `${route}?brand_id=default&format=${format}`,
      [`Spring-declaration.${ending}`],
    ]);
    const headers = { 'content-disposition': `attachment; filename="${id}-declaration.zip"` };
    browser.answer({ [route]: new Response('', { headers }) });
    await browser.press('Download the declaration');
    await browser.press(form);
    expect(browser.files.at(-1)).toBe('Spring-declaration.zip');
  });

  it('is that of a brand whose id is told, once the typing pauses', async () => {
    await browser.visit(address, DECLARED);
    await browser.type('Your brand’s id on the portal', ' b1 ');
    await browser.pass(250);
    expect(asked(route).at(-1)).toBe(`${route}?format=json&brand_id=b1`);
    await browser.press('Download the declaration');
    await browser.press('Excel (.xlsx)');
    expect(asked(route).at(-1)).toBe(`${route}?brand_id=b1&format=xlsx`);
  });

  it('of a large one is worked out when that is asked for only', async () => {
    await browser.visit(address, { ...DECLARED, [`GET /catalogues/${id}`]: { ...CATALOGUE, products: 5001 } });
    expect(asked(route)).toEqual([]);
    await browser.press('Check 5,001 products');
    expect(browser.texts('.figure')[0]).toBe('Can be declared2');
  });

  it('says why it cannot be told', async () => {
    await browser.visit(address, { ...DECLARED, [route]: failure(503, 'away') });
    expect(browser.text('.state')).toContain('The service cannot answer just now.');
    browser.answer(DECLARED);
    await browser.press('Try again');
    expect(browser.texts('.figure')[1]).toBe('Left out101');
  });
});
