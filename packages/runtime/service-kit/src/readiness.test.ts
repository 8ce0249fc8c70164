import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('a dependency that others pay for', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());

  /** A probe that counts how often it is asked, and fails while it is told to. */
  function counted() {
    const probe = { asked: 0, fails: false };
    const ask = async () => {
      probe.asked += 1;
      if (probe.fails) throw new Error('away');
    };
    return { probe, ask };
  }

  it('is asked once while its success holds, also by many at once, and anew after that', async () => {
    const { probe, ask } = counted();
    const seldom = remembered(ask, 60_000);
    await Promise.all([seldom(), seldom()]);
    vi.advanceTimersByTime(59_999);
    await seldom();
    expect(probe.asked).toBe(1);
    vi.advanceTimersByTime(1);
    await seldom();
    expect(probe.asked).toBe(2);
  });

  it('is asked again two seconds after a failure, or sooner when a success holds for less', async () => {
    const { probe, ask } = counted();
    probe.fails = true;
    const seldom = remembered(ask, 60_000);
    await expect(seldom()).rejects.toThrow('away');
    vi.advanceTimersByTime(1999);
    await expect(seldom()).rejects.toThrow('away');
    expect(probe.asked).toBe(1);
    vi.advanceTimersByTime(1);
    probe.fails = false;
    await seldom();
    expect(probe.asked).toBe(2);
    // The success holds for long again.
    vi.advanceTimersByTime(59_999);
    await seldom();
    expect(probe.asked).toBe(2);

    const often = counted();
    often.probe.fails = true;
    const short = remembered(often.ask, 500);
    await expect(short()).rejects.toThrow('away');
    vi.advanceTimersByTime(500);
    await expect(short()).rejects.toThrow('away');
    expect(often.probe.asked).toBe(2);
  });
});

it('is down when it answers too late, and up when it answers in the last moment', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const after = (ms: number) => () => new Promise((resolve) => setTimeout(resolve, ms));
    const probed = probeAll({ early: after(1999), late: after(2001) }, 2000);
    await vi.advanceTimersByTimeAsync(2001);
    expect(Object.entries(await probed).map(([name, { status }]) => [name, status])).toEqual([
      ['early', 'up'],
      ['late', 'down'],
    ]);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('takes an HTTP service for up when it answers with 2xx', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/good' ? 204 : 503).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  await expect(httpProbe(`${address}/good`)()).resolves.toBeUndefined();
  expect(timeout.mock.calls).toEqual([[1500]]);
  timeout.mockRestore();
  await expect(httpProbe(`${address}/bad`)()).rejects.toThrow('status 503');
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await expect(httpProbe(`${address}/good`)()).rejects.toThrow();
});
