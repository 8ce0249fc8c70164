import { waitUntil } from '@ecobalyse/test-servers';
import { describe, expect, it } from 'vitest';
import { mapInOrder } from './map-in-order.js';

/** A source of numbers from 1 that tells how far it was read and whether it was stopped. */
function countedSource(end: number, stallAfter = end) {
  const seen = { read: 0, stopped: false };
  async function* numbers() {
    try {
      for (let item = 1; item <= end; item += 1) {
        if (item > stallAfter) await new Promise(() => undefined);
        seen.read = item;
        yield item;
      }
    } finally {
      seen.stopped = true;
    }
  }
  return { seen, source: numbers() };
}

/** A mapping whose calls end when the test says so. */
function manualMap() {
  const calls = new Map<number, { resolve: (result: string) => void; reject: (error: Error) => void }>();
  return {
    calls,
    map: (item: number) => new Promise<string>((resolve, reject) => calls.set(item, { resolve, reject })),
    finish: (item: number) => calls.get(item)?.resolve(`result ${item}`),
  };
}

async function collect<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const collected: Result[] = [];
  for await (const result of results) collected.push(result);
  return collected;
}

describe('a mapping in order', () => {
  it('keeps the order of the source when later calls end first', async () => {
    const { source } = countedSource(4);
    const { calls, map, finish } = manualMap();
    const collected = collect(mapInOrder(source, 4, map));
    await waitUntil('all calls are under way', () => calls.size === 4);
    for (const item of [4, 2, 3, 1]) finish(item);
    expect(await collected).toEqual(['result 1', 'result 2', 'result 3', 'result 4']);
  });

  it('has no more calls under way than it may, and reads one item ahead', async () => {
    const { source, seen } = countedSource(100);
    const { calls, map, finish } = manualMap();
    const results = mapInOrder(source, 3, map);
    for (let item = 1; item <= 20; item += 1) {
      const next = results.next();
      await waitUntil('three calls are under way', () => calls.size === item + 2);
      await waitUntil('one item is read ahead', () => seen.read === item + 3);
      finish(item);
      expect(await next).toEqual({ done: false, value: `result ${item}` });
      expect([calls.size, seen.read]).toEqual([item + 2, item + 3]);
    }
  });

  it('gives a result while the source keeps it waiting for the next item', async () => {
    const { source } = countedSource(2, 1);
    const { calls, map, finish } = manualMap();
    const first = mapInOrder(source, 4, map).next();
    await waitUntil('the call is under way', () => calls.size === 1);
    finish(1);
    expect(await first).toEqual({ done: false, value: 'result 1' });
  });

  it('stops the source when its reader stops', async () => {
    const { source, seen } = countedSource(100);
    for await (const result of mapInOrder(source, 2, async (item) => item * 10)) {
      if (result === 30) break;
    }
    await waitUntil('the source is stopped', () => seen.stopped);
    expect(seen.read).toBeLessThanOrEqual(6);
  });

  it('fails where a call fails, after the results before it, and stops the source', async () => {
    const { source, seen } = countedSource(100);
    const results = mapInOrder(source, 3, async (item) => {
      if (item >= 3) throw new Error(`no ${item}`);
      return item;
    });
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2]);
    await expect(results.next()).rejects.toThrow('no 3');
    await waitUntil('the source is stopped', () => seen.stopped);
  });

  it('fails when the source fails', async () => {
    async function* broken() {
      yield 1;
      throw new Error('the sender went away');
    }
    await expect(collect(mapInOrder(broken(), 2, async (item) => item))).rejects.toThrow('the sender went away');
  });

  it('gives nothing for nothing', async () => {
    expect(await collect(mapInOrder(countedSource(0).source, 2, async (item) => item))).toEqual([]);
  });
});
