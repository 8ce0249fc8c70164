import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { limitSlowBodies } from './slow-bodies.js';

let app: FastifyInstance;
beforeAll(async () => {
  app = fastify();
  limitSlowBodies(app, 150);
  app.post('/short', async () => ({ read: true }));
  app.post('/long', { config: { longBody: true } }, async () => ({ read: true }));
  app.post('/thinking', async () => {
    // The answer is made when the body of another request, which began later, has taken too long.
    expect(await slowly('/short', new Promise(() => undefined))).toMatch(/^HTTP\/1\.1 408 /);
    return { read: true };
  });
  app.addContentTypeParser('application/x-ndjson', (_request, body, done) => done(null, body));
  app.post('/streamed', async (request, reply) => reply.type('application/x-ndjson').send(request.body));
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

/** Sends a part of a body, the rest of it when `rest` resolves, and gives what came back. */
async function slowly(path: string, rest: Promise<unknown>, type = 'json', part = '['): Promise<string> {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const head = `POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/${type}\r\ncontent-length: 2\r\n`;
  socket.write(`${head}connection: close\r\n\r\n${part}`);
  const closed = once(socket, 'close');
  rest.then(() => socket.write('[]'.slice(part.length)));
  await closed;
  return text;
}

it('ends a request whose body does not come, unless its route takes long ones', async () => {
  const short = slowly('/short', new Promise(() => undefined));
  // The long one gets its end when the short one has got its answer.
  const long = slowly('/long', short);
  expect(await short).toMatch(/^HTTP\/1\.1 408 .*"The request took too long to come"/s);
  expect(await long).toMatch(/^HTTP\/1\.1 200 /);
});

it('lets bodies that come in time pass', async () => {
  expect(await slowly('/short', Promise.resolve())).toMatch(/^HTTP\/1\.1 200 /);
});

it('leaves alone what takes its time once the body is there', async () => {
  expect(await slowly('/thinking', Promise.resolve())).toMatch(/^HTTP\/1\.1 200 /);
});

it.each(['[', ''])('leaves alone what is answered while it comes (%j first)', async (part) => {
  // The body comes when another that was as slow has had its 408.
  const late = slowly('/short', new Promise(() => undefined));
  expect(await slowly('/streamed', late, 'x-ndjson', part)).toMatch(/^HTTP\/1\.1 200 .*\[.*\]/s);
});

it('waits thirty seconds when it is told nothing else', async () => {
  const usual = fastify();
  const begun = new Promise<{ reply: FastifyReply }>((resolve) => {
    usual.addHook('onRequest', async (_request, reply) => resolve({ reply }));
  });
  limitSlowBodies(usual);
  usual.post('/', async () => 'read');
  await usual.listen({ port: 0, host: '127.0.0.1' });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const socket = connect((usual.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[');
    const { reply } = await begun;
    while (vi.getTimerCount() === 0) await nextTurn();
    vi.advanceTimersByTime(29_999);
    expect(reply.sent).toBe(false);
    vi.advanceTimersByTime(1);
    expect(reply.sent).toBe(true);
    socket.destroy();
  } finally {
    vi.useRealTimers();
    await usual.close();
  }
});
