import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { openAccess, requireRole } from './access.js';
import { createHttpService } from './http-service.js';
import type { HttpService } from './http-service-type.js';

const access = openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' });
let app: HttpService;
let written = 0;
beforeAll(async () => {
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  app = await createHttpService({ logger, title: 'test', description: 'test', access });
  const schema = { body: z.object({}) };
  app.post('/open', { schema }, async () => {
    written += 1;
    return {};
  });
  app.post('/closed', { schema, onRequest: requireRole(access, 'writer') }, async () => ({}));
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await access.close();
});

/** More than the buffers of both ends hold. */
const MUCH = 'x'.repeat(12_000_000);
const POST = (path: string, ...headers: string[]) =>
  [`POST ${path} HTTP/1.1`, 'host: test', 'content-type: application/json', ...headers, '', ''].join('\r\n');
const ofLength = (body: string) => `content-length: ${body.length}`;

/** Sends all of a request before it looks for an answer, as simple clients do; rejects when the connection is reset. */
async function answerTo(request: string): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => socket.on('error', reject).write(request, () => resolve()));
  socket.end();
  return text(socket);
}

it.each([
  ['a body that is too large', 413, POST('/open', ofLength(MUCH)) + MUCH],
  [
    'a body in chunks that is too large',
    413,
    `${POST('/open', 'transfer-encoding: chunked')}b71b00\r\n${MUCH}\r\n0\r\n\r\n`,
  ],
  ['headers that are too large', 431, POST('/open', `long: ${MUCH}`)],
  ['a body behind a wrong key', 403, POST('/closed', ofLength(MUCH), 'connection: close') + MUCH],
  [
    'a body behind a URL that is too long',
    414,
    POST(`/open?${'x'.repeat(9000)}`, ofLength(MUCH), 'connection: close') + MUCH,
  ],
  ['what is no HTTP', 400, `what?\r\n\r\n${MUCH}`],
])('%s: the answer is heard by a client that sends everything first', async (_what, status, request) => {
  const answer = await answerTo(request);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\r\n\r\n\\{"detail":"[^"]+"(,"code":"[a-z_]+")?\\}$`));
});

it('acts on nothing that comes after the last answer of a connection', async () => {
  const before = written;
  const next = `${POST('/open', ofLength('{}'))}{}`;
  expect(await answerTo(POST('/open', ofLength(MUCH)) + MUCH + next)).toMatch(/^HTTP\/1\.1 413 /);
  expect(await answerTo(`what?\r\n\r\n${MUCH}${next}`)).toMatch(/^HTTP\/1\.1 400 /);
  expect(written).toBe(before);
  expect(await answerTo(next)).toMatch(/^HTTP\/1\.1 200 /);
});

it('ends the connection of a client that does not, after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { port } = app.server.address() as AddressInfo;
    const accepted = once(app.server, 'connection');
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).write('what?\r\n\r\n');
    const [inside] = await accepted;
    await once(socket.resume(), 'end');
    vi.advanceTimersByTime(4999);
    expect(inside.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(inside.destroyed).toBe(true);
    socket.destroy();
  } finally {
    vi.useRealTimers();
  }
});
