import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createProductPoster, ProductFailedError, type ProductPoster } from './product-poster.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function posterTo(answer: RequestListener, deadlineMs?: number): Promise<ProductPoster> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const apiUrl = `http://127.0.0.1:${port}`;
  const poster = createProductPoster({
    apiUrl,
    apiKey: 'k',
    apiKeyName: 'access_token',
    concurrency: 1,
    ...(deadlineMs !== undefined && { deadlineMs }),
  });
  closers.push(
    () => poster.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return poster;
}
const post = (poster: ProductPoster, product: unknown = {}) => poster.post(product, new AbortController().signal);

it('gives up an answer that never comes to its end', async () => {
  const poster = await posterTo((_request, response) => {
    const drops = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drops));
  }, 500);
  await expect(post(poster)).rejects.toThrow(/^the API at .* did not answer within 0.5 s$/);
});

it('says that something else answers at the address of the API', async () => {
  const poster = await posterTo((_request, response) => response.end('<html></html>'));
  await expect(post(poster)).rejects.toThrow(/not this platform: check API_URL/);
});

it('knows a product on which the API fails from an API that is away', async () => {
  const poster = await posterTo((_request, response) => response.writeHead(500).end('{"detail":"x"}'));
  const error = await post(poster).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProductFailedError);
});

it('ends with its task, for its reason', async () => {
  const task = new AbortController();
  const poster = await posterTo(() => task.abort());
  await expect(poster.post({}, task.signal)).rejects.toThrow(/abort|cancel/i);
  await expect(poster.post({}, task.signal)).rejects.toThrow(/abort/i);
});

it('refuses a product that nests too deeply, alone', async () => {
  let nested: unknown = 1;
  for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
  const poster = await posterTo((_request, response) => response.end('{"message":"Product already exists"}'));
  expect(await post(poster, { nested })).toEqual({ outcome: 'refused', reasons: [expect.stringMatching(/stack/)] });
  expect(await post(poster)).toEqual({ outcome: 'already there' });
});
