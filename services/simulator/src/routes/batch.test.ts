import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text as textOf } from 'node:stream/consumers';
import { bsonOfJson, documentsOf, jsonValueOf } from '@ecobalyse/bson';
import { type DetailedSimulation, withZeros } from '@ecobalyse/schema';
import { waitUntil } from '@ecobalyse/test-servers';
import { simulateDetailed, simulateSimple } from '@ecobalyse/textile-method';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSimulator } from '../app.js';

const webBaseUrl = 'https://simulator.example/v1/';
const documentation = 'https://simulator.example/v1/#/api';
const bodyLimitBytes = 2000;
const batchLimitBytes = 3_000_000;

let app: FastifyInstance;
let url: string;
const serverSockets = new Set<Socket>();

beforeAll(async () => {
  app = buildSimulator({ webBaseUrl, bodyLimitBytes, batchLimitBytes });
  app.server.on('connection', (socket) => {
    serverSockets.add(socket);
    socket.on('close', () => serverSockets.delete(socket));
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(() => app.close());

const NDJSON = 'application/x-ndjson';

/** A query that its answer shows: the mass tells which. */
const query = (rank: number) => ({ mass: rank / 1000, materials: [{ id: 'ei-coton', share: 1 }], product: 'tshirt' });
const line = (rank: number) => `${JSON.stringify(query(rank))}\n`;
const detailed = (rank: number) => JSON.parse(JSON.stringify(simulateDetailed(query(rank), { webBaseUrl })));
const refused = (at: number, status: number, ...keys: string[]) => ({
  line: at,
  status,
  error: Object.fromEntries(keys.map((key) => [key, expect.any(String)])),
  documentation,
});

async function batch(body: string | undefined, type = NDJSON, options = '') {
  const response = await fetch(`${url}/api/textile/simulator/batch${options}`, {
    method: 'POST',
    headers: { 'content-type': type },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    lines: text
      .split('\n')
      .slice(0, -1)
      .map((answer) => JSON.parse(answer)),
    text,
  };
}

/** A batch of which the test decides when it is sent and read. */
async function openBatch(headers: Record<string, string | number> = {}, options = '') {
  const sent: ClientRequest = request(`${url}/api/textile/simulator/batch${options}`, {
    method: 'POST',
    headers: { 'content-type': NDJSON, ...headers },
  });
  sent.flushHeaders();
  const response = once(sent, 'response').then(([message]) => message as IncomingMessage);
  return { sent, response };
}

describe('a batch of lines', () => {
  it('is answered line by line, in order, with one error line for each bad one', async () => {
    const body = [
      JSON.stringify(query(1)),
      'nope',
      '',
      JSON.stringify({ ...query(2), mass: -1, product: 'sail' }),
      JSON.stringify({ ...query(3), padding: 'x'.repeat(bodyLimitBytes) }),
      '{}',
      `  ${JSON.stringify(query(4))}\r`,
      '[]',
      JSON.stringify(query(5)),
    ].join('\n');
    const { status, type, lines } = await batch(body);
    expect(status).toBe(200);
    expect(type).toBe('application/x-ndjson; charset=utf-8');
    expect(lines).toEqual([
      detailed(1),
      refused(2, 400, 'decoding'),
      refused(4, 400, 'mass', 'product'),
      refused(5, 413, 'general'),
      refused(6, 400, 'decoding'),
      detailed(4),
      refused(8, 400, 'decoding'),
      detailed(5),
    ]);
  });

  it.each([NDJSON, 'application/jsonl', 'application/json', 'text/plain'])('may call itself %s', async (type) => {
    expect((await batch(line(1) + line(2), type)).lines).toEqual([detailed(1), detailed(2)]);
  });

  it('may begin with a line that is an array, when it calls itself NDJSON', async () => {
    expect((await batch(`[1]\n${line(2)}`)).lines).toEqual([refused(1, 400, 'decoding'), detailed(2)]);
  });

  it.each([undefined, '', '\n\n'])('may be empty: %j', async (body) => {
    expect(await batch(body)).toMatchObject({ status: 200, text: '' });
  });
});

describe('a batch that is a JSON array', () => {
  it('is answered item by item, in order, with one error line for each bad one', async () => {
    const items = [JSON.stringify(query(1), null, 2), '{"mass":}', 'null', JSON.stringify(query(2))];
    const { lines } = await batch(`[${items.join(',\n')}]`, 'application/json');
    const lengthOfFirst = (items[0] as string).split('\n').length;
    expect(lines).toEqual([
      detailed(1),
      refused(lengthOfFirst + 1, 400, 'decoding'),
      refused(lengthOfFirst + 2, 400, 'decoding'),
      detailed(2),
    ]);
  });

  it('may be empty', async () => {
    expect(await batch(' [ ] ', 'application/json')).toMatchObject({ status: 200, text: '' });
  });

  it('says that it is not closed', async () => {
    const { lines } = await batch(`[${JSON.stringify(query(1))},`, 'application/json');
    expect(lines).toEqual([detailed(1), refused(1, 400, 'decoding')]);
  });
});

describe('the options of a batch', () => {
  const simple = (rank: number, impact?: 'ecs') =>
    JSON.parse(
      JSON.stringify(simulateSimple(query(rank), { webBaseUrl, ...(impact === undefined ? {} : { impact }) })),
    );

  it('choose the answer', async () => {
    expect((await batch(line(1), NDJSON, '?answer=detailed')).lines).toEqual([detailed(1)]);
    const [short] = (await batch(line(1), NDJSON, '?zeros=omitted')).lines as [DetailedSimulation];
    expect(Object.keys(short.impacts)).toEqual(['ecs', 'pef']);
    expect(withZeros(short)).toEqual(detailed(1));
    expect((await batch(line(1), NDJSON, '?zeros=kept')).lines).toEqual([detailed(1)]);
    expect((await batch(line(1), NDJSON, '?answer=simple')).lines).toEqual([simple(1)]);
    expect((await batch(line(1), NDJSON, '?answer=simple&impact=ecs')).lines).toEqual([simple(1, 'ecs')]);
  });

  it.each([
    ['', (rank: number) => simulateDetailed(query(rank), { webBaseUrl })],
    ['?zeros=omitted', (rank: number) => simulateDetailed(query(rank), { webBaseUrl })],
    ['?answer=simple', (rank: number) => simulateSimple(query(rank), { webBaseUrl })],
  ])('leave it to the header accept to ask for BSON, which has all zeros: %s', async (options, answer) => {
    const response = await fetch(`${url}/api/textile/simulator/batch${options}`, {
      method: 'POST',
      headers: { 'content-type': NDJSON, accept: 'application/json, application/bson;q=0.9' },
      body: `${line(1)}nope\n${line(2)}`,
    });
    expect(response.headers.get('content-type')).toBe('application/bson');
    const found = documentsOf(Buffer.from(await response.arrayBuffer())) ?? [];
    expect(found.map(jsonValueOf)).toEqual([
      JSON.parse(JSON.stringify(answer(1))),
      refused(2, 400, 'decoding'),
      JSON.parse(JSON.stringify(answer(2))),
    ]);
    expect(found[0]).toEqual(bsonOfJson(JSON.parse(JSON.stringify(answer(1)))));
  });

  it.each([
    ['?answer=full', ['answer']],
    ['?zeros=none', ['zeros']],
    ['?answer=simple&impact=co2', ['impact']],
    ['?answer=simple&answer=detailed', ['answer']],
    ['?impact=ecs', ['impact']],
  ])('are checked: %s', async (options, keys) => {
    const { status, text } = await batch(line(1), NDJSON, options);
    expect(status).toBe(400);
    expect(Object.keys(JSON.parse(text).error)).toEqual(keys);
  });
});

describe('the stream', () => {
  it('answers a query before the next is sent', async () => {
    const { sent, response } = await openBatch();
    sent.write(line(1));
    const answers = createInterface({ input: await response })[Symbol.asyncIterator]();
    for (let rank = 1; rank <= 20; rank += 1) {
      const { value } = await answers.next();
      expect(JSON.parse(value).inputs.mass).toBe(rank / 1000);
      sent.write(line(rank + 1));
    }
    sent.end();
    expect(JSON.parse((await answers.next()).value).inputs.mass).toBe(0.021);
    expect(await answers.next()).toMatchObject({ done: true });
  });

  it('stops working for a reader who stops reading, and loses nothing', async () => {
    const queries = 1500;
    const { sent, response } = await openBatch();
    for (let rank = 1; rank <= queries; rank += 1) sent.write(line(rank));
    sent.end();
    const message = await response;
    const socket = [...serverSockets].find(({ remotePort }) => remotePort === sent.socket?.localPort) as Socket;
    await waitUntil('the answers fill the connection', () => socket.writableNeedDrain);

    // 33 MB of answers would wait in memory if the reader did not hold the batch back.
    expect(socket.writableLength).toBeLessThan(2_000_000);
    expect(socket.bytesWritten).toBeLessThan(16_500_000);

    let rank = 0;
    for await (const answer of createInterface({ input: message })) {
      rank += 1;
      if (!answer.includes(`"mass":${rank / 1000},`)) throw new Error(`answer ${rank} is not that of query ${rank}`);
    }
    expect(rank).toBe(queries);
  });

  it('forgets a line that is longer than accepted, however long', async () => {
    const { sent, response } = await openBatch();
    const piece = 'x'.repeat(100_000);
    for (let pieces = 0; pieces < 25; pieces += 1) sent.write(piece);
    sent.end(`\n${line(2)}`);
    const lines = [];
    for await (const answer of createInterface({ input: await response })) lines.push(JSON.parse(answer));
    expect(lines).toEqual([refused(1, 413, 'general'), detailed(2)]);
  });

  it('is not begun when its length is announced beyond the limit', async () => {
    const { sent, response } = await openBatch({ 'content-length': batchLimitBytes + 1 });
    const message = await response;
    expect(message.statusCode).toBe(413);
    expect(JSON.parse(await textOf(message)).error.general).toBe(
      `Le lot dépasse la limite de ${batchLimitBytes} octets.`,
    );
    sent.destroy();
  });

  it('ends with an error line where the limit is passed, and the connection serves again', async () => {
    const { sent, response } = await openBatch({}, '?answer=simple');
    const blank = `${' '.repeat(999)}\n`;
    sent.write(line(1));
    for (let bytes = 0; bytes <= batchLimitBytes + 500_000; bytes += 1000) sent.write(blank);
    sent.end(line(2));
    const message = await response;
    const lines = [];
    for await (const answer of createInterface({ input: message })) lines.push(JSON.parse(answer));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toEqual(refused(expect.any(Number) as never, 413, 'general'));
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('survives senders who go away', async () => {
    for (let senders = 0; senders < 5; senders += 1) {
      const { sent, response } = await openBatch();
      sent.on('error', () => undefined);
      sent.write(line(1));
      await response;
      sent.destroy();
    }
    await waitUntil('no connection is left', () => [...serverSockets].every((socket) => !isBatch(socket)));
    expect((await batch(line(1))).lines).toEqual([detailed(1)]);
  });
});

/** Whether a batch is under way on a connection, as opposed to a kept-alive one that waits. */
const isBatch = (socket: Socket) => (socket as Socket & { _httpMessage?: unknown })._httpMessage != null;
