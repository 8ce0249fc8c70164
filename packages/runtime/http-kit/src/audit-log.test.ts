import type { AuditLine, Role } from '@ecobalyse/schema';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { expect, it, onTestFinished, vi } from 'vitest';
import { auditWrites, PASSED_ON_HEADER } from './audit-log.js';

const NOW = '2026-01-02T03:04:05.678Z';

/** A request of a key to a route, and what was logged and kept of it. */
async function audited(
  options: {
    method?: string;
    url?: string;
    needed?: Role;
    caller?: Partial<FastifyRequest['caller']>;
    status?: number;
  },
  more: { subject?: string; headers?: Record<string, string>; keeps?: boolean } = {},
) {
  const {
    method = 'POST',
    url = '/things/a',
    needed,
    caller = { name: 'bot', role: 'writer' },
    status = 200,
  } = options;
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) });
  onTestFinished(() => void vi.useRealTimers());
  const logged: unknown[] = [];
  const kept: AuditLine[] = [];
  const app = fastify({ genReqId: () => 'id' });
  const vouched = { isVouched: (id: string, by: unknown) => id === 'id' && by === 'of ours' };
  auditWrites(app, vouched as never, more.keeps === false ? undefined : (line) => kept.push(line));
  app.addHook('onRequest', (request, _reply, done) => {
    Object.assign(request, {
      neededRole: needed,
      caller,
      ...(more.subject !== undefined && { subject: more.subject }),
    });
    vi.spyOn(request.log, 'info').mockImplementation((...words: unknown[]) => {
      // Fastify logs requests, too.
      if (words[1] === 'write') logged.push(words);
    });
    done();
  });
  const handler = async (_request: unknown, reply: FastifyReply) => reply.code(status).send('');
  for (const path of ['/things/:id', '/things/:id/parts/:part', '/find'])
    app.route({ method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'], url: path, handler });
  await app.inject({ method: method as 'GET', url, headers: more.headers ?? {} });
  await app.close();
  return { logged, kept };
}

it('logs and keeps who wrote what, and what became of it', async () => {
  const { logged, kept } = await audited({ needed: 'writer', status: 201 });
  const who = { key: 'bot', role: 'writer', address: '127.0.0.1', method: 'POST', route: '/things/:id', status: 201 };
  expect(logged).toEqual([[{ audit: { ...who, subject: 'a' } }, 'write']]);
  expect(kept).toEqual([{ ...who, subject: 'a', at: NOW, request_id: 'id' }]);
});

it('knows nobody who came without a key', async () => {
  const { kept } = await audited({ needed: 'admin', caller: undefined as never, status: 401 });
  expect(kept).toMatchObject([{ key: 'bot', role: 'writer', status: 401 }]);
  const [line] = (await audited({ needed: 'admin', caller: null as never, status: 401 })).kept;
  expect(line).toMatchObject({ key: null, role: null, status: 401 });
});

it.each<[what: string, Parameters<typeof audited>[0], subject: string | undefined, isWrite: boolean]>([
  ['a write', { needed: 'writer' }, undefined, true],
  ['a write of an admin', { needed: 'admin', method: 'DELETE' }, undefined, true],
  ['a read that a role may', { needed: 'admin', method: 'GET' }, undefined, false],
  ['the head of one', { needed: 'admin', method: 'HEAD', status: 399 }, undefined, false],
  ['a read that was refused', { needed: 'admin', method: 'GET', status: 400 }, undefined, true],
  ['what every reader may', { needed: 'reader' }, undefined, false],
  ['what everybody may', {}, undefined, false],
  ['what names its subject', { method: 'GET' }, 'mine', true],
])('%s is told from others: %j', async (_what, options, subject, isWrite) => {
  const { logged, kept } = await audited(options, subject === undefined ? {} : { subject });
  expect([logged.length, kept.length]).toEqual(isWrite ? [1, 1] : [0, 0]);
});

it.each([
  ['/things/a/parts/b', undefined, 'a/b'],
  ['/things/a?md5_id=m', undefined, 'a'],
  ['/find?md5_id=m', undefined, 'm'],
  ['/find?md5_id=m&md5_id=n', undefined, null],
  ['/find', undefined, null],
  ['/things/a', 'mine', 'mine'],
  ['/things/a', '', ''],
  [`/find?md5_id=${'m'.repeat(201)}`, undefined, 'm'.repeat(200)],
])('%.40s, of which its handler says %s, is about %.9s', async (url, subject, about) => {
  const { kept } = await audited({ url, needed: 'writer' }, subject === undefined ? {} : { subject });
  expect(kept.map((line) => line.subject)).toEqual([about]);
});

it('logs, and does not keep, what another of our services has passed on', async () => {
  expect(PASSED_ON_HEADER).toBe('x-passed-on');
  const passed = async (by: string) => {
    const { logged, kept } = await audited({ needed: 'writer' }, { headers: { [PASSED_ON_HEADER]: by } });
    return [logged.length, kept.length];
  };
  expect([await passed('of ours'), await passed('a stranger')]).toEqual([
    [1, 0],
    [1, 1],
  ]);
  expect((await audited({ needed: 'writer' }, { keeps: false })).logged).toHaveLength(1);
});
