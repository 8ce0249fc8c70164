import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createHttpService, type HttpService, openAccess } from '@ecobalyse/http-kit';
import type { AuditLine } from '@ecobalyse/schema';
import { createLogger } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orchestratorRoutes } from './orchestrator.js';

const KEY = 'a-key-of-the-tests-0123456789';
let server: Server;
let app: HttpService;
/** What came, and how it is answered. */
let heard: { line: string; headers: IncomingMessage['headers']; body: string }[] = [];
let respond: (response: ServerResponse) => unknown;
let audit: AuditLine[] = [];
const access = openAccess({ apiKey: KEY, apiKeyName: 'access_token' });

beforeAll(async () => {
  server = createServer(async (request, response) => {
    heard.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: await text(request) });
    respond(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
  const keepAudit = (line: AuditLine) => void audit.push(line);
  app = await createHttpService({ logger, title: 'test', description: 'test', access, failures: [], keepAudit });
  const { port } = server.address() as AddressInfo;
  await app.register(orchestratorRoutes({ access, orchestratorUrl: `http://127.0.0.1:${port}` }, 200));
});
afterAll(async () => {
  await app.close();
  server.closeAllConnections();
  server.close();
});

const ask = (method: 'GET' | 'POST', url: string, payload?: object, headers: Record<string, string> = {}) => {
  [heard, audit] = [[], []];
  return app.inject({ method, url, headers: { access_token: KEY, ...headers }, ...(payload && { payload }) });
};

it.each<['GET' | 'POST', string, object?]>([
  ['GET', '/pipelines'],
  ['GET', '/pipelines/ecobalyse'],
  ['POST', '/pipelines/ecobalyse/runs', { parameters: { limit: 3 } }],
  ['POST', '/pipelines/ecobalyse/pause'],
  ['POST', '/pipelines/ecobalyse/resume'],
  ['GET', '/runs?pipeline=ecobalyse&state=failed&before=2026-01-01T00:00:00Z&limit=3'],
  ['GET', '/runs/repeat:ecobalyse:1'],
  ['GET', '/runs/one/events'],
  ['POST', '/runs/one/retry'],
  ['POST', '/runs/one/cancel'],
  ['GET', '/health/ready'],
])('%s %s is passed on as it came, and so is its answer', async (method, url, body) => {
  respond = (response) => response.writeHead(418, { 'content-type': 'application/json', 'x-y': 'z' }).end('{"a":1}');
  const answer = await ask(method, `/orchestrator${url}`, body, { cookie: 'a=b', 'last-event-id': '7' });
  expect([answer.statusCode, answer.headers['x-y'], answer.body]).toEqual([418, 'z', '{"a":1}']);
  expect(heard.map(({ line }) => decodeURIComponent(line))).toEqual([`${method} ${url}`]);
  expect(heard[0]?.body).toBe(body ? JSON.stringify(body) : '');
  const { cookie, access_token, 'x-request-id': id, 'last-event-id': last } = heard[0]?.headers ?? {};
  expect([cookie, access_token, last]).toEqual([undefined, KEY, '7']);
  expect(id).toBe(answer.headers['x-request-id']);
});

it.each<[what: string, status: number, code: string, (response: ServerResponse) => unknown]>([
  ['hangs up', 502, 'orchestrator_away', (response) => response.socket?.destroy()],
  ['does not answer', 504, 'orchestrator_slow', () => undefined],
])(
  'a request to an orchestrator that %s may have had its effect: it is not sent again',
  async (_w, status, code, does) => {
    respond = does;
    for (const [method, url] of [
      ['GET', '/orchestrator/runs'],
      ['POST', '/orchestrator/pipelines/ecobalyse/runs'],
    ] as const) {
      const answer = await ask(method, url);
      expect([answer.statusCode, answer.json().code, heard.length]).toEqual([status, code, 1]);
    }
  },
);

it.each<[what: string, status: number, (response: ServerResponse) => unknown]>([
  ['is done', 202, (response) => response.writeHead(202).end('{}')],
  ['may have been done', 504, () => undefined],
])('a write that %s stands in the audit once: the API vouches for its line', async (_what, status, does) => {
  respond = does;
  const forged = { 'x-request-id': 'mine', 'x-passed-on': 'true' };
  expect((await ask('POST', '/orchestrator/pipelines/ecobalyse/pause', undefined, forged)).statusCode).toBe(status);
  const { 'x-request-id': id, 'x-passed-on': said } = heard[0]?.headers ?? {};
  expect([id, access.isVouched('mine', said), access.isVouched('yours', said)]).toEqual(['mine', true, false]);
  expect(audit).toMatchObject([
    { key: 'API_KEY', route: '/orchestrator/pipelines/:name/pause', subject: 'ecobalyse', status, request_id: 'mine' },
  ]);
});
