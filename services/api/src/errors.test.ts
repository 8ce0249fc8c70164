import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { ERRORS, EXAMPLE_PRODUCT, type Language } from '@ecobalyse/schema';
import { addProductJobChunks, createProductJob, finishProductJobChunk, queueProductJob } from '@ecobalyse/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedApi, startFixedApi } from './testing/fixed-api.js';

let api: FixedApi;
beforeAll(async () => {
  api = await startFixedApi({ statistics: false });
}, 120_000);
afterAll(() => api.close());

interface Asked {
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}
const json = { 'content-type': 'application/json' };
const csv = { 'content-type': 'text/csv' };
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function send({ path, headers, body }: Asked, language?: string) {
  const response = await fetch(api.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      access_token: api.key,
      ...headers,
      ...(language !== undefined && { 'accept-language': language }),
    },
    ...(body !== undefined && { body }),
  });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** Errors of our own routes: what is asked for, their code, and a part of their words in each language. */
const OWN: readonly (readonly [Asked, keyof typeof ERRORS, Record<Language, string>])[] = [
  [{ path: '/me', headers: { access_token: 'nobody' } }, 'key_unknown', ERRORS.key_unknown],
  [{ path: `/jobs/${NOBODY}` }, 'job_unknown', ERRORS.job_unknown],
  [{ path: '/jobs/one' }, 'invalid_request', { en: 'expected the id of a job', fr: 'attendu : l’id d’un travail' }],
  [{ path: '/product/by-id/nothing' }, 'not_found', ERRORS.not_found],
  [{ path: '/models' }, 'model_missing', ERRORS.model_missing],
  [{ path: '/models/0' }, 'invalid_request', { en: 'the number of a version', fr: 'le numéro d’une version' }],
  [{ path: '/impacts?limt=1' }, 'invalid_request', { en: 'unknown parameter', fr: 'paramètre inconnu' }],
  [
    { path: '/impacts?limit=-1' },
    'invalid_request',
    { en: 'expected an integer from 0 to 1000', fr: 'attendu : un entier de 0 à 1000' },
  ],
  [{ path: '/impacts?min_ecs=x' }, 'invalid_request', { en: 'expected a cost in Pts', fr: 'attendu : un coût en Pts' }],
  [{ path: '/stats/nothing.csv' }, 'invalid_request', { en: 'expected one of ', fr: 'attendu : l’un de ' }],
  [{ path: '/export/impacts.csv?product=nothing' }, 'not_found', ERRORS.not_found],
  [
    { path: '/simulate', headers: json, body: '{"mass":"heavy","materials":[],"product":"jean"}' },
    'invalid_request',
    {
      en: 'expected a mass in kg (number); received: "heavy"',
      fr: 'attendu : une masse en kg (nombre) ; reçu : "heavy"',
    },
  ],
  [
    { path: '/simulate', headers: json, body: JSON.stringify({ ...EXAMPLE_PRODUCT, product: 'hat', mass: -1 }) },
    'invalid_request',
    { en: 'unknown product: "hat"; expected: ', fr: 'produit inconnu : "hat" ; attendu : ' },
  ],
  ...(
    [
      ['/estimate', '{"mass":{"from":2,"to":1}}', 'expected numbers with from at most to', 'attendu : des nombres'],
      ['/estimate', '{"mass":{"from":1}}', 'expected a value, {"any": true}', 'attendu : une valeur, {"any": true}'],
      ['/estimate', '{"countryMaking":{"from":1,"to":2}}', 'a range is for numbers only', 'un intervalle ne vaut que'],
      ['/estimate', '{"product":"hat"}', 'unknown product: "hat"; expected: ', 'produit inconnu : "hat" ; attendu : '],
      ['/estimate', '{"materials":[3]}', 'expected an object with id and share', 'attendu : un objet avec id et share'],
      [
        '/estimate',
        '{"materials":[{"id":"ei-coton","share":{"from":0.5,"to":0.6}}]}',
        'expected shares that can add up to 1',
        'attendu : des parts dont la somme peut valoir 1',
      ],
      [
        '/estimate',
        '{"product":"jean","catalogue":[{"mass":"x","materials":[],"product":"jean"}]}',
        'expected a mass in kg',
        'attendu : une masse en kg',
      ],
      [
        '/estimate',
        '{"catalogue":3}',
        'expected a list of textile queries',
        'attendu : une liste de requêtes textiles',
      ],
      ['/estimate?draws=1', '{}', 'expected a number of draws', 'attendu : un nombre de tirages'],
      ['/estimate/batch', '{}', 'expected an array of requests', 'attendu : un tableau de requêtes'],
    ] as const
  ).map(
    ([path, body, en, fr]) => [{ path, headers: json, body }, 'invalid_request', { en, fr }] as (typeof OWN)[number],
  ),
  [{ path: '/simulate', headers: json, body: '{' }, 'invalid_request', { en: 'valid JSON', fr: 'du JSON valide' }],
  [
    { path: '/product/batch', headers: csv, body: 'name\nshirt\n' },
    'invalid_request',
    { en: 'line 1: these are no products', fr: 'ligne 1 : ce ne sont pas des produits' },
  ],
  [
    { path: '/product/batch', headers: { 'content-type': 'text/csv; charset=koi8-r' }, body: 'x' },
    'invalid_request',
    { en: 'expected one of utf-8', fr: 'attendu : l’un de utf-8' },
  ],
  [{ path: '/product/batch', headers: csv, body: '' }, 'invalid_request', { en: 'expected ', fr: 'attendu : ' }],
  [
    {
      path: '/simulate',
      headers: { ...json, 'content-encoding': 'gzip' },
      body: gzipSync('{}').subarray(0, 9) as never,
    },
    'invalid_request',
    { en: 'content-encoding says', fr: 'le dit son en-tête content-encoding' },
  ],
];

describe.each([
  [undefined, 'en'],
  ['fr', 'fr'],
  ['fr-FR,fr;q=0.9,en;q=0.8', 'fr'],
  ['de', 'en'],
  ['*', 'en'],
  [';q=,;', 'en'],
] as const)('Accept-Language: %s', (asked, language) => {
  const other = language === 'en' ? 'fr' : 'en';
  it.each(OWN)('%o is %s, in one language', async (request, code, words) => {
    const { status, headers, body } = await send(request, asked);
    const answer = JSON.parse(body);
    expect([status, answer.code, headers.get('x-error-code')]).toEqual([ERRORS[code].status, code, code]);
    expect(JSON.stringify(answer.detail).replaceAll('\\"', '"')).toContain(words[language]);
    expect(body).not.toContain(words[other]);
    expect(body).not.toMatch(language === 'fr' ? /expected|received/ : /attendu|reçu|é/);
    expect([headers.get('content-language'), headers.get('vary')]).toEqual([language, 'accept-language']);
  });
});

it.each<Asked>([
  { path: '/product', headers: { access_token: 'nobody' } },
  { path: '/product/nothing' },
  { path: '/product/jean?nb_doc=0' },
  { path: '/stats/ranking?limit=x' },
  { path: '/predict', headers: json, body: '{}' },
  { path: '/predict', headers: json, body: '{"Mass":"x"}' },
  { path: '/product', headers: json, body: '{"mass":"x"}' },
  { path: '/product', headers: json, body: '{' },
  { path: '/product', headers: json, body: JSON.stringify({ ...EXAMPLE_PRODUCT, product: 'hat' }) },
  { path: '/nowhere' },
])('the contract’s %o is the same to the byte in every language, and has its code in a header', async (request) => {
  const english = await send(request);
  expect(english.status).toBeGreaterThanOrEqual(400);
  expect(Object.keys(JSON.parse(english.body))).not.toContain('code');
  expect(ERRORS).toHaveProperty(english.headers.get('x-error-code') ?? '');
  for (const language of ['fr', 'de', '*']) {
    const { status, headers, body } = await send(request, language);
    expect([status, body]).toEqual([english.status, english.body]);
    expect([headers.get('content-language'), headers.get('vary')]).toEqual([null, null]);
  }
});

it.each([
  ['/estimate/batch', '{"mass":{"from":2,"to":1}}', { en: 'expected numbers', fr: 'attendu : des nombres' }],
  ['/estimate/batch', '{', { en: 'expected valid JSON', fr: 'attendu : du JSON valide' }],
  ['/estimate/batch', '{"catalogue":[]}', { en: 'at least one product', fr: 'au moins un produit' }],
  ['/estimate/batch', '[{"catalogue":[]}]', { en: 'at least one product', fr: 'au moins un produit' }],
] as const)('%s tells what is wrong with %s in the language of its reader', async (path, sent, words) => {
  for (const language of ['en', 'fr'] as const) {
    const isWhole = sent.startsWith('[');
    const headers = { 'content-type': isWhole ? 'application/json' : 'application/x-ndjson' };
    const { status, headers: told, body } = await send({ path, headers, body: `${sent}\n` }, language);
    const { code, detail } = JSON.parse(body);
    expect([status, code, detail[0].loc.slice(0, 2)]).toEqual([isWhole ? 422 : 200, 'invalid_request', ['body', 0]]);
    expect(detail[0].msg).toContain(words[language]);
    expect([told.get('content-language'), told.get('vary')]).toEqual([language, 'accept-language']);
  }
});

it('answers that are kept are the same in every language', async () => {
  const first = await send({ path: '/impacts/groups?by=product' }, 'fr');
  expect([first.status, first.headers.get('content-language'), first.headers.get('vary')]).toEqual([200, null, null]);
  const etag = first.headers.get('etag') as string;
  expect((await send({ path: '/impacts/groups?by=product', headers: { 'if-none-match': etag } }, 'en')).status).toBe(
    304,
  );
});

it('the result of a job is in the language of who reads it', async () => {
  const { store } = api;
  const job = NOBODY.replace('8', '9');
  await createProductJob(store, {
    _id: job,
    format: 'csv',
    name: null,
    createdBy: null,
    requestId: null,
    traceparent: null,
  });
  await addProductJobChunks(store, job, 0, ['[]', '[]']);
  await queueProductJob(store, job, { format: 'ndjson', bytes: 1, planned: 3, chunks: 2 });
  const kept = { line: 1, index: 0, status: 'refused', detail: { en: 'in English', fr: 'en français' } };
  const earlier = { line: 2, index: 1, status: 'refused', detail: 'as it was kept before' };
  const result = `${JSON.stringify(kept)}\n${JSON.stringify(earlier)}\n`;
  await finishProductJobChunk(store, job, 0, {
    result,
    counts: { added: 0, changed: 0, existing: 0, refused: 2, failed: 0 },
  });
  const warned = (message: unknown) => ({ line: 3, index: 2, status: 'added', warnings: [{ id: 'a', message }] });
  await finishProductJobChunk(store, job, 1, {
    result: `${JSON.stringify(warned(kept.detail))}\n`,
    counts: { added: 1, changed: 0, existing: 0, refused: 0, failed: 0 },
  });
  for (const [language, detail] of [
    ['en', 'in English'],
    ['fr', 'en français'],
  ] as const) {
    const answer = await send({ path: `/jobs/${job}/result` }, language);
    const lines = [{ ...kept, detail }, earlier, warned(detail)];
    expect(answer.body).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect([answer.headers.get('content-language'), answer.headers.get('vary')]).toEqual([language, 'accept-language']);
  }
});

it('docs/api.md lists every code with its status and its words', () => {
  const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
  const rows = Object.entries(ERRORS).map(([code, { status, en }]) => `| \`${code}\` | ${status} | ${en} |`);
  expect(page.split('\n').filter((line) => /^\| `\w+` \| \d/.test(line))).toEqual(rows);
});
