import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { probeAll } from '@ecobalyse/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { upstreamProbe } from './connections.js';

/** A newer version of the official API: it answers whoever has a token. */
let answer: (response: ServerResponse) => unknown;
const server = createServer((request, response) => {
  if (request.headers.authorization !== 'Bearer right') return response.writeHead(401).end('{}');
  return answer(response);
});
beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const probe = async (token?: string) => {
  const { port } = server.address() as AddressInfo;
  const settings = { ECOBALYSE_API_URL: `http://127.0.0.1:${port}/api`, ECOBALYSE_API_TOKEN: token };
  return (await probeAll({ upstream: upstreamProbe(settings) }, 5000)).upstream;
};

it('asks upstream with the token, and tells what to do when it does not answer rightly', async () => {
  answer = (response) => response.end('[{"code":"FR","name":"France"}]');
  expect(await probe('right')).toEqual({ status: 'up' });
  expect(await probe()).toEqual({ status: 'down', detail: expect.stringContaining('ECOBALYSE_API_TOKEN') });
  answer = (response) => response.end('<html>maintenance</html>');
  expect(await probe('right')).toEqual({ status: 'down', detail: expect.stringMatching(/page.*ECOBALYSE_API_URL/) });
});
