import { Readable } from 'node:stream';
import { type Declaration, MAX_FILE_BYTES, writeDeclarations } from '@ecobalyse/declaration';
import { type HttpService, openAccess } from '@ecobalyse/http-kit';
import { EXAMPLE_DECLARATION } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteService } from '../testing/route-service.js';
import { declarationRoutes } from './declaration.js';

const KEY = 'a-key-of-the-tests-0123456789';
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });

let app: HttpService;
beforeAll(async () => {
  app = await openRouteService(access);
  await app.register(declarationRoutes({ access } as never));
});
afterAll(() => app.close());

const TSHIRT: Declaration = {
  gtins: ['12345670'],
  internalReference: 'T-1',
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  countryFabric: 'BD',
  countryDyeing: 'BD',
  countryMaking: 'BD',
};
const TWO = [TSHIRT, { ...TSHIRT, gtins: ['12345671'], internalReference: 'T-2', mass: 0.001 }];
const fileOf = async (declarations: readonly Declaration[], form: 'csv' | 'xlsx') =>
  (await Readable.from(writeDeclarations([declarations], form)).toArray())[0] as Buffer;
const csvOf = (declarations: readonly Declaration[]) => fileOf(declarations, 'csv');

const ask = (payload: string | Buffer, { type = 'text/csv', query = '', ...more }: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/declaration/check${query}`,
    headers: { access_token: KEY, 'content-type': type, ...more },
    payload,
  });
const formOf = (file: Buffer, name: string, organisation?: string) =>
  Buffer.concat([
    Buffer.from(
      organisation === undefined
        ? ''
        : `--x\r\ncontent-disposition: form-data; name="organisation"\r\n\r\n${organisation}\r\n`,
    ),
    Buffer.from(`--x\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`),
    file,
    Buffer.from('\r\n--x--\r\n'),
  ]);
const FORM = 'multipart/form-data; boundary=x';

const LINES = [
  { row: 1, reference: 'T-1', verdict: 'accepted', errors: [], ecs: expect.any(Number) },
  {
    row: 2,
    reference: 'T-2',
    verdict: 'refused',
    errors: [
      { stage: 'validation', path: ['mass'], reason: 'mass_below_minimum' },
      { stage: 'gtins', path: ['gtins', 0], reason: 'gtin_check_digit' },
    ],
    ecs: null,
  },
];

describe('POST /declaration/check', () => {
  it('tells of each row what the portal decides, a line each', async () => {
    const answer = await ask(await csvOf(TWO));
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(answer.payload.endsWith('}\n')).toBe(true);
    expect(
      answer.payload
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(LINES);
  });

  it('tells it with repairs and both scores as JSON, in the language of its reader', async () => {
    const answer = await ask(await csvOf(TWO), { accept: 'application/json', 'accept-language': 'fr' });
    const { file, warnings, rows } = answer.json();
    const { ecs } = simulateTotals({ ...TSHIRT, business: undefined });
    expect([file, warnings, rows[0]]).toEqual([
      'read',
      [],
      {
        ...LINES[0],
        misread: [],
        scores: { as_portal: { ecs }, as_given: { ecs }, difference: 0, assumed: expect.any(Object) },
      },
    ]);
    expect(rows[1]).toMatchObject({ verdict: 'refused', scores: null });
    expect(rows[1].errors[0]).toMatchObject({
      reason: 'mass_below_minimum',
      repair: expect.stringMatching(/au moins|minimum|plus/i),
    });
    const english = await ask(await csvOf(TWO), { query: '?format=json&language=en' });
    expect(english.json().rows[1].errors[0].repair).not.toBe(rows[1].errors[0].repair);
  });

  it('reads workbooks, and forms with who uploads', async () => {
    const book = await fileOf([{ ...TSHIRT, brandId: 'b1' }], 'xlsx');
    const organisation = (id: string) => JSON.stringify({ brands: [{ id, active: true }] });
    const verdict = async (id: string) => {
      const { payload } = await ask(formOf(book, 'a.xlsx', organisation(id)), { type: FORM });
      return JSON.parse(payload).verdict;
    };
    expect([await verdict('b1'), await verdict('b2')]).toEqual(['accepted', 'refused']);
    const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
    expect(JSON.parse((await ask(book, { type })).payload).verdict).toBe('accepted');
  });

  it('goes by the rules that are asked for', async () => {
    const file = await csvOf([{ ...TSHIRT, gtins: ['123456789012'] }]);
    const verdict = async (query: string) => JSON.parse((await ask(file, { query })).payload).verdict;
    expect([await verdict(''), await verdict('?rules=august-2026')]).toEqual(['refused', 'accepted']);
  });

  it.each<[string, (csv: Buffer) => Buffer, Record<string, string>, object]>([
    ['its name', (csv) => formOf(csv, 'a.txt'), { type: FORM }, { stage: 'gate', reason: 'extension_not_allowed' }],
    [
      'the name that is told',
      (csv) => csv,
      { query: '?name=a.ods' },
      { stage: 'gate', reason: 'extension_not_allowed' },
    ],
    ['its size', () => Buffer.alloc(MAX_FILE_BYTES + 1, 'x'), {}, { stage: 'gate', reason: 'too_large' }],
    [
      'its columns',
      () => Buffer.from(EXAMPLE_DECLARATION.replace('Catégorie', 'Genre porté')),
      {},
      { stage: 'parse', reason: 'missing_columns' },
    ],
  ])('answers one line for a file that is refused whole, for %s', async (_, fileOfCsv, how, reason) => {
    const file = fileOfCsv(await csvOf(TWO));
    const answer = await ask(file, how);
    expect([answer.statusCode, JSON.parse(answer.payload)]).toEqual([200, { file: 'refused', ...reason }]);
    const json = await ask(file, { ...how, accept: 'application/json' });
    expect(json.json()).toEqual({ file: 'refused', ...reason, repair: expect.any(String), warnings: [], rows: [] });
  });

  it.each<[string, Record<string, string>, (csv: Buffer) => Buffer, string]>([
    ['organisation', { type: FORM }, (csv) => formOf(csv, 'a.csv', '{"brands":1}'), 'organisation'],
    ['rules', { query: '?rules=may' }, (csv) => csv, 'august-2026'],
    ['form', { type: FORM }, () => Buffer.from('--x--\r\n'), 'detail'],
    ['type', { type: 'image/png' }, (csv) => csv, 'detail'],
  ])('refuses a wrong %s', async (_, how, bodyOf, words) => {
    const answer = await ask(bodyOf(await csvOf(TWO)), how);
    expect([answer.statusCode, answer.payload]).toEqual([422, expect.stringContaining(words)]);
  });

  it('takes the example of its document', async () => {
    expect(JSON.parse((await ask(EXAMPLE_DECLARATION)).payload)).toMatchObject({
      reference: 'REF-1',
      verdict: 'accepted',
    });
  });

  it('asks for a key', async () => {
    expect((await app.inject({ method: 'POST', url: '/declaration/check', payload: 'x' })).statusCode).toBe(403);
  });
});
