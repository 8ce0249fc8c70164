import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { PlatformError } from './errors.js';
import { httpProbe, probeAll, remembered } from './readiness.js';

it('names what is down, and what does not answer in time', async () => {
  const probes = {
    up: async () => 1,
    down: () => Promise.reject(new Error('no')),
    known: () => Promise.reject(new PlatformError('NOT_READY', 'it is too small')),
    silent: () => new Promise(() => 0),
  };
  expect(await probeAll(probes, 50)).toEqual({
    up: { status: 'up' },
    down: { status: 'down', detail: 'down cannot be reached' },
    known: { status: 'down', detail: 'it is too small' },
    silent: { status: 'down', detail: 'silent cannot be reached' },
  });
});

it('asks a dependency that others pay for only now and then', async () => {
  let asked = 0;
  const probe = async () => {
    asked += 1;
  };
  const seldom = remembered(probe, 60_000);
  await Promise.all([seldom(), seldom()]);
  await seldom();
  expect(asked).toBe(1);
  const always = remembered(probe, 0);
  await always();
  await always();
  expect(asked).toBe(3);
});

it('remembers a failure too', async () => {
  let asked = 0;
  const probe = remembered(() => {
    asked += 1;
    return Promise.reject(new Error('away'));
  }, 60_000);
  await expect(probe()).rejects.toThrow('away');
  await expect(probe()).rejects.toThrow('away');
  expect(asked).toBe(1);
});

it('takes an HTTP service for up when it answers with 2xx', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/good' ? 204 : 503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(httpProbe(`${address}/good`)()).resolves.toBeUndefined();
  await expect(httpProbe(`${address}/bad`)()).rejects.toThrow('status 503');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await expect(httpProbe(`${address}/good`)()).rejects.toThrow();
});
