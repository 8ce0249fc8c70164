import { ERRORS, type ErrorCode, FAULTS, LANGUAGES, numberParameter, type Words } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createHttpService, type HttpService, isA, named, openAccess, RefusedError, requireRole } from './index.js';

class Away extends Error {}
class FarAway extends Away {}

const KEY = 'a-key-of-the-tests-0123456789';
const READER = 'a-reader-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
let logged: unknown[] = [];
logger.child = () => logger as never;
for (const level of ['warn', 'error'] as const)
  logger[level] = ({ code }: object & { code?: string }) => void logged.push([level, code]);
let app: HttpService;
let failing: () => unknown;

beforeAll(async () => {
  const apiKeys = [{ name: 'reader', role: 'reader', key: READER }] as const;
  const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token', apiKeys });
  app = await createHttpService({
    logger,
    title: 'test',
    description: 'test',
    access,
    failures: [
      { when: isA(FarAway), code: 'database_full' },
      { when: isA(Away), code: 'database_away' },
    ],
    protection: {
      limits: { perKey: 0, perAddress: 0 },
      load: { maxConnections: 10, maxRequests: 10, maxEventLoopDelayMs: 0 },
      corsOrigins: ['https://a.example'],
      trustedProxies: [],
    },
  });
  const body = z.object({ mass: z.number(), cost: numberParameter('a cost in Pts', 'un coût en Pts') });
  for (const ofContract of [false, true]) {
    const path = ofContract ? '/contract' : '/own';
    app.get(path, { config: { ofContract } }, async () => failing());
    app.post(path, { config: { ofContract }, schema: { body } }, async () => 'done');
  }
  app.get('/documented', { schema: { querystring: z.object({ a: z.string().optional() }) } }, async () => 'done');
  app.get('/passed', { config: { isPassedOn: true }, schema: { querystring: z.object({}) } }, async () => 'done');
  const placed = z.object({ id: z.coerce.number() });
  const parts = { params: placed, querystring: placed, headers: placed, body: placed };
  app.post('/placed/:id', { schema: parts }, async () => 'done');
  // Its own answer, without the name of an error.
  app.get('/bare/:status', async (request, reply) =>
    reply.code(Number((request.params as { status: string }).status)).send({ detail: 'as the contract has it' }),
  );
  app.get('/bare-named', async (_request, reply) => named(reply.code(404), 'run_unknown').send({}));
  app.get('/admin', { onRequest: requireRole(access, 'admin') }, async () => 'you are');
});
afterAll(() => app.close());

const fail = (url: string, error: Error, headers: Record<string, string> = {}) => {
  failing = () => {
    throw error;
  };
  return app.inject({ url, headers });
};

it.each([
  [new Away('a secret'), 503, 'database_away', '5', 'The database cannot be reached, try again in a few seconds'],
  [
    new FarAway('a secret'),
    507,
    'database_full',
    undefined,
    'The database has no room left on its disk: nothing was stored',
  ],
  [new RefusedError('not_found'), 404, 'not_found', undefined, 'Document not found'],
  [new RefusedError('job_ended', { state: 'done' }), 409, 'job_ended', undefined, 'The job has ended: done'],
  [new Error('a secret'), 500, 'internal_error', undefined, 'Internal Server Error'],
  [Object.assign(new Error('a secret'), { statusCode: 413 }), 413, 'body_too_large', undefined, /./],
])('answers %s by the first row that fits', async (error, status, code, retryAfter, detail) => {
  const contract = await fail('/contract', error, { 'accept-language': 'fr' });
  const { statusCode, headers } = contract;
  expect([statusCode, headers['x-error-code'], headers['retry-after']]).toEqual([status, code, retryAfter]);
  expect([headers['content-language'], headers.vary]).toEqual([undefined, 'Origin']);
  if (typeof detail === 'string') expect(contract.body).toBe(JSON.stringify({ detail }));
  const own = await fail('/own', error);
  expect([own.statusCode, own.headers['x-error-code'], own.json()]).toEqual([
    status,
    code,
    { detail: typeof detail === 'string' ? detail : expect.stringMatching(detail), code },
  ]);
});

it.each<[Error, unknown[]]>([
  [new Error('a secret'), [['error', 'internal_error']]],
  [new Away('a secret'), [['warn', 'database_away']]],
  [new FarAway('a secret'), [['error', 'database_full']]],
  [new RefusedError('internal_error'), []],
  [new RefusedError('database_away', {}, { cause: new Error('a secret') }), [['warn', 'database_away']]],
  [new RefusedError('not_found', {}, { cause: new Error('a secret') }), []],
  [Object.assign(new Error('a secret'), { statusCode: 413 }), []],
])('%s is logged when it is news: %j', async (error, lines) => {
  logged = [];
  await fail('/own', error);
  expect(logged).toEqual(lines);
});

it('tells a hint beside the detail, and the words of the contract to its routes only', async () => {
  const { en, fr, hint } = ERRORS.statistics_missing;
  const missing = new RefusedError('statistics_missing');
  expect((await fail('/contract', missing, { 'accept-language': 'fr' })).json()).toEqual({ detail: en, hint: hint.en });
  expect((await fail('/own', missing, { 'accept-language': 'fr' })).json()).toEqual({
    detail: fr,
    code: 'statistics_missing',
    hint: hint.fr,
  });
  const model = new RefusedError('model_missing');
  expect((await fail('/contract', model)).body).toBe('{"detail":"MLFlow Models error"}');
  expect((await fail('/own', model)).json()).toEqual({ detail: ERRORS.model_missing.en, code: 'model_missing' });
});

it.each([
  ['/nowhere', {}, 404, 'path_unknown'],
  ['/%zz', {}, 422, 'invalid_url'],
  [`/${'x'.repeat(9000)}`, {}, 414, 'url_too_long'],
  ['/bare/399', {}, 399, undefined],
  ['/bare/404', {}, 404, 'not_found'],
  ['/bare/418', {}, 418, undefined],
  ['/bare/500', {}, 500, 'internal_error'],
  ['/bare-named', {}, 404, 'run_unknown'],
  ['/admin', {}, 403, 'key_unknown'],
  ['/admin', { access_token: READER }, 403, 'role_needed'],
  ['/admin', { access_token: KEY }, 200, undefined],
])('names why %s is refused', async (url, headers, status, code) => {
  const response = await app.inject({ url, headers });
  expect([response.statusCode, response.headers['x-error-code']]).toEqual([status, code]);
});

it.each([
  ['/%zz', 'expected a path of percent-encoded UTF-8'],
  [`/placed/${'x'.repeat(301)}`, 'expected a shorter or simpler path'],
])('says what is wrong with the path %s', async (url, msg) => {
  const response = await app.inject({ url, method: 'POST' });
  expect([response.statusCode, response.json()]).toEqual([
    422,
    { detail: [{ loc: ['path'], msg, type: 'url_invalid' }] },
  ]);
});

it.each([
  ['path', 'x', '1', '1', '1'],
  ['body', '1', 'x', '1', '1'],
  ['query', '1', '1', 'x', '1'],
  ['header', '1', '1', '1', 'x'],
])('says that a fault is in the %s', async (where, path, body, query, header) => {
  const url = `/placed/${path}?id=${query}`;
  const asked = { url, method: 'POST', headers: { id: header }, body: { id: body } } as const;
  for (const language of LANGUAGES) {
    const response = await app.inject({ ...asked, headers: { ...asked.headers, 'accept-language': language } });
    const [{ loc, msg }] = response.json().detail;
    expect([response.statusCode, loc, msg]).toEqual([
      422,
      [where, 'id'],
      { en: 'Invalid input: expected number, received NaN', fr: 'Entrée invalide : nombre attendu, NaN reçu' }[
        language
      ],
    ]);
  }
});

it.each([
  ['/documented?b=1', 422],
  ['/documented?a=1', 200],
  // Whoever answers in the end knows its parameters.
  ['/passed?b=1', 200],
])('of parameters that are not known: %s is answered by %i', async (url, status) => {
  expect((await app.inject(url)).statusCode).toBe(status);
});

/** Bodies that cannot be read, each for its own reason. */
const UNREADABLE: readonly [type: keyof typeof FAULTS, headers: object, body: string][] = [
  ['json_invalid', {}, '{'],
  // A key that reaches for a prototype.
  ['json_invalid', {}, '{"__proto__": 1}'],
  ['missing', {}, ''],
  ['too_deep', {}, '['.repeat(65) + ']'.repeat(65)],
  ['media_type', { 'content-type': 'text/plain' }, 'mass'],
  ['encoding', { 'content-encoding': 'gzip' }, '{}'],
];

describe('the language', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['de', 'en'],
    ['de, *;q=0.1', 'en'],
    ['en', 'en'],
    ['en-GB,fr;q=0.9', 'en'],
    ['fr', 'fr'],
    ['FR', 'fr'],
    ['fr-FR,fr;q=0.9,en;q=0.8', 'fr'],
    ['fr-CA', 'fr'],
    ['de,fr;q=0.2', 'fr'],
    ['fr;q=0.5,en;q=0.6', 'en'],
    ['fr;q=0', 'en'],
    [';;q=,,=fr;q', 'en'],
    ['é\u0001\u00ff', 'en'],
    [','.repeat(5000), 'en'],
  ] as const)('that %s asks for is %s', async (asked, language) => {
    const headers = asked === undefined ? {} : { 'accept-language': asked };
    const response = await fail('/own', new RefusedError('not_found'), { ...headers, origin: 'https://a.example' });
    expect(response.json()).toEqual({ detail: ERRORS.not_found[language], code: 'not_found' });
    expect(response.headers['content-language']).toBe(language);
    expect(response.headers.vary).toBe('Origin, accept-language');
  });

  it.each([
    ['en', ['expected a cost in Pts', 'Invalid input: expected number, received string']],
    ['fr', ['attendu : un coût en Pts', 'Entrée invalide : nombre attendu, chaîne de caractères reçu']],
  ])('%s is that of what schemas say, and of nobody else', async (language, messages) => {
    const post = (url: string) =>
      app.inject({ url, method: 'POST', headers: { 'accept-language': language }, body: { mass: 'x', cost: 'y' } });
    const [cost, mass] = messages;
    const own = await post('/own');
    expect([own.statusCode, own.json()]).toEqual([
      422,
      {
        detail: [
          { loc: ['body', 'mass'], msg: mass, type: 'invalid_type' },
          { loc: ['body', 'cost'], msg: cost, type: 'invalid_type' },
        ],
        code: 'invalid_request',
      },
    ]);
    expect(own.headers['content-language']).toBe(language);
    expect((await post('/contract')).json()).toEqual({
      detail: [
        { loc: ['body', 'mass'], msg: 'Invalid input: expected number, received string', type: 'invalid_type' },
        { loc: ['body', 'cost'], msg: 'expected a cost in Pts', type: 'invalid_type' },
      ],
    });
  });

  it.each(LANGUAGES)(
    '%s is that of bodies that cannot be read, and of parameters that are not known',
    async (language) => {
      const headers = { 'accept-language': language, 'content-type': 'application/json' };
      for (const [type, given, body] of UNREADABLE) {
        const unreadable = await app.inject({ url: '/own', method: 'POST', headers: { ...headers, ...given }, body });
        const detail = [{ loc: ['body'], msg: FAULTS[type][language], type }];
        expect(unreadable.json()).toEqual({ detail, code: 'invalid_request' });
      }
      const unknown = await app.inject({ url: '/documented?b=1', headers });
      const msg = FAULTS.unknown_parameter[language].replace('{known}', 'a');
      expect(unknown.json().detail).toEqual([{ loc: ['query', 'b'], msg, type: 'unknown_parameter' }]);
    },
  );
});

/** Words that stand in texts of one language only. */
const ENGLISH = /\b(the|is|are|expected|received|try|again|of|too|this|not)\b/i;
const FRENCH = /[éèàçêùœ«»’]|\b(le|la|les|une?|est|attendu|réessayez|trop|de|des)\b/i;
const WORDS: readonly (readonly [string, Words])[] = [
  ...Object.entries(ERRORS),
  ...Object.entries(ERRORS).flatMap(([code, row]) => ('hint' in row ? [[`${code}.hint`, row.hint] as const] : [])),
  ...Object.entries(FAULTS),
];

describe('every text', () => {
  it.each(WORDS)('%s is there in both languages, neither of which has words of the other', (_code, { en, fr }) => {
    expect(fr).not.toBe(en);
    expect(en).not.toMatch(FRENCH);
    expect(fr.replace(/« .*? »/g, '')).not.toMatch(ENGLISH);
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(places(fr)).toEqual(places(en));
  });

  it.each(Object.entries(ERRORS))('%s is answered with its code, its status and its words', async (code, row) => {
    for (const language of LANGUAGES) {
      const response = await fail('/own', new RefusedError(code as ErrorCode), { 'accept-language': language });
      expect([response.statusCode, response.headers['x-error-code']]).toEqual([row.status, code]);
      expect(response.json()).toMatchObject({ detail: row[language], code });
    }
  });
});
