import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBatchedReads } from './batched-reads.js';
import { openCircuitBreaker } from './circuit-breaker.js';
import { decodeEntry, encodeEntry, toAnswer } from './entry.js';
import { within } from './within.js';

describe('an entry', () => {
  it('has the hash of its body as entity tag', () => {
    // base64url(sha256('é')), of which 27 characters are kept.
    expect(toAnswer('é')).toEqual({ body: Buffer.from('é'), etag: '"SplVfkAzw1Od4utlRyAXytX5VX9"' });
  });

  it.each(['', '\n', 'text', 'text\n', 'v 1\n', ' 1 "e"\nbody', 'v 1 \nbody', 'v 1 "e" more\nbody', 'v 1 "e"'])(
    'is not made of %j',
    (text) => expect(decodeEntry(Buffer.from(text))).toBeNull(),
  );

  it.each(['', '\n', 'a\nb é'])('is what was written, of the body %j', (text) => {
    const entry = { answer: toAnswer(text), versions: 'v1,v2', expiresAt: 1_760_000_000_000 };
    expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
  });
});

describe('reads of one turn', () => {
  it('are one command of distinct keys, and those of the next turn another', async () => {
    const asked: string[][] = [];
    const read = openBatchedReads(async (keys) => {
      asked.push(keys);
      return keys.map((key) => (key === 'absent' ? null : Buffer.from(key)));
    });
    const [one, two] = await Promise.all([read(['a', 'absent']), read(['b', 'a'])]);
    expect(asked).toEqual([['a', 'absent', 'b']]);
    expect(one).toBe(two);
    expect([...one]).toEqual([
      ['a', Buffer.from('a')],
      ['absent', null],
      ['b', Buffer.from('b')],
    ]);
    await read(['c']);
    expect(asked).toEqual([['a', 'absent', 'b'], ['c']]);
  });

  it('fail together, and not those after', async () => {
    let isAway = true;
    const read = openBatchedReads(async (keys) => {
      if (isAway) throw new Error('away');
      return keys.map(() => null);
    });
    expect((await Promise.allSettled([read(['a']), read(['b'])])).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
    ]);
    isAway = false;
    expect([...(await read(['a']))]).toEqual([['a', null]]);
  });
});

describe('by the clock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('an operation has its whole time, and no more', async () => {
    let outcome = 'waits';
    within(15, new Promise(() => undefined)).catch((error: Error) => {
      outcome = error.message;
    });
    vi.advanceTimersByTime(14);
    await nextTurn();
    expect(outcome).toBe('waits');
    vi.advanceTimersByTime(1);
    await nextTurn();
    expect(outcome).toBe('no answer within 15 ms');
  });

  it('an answer in time is passed on, as is a failure, and no timer stays', async () => {
    expect(await within(15, Promise.resolve('answer'))).toBe('answer');
    await expect(within(15, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    await nextTurn();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a server that does not answer is probed five times a second, by one at a time, until it does', async () => {
    let [probes, closed, isAway] = [0, 0, true];
    const breaker = openCircuitBreaker({
      probe: async () => {
        probes += 1;
        if (isAway) throw new Error('away');
      },
      onClosed: () => {
        closed += 1;
      },
    });
    expect(breaker.isClosed()).toBe(true);
    breaker.open();
    breaker.open();
    await nextTurn();
    expect([breaker.isClosed(), probes]).toEqual([false, 1]);
    vi.advanceTimersByTime(199);
    await nextTurn();
    expect(probes).toBe(1);
    isAway = false;
    vi.advanceTimersByTime(1);
    await nextTurn();
    expect([breaker.isClosed(), probes, closed]).toEqual([true, 2, 1]);

    isAway = true;
    breaker.open();
    await nextTurn();
    breaker.end();
    vi.advanceTimersByTime(1000);
    await nextTurn();
    expect([probes, closed, vi.getTimerCount()]).toEqual([3, 1, 0]);
    breaker.open();
    await nextTurn();
    expect(probes).toBe(3);
  });
});
