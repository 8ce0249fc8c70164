import type { FileInspection, JobProducts } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, CATALOGUES, INSPECTION, job, pageOf, REFERENCE, RESULTS, warning } from '../../testing/answers.js';
import { failure, openBrowser } from '../../testing/browser.js';

const browser = openBrowser();
const stream = (...jobs: readonly object[]) =>
  new Response(jobs.map((told) => `event: progress\ndata: ${JSON.stringify(told)}\n\n`).join(''));
const FILES = {
  ...REFERENCE,
  ...CATALOGUES,
  'GET /jobs': pageOf([]),
  'GET /files/mappings': pageOf([]),
  'POST /files/inspect': INSPECTION,
  'POST /product/batch': { id: 'job-1' },
  'GET /jobs/job-1/events': stream(job('done')),
  'GET /jobs/job-1/products': RESULTS,
};
const UPLOAD = '/score?mode=file';
const JOB = `${UPLOAD}&job=job-1`;

const choose = (name: string) => browser.put(name);
/** What was sent of a form, by the names of its parts. */
const sent = (request: string) =>
  browser.requests.flatMap((name, at) => {
    if (!name.startsWith(request)) return [];
    const mapping = /name="mapping"\r\n\r\n(.*)\r\n/.exec(browser.bodies[at] ?? '')?.[1];
    const file = /filename="([^"]*)"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(browser.bodies[at] ?? '');
    return [{ mapping: mapping && JSON.parse(mapping), file: file && [file[1], file[2]] }];
  });
const asked = (beginning: string) => browser.requests.filter((request) => request.startsWith(beginning));
const start = () => browser.all<HTMLButtonElement>('main button.primary').at(-1) as HTMLButtonElement;

describe('a file that is chosen', () => {
  it.each([
    ['a.csv', true],
    ['a.b.NDJSON', true],
    ['a.jsonl', true],
    ['a.json', true],
    ['a.xlsx', true],
    ['a.TXT', true],
    ['a.tsv', true],
    ['a.xls', true],
    ['a.ods', true],
    ['a.doc', false],
    ['csv', false],
  ])('%s is looked at: %s', async (name, isKnown) => {
    await browser.visit(UPLOAD, FILES);
    await choose(name);
    expect(browser.texts('.field-error')).toHaveLength(isKnown ? 0 : 1);
    expect(sent('POST /files/inspect')).toEqual(isKnown ? [{ mapping: undefined, file: [name, 'x;y'] }] : []);
    expect(asked('POST /files/inspect')).toEqual(isKnown ? [`POST /files/inspect?name=${name}`] : []);
    expect(asked('POST /product/batch')).toEqual([]);
  });

  it('goes into a new catalogue of its name unless told otherwise, and is followed', async () => {
    await browser.visit(UPLOAD, { ...FILES, 'POST /catalogues': { ...CATALOGUE, id: 'made' } });
    await choose('spring 27.xlsx');
    await browser.press('Score and add 3 products');
    expect(browser.bodies[browser.requests.indexOf('POST /catalogues')]).toBe('{"name":"spring 27"}');
    expect(asked('POST /product/batch')).toEqual(['POST /product/batch?name=spring+27.xlsx&catalogue=made']);
    expect(sent('POST /product/batch')).toEqual([{ mapping: undefined, file: ['spring 27.xlsx', 'x;y'] }]);
    expect(browser.address()).toBe(`${UPLOAD}&catalogue=made&job=job-1`);
    expect([browser.texts('h2')[0], browser.scrolls]).toEqual(['garments.csv', ['0 0']]);
    // It is not sent twice.
    expect(browser.texts('button').filter((name) => name.startsWith('Score and add'))).toEqual([]);
  });

  it('that is refused makes no second catalogue when it is sent again', async () => {
    await browser.visit(UPLOAD, {
      ...FILES,
      'POST /catalogues': { ...CATALOGUE, id: 'made' },
      'POST /product/batch': failure(429, 'too many jobs'),
    });
    await choose('a.csv');
    await browser.type('Name of the new catalogue', ' Mine ');
    await browser.press('Score and add 3 products');
    expect(browser.text()).toContain('too many jobs');
    browser.answer({ 'POST /product/batch': { id: 'job-1' } });
    await browser.press('Score and add 3 products');
    expect(browser.bodies.filter((body) => body.includes('"name"') && body.startsWith('{'))).toEqual([
      '{"name":"Mine"}',
    ]);
    expect(asked('POST /product/batch')).toHaveLength(2);
  });

  it.each([
    [CATALOGUE.id, `&catalogue=${CATALOGUE.id}`],
    ['api', ''],
  ])('goes into the catalogue %s that is chosen', async (id, query) => {
    await browser.visit(UPLOAD, FILES);
    await choose('a.csv');
    await browser.choose('Catalogue', id);
    expect(browser.texts('label')).not.toContain('Name of the new catalogue');
    await browser.press('Score and add 3 products');
    expect(asked('POST ')).toEqual(['POST /files/inspect?name=a.csv', `POST /product/batch?name=a.csv${query}`]);
  });

  it.each<[string, Partial<FileInspection>, boolean]>([
    ['is as it should be', {}, true],
    ['lacks a field', { missing: ['product'] }, false],
    ['has no products', { rows: 0 }, false],
  ])('and %s may be sent: %s', async (_, more, may) => {
    await browser.visit(UPLOAD, { ...FILES, 'POST /files/inspect': { ...INSPECTION, ...more } });
    await choose('a.csv');
    expect(start().disabled).toBe(!may);
  });

  it('is not sent by a reader, who may look at it', async () => {
    await browser.visit(UPLOAD, FILES, { role: 'reader' });
    await choose('a.csv');
    expect(asked('POST /files/inspect')).toHaveLength(1);
    expect(start().disabled).toBe(true);
    expect(browser.text()).toContain('Your key may not add products');
  });

  it('that cannot be looked at says why, and is looked at again', async () => {
    await browser.visit(UPLOAD, { ...FILES, 'POST /files/inspect': failure(413, 'too large') });
    await choose('a.csv');
    expect(browser.text('.state')).toContain('too large');
    browser.answer({ 'POST /files/inspect': INSPECTION });
    await browser.press('Try again');
    expect(start().textContent).toContain('3 products');
  });

  it('tells what is missing, refused, beyond what one upload may have, or all good', async () => {
    const notices = async (more: Partial<FileInspection>) => {
      await browser.visit(UPLOAD, { ...FILES, 'POST /files/inspect': { ...INSPECTION, ...more } });
      await choose('a.csv');
      return browser.texts('.sub-sections .notice');
    };
    expect(await notices({ missing: ['product', 'mass'], refused: 0 })).toEqual([
      'No column holds: Category and Mass. Say below which one does.',
    ]);
    expect(await notices({ refused: 1, checked: 3 })).toEqual([
      '1 row of 3 would be refused. Correct them here, in the file, or after the upload.',
    ]);
    expect(await notices({ refused: 0 })).toEqual(['Every row that was looked at can be scored.']);
    expect(await notices({ is_complete: false, refused: 0 })).toEqual([
      'The file has more products than one upload may have: divide it.',
      'Every row that was looked at can be scored.',
    ]);
  });
});

describe('corrections', () => {
  const mapping = () => sent('POST /files/inspect').at(-1)?.mapping;
  const SAVED = { columns: { Modèle: 'product' }, values: { material: { Lurex: 'ei-pet' } }, massUnit: 'g' };
  const KEPT = {
    ...FILES,
    'GET /files/mappings': pageOf([{ name: 'ERP', mapping: SAVED, updated_at: '', updated_by: null }]),
    'PUT /files/mappings/mine': {},
    'DELETE /files/mappings/ERP': {},
  };

  it('are said of columns, by their number where two have one header, and taken back', async () => {
    await browser.visit(UPLOAD, FILES);
    await choose('a.csv');
    await browser.choose('What Modèle holds', 'product');
    expect(mapping()).toEqual({ columns: { Modèle: 'product' }, values: {} });
    await browser.choose('What Couleur holds', 'ignore');
    expect(mapping().columns).toEqual({ Modèle: 'product', '#3': 'ignore' });
    await browser.choose('What Column 6 holds', 'brand');
    expect(mapping().columns['#6']).toBe('brand');
    await browser.choose('What Modèle holds', '');
    expect(mapping().columns).toEqual({ '#3': 'ignore', '#6': 'brand' });
  });

  it.each([
    ['mapping', 'product', 'product', ''],
    ['label', 'product', 'product', 'ignore'],
    ['ignored', null, 'ignore', ''],
    ['unknown', null, '', ''],
  ] as const)('show what a column holds that is read by %s', async (how, field, chosen, first) => {
    const [one] = INSPECTION.columns;
    const columns = [{ ...one, how, field, unknown_values: [] }];
    await browser.visit(UPLOAD, { ...FILES, 'POST /files/inspect': { ...INSPECTION, columns } });
    await choose('a.csv');
    const [select] = browser.all<HTMLSelectElement>('.sub-sections select');
    expect([select?.value, select?.options[0]?.value]).toEqual([chosen, first]);
  });

  it('are said of words and of the unit, and are sent with the upload', async () => {
    await browser.visit(`${UPLOAD}&catalogue=api`, FILES);
    await choose('a.csv');
    await browser.choose('What Coton GOTS means', 'ei-coton-organic');
    await browser.choose('Unit of a mass without one', 'g');
    const said = { columns: {}, values: { material: { 'Coton GOTS': 'ei-coton-organic' } }, massUnit: 'g' };
    expect(mapping()).toEqual(said);
    // What was said stays in sight, with its name.
    const unknown = { ...INSPECTION, columns: INSPECTION.columns.map((one) => ({ ...one, unknown_values: [] })) };
    browser.answer({ 'POST /files/inspect': { ...unknown, choices: {} } });
    await browser.choose('Unit of a mass without one', 'kg');
    expect(browser.table('Words that').at(-1)?.[0]).toBe('Coton GOTS');
    expect(browser.text('.sub-sections')).toContain('Organic cotton');
    await browser.press('Score and add 3 products');
    expect(sent('POST /product/batch')[0]?.mapping).toEqual({ ...said, massUnit: 'kg' });
    await browser.visit(UPLOAD, FILES);
    await choose('a.csv');
    expect(mapping()).toBeUndefined();
  });

  it('of words offer what is close first, then all', async () => {
    await browser.visit(UPLOAD, FILES);
    await choose('a.csv');
    const [select] = browser.all('select').slice(-1);
    expect([...(select?.querySelectorAll('option') ?? [])].map(({ textContent }) => textContent)).toEqual([
      'Choose…',
      'Organic cotton',
      'Cotton',
      'Linen',
    ]);
  });

  it('are kept by a name, taken up again, and forgotten', async () => {
    await browser.visit(UPLOAD, KEPT);
    expect(browser.texts('label')).not.toContain('Keep these corrections as');
    await choose('a.csv');
    await browser.choose('Kept corrections', 'ERP');
    expect(mapping()).toEqual(SAVED);
    await browser.type('Keep these corrections as', ' mine ');
    await browser.press('Keep these corrections');
    expect(JSON.parse(browser.bodies[browser.requests.indexOf('PUT /files/mappings/mine')] ?? '')).toEqual(SAVED);
    expect(browser.text('.keep')).toContain('Kept as “mine”.');
    await browser.press('Forget these');
    expect(asked('DELETE ')).toEqual(['DELETE /files/mappings/ERP']);
    await browser.choose('Kept corrections', '');
    expect(mapping()).toBeUndefined();
  });
});

it('a template may be had in the language of the page', async () => {
  for (const [language, name, label] of [
    ['en', 'products-template', 'Excel template'],
    ['fr', 'modele-produits', 'modèle Excel'],
  ] as const) {
    await browser.visit(UPLOAD, { ...FILES, 'GET /files/template': [] }, { language });
    await browser.press(label);
    expect([browser.requests.at(-1), browser.files]).toEqual([
      `GET /files/template?format=xlsx&language=${language}`,
      [`${name}.xlsx`],
    ]);
  }
});

describe('an upload', () => {
  const ENDED = { ...FILES, 'GET /jobs/job-1/events': stream(job('done', { refused: 2, failed: 1 })) };
  const INTO = {
    ...FILES,
    'GET /jobs/job-1/events': stream(job('done', { catalogue: CATALOGUE.id })),
    [`POST /catalogues/${CATALOGUE.id}/changes/job-1/undo`]: { change: 'undo-1', undone: 44, conflicts: [] },
  };
  const pages = () => asked('GET /jobs/job-1/products').map((request) => request.split('?')[1]);

  it('is followed to its end, and then its rows are read', async () => {
    await browser.visit(JOB, {
      ...FILES,
      'GET /jobs/job-1/events': ({ nth }: { nth: number }) => stream(job(nth === 1 ? 'running' : 'done')),
    });
    expect(browser.text('[role=status]')).toBe('1,500 of 2,000 products');
    expect(browser.texts('button')).toContain('Cancel');
    expect(pages()).toEqual([]);
    await browser.pass(1000);
    expect(browser.texts('button')).not.toContain('Cancel');
    expect(pages()).toEqual(['outcome=scored&sort=line&limit=25&offset=0']);
  });

  it('tells cost, that of 100 g, rank and main cause of each product, in order and by pages', async () => {
    await browser.visit(JOB, FILES);
    expect(browser.table('Scored')).toEqual([
      ['', 'Reference↕', 'Name', 'Type', 'Cost↕', 'Per 100 g', 'Rank in its type', 'Main cause', 'Line↑'],
      [
        ...['', 'R-1Basic · Raw materials (60 %)', 'Basic', 'T-shirt / polo', '1,000 Pts', '588.2 Pts', '68%'],
        ...['Raw materials (60 %)', '2'],
      ],
      ['', 'dddd', '–', 'T-shirt / polo', '900 Pts', '–', '–', '–', '3'],
    ]);
    await browser.press('Cost↕');
    await browser.press('Cost↑');
    await browser.press('Next');
    expect(pages().slice(1)).toEqual([
      'outcome=scored&sort=ecs&limit=25&offset=0',
      'outcome=scored&sort=-ecs&limit=25&offset=0',
      'outcome=scored&sort=-ecs&limit=25&offset=25',
    ]);
    expect(browser.all('td a').map((link) => link.getAttribute('href'))).toEqual([
      '/dashboard/products/cccc',
      '/dashboard/products/dddd',
    ]);
  });

  it('into a catalogue leads to it and its products, and shows warnings where there are some', async () => {
    const [first] = RESULTS.items as [JobProducts['items'][number]];
    const items = [{ ...first, product: 'own-1', warnings: [warning('too heavy')] }];
    await browser.visit(JOB, { ...INTO, 'GET /jobs/job-1/products': pageOf(items) });
    expect(browser.all('.card-header a, td a').map((link) => link.getAttribute('href'))).toEqual([
      `/dashboard/catalogues/${CATALOGUE.id}`,
      `/dashboard/catalogues/${CATALOGUE.id}/products/own-1`,
    ]);
    expect(browser.table('Scored').map((row) => row.at(-2))).toEqual(['Warnings', 'too heavy']);
  });

  it('has its refused rows told with the reason, and to download and correct', async () => {
    const refused = { ...RESULTS.items[0], status: 'refused', reference: null, detail: 'no such type', ecs: null };
    await browser.visit(JOB, { ...ENDED, 'GET /jobs/job-1/refused': [] });
    await browser.press('Refused (3)');
    browser.answer({ 'GET /jobs/job-1/products': pageOf([refused]) });
    await browser.press('Line↑');
    expect(pages().slice(1)).toEqual([
      'outcome=refused&sort=line&limit=25&offset=0',
      'outcome=refused&sort=-line&limit=25&offset=0',
    ]);
    expect(browser.table('Refused')).toEqual([
      ['Line↓', 'Reference↕', 'Reason'],
      ['2', 'Basic', 'no such type'],
    ]);
    await browser.press('Download to correct');
    await browser.press('CSV for French spreadsheets');
    expect([browser.requests.at(-1), browser.files]).toEqual([
      'GET /jobs/job-1/refused?language=en&format=csv-fr',
      ['garments.csv.refused.csv'],
    ]);
  });

  it('of which all rows were refused shows them first', async () => {
    await browser.visit(JOB, {
      ...FILES,
      'GET /jobs/job-1/events': stream(job('done', { added: 0, existing: 0, refused: 30 })),
    });
    expect(pages()).toEqual(['outcome=refused&sort=line&limit=25&offset=0']);
  });

  it.each([
    ['en', 'Columns that were not read: Ville, Coût. Say what they hold when you send the file again.'],
    ['fr', 'Colonnes qui n’ont pas été lues : Ville, Coût. Dites ce qu’elles contiennent en renvoyant le fichier.'],
  ] as const)('says in %s which columns were not read, and nothing where all were', async (language, text) => {
    const of = (unread_columns: string[]) => ({
      ...FILES,
      'GET /jobs/job-1/events': stream(job('done', { unread_columns })),
    });
    await browser.visit(JOB, of(['Ville', 'Coût']), { language });
    expect(browser.texts('.notice')).toEqual([text]);
    await browser.visit(JOB, of([]), { language });
    expect(browser.texts('.notice')).toEqual([]);
  });

  it.each([
    ['Excel (.xlsx)', 'xlsx', 'xlsx'],
    ['CSV for French spreadsheets', 'csv-fr', 'csv'],
    ['CSV for English spreadsheets', 'csv', 'csv'],
    ['NDJSON', 'ndjson', 'ndjson'],
    ['JSON', 'json', 'json'],
  ])('is downloaded as %s', async (form, format, ending) => {
    await browser.visit(JOB, { ...FILES, 'GET /jobs/job-1/result': [] }, { language: 'en' });
    await browser.press('Download the results');
    await browser.press(form);
    expect([browser.requests.at(-1), browser.files]).toEqual([
      `GET /jobs/job-1/result?language=en&format=${format}`,
      [`garments.csv.result.${ending}`],
    ]);
  });

  it('into a catalogue is undone as one, unless it was already, changed nothing or went nowhere', async () => {
    await browser.visit(JOB, INTO);
    await browser.press('Undo this upload');
    expect(asked('POST ')).toEqual([`POST /catalogues/${CATALOGUE.id}/changes/job-1/undo`]);
    expect(browser.text('.notice')).toBe('44 products are as before.');
    const buttons = async (more: object) => {
      await browser.visit(JOB, { ...INTO, ...more });
      return browser.texts('button').includes('Undo this upload');
    };
    expect(await buttons({})).toBe(true);
    const undone = { id: 'job-1', kind: 'upload', at: '', products: 1, undone_by: 'undo-1' };
    expect(await buttons({ [`GET /catalogues/${CATALOGUE.id}/changes`]: pageOf([undone]) })).toBe(false);
    const untouched = job('done', { catalogue: CATALOGUE.id, added: 0 });
    expect(await buttons({ 'GET /jobs/job-1/events': stream(untouched) })).toBe(false);
    expect(await buttons({ 'GET /jobs/job-1/events': stream(job('done')) })).toBe(false);
    expect(await buttons({ 'GET /jobs/job-1/events': stream(job('running', { catalogue: CATALOGUE.id })) })).toBe(
      false,
    );
  });

  it('is cancelled by a writer', async () => {
    const answers = {
      ...FILES,
      'GET /jobs/job-1/events': stream(job('queued')),
      'DELETE /jobs/job-1': job('cancelled'),
    };
    await browser.visit(JOB, answers, { role: 'reader' });
    expect(browser.button('Cancel').disabled).toBe(true);
    await browser.visit(JOB, answers, { role: 'writer' });
    await browser.press('Cancel');
    expect(browser.requests).toContain('DELETE /jobs/job-1');
  });

  it('is gone', async () => {
    await browser.visit(JOB, { ...FILES, 'GET /jobs/job-1/events': undefined });
    expect(browser.text()).toContain('There is no such upload any more.');
  });

  it('is asked about every 5 s in the list', async () => {
    await browser.visit(UPLOAD, FILES);
    const lists = () => asked('GET /jobs').length;
    await browser.pass(4999);
    expect(lists()).toBe(1);
    await browser.pass(1);
    expect(lists()).toBe(2);
  });
});
