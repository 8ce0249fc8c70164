import { connect, type Socket } from 'node:net';
import { createLogger } from '@ecobalyse/service-kit';
import { waitUntil } from '@ecobalyse/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('ends with its service', async () => {
  const response = await open();
  await app.close();
  expect(await response.text()).toContain('event: change');
});
