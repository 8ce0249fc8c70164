import { Agent, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openAccess } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';

const access = openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' });
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let app: HttpService;
beforeAll(async () => {
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  app = await createHttpService({ logger, title: 'test', description: 'test', access });
  const echo = async (request: { body: unknown }) => ({ body: request.body ?? null });
  app.route({ method: ['DELETE', 'POST', 'GET'], url: '/bodyless', handler: echo });
  app.post('/needed', { schema: { body: z.object({ a: z.string() }) } }, echo);
  app.post('/many', { schema: { body: z.array(z.string()) } }, echo);
  app.post('/optional', { schema: { body: z.object({ a: z.string() }).nullish() } }, echo);
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/x-ndjson', (_request, body, done) => done(null, body));
    const schema = { body: { content: { 'application/x-ndjson': { schema: z.unknown() } } } };
    scope.post('/streamed', { schema }, async (request) => ({ length: (await text(request.body as Readable)).length }));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  agent.destroy();
  await app.close();
  await access.close();
});

type Headers = Record<string, string>;

/** All requests share one connection: an answer that leaves bytes of its request behind spoils the next one. */
async function send(method: string, path: string, given: Headers = {}, body?: string | Buffer) {
  const { port } = app.server.address() as AddressInfo;
  // Left to itself, the client gives the bodies of some methods no length.
  const length = body !== undefined && !('transfer-encoding' in given) && { 'content-length': Buffer.byteLength(body) };
  const headers = { ...given, ...length };
  return new Promise<{ status: number; headers: object; answer: unknown }>((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', method, path, headers, agent }, (answer) => {
      const { statusCode: status = 0 } = answer;
      json(answer).then((read) => resolve({ status, headers: answer.headers, answer: read }), reject);
    });
    sent.on('error', reject).end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const NEEDLESS: [what: string, headers: Headers, body?: string][] = [
  ['no body, a JSON type', JSON_TYPE],
  ['no body, length 0', { ...JSON_TYPE, 'content-length': '0' }],
  ['no body, an unreadable type', { 'content-type': ';;' }],
  ['a broken body', JSON_TYPE, '{'],
  ['a broken body in chunks', { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, '{"a":'],
  ['a body without a type', {}, 'x'],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1'],
  ['a body that is not compressed as it says', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}'],
  ['an unknown encoding', { ...JSON_TYPE, 'content-encoding': 'zstd' }, '{}'],
  ['a body beyond every limit', JSON_TYPE, 'x'.repeat(3_000_000)],
];

describe('a route without a body', () => {
  const asked = NEEDLESS.flatMap(([what, headers, body]) =>
    ['DELETE', 'POST', 'GET'].map((method) => ({ method, what, headers, body })),
  );
  it.each(asked)('answers $method whatever comes with it: $what', async ({ method, headers, body }) => {
    expect(await send(method, '/bodyless', headers, body)).toMatchObject({ status: 200, answer: { body: null } });
  });

  it('that is nobody’s is not found, whatever comes with it', async () => {
    expect(await send('POST', '/nowhere', JSON_TYPE, '{')).toMatchObject({ status: 404 });
    expect(await send('OPTIONS', '/bodyless', JSON_TYPE, '{')).toMatchObject({ status: 405 });
  });
});

describe('an optional body', () => {
  it.each(NEEDLESS.filter(([, , body]) => body === undefined))('may be left away: %s', async (_what, headers) => {
    expect(await send('POST', '/optional', headers)).toMatchObject({ status: 200, answer: { body: null } });
  });

  it('is read when it comes', async () => {
    expect((await send('POST', '/optional', JSON_TYPE, '{"a":"b"}')).answer).toEqual({ body: { a: 'b' } });
    expect(await send('POST', '/optional', JSON_TYPE, '{')).toMatchObject({ status: 422 });
  });
});

it.each([
  'application/vnd.api+json',
  'application/merge-patch+json; charset=utf-8',
  'Application/JSON',
  'application/json;x',
])('%s is JSON', async (type) => {
  expect((await send('POST', '/needed', { 'content-type': type }, '{"a":"b"}')).answer).toEqual({ body: { a: 'b' } });
});

it.each(['text/plain', 'application/jsonp', 'text/json+x', 'application/+json'])('%s is not', async (type) => {
  expect(await send('POST', '/needed', { 'content-type': type }, '{"a":"b"}')).toMatchObject({ status: 422 });
});

describe('a compressed body', () => {
  const compressed = (encoding: string) => ({ ...JSON_TYPE, 'content-encoding': encoding });
  const BODY = '{"a":"b"}';

  it.each([
    ['gzip', gzipSync(BODY)],
    ['GZIP', gzipSync(BODY)],
    ['x-gzip', gzipSync(BODY)],
    ['deflate', deflateSync(BODY)],
    ['br', brotliCompressSync(BODY)],
    ['identity', Buffer.from(BODY)],
  ])('is inflated: %s', async (encoding, body) => {
    const { answer } = await send('POST', '/needed', compressed(encoding), body);
    expect(answer).toEqual({ body: { a: 'b' } });
    const chunked = await send('POST', '/needed', { ...compressed(encoding), 'transfer-encoding': 'chunked' }, body);
    expect(chunked.answer).toEqual({ body: { a: 'b' } });
  });

  const FAST_GZIP = { level: 1 };
  const FAST_BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  it.each(['gzip', 'br'] as const)('that would be huge is refused: %s', async (encoding) => {
    const huge = Buffer.alloc(50_000_000, ' ');
    const bomb = encoding === 'gzip' ? gzipSync(huge, FAST_GZIP) : brotliCompressSync(huge, FAST_BROTLI);
    expect(bomb.length).toBeLessThan(300_000);
    expect(await send('POST', '/needed', compressed(encoding), bomb)).toMatchObject({ status: 413 });
    expect(await send('POST', '/needed', JSON_TYPE, BODY)).toMatchObject({ status: 200 });
  });

  it.each([
    ['no gzip at all', Buffer.from(BODY)],
    ['cut short', gzipSync(BODY).subarray(0, 20)],
    ['with something behind it', Buffer.concat([gzipSync(BODY), Buffer.from('x')])],
  ])('that is broken is invalid: %s', async (_what, body) => {
    const { status, answer } = await send('POST', '/needed', compressed('gzip'), body);
    expect([status, answer]).toEqual([
      422,
      { detail: [expect.objectContaining({ loc: ['body'] })], code: 'invalid_request' },
    ]);
  });

  it.each(['zstd', 'gzip, br', '', '__proto__'])('in another encoding is refused by name: %j', async (encoding) => {
    const { status, answer, headers } = await send('POST', '/needed', compressed(encoding), gzipSync(BODY));
    expect([status, answer]).toEqual([
      415,
      { detail: expect.stringContaining('content-encoding'), code: 'content_encoding_unknown' },
    ]);
    expect(headers).toMatchObject({ 'accept-encoding': 'gzip, deflate, br' });
  });

  it('is inflated too where it is read as a stream', async () => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' };
    const { answer } = await send('POST', '/streamed', headers, gzipSync('{}\n'.repeat(1000)));
    expect(answer).toEqual({ length: 3000 });
  });

  it('names the first faults of a body that has very many', async () => {
    const body = JSON.stringify(Array(20_000).fill(1));
    const { status, answer } = await send('POST', '/many', { 'content-type': 'application/json' }, body);
    const { detail } = answer as { detail: { loc: unknown[] }[] };
    expect([status, detail.length, detail[0]?.loc]).toEqual([422, 100, ['body', 0]]);
  });

  it('is not looked through for faults where a list in it is too long', async () => {
    const list = Array(10_001).fill(1);
    for (const body of [{ a: list }, [{ a: list }]]) {
      const { status, answer } = await send(
        'POST',
        '/needed',
        { 'content-type': 'application/json' },
        JSON.stringify(body),
      );
      expect([status, answer]).toEqual([
        422,
        { detail: [expect.objectContaining({ loc: ['body'], type: 'too_deep' })], code: 'invalid_request' },
      ]);
    }
  });
});
