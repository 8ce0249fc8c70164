import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ConflictError,
  createHttpService,
  DocumentNotFoundError,
  type HttpService,
  isA,
  openAccess,
  requireRole,
} from './index.js';

class Away extends Error {}
class FarAway extends Away {}

const KEY = 'a-key-of-the-tests-0123456789';
const READER = 'a-reader-of-the-tests-0123456789';
const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
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
      { when: isA(FarAway), status: 507, code: 'far_away', detail: 'Far away' },
      { when: isA(Away), status: 503, code: 'away', retryAfter: 7 },
    ],
  });
  app.get('/', async () => failing());
  app.get('/admin', { onRequest: requireRole(access, 'admin') }, async () => 'you are');
});
afterAll(() => app.close());

it.each([
  [new Away('Away for a while'), 503, 'away', '7', 'Away for a while'],
  [new FarAway('a secret'), 507, 'far_away', undefined, 'Far away'],
  [new DocumentNotFoundError(), 404, 'not_found', undefined, 'Document not found'],
  [new ConflictError('It has ended'), 409, 'conflict', undefined, 'It has ended'],
  [new Error('a secret'), 500, 'internal_error', undefined, 'Internal Server Error'],
])('answers %s by the first row that fits', async (error, status, code, retryAfter, detail) => {
  failing = () => {
    throw error;
  };
  const { statusCode, headers, body } = await app.inject('/');
  expect([statusCode, headers['x-error-code'], headers['retry-after']]).toEqual([status, code, retryAfter]);
  expect(body).toBe(JSON.stringify({ detail }));
});

it.each([
  ['/nowhere', {}, 404, 'not_found'],
  ['/%zz', {}, 422, 'invalid_url'],
  [`/${'x'.repeat(9000)}`, {}, 414, 'url_too_long'],
  ['/admin', {}, 403, 'key_unknown'],
  ['/admin', { access_token: READER }, 403, 'role_needed'],
  ['/admin', { access_token: KEY }, 200, undefined],
])('names why %s is refused', async (url, headers, status, code) => {
  const response = await app.inject({ url, headers });
  expect([response.statusCode, response.headers['x-error-code']]).toEqual([status, code]);
});
