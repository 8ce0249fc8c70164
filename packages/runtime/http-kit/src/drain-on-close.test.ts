import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type HeldPauses, holdPauses } from '@ecobalyse/test-servers';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { drainOnClose } from './drain-on-close.js';

let app: FastifyInstance;
let pauses: HeldPauses;
let log: MockInstance;
let answerSlow: () => void;

beforeEach(async () => {
  app = fastify({ return503OnClosing: false });
  log = vi.spyOn(app.log, 'info');
  drainOnClose(app as never);
  app.get('/', async () => 'yes');
  const slow = new Promise<void>((resolve) => {
    answerSlow = resolve;
  });
  app.get('/slow', async () => {
    await slow;
    return 'yes';
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  // A store that waits for its database tries again every 500 ms.
  pauses = holdPauses((ms) => ms < 500);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(async () => {
  pauses.release();
  vi.useRealTimers();
  answerSlow();
  app.server.closeAllConnections();
  await app.close();
});

/** A connection that asks when it is told, and gives the whole answer. */
async function open() {
  const accepted = once(app.server, 'connection');
  const socket: Socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.setEncoding('utf8').on('error', () => undefined);
  const [inside] = (await accepted) as [Socket];
  const closed = once(socket, 'close');
  return {
    inside,
    closed,
    async ask(path = '/') {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: test\r\n\r\n`);
      let text = '';
      while (!text.endsWith('yes')) text += String((await once(socket, 'data'))[0]);
      return /^connection: (.*)\r$/im.exec(text)?.[1];
    },
  };
}

/** Lets looks end until the service has closed, or so many have; gives how many did. */
async function look(most = Number.POSITIVE_INFINITY, meanwhile?: (look: number) => Promise<unknown>): Promise<number> {
  let looks = 0;
  while (looks < most && !isClosed) {
    const ended = await Promise.race([pauses.next(), closing]);
    if (ended === undefined) break;
    expect(ended).toBe(20);
    looks += 1;
    await meanwhile?.(looks);
  }
  return looks;
}
let isClosed: boolean;
let closing: Promise<void>;
const close = () => {
  isClosed = false;
  closing = app.close().then(() => {
    isClosed = true;
  });
};
const drained = () => log.mock.calls.find(([, message]) => message?.startsWith('drained'))?.[0];

it('looks fifteen times whether an open connection asks, and then closes it', async () => {
  const client = await open();
  expect(await client.ask()).toBe('keep-alive');
  close();
  expect(await look()).toBe(15);
  await client.closed;
  expect(drained()).toMatchObject({ connections: 1, requests: 1, unanswered: 0 });
});

it('answers who asks meanwhile, tells it that the connection ends, and looks fifteen times more', async () => {
  const [client] = [await open(), await open()];
  close();
  const told: unknown[] = [];
  const asks = async (at: number) => at === 14 && told.push(await client.ask());
  expect(await look(15, asks)).toBe(15);
  await client.closed;
  expect(await look(15)).toBe(15);
  vi.advanceTimersByTime(500);
  await closing;
  expect(told).toEqual(['close']);
  expect(drained()).toMatchObject({ connections: 2, requests: 1, unanswered: 0 });
});

it('looks a hundred and fifty times at most, however often it is asked', async () => {
  const clients: Awaited<ReturnType<typeof open>>[] = [];
  for (let at = 0; at < 12; at++) clients.push(await open());
  close();
  const ask = async (at: number) => at % 14 === 0 && (await clients[at / 14 - 1]?.ask());
  expect(await look(150, ask)).toBe(150);
  vi.advanceTimersByTime(500);
  await closing;
  expect(pauses.lengths()).toEqual([]);
  expect(drained()).toMatchObject({ connections: 12, requests: 10, unanswered: 0 });
});

it('waits for what is under way, and half a second later for nobody', async () => {
  const [client, mute] = [await open(), await open()];
  const asked = client.ask('/slow');
  await once(client.inside, 'data').catch(() => undefined);
  close();
  await look(15);
  await expect.poll(() => vi.getTimerCount(), { interval: 1 }).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(mute.inside.destroyed).toBe(false);
  answerSlow();
  await asked;
  await client.closed;
  vi.advanceTimersByTime(250);
  expect(mute.inside.destroyed).toBe(false);
  vi.advanceTimersByTime(250);
  await mute.closed;
  await closing;
  expect(drained()).toMatchObject({ connections: 2, requests: 1, unanswered: 0 });
});

it('closes at once when nobody is connected', async () => {
  close();
  await closing;
  expect(drained()).toMatchObject({ connections: 0, requests: 0, unanswered: 0 });
});

it.each([
  ['after a turn that accepted none and was over at once', 0.9, 1],
  ['after a hundred turns, none of which was over at once', 1, 100],
])('takes no more connections %s', async (_when, turnMs, turns) => {
  let looks = 0;
  // Each turn is looked at before it and after it.
  vi.spyOn(performance, 'now').mockImplementation(() => turnMs * looks++);
  close();
  await closing;
  vi.restoreAllMocks();
  expect(looks).toBe(2 * turns);
});
