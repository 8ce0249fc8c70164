import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { EXAMPLE_PRODUCT } from '@ecobalyse/schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedApi, startFixedApi } from './testing/fixed-api.js';
import { fixedDocuments } from './testing/fixed-documents.js';
import { COMMITTED } from './testing/openapi-document.js';

/**
 * Hostile requests over HTTP against every documented route of the running API, the same ones each time: never a 5xx, never
 * a word about internals, and nothing that others stored is changed.
 */

const SEED = 20_261_123;
const RUNS = 30;
const AT_ONCE = 8;

let api: FixedApi;
let routes: { method: string; path: string }[];
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

interface Answer {
  status: number;
  type: string;
  body: string;
}
interface Hostile {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

async function send({ method, path, headers, body }: Hostile): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${api.url}/`,
      { method, path, agent, headers: { access_token: api.key, ...headers }, timeout: 60_000 },
      (answer) => {
        text(answer).then(
          (read) => resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body: read }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path.slice(0, 200)}`)));
    sent.end(body);
  });
}

const INTERNALS =
  /node_modules|\.(?:ts|js):\d+|at async |MongoServer|MongoError|MongoInvalid|BSON|ReplyError|ECONNREFUSED|__proto__ of/;

function expectHarmless(hostile: Hostile, { status, type, body }: Answer): void {
  const shown = `${hostile.method} ${hostile.path.slice(0, 300)} ${String(hostile.body ?? '').slice(0, 300)}`;
  expect(status, `${shown}: ${body.slice(0, 300)}`).toBeLessThan(500);
  expect(status, shown).toBeGreaterThanOrEqual(200);
  if (status < 400) return;
  expect(type, shown).toMatch(/^application\/json/);
  // What was sent may be named again, so only the rest of the answer is looked at.
  expect(body.slice(0, 5000), shown).not.toMatch(INTERNALS);
  const refusal = JSON.parse(body) as { detail?: unknown };
  expect(refusal.detail, shown).toBeDefined();
  if (status === 422 && Array.isArray(refusal.detail)) {
    for (const { loc, msg } of refusal.detail as { loc: unknown[]; msg: string }[]) {
      expect(loc[0], shown).toMatch(/^(body|query|path|header)$/);
      expect(msg, shown).not.toBe('');
    }
  }
}

/** What is there before must be there, unchanged, afterwards. */
async function stored(): Promise<string[]> {
  const answers = [];
  for (const { md5_id } of fixedDocuments()) {
    const { status, body } = await send({ method: 'GET', path: `/product/by-id/${md5_id}` });
    expect(status).toBe(200);
    answers.push(body);
  }
  return answers;
}

beforeAll(async () => {
  api = await startFixedApi();
  routes = Object.entries(COMMITTED.paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      // What needs the orchestrator answers 502 without one, rightly.
      .filter(() => !path.startsWith('/orchestrator'))
      .map((method) => ({ method: method.toUpperCase(), path })),
  );
}, 180_000);
afterAll(async () => {
  agent.destroy();
  await api.close();
});

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Halves of characters as well. Fast-check's own unit of all characters takes a second and 120 MB. */
const anyCharacter = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));

/** Values that have broken programs before, as JSON texts. */
const hostileJson = fc.oneof(
  fc.constantFrom(
    ...['{"$ne":null}', '{"$gt":""}', '{"$where":"while(true){}"}', '{"$regex":".*"}', '{"$function":{"body":"x"}}'],
    ...['{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', '{"toString":1}'],
    ...[
      '[]',
      '{}',
      'null',
      'true',
      '""',
      '"$where"',
      '"\\u0000"',
      '"a\\u0000b"',
      '"\\ud800"',
      '"__proto__"',
      '[[[[]]]]',
    ],
    ...['1e308', '-1e308', '1e999', '9007199254740993', '-0', '5e-324', '123456789012345678901234567890'],
  ),
  fc.integer({ min: 1000, max: 60_000 }).map((length) => JSON.stringify('x'.repeat(length))),
  fc.integer({ min: 100, max: 5000 }).map(deep),
  fc.integer({ min: 100, max: 5000 }).map(deepObject),
  fc.json({ maxDepth: 4 }),
  fc.string({ unit: anyCharacter, maxLength: 40 }).map((value) => JSON.stringify(value)),
);

const hostileText = fc.oneof(
  fc.constantFrom(
    ...[
      '$where',
      '{"$ne":null}',
      '[$ne]',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '..',
      '.',
      '../..',
    ],
    ...[
      '%00',
      'a%00b',
      '%ff',
      '%c3%28',
      '%ed%a0%80',
      '%',
      '%2e%2e%2f',
      '%24ne',
      '*',
      '.*',
      '(a+)+$',
      '-',
      ',',
      ',,,',
      '0',
      '-1',
    ],
    ...[
      '1e308',
      'NaN',
      'Infinity',
      '9'.repeat(400),
      'x'.repeat(5000),
      '%F0%9F%A7%A5'.repeat(40),
      'null',
      'undefined',
      ' ',
    ],
  ),
  fc.string({ unit: anyCharacter, maxLength: 30 }).map((value) => {
    try {
      return encodeURIComponent(value);
    } catch {
      return '%ed%a0%80';
    }
  }),
);

const PARAMETERS = [
  ...[
    'nb_doc',
    'md5_id',
    'product_id',
    'impact_type',
    'limit',
    'offset',
    'sort',
    'fields',
    'material',
    'country',
    'process',
  ],
  ...['product', 'q', 'by', 'bins', 'impact', 'min_ecs', 'max_mass', 'scenario', 'name', 'country_making'],
];
const parameter = fc
  .tuple(
    fc.constantFrom(...PARAMETERS),
    fc.constantFrom('', '', '', '[$ne]', '[]', '[__proto__]', '.$gt', '[constructor][prototype]'),
    hostileText,
  )
  .map(([name, suffix, value]) => `${name}${suffix}=${value}`);
const query = fc.oneof(
  fc.array(parameter, { maxLength: 4 }).map((parameters) => parameters.join('&')),
  fc.constantFrom(
    '__proto__[polluted]=1',
    'constructor.prototype.polluted=1',
    'md5_id[$ne]=',
    '&&&===',
    '?',
    '%00=%00',
  ),
);

const FIELDS = [
  ...Object.keys(EXAMPLE_PRODUCT),
  'trims',
  'printing',
  'business',
  'yarnSize',
  'ProductId',
  'Mass',
  '$where',
];
const body = fc.oneof(
  hostileJson,
  // A good product but for one field.
  fc.tuple(fc.constantFrom(...FIELDS), hostileJson).map(([field, value]) => {
    const rest = Object.entries(EXAMPLE_PRODUCT).filter(([name]) => name !== field);
    const parts = rest.map(([name, good]) => `${JSON.stringify(name)}:${JSON.stringify(good)}`);
    return `{${[...parts, `${JSON.stringify(field)}:${value}`].join(',')}}`;
  }),
  hostileJson.map((value) => `[${value},${JSON.stringify(EXAMPLE_PRODUCT)}]`),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  fc.constantFrom('', '{', '{"mass":', '{"__proto__":1,"mass":0.1}', '[1,', 'nul', '\u0000'),
);

const TYPES = [
  'application/json',
  'application/json',
  'application/json',
  'application/x-ndjson',
  'text/csv',
  'text/plain',
  'x/y',
  ';;',
];
const request = fc
  .record({
    route: fc.nat(),
    texts: fc.array(hostileText, { minLength: 3, maxLength: 3 }),
    known: fc.constantFrom('tshirt', 'countries', '1'),
    isKnown: fc.boolean(),
    query,
    body: fc.option(body, { nil: undefined }),
    type: fc.constantFrom(...TYPES),
    encoding: fc.constantFrom(undefined, undefined, undefined, 'gzip', 'br', 'zstd', '__proto__'),
    match: fc.option(hostileText, { nil: undefined }),
  })
  .map(({ route, texts, known, isKnown, query: asked, body: sent, type, encoding, match }): Hostile => {
    const { method, path } = routes[route % routes.length] as { method: string; path: string };
    let at = 0;
    const filled = path.replace(/\{\w+\}/g, () => (isKnown ? known : encodeSpaces(texts[at++] ?? '')));
    const carries = method !== 'GET' && sent !== undefined;
    return {
      method,
      path: encodeSpaces(`${filled}${asked && `?${asked}`}`),
      headers: {
        ...(carries && { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) }),
        ...(match !== undefined && { 'if-none-match': match }),
      },
      ...(carries && { body: sent }),
    };
  });
const encodeSpaces = (path: string) => path.replaceAll(' ', '%20');

describe('hostile requests', () => {
  it('are answered without 5xx and internals, and change nothing that others stored', async () => {
    const before = await stored();
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
        const answers = await Promise.all(requests.map(send));
        for (const [at, answer] of answers.entries()) expectHarmless(requests[at] as Hostile, answer);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expect(await stored()).toEqual(before);
    // A polluted prototype would show in every object that is made from now on.
    const { body: me } = await send({ method: 'GET', path: '/me' });
    expect(me).toBe('{"name":"API_KEY","role":"admin"}');
  }, 120_000);

  it.each(['md5_id[$ne]=x', 'md5_id[$gt]=', 'md5_id={"$ne":null}', 'md5_id=a&md5_id=b', 'md5_id[]=x', 'md5_id.$ne=x'])(
    'DELETE /product?%s deletes nothing',
    async (asked) => {
      const before = await stored();
      const { status } = await send({ method: 'DELETE', path: `/product?${encodeURI(asked)}` });
      expect([404, 422]).toContain(status);
      expect(await stored()).toEqual(before);
    },
  );

  it.each([
    ['no request', 'what?\r\n\r\n', 400],
    ['NUL in a header', 'GET / HTTP/1.1\r\nhost: x\r\na: \0\r\n\r\n', 400],
    ['two lengths', 'POST /product HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'length and chunks',
      'POST /product HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a bare line feed in a header', 'GET / HTTP/1.1\r\nhost: x\r\na: b\nc: d\r\n\r\n', 400],
    [
      'bytes of a path that are no UTF-8',
      Buffer.from('GET /product/\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 'latin1'),
      403,
    ],
    ['huge headers', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ] as const)('on a bare socket are refused: %s', async (_, sent, status) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.end(sent);
    const answer = await text(socket);
    const first = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
    expect(answer).not.toMatch(INTERNALS);
    expect([status, 422, 400]).toContain(first);
  });

  it('refuses a body that is too long by its length, before any of it has come', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = ['POST /product HTTP/1.1', 'host: x', `access_token: ${api.key}`, 'content-type: application/json'];
    socket.write(`${[...head, 'content-length: 400000'].join('\r\n')}\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({ detail: expect.any(String) });
  });
});
