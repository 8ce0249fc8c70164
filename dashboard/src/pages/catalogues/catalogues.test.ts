import { describe, expect, it } from 'vitest';
import {
  BIN,
  CATALOGUE,
  CATALOGUE_LIST,
  CATALOGUES,
  KEYS,
  OTHER_PRODUCT,
  OWN_PRODUCT,
  pageOf,
  REFERENCE,
  warning,
} from '../../testing/answers.js';
import { failure, inWords, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const { id } = CATALOGUE;
const here = `/catalogues/${id}`;
const ANSWERS = { ...REFERENCE, ...CATALOGUES };
const writes = () => browser.requests.filter((request) => !request.startsWith('GET '));
const bodies = () => browser.bodies.filter((body) => body !== '').map((body) => JSON.parse(body));
const asked = (beginning: string) => browser.requests.filter((request) => request.startsWith(beginning));

describe('the list of catalogues', () => {
  const LIST = {
    ...ANSWERS,
    ...KEYS,
    'POST /catalogues': CATALOGUE,
    [`PATCH ${here}`]: CATALOGUE,
    [`DELETE ${here}`]: { message: 'deleted' },
    'DELETE /catalogues/winter': { message: 'purged' },
    'POST /catalogues/winter/restore': BIN[0],
  };

  it('asks for all, and for the bin', async () => {
    await browser.visit('/catalogues', LIST);
    expect(asked('GET /catalogues').sort()).toEqual([
      'GET /catalogues?limit=1000',
      'GET /catalogues?limit=1000&deleted=true',
    ]);
    expect(browser.table('Your catalogues').map(([name, count, owner]) => [name, count, owner])).toEqual([
      ['Name', 'Products', 'Owner'],
      // On a phone below the name, elsewhere in its column.
      ['Springshop', '60', 'shop'],
      ['Autumnall keys', '1', 'all keys'],
    ]);
    expect(browser.all('table a').map((link) => link.getAttribute('href'))).toEqual([
      `/dashboard${here}`,
      '/dashboard/catalogues/autumn',
      '/dashboard/products?catalogue=reference-grid',
      '/dashboard/products?catalogue=api',
    ]);
  });

  it('has no bin while it is empty, and says how to begin', async () => {
    const own = pageOf(CATALOGUE_LIST.slice(0, 2));
    await browser.visit('/catalogues', {
      'GET /catalogues': ({ query }: { query: URLSearchParams }) => (query.has('deleted') ? pageOf([]) : own),
    });
    expect(browser.texts('h2')).toEqual(['Your catalogues', 'Of the platform']);
    expect(browser.text('.state')).toContain('You have no catalogue yet');
  });

  it('makes one and goes to it; the reason of a refusal stands at its name', async () => {
    await browser.visit('/catalogues', { ...LIST, 'POST /catalogues': failure(409, 'Another one has it') });
    await browser.press('New catalogue');
    expect(browser.all<HTMLButtonElement>('dialog [type=submit]')[0]?.disabled).toBe(true);
    await browser.type('Name', 'Spring');
    browser.all('dialog [type=submit]')[0]?.click();
    await browser.settled();
    expect(browser.text('dialog .field-error')).toBe('Another one has it');
    browser.answer(LIST);
    browser.all('dialog [type=submit]')[0]?.click();
    await browser.settled();
    expect(bodies()).toEqual([{ name: 'Spring' }, { name: 'Spring' }]);
    expect(browser.address()).toBe(here);
  });

  it('is changed by an admin, who gives one to another key or to all', async () => {
    await browser.visit('/catalogues', LIST);
    await browser.press('Change “Spring”');
    expect([browser.value('Name'), browser.value('Owner')]).toEqual(['Spring', 'shop']);
    // Keys that are not in force are none to choose.
    expect(browser.texts('dialog option')).toEqual(['shop', 'all keys', 'API_KEY', 'erp']);
    await browser.choose('Owner', 'erp');
    await browser.press('Save');
    await browser.press('Change “Spring”');
    await browser.choose('Owner', '');
    await browser.press('Save');
    expect(bodies()).toEqual([
      { name: 'Spring', owner: 'erp' },
      { name: 'Spring', owner: null },
    ]);
  });

  it('keeps its owner when an admin changes only its name: the key of that name may be revoked', async () => {
    await browser.visit('/catalogues', LIST);
    await browser.press('Change “Spring”');
    await browser.type('Name', 'Summer');
    await browser.press('Save');
    expect(bodies()).toEqual([{ name: 'Summer' }]);
  });

  it('renames one, and asks for the list again; of owners other keys hear nothing', async () => {
    await browser.visit('/catalogues', LIST, { role: 'writer' });
    expect(browser.texts('th')).not.toContain('Owner');
    await browser.press('Rename “Spring”');
    expect(browser.value('Name')).toBe('Spring');
    await browser.type('Name', 'Summer');
    await browser.press('Save');
    expect([writes(), bodies()]).toEqual([[`PATCH ${here}`], [{ name: 'Summer' }]]);
    expect(browser.all('dialog')).toEqual([]);
    expect(asked('GET /catalogues?limit=1000').length).toBe(4);
  });

  it('puts one into the bin and takes one out', async () => {
    await browser.visit('/catalogues', LIST);
    await browser.press('Delete “Spring”');
    expect(browser.text('.notice')).toBe('“Spring” is in the bin.');
    await browser.press('Restore “Winter”');
    expect(browser.all('.notice')).toEqual([]);
    expect(writes()).toEqual([`DELETE ${here}`, 'POST /catalogues/winter/restore']);
  });

  it('purges one only after it has said what is lost', async () => {
    await browser.visit('/catalogues', LIST);
    await browser.press('Purge “Winter”');
    expect(browser.text('dialog')).toMatch(/12 products, .*the whole history.*lost for good/);
    await browser.press('Cancel');
    expect(writes()).toEqual([]);
    await browser.press('Purge “Winter”');
    await browser.press('Purge for good');
    expect(writes()).toEqual(['DELETE /catalogues/winter?purge=true']);
  });

  it('is changed by writers only', async () => {
    await browser.visit('/catalogues', LIST, { role: 'reader' });
    const buttons = browser.all<HTMLButtonElement>('main button');
    expect(buttons.map(({ disabled }) => disabled)).not.toContain(false);
    expect(buttons).toHaveLength(7);
  });
});

describe('a catalogue', () => {
  const products = `GET ${here}/products`;
  const UNDONE = { change: 'undo-1', undone: 2, conflicts: [] };
  const CHANGING = {
    ...ANSWERS,
    [`DELETE ${here}/products`]: { deleted: 2, change: 'change-9' },
    [`POST ${here}/changes/change-9/undo`]: UNDONE,
    [`POST ${here}/changes/change-1/undo`]: {
      ...UNDONE,
      conflicts: Array.from({ length: 12 }, (_, at) => ({ product: `p${at}`, reference: `R-${at}` })),
    },
  };

  it.each([
    'q=coton chine',
    'product=tshirt',
    'material=ei-pet',
    'country=MA',
    'process=weaving',
    'brand=Atelier',
    'tag=new',
    'min_ecs=10.5',
    'max_ecs=900',
    'change=change-1',
  ])('asks for what the address filters by: %s', async (filter) => {
    await browser.visit(`${here}?${filter}`, ANSWERS);
    const found = asked(products).map((request) => decodeURIComponent(request.replaceAll('+', ' ')));
    expect(found).toEqual([`${products}?${filter}&sort=reference&limit=25&offset=0`]);
    await browser.press(filter.startsWith('change') ? 'Show all' : 'Clear the filters');
    expect(browser.address()).toBe(here);
  });

  it('is ordered, turned page by page, and links to its products', async () => {
    await browser.visit(`${here}?page=2`, ANSWERS);
    expect(browser.text('.pager .hint')).toBe('Page 2 of 3 · 26 to 50 of 60');
    await browser.press('Cost↕');
    await browser.press('Cost↑');
    await browser.choose('Per page', '50');
    expect(asked(products).map((request) => request.split('?')[1])).toEqual([
      'sort=reference&limit=25&offset=25',
      'sort=ecs&limit=25&offset=0',
      'sort=-ecs&limit=25&offset=0',
      'sort=-ecs&limit=50&offset=0',
    ]);
    expect(browser.all('td a').map((link) => link.getAttribute('href'))).toEqual([
      `/dashboard${here}/products/own-1`,
      `/dashboard${here}/products/own-2`,
    ]);
  });

  it('tells cost, that of 100 g and the rank, a dash for what is not known, and warnings where there are some', async () => {
    await browser.visit(here, ANSWERS);
    expect(browser.table('Products of')).toEqual([
      ['', 'Reference↑', 'Name↕', 'Type↕', 'Mass↕', 'Cost↕', 'Method', 'Per 100 g', 'Rank in its type'],
      ['', 'TS-1Crew neck', 'Crew neck', 'T-shirt / polo', '170 g', '1,000 Pts', '7.0.0', '588.2 Pts', '68%'],
      ['', 'TS-2Coat / jacket', '–', 'Coat / jacket', '–', '–', '8.5.0', '–', '–'],
    ]);
    const warned = { ...OTHER_PRODUCT, warnings: [warning('too heavy'), warning('a price', 'note')] };
    await browser.visit(here, { ...ANSWERS, [products]: pageOf([OWN_PRODUCT, warned]) });
    expect(browser.table('Products of').map((row) => row.at(-1))).toEqual(['Warnings', '', 'too heavya price']);
  });

  it('has several deleted together, and says how to take that back', async () => {
    await browser.visit(here, CHANGING);
    const box = (label: string) => browser.press(label, 'input');
    await box('Select this page');
    expect(browser.text('.selection strong')).toBe('2 products selected');
    await box('Select TS-1');
    expect(browser.text('.selection strong')).toBe('1 product selected');
    await browser.press('Clear the selection');
    expect(browser.all('.selection')).toEqual([]);
    await box('Select TS-1');
    await box('Select TS-2');
    await browser.press('Delete');
    expect(bodies()).toEqual([{ ids: ['own-1', 'own-2'] }]);
    expect(browser.text('.notice')).toContain('2 products were deleted.');
    expect(asked(products)).toHaveLength(2);
    await browser.press('Undo');
    expect(writes()).toEqual([`DELETE ${here}/products`, `POST ${here}/changes/change-9/undo`]);
    expect(asked(products)).toHaveLength(3);
  });

  it.each([
    ['', 'This catalogue is empty'],
    ['?q=x', 'No product fits these filters'],
  ])('says why it is empty: %s', async (search, title) => {
    await browser.visit(here + search, { ...ANSWERS, [products]: pageOf([]) });
    expect(browser.text()).toContain(title);
    const ways = browser.all('main a.primary').map((link) => link.getAttribute('href'));
    expect(new Set(ways)).toEqual(new Set([`/dashboard/score?mode=file&catalogue=${id}`]));
  });

  it('is not changed by a reader', async () => {
    await browser.visit(here, ANSWERS, { role: 'reader' });
    await browser.press('Select TS-1', 'input');
    expect(browser.button('Delete').disabled).toBe(true);
  });

  it.each([
    ['Export', 'Excel (.xlsx)', 'export?format=xlsx', 'Spring.xlsx'],
    ['Export', 'CSV for French spreadsheets', 'export?format=csv-fr', 'Spring.csv'],
    ['Export', 'CSV for English spreadsheets', 'export?format=csv', 'Spring.csv'],
    ['Export', 'NDJSON', 'export?format=ndjson', 'Spring.ndjson'],
    ['Export', 'JSON', 'export?format=json', 'Spring.json'],
  ])('%s as %s', async (menu, form, request, file) => {
    await browser.visit(here, { ...ANSWERS, [`GET ${here}/export`]: [] });
    await browser.press(menu);
    await browser.press(form);
    expect([browser.requests.at(-1), browser.files]).toEqual([`GET ${here}/${request}`, [file]]);
    expect(browser.all('.menu-list')).toEqual([]);
  });

  it('has a list of forms that Escape and the focus of another thing close', async () => {
    await browser.visit(here, ANSWERS);
    const { KeyboardEvent, FocusEvent } = document.defaultView as typeof globalThis & Window;
    for (const event of [
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }),
      new FocusEvent('focusin', { bubbles: true }),
    ]) {
      await browser.press('Export');
      expect(browser.all('.menu-list')).toHaveLength(1);
      browser.all('h1')[0]?.dispatchEvent(event);
      await browser.settled();
      expect(browser.all('.menu-list')).toEqual([]);
    }
  });

  it('of the platform leads to the page of its products; one in the bin is not shown, and none is not found', async () => {
    await browser.visit('/catalogues/api', { ...ANSWERS, 'GET /catalogues/api': CATALOGUE_LIST[1] });
    expect(browser.address()).toBe('/products?catalogue=api');
    await browser.visit('/catalogues/winter', { ...ANSWERS, 'GET /catalogues/winter': BIN[0] });
    expect(browser.text()).toContain('There is no such catalogue');
    await browser.visit('/catalogues/none', ANSWERS);
    expect(browser.text()).toContain('There is no such catalogue');
    await browser.visit('/catalogues/none', { ...ANSWERS, 'GET /catalogues/none': failure(422, 'no id') });
    expect(browser.text()).toContain('There is no such catalogue');
  });

  it('has its changes taken back, and says what was changed since then', async () => {
    await browser.visit(`${here}?tab=changes`, CHANGING);
    expect(asked(`GET ${here}/changes`)).toEqual([`GET ${here}/changes?limit=25&offset=0`]);
    expect(browser.all('td a').map((link) => link.getAttribute('href'))).toEqual([
      `/dashboard${here}?change=change-3`,
      `/dashboard${here}?change=change-1`,
    ]);
    expect(browser.all('td button').map((button) => button.getAttribute('aria-label'))).toEqual([
      'Undo: Undoing',
      'Undo: Upload spring.xlsx',
    ]);
    await browser.press('Undo: Upload spring.xlsx');
    expect(writes()).toEqual([`POST ${here}/changes/change-1/undo`]);
    expect(browser.text('.notice')).toBe(
      '2 products are as before. Changed again since then, and left as they are: R-0, R-1, R-2, R-3, R-4, R-5, R-6, R-7, R-8, R-9 and 2 more.',
    );
    expect(asked(`GET ${here}/changes`)).toHaveLength(2);
  });
});

describe('a product of a catalogue', () => {
  const address = `${here}/products/own-1`;

  it('is edited in the fields that changed, and only those; an empty one is taken away', async () => {
    await browser.visit(address, { ...ANSWERS, [`PATCH ${address}`]: OWN_PRODUCT });
    await browser.press('Edit');
    expect(['Name', 'GTINs', 'Tags', 'Collection'].map((label) => browser.value(label))).toEqual([
      'Crew neck',
      '3760001000016, 96385074',
      'basic, new',
      '',
    ]);
    await browser.type('Tags', 'basic');
    await browser.type('Brand', '');
    await browser.press('Save');
    expect([writes(), bodies()]).toEqual([[`PATCH ${address}`], [{ brand: null, tags: 'basic' }]]);
    expect(browser.all('dialog')).toEqual([]);
    expect(asked(`GET ${address}`).length).toBeGreaterThan(2);
  });

  it('says in its field what was refused', async () => {
    const detail = [{ loc: ['body', 'gtins', 0], msg: 'expected a barcode number', type: 'value' }];
    await browser.visit(address, { ...ANSWERS, [`PATCH ${address}`]: failure(422, detail) });
    await browser.press('Edit');
    await browser.type('GTINs', '12');
    await browser.press('Save');
    expect(browser.text('dialog .invalid')).toContain('GTINs');
    expect(browser.texts('dialog .field-error')).toEqual(['expected a barcode number']);
  });

  it('is deleted, which its catalogue can take back', async () => {
    await browser.visit(address, { ...ANSWERS, [`DELETE ${address}`]: { deleted: 1, change: 'change-9' } });
    await browser.press('Delete');
    expect([writes(), browser.address()]).toEqual([[`DELETE ${address}`], `${here}?tab=changes`]);
  });

  it('leads to the form with its description, and back', async () => {
    await browser.visit(address, ANSWERS);
    const [link] = browser.all<HTMLAnchorElement>('.page-header a.button');
    const query = new URLSearchParams(link?.getAttribute('href')?.split('?')[1]);
    expect(JSON.parse(query.get('garment') ?? '')).toEqual(OWN_PRODUCT.query);
    expect([query.get('catalogue'), query.get('product')]).toEqual([id, 'own-1']);
  });

  it('says what is doubtful about it', async () => {
    const details = { ...OWN_PRODUCT, warnings: [warning('too heavy')], notes: [], simulation: null };
    await browser.visit(address, { ...ANSWERS, [`GET ${address}`]: details });
    expect(browser.text('.notice')).toBe('To be checkedtoo heavy');
  });

  it('has no rank where the grid has no such type, and more of its history when that is asked for', async () => {
    await browser.visit(address, {
      ...ANSWERS,
      [`GET ${address}`]: { ...OWN_PRODUCT, percentile: null, notes: [], simulation: null },
    });
    expect(browser.text('.key-figures')).toContain('no such type in the reference grid');
    await browser.press('Show 27 more');
    expect(asked(`GET ${address}/history`).map((request) => request.split('?')[1])).toEqual(['limit=20', 'limit=100']);
  });

  it('is read only by a reader', async () => {
    await browser.visit(address, ANSWERS, { role: 'reader' });
    expect([browser.button('Edit').disabled, browser.button('Delete').disabled]).toEqual([true, true]);
  });

  it('that is gone, or of no catalogue, is not there', async () => {
    await browser.visit(address, { ...ANSWERS, [`GET ${address}`]: undefined });
    expect(browser.text()).toContain('This product is not in the catalogue');
    await browser.visit(address, { ...ANSWERS, [`GET ${here}`]: undefined });
    expect(browser.text()).toContain('This product is not in the catalogue');
  });
});

it('answers that tell in words are asked for again in the other language, which the API is told', async () => {
  const list = inWords(ANSWERS['GET /catalogues']);
  await browser.visit('/catalogues', { ...ANSWERS, 'GET /catalogues': list });
  expect(new Set(browser.languages)).toEqual(new Set(['en']));
  browser.all('button[lang=fr]')[0]?.click();
  await browser.settled();
  expect(asked('GET /catalogues')).toHaveLength(4);
  expect(browser.languages.slice(-2)).toEqual(['fr', 'fr']);
});
