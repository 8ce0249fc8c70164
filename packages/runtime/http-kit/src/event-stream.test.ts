import { connect, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { createLogger } from '@ecobalyse/service-kit';
import { holdPauses, waitUntil } from '@ecobalyse/test-servers';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createHttpService, type HttpService, openAccess, openEventStreams } from './index.js';

const logger = createLogger('test', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
const MAX_STREAMS = 3;
const POLL_MS = 20;

let app: HttpService;
let address: string;
let subject: { n: number; text: string; over: boolean };
/** How often the database was looked at, and how often an event was made. */
let reads: number;
let views: number;
let onRead: () => void;

beforeEach(async () => {
  subject = { n: 0, text: '', over: false };
  [reads, views, onRead] = [0, 0, () => undefined];
  const access = openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' });
  app = await createHttpService({ logger, title: 'test', description: 'test', access });
  const follow = openEventStreams<typeof subject>(app as never, {
    async read() {
      reads += 1;
      onRead();
      return { ...subject };
    },
    view(now) {
      views += 1;
      return now;
    },
    isOver: ({ over }) => over,
    changed: 'change',
    ended: 'end',
    maxStreams: MAX_STREAMS,
    pollMs: POLL_MS,
  });
  app.get('/events', (request, reply) => follow('one', { ...subject }, request as never, reply as never));
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => app.close());

const open = (signal?: AbortSignal, headers: Record<string, string> = {}) =>
  fetch(`${address}/events`, { headers, ...(signal && { signal }) });
const eventsOf = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);

it('tells of each change and of the end, with the headers that every answer has', async () => {
  const response = await open();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': expect.stringMatching(/./),
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  });
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.includes('"n":0')) subject.n = 1;
    if (text.includes('"n":1')) subject.over = true;
  }
  expect(eventsOf(text)).toEqual(['change', 'change', 'change', 'end']);

  const last = [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] as string;
  expect(eventsOf(await (await open(undefined, { 'last-event-id': last })).text())).toEqual(['end']);
  expect(eventsOf(await (await open(undefined, { 'last-event-id': 'older' })).text())).toEqual(['change', 'end']);
});

it('opens only so many streams, whose ends make room, and asks the database once for all', async () => {
  const clients = Array.from({ length: MAX_STREAMS }, () => new AbortController());
  for (const { signal } of clients) await open(signal);
  const refused = await open();
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([
    503,
    '10',
    { detail: expect.stringContaining('Too many streams'), code: 'too_many_streams' },
  ]);
  const [from, made] = [reads, views];
  await waitUntil('streams asked often', () => reads - from >= 20);
  expect(views - made).toBeGreaterThan(1.5 * (reads - from));
  clients[0]?.abort();
  const again = new AbortController();
  await waitUntil('there is room', async () => (await open(again.signal)).status === 200);
  // One that only asks for the headers takes no place.
  clients[1]?.abort();
  await waitUntil('there is room', async () => (await fetch(`${address}/events`, { method: 'HEAD' })).status === 200);
  await waitUntil('there is room', async () => (await open(again.signal)).status === 200);
  for (const client of [...clients, again]) client.abort();
});

it('makes no events that a slow client does not take', async () => {
  subject.text = 'x'.repeat(1_000_000);
  onRead = () => {
    subject.n += 1;
  };
  const { port } = new URL(address);
  const slow: Socket = connect(Number(port), '127.0.0.1');
  slow.pause();
  slow.write('GET /events HTTP/1.1\r\nhost: test\r\n\r\n');
  await waitUntil('it is being told', () => views > 0);
  const quick = new AbortController();
  let taken = 0;
  for await (const part of (await open(quick.signal)).body?.pipeThrough(new TextDecoderStream()) ?? []) {
    taken += eventsOf(part).length;
    if (taken >= 60) break;
  }
  quick.abort();
  expect(views - taken).toBeLessThan(40);
  slow.destroy();
});

it('opens two hundred streams when it is told nothing else', async () => {
  const own = fastify();
  const nothing = { read: async () => null, view: () => null, isOver: () => false, changed: 'change' };
  const follow = openEventStreams<object>(own, nothing);
  const reply = Object.assign(new Readable({ read() {} }), { raw: new Writable() }) as never as FastifyReply;
  for (const name of ['type', 'header', 'send'] as const) reply[name] = (() => reply) as never;
  const open = () => follow('one', {}, { headers: {} } as FastifyRequest, reply);
  for (let at = 0; at < 200; at++) open();
  expect(open).toThrow('Too many streams');
  reply.raw.destroy();
  await own.close();
});

it('ends with its service', async () => {
  const response = await open();
  await app.close();
  expect(await response.text()).toContain('event: change');
});

it('looks every 400 ms, says that it is there after 15 s without news, and outlives a database that is away', async () => {
  let subject: { n: number } | null = { n: 0 };
  let isAway = false;
  const own = await createHttpService({
    logger,
    title: 'test',
    description: 'test',
    access: openAccess({ apiKey: 'a-key-of-the-tests-0123456789', apiKeyName: 'access_token' }),
  });
  const read = async () => {
    if (isAway) throw new Error('away');
    return subject;
  };
  const follow = openEventStreams<{ n: number }>(own as never, {
    read,
    view: (now) => now,
    isOver: () => false,
    changed: 'change',
  });
  own.get('/events', (request, reply) => follow('one', { n: 0 }, request as never, reply as never));
  const at = await own.listen({ host: '127.0.0.1', port: 0 });
  const pauses = holdPauses();
  const shared = vi.spyOn(globalThis, 'setTimeout');
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  try {
    const reader = (await fetch(`${at}/events`)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const told = async (part: string) => {
      while (!text.includes(part)) text += (await reader?.read())?.value ?? '';
      const found = text;
      text = '';
      return found;
    };
    /** Lets the next look happen that late; what one look reads is read once for all. */
    const lookAt = async (now: number) => {
      vi.setSystemTime(now);
      expect(await pauses.next()).toBe(400);
      await pauses.begun();
      const forget = shared.mock.calls.filter(([, ms]) => ms === 200).at(-1)?.[0];
      expect(forget).toBeDefined();
      forget?.();
    };
    expect(await told('data: {"n":0}')).toMatch(/^retry: 2000\n\nid: [\w-]{16}\nevent: change\ndata: \{"n":0\}$/m);
    await lookAt(15_000);
    isAway = true;
    await lookAt(15_000);
    isAway = false;
    subject = { n: 1 };
    await lookAt(15_000);
    expect(await told('data: {"n":1}')).not.toContain('still here');
    await lookAt(30_000);
    await lookAt(30_001);
    expect(await told('still here')).toBe('\n\n: still here\n\n'.trimStart());
    subject = null;
    vi.setSystemTime(45_002);
    await pauses.next();
    while (!(await reader?.read())?.done);
  } finally {
    pauses.release();
    shared.mockRestore();
    vi.useRealTimers();
    await own.close();
  }
});
