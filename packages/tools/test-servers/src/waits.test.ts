import timers, { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { holdPauses, waitUntil } from './index.js';

const real = timers.setTimeout;

describe('pauses that are held', () => {
  it('end when the test says, in their order, with what they were given', async () => {
    const pauses = holdPauses();
    const ended: string[] = [];
    try {
      const first = wait(3_600_000, 'first').then((value) => ended.push(value));
      const second = wait(7_200_000, 'second').then((value) => ended.push(value));
      await pauses.begun();
      expect([pauses.lengths(), ended]).toEqual([[3_600_000, 7_200_000], []]);
      expect(await pauses.next()).toBe(3_600_000);
      await first;
      expect([pauses.lengths(), ended]).toEqual([[7_200_000], ['first']]);
      const next = pauses.next();
      expect(await next).toBe(7_200_000);
      await second;
      const later = pauses.next();
      const third = wait(5);
      expect(await later).toBe(5);
      await third;
    } finally {
      pauses.release();
    }
  });

  it('end, and are real again, when they are released', async () => {
    const pauses = holdPauses();
    const under = Promise.all([wait(3_600_000, 'one'), wait(3_600_000, 'two')]);
    pauses.release();
    expect(await under).toEqual(['one', 'two']);
    expect([timers.setTimeout, wait, pauses.lengths()]).toEqual([real, real, []]);
  });

  it('are given up by their signal, and then no longer held', async () => {
    const pauses = holdPauses();
    try {
      const abort = new AbortController();
      const [kept, given] = [wait(1), wait(2, undefined, { signal: abort.signal })];
      const refused = expect(given).rejects.toThrow('enough');
      abort.abort(new Error('enough'));
      await refused;
      await expect(wait(3, undefined, { signal: abort.signal })).rejects.toThrow('enough');
      expect(pauses.lengths()).toEqual([1]);
      await pauses.next();
      await kept;
    } finally {
      pauses.release();
    }
  });

  it('are those whose length is asked for, and no others', async () => {
    const pauses = holdPauses((ms) => ms > 1);
    try {
      expect(await wait(1, 'real')).toBe('real');
      const given = wait(1, undefined, { signal: AbortSignal.abort(new Error('enough')) });
      await expect(given).rejects.toThrow();
      expect(pauses.lengths()).toEqual([]);
    } finally {
      pauses.release();
    }
  });
});

describe('waiting for a condition', () => {
  /** Lengths of its pauses, each of which passes on the clock, and why it was in vain. */
  async function waited(condition: () => boolean | Promise<boolean>, timeoutMs?: number) {
    const lengths: number[] = [];
    let ended: { fault?: string } | undefined;
    let clock = 90_000;
    const pauses = holdPauses();
    try {
      waitUntil('it holds', condition, timeoutMs, () => clock).then(
        () => (ended = {}),
        (error: Error) => (ended = { fault: error.message }),
      );
      while (!ended) {
        const [ms] = pauses.lengths();
        if (ms === undefined) await new Promise(setImmediate);
        else {
          clock += ms;
          lengths.push(await pauses.next());
        }
      }
    } finally {
      pauses.release();
    }
    return { lengths, ...ended };
  }

  it('asks at once, then ever more seldom up to every tenth of a second', async () => {
    expect(await waited(() => true)).toEqual({ lengths: [] });
    let asked = 0;
    const { lengths, fault } = await waited(async () => ++asked > 80);
    expect(lengths.slice(0, 3)).toEqual([5, 5.25, 5.5125]);
    expect([lengths.length, lengths.at(-1), fault]).toEqual([80, 100, undefined]);
  });

  it.each([
    ['does not hold', () => false, ''],
    ['throws', () => Promise.reject(new Error('not yet')), ' (Error: not yet)'],
  ])('gives up one that %s when its time is over, and says why', async (_how, condition, why) => {
    const { lengths, fault } = await waited(condition, 200);
    expect(fault).toBe(`waited 200 ms in vain: it holds${why}`);
    expect(lengths.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(200);
    expect(lengths.slice(0, -1).reduce((sum, ms) => sum + ms)).toBeLessThan(200);
  });

  it('gives up after a minute, and forgets why it did not hold before', async () => {
    let asked = 0;
    const { fault } = await waited(() => {
      asked += 1;
      if (asked < 2) throw new Error('not yet');
      return false;
    });
    expect(fault).toBe('waited 60000 ms in vain: it holds');
  });
});
