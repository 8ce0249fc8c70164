import { setImmediate as nextTurn } from 'node:timers/promises';
import { startTestRedis, type TestRedis, waitUntil } from '@ecobalyse/test-servers';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openResponseCache, type ResponseCache, type ResponseCacheOptions } from './response-cache.js';

let server: TestRedis;
let cache: ResponseCache;
let redis: Redis;
const opened: ResponseCache[] = [];
/** Ended after the test, however that ends: one that is frozen would be waited for. */
const ownServers: TestRedis[] = [];
async function ownServer(): Promise<TestRedis> {
  const own = await startTestRedis();
  ownServers.push(own);
  return own;
}

/** Redis has longer than a busy machine makes it wait: most of these tests are about what is computed how often. */
async function open(changed: Partial<ResponseCacheOptions> = {}): Promise<ResponseCache> {
  const made = openResponseCache({
    redisUrl: server.url,
    ttlSeconds: 60,
    budgetMs: 10_000,
    onError: () => undefined,
    ...changed,
  });
  opened.push(made);
  await connected(made);
  return made;
}
const connected = (which: ResponseCache) =>
  waitUntil('the cache is connected', async () => {
    await which.ping();
    return true;
  });

/** What the cache has sent is in Redis, also for other connections. */
const written = () => cache.ping();

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(() => server.close());
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  cache = await open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const own of ownServers) own.thaw();
  await Promise.all(opened.splice(0).map((each) => each.close()));
  redis.disconnect();
  await Promise.all(ownServers.splice(0).map((own) => own.close()));
});

function counted(text: string) {
  const compute = Object.assign(
    async () => {
      compute.calls += 1;
      return text;
    },
    { calls: 0 },
  );
  return compute;
}

/** A computation that ends when it is told to. */
function held() {
  let release: (text: string) => void = () => undefined;
  const promise = new Promise<string>((resolve) => {
    release = resolve;
  });
  let begun = false;
  const compute = () => {
    begun = true;
    return promise;
  };
  return {
    compute,
    release: (text: string) => release(text),
    hasBegun: () => waitUntil('the computation has begun', () => begun),
  };
}

const ask = async (
  key: string,
  compute: () => Promise<string>,
  tags: readonly string[] = [],
  which: ResponseCache = cache,
): Promise<string> => String((await which.getOrCompute(key, tags, compute)).body);

describe('keeping answers', () => {
  it('computes once, then answers from Redis, also in another process', async () => {
    const compute = counted('answer');
    const other = await open();
    expect(await ask('k', compute)).toBe('answer');
    expect(await ask('k', compute)).toBe('answer');
    expect(await ask('k', compute, [], other)).toBe('answer');
    expect(compute.calls).toBe(1);
    expect(cache.counts()).toEqual({ hits: 1, misses: 1, errors: 0 });
    expect(other.counts()).toEqual({ hits: 1, misses: 0, errors: 0 });
  });

  it('gives each body a tag of its own, the same whether computed or kept', async () => {
    const made = await cache.getOrCompute('k', [], counted('é'));
    const kept = await cache.getOrCompute('k', [], counted('other'));
    expect(kept).toEqual(made);
    expect(made.etag).toMatch(/^"[\w-]{27}"$/);
    expect((await cache.getOrCompute('l', [], counted('e'))).etag).not.toBe(made.etag);
  });

  it('keeps bytes as they are, also with line ends in them, and no bytes at all', async () => {
    const other = await open();
    for (const text of ['', '\n', 'a b\n"é\u0000€"\n'.repeat(1000)]) {
      const key = `of ${text.length}`;
      await ask(key, counted(text));
      expect(await ask(key, counted('lost'), [], other)).toBe(text);
    }
  });

  it('computes once for many that ask at the same time', async () => {
    const compute = counted('answer');
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('k', compute)));
    expect(new Set(answers)).toEqual(new Set(['answer']));
    expect(compute.calls).toBe(1);
  });

  it.each([
    [0, 60],
    [0.5, 57],
    [0.999, 54],
  ])('keeps an entry up to a tenth shorter than the setting: by the die %d for %d seconds', async (die, seconds) => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now });
    vi.spyOn(Math, 'random').mockReturnValue(die);
    await ask('k', counted('answer'), ['t']);
    await written();
    const end = Math.round(now / 1000) + seconds;
    const ends = Number(await redis.call('EXPIRETIME', '{ecobalyse-cache}:entry:k'));
    // The clock of the test stands, that of Redis went on meanwhile.
    expect(ends - end).toBeGreaterThanOrEqual(0);
    expect(ends - end).toBeLessThan(3);

    const compute = counted('later');
    const far = await open();
    vi.setSystemTime(now + seconds * 1000 - 1);
    expect([await ask('k', compute, ['t']), await ask('k', compute, ['t'], far)]).toEqual(['answer', 'answer']);
    vi.setSystemTime(now + seconds * 1000);
    expect(await ask('k', compute, ['t'], far)).toBe('later');
    expect(await ask('k', counted('here too'), ['t'])).toBe('here too');
  });

  it('has versions of tags outlive the entries under them by a day, whoever made them', async () => {
    await ask('k', counted('answer'), ['asked']);
    await cache.invalidate(['changed']);
    for (const tag of ['everything', 'asked', 'changed']) {
      const left = Number(await redis.ttl(`{ecobalyse-cache}:version:${tag}`));
      expect(left).toBeGreaterThan(86_400);
      expect(left).toBeLessThanOrEqual(86_460);
    }
  });

  it('keeps answers of up to 8 MiB, and those of up to 4 MiB in this process too', async () => {
    const MiB = 1024 * 1024;
    for (const [bytes, kept] of [
      [8 * MiB, 1],
      [8 * MiB + 1, 0],
    ] as const) {
      await ask(`k${bytes}`, counted('.'.repeat(bytes)));
      await written();
      expect(await redis.exists(`{ecobalyse-cache}:entry:k${bytes}`)).toBe(kept);
    }
    const gone = async (bytes: number) => {
      await ask('k', counted('.'.repeat(bytes)), [`of ${bytes}`]);
      await written();
      await redis.del('{ecobalyse-cache}:entry:k');
      return (await ask('k', counted('anew'), [`of ${bytes}`])) === 'anew';
    };
    expect(await gone(4 * MiB)).toBe(false);
    await cache.clear();
    expect(await gone(4 * MiB + 1)).toBe(true);
  });

  it('makes room in this process, and still finds in Redis what had to go', async () => {
    const small = await open({ nearBytes: 16_000 });
    const computes = Array.from({ length: 40 }, (_, index) => counted(String(index).padEnd(900, '.')));
    for (const [index, compute] of computes.entries()) await ask(`k${index}`, compute, [], small);
    for (const [index, compute] of computes.entries())
      expect(await ask(`k${index}`, compute, [], small)).toBe(await compute());
    expect(computes.map(({ calls }) => calls)).toEqual(computes.map(() => 2));
  });

  it('passes errors on and does not keep them', async () => {
    await expect(ask('k', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await ask('k', counted('yes'))).toBe('yes');
  });
});

describe('a computation', () => {
  /** Asks as a client who may hang up. */
  const client = (compute: (signal: AbortSignal) => Promise<string>) => {
    const hangUp = new AbortController();
    const answer = cache.getOrCompute('k', [], compute, hangUp.signal);
    answer.catch(() => undefined);
    return { answer, hangUp };
  };

  it('ends when the last of those who wait for it has given up, and not before', async () => {
    const { compute, release, hasBegun } = held();
    let signal: AbortSignal | undefined;
    const first = client((given) => {
      signal = given;
      return compute();
    });
    await hasBegun();
    const second = client(counted('not computed twice'));
    await waitUntil('the second one waits too', () => cache.counts().misses === 2);
    first.hangUp.abort();
    expect(signal?.aborted).toBe(false);
    second.hangUp.abort();
    expect(signal?.aborted).toBe(true);
    // Who comes now does not wait for what is being given up.
    expect(await ask('k', counted('anew'))).toBe('anew');
    release('late');
    await Promise.all([first.answer, second.answer]);
  });

  it('does not begin for who has given up while Redis was asked', async () => {
    const compute = counted('unwanted');
    await expect(cache.getOrCompute('k', [], compute, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    expect(compute.calls).toBe(0);
  });

  it('is one of its key: others go on beside it', async () => {
    const slow = held();
    const answer = ask('k', slow.compute);
    await slow.hasBegun();
    expect(await ask('other', counted('another answer'))).toBe('another answer');
    slow.release('slow');
    expect(await answer).toBe('slow');
  });
});

describe('invalidation', () => {
  it('drops the answers with the tag and no others, in every process', async () => {
    const other = await open();
    const [jeans, shirts] = ['product:jean', 'product:chemise'];
    for (const which of [cache, other]) {
      await ask('jeans', counted('old jeans'), [jeans], which);
      await ask('both', counted('old both'), [shirts, jeans], which);
      await ask('shirts', counted('old shirts'), [shirts], which);
    }
    await cache.invalidate(['impacts', jeans]);
    for (const which of [other, cache]) {
      expect(await ask('jeans', counted('new jeans'), [jeans], which)).toBe('new jeans');
      expect(await ask('both', counted('new both'), [shirts, jeans], which)).toBe('new both');
      expect(await ask('shirts', counted('new shirts'), [shirts], which)).toBe('old shirts');
    }
  });

  it('does not keep what was being computed meanwhile', async () => {
    const slow = held();
    const answer = ask('k', slow.compute, ['t']);
    await slow.hasBegun();
    await cache.invalidate(['t']);
    const compute = counted('new');
    expect(await ask('k', compute, ['t'])).toBe('new');
    slow.release('old');
    expect(await answer).toBe('old');
    expect(await ask('k', counted('newer'), ['t'])).not.toBe('old');
  });

  it('forgets nothing when an answer ends under a version that another process was faster to make', async () => {
    const other = await open();
    const [here, there] = [held(), held()];
    const answers = [ask('k', here.compute, ['t']), ask('k', there.compute, ['t'], other)];
    await Promise.all([here.hasBegun(), there.hasBegun()]);
    here.release('same');
    there.release('same');
    await Promise.all(answers);
    await ask('k', counted('same'), ['t']);
    expect(await ask('k', counted('lost'), ['t'])).toBe('same');
  });

  it('does not trust an entry whose versions Redis lost', async () => {
    await ask('k', counted('old'), ['t']);
    await written();
    await redis.del(...(await redis.keys('*version:t')));
    expect(await ask('k', counted('new'), ['t'])).toBe('new');
  });

  it('asks Redis again for what did not hold here, and could not be computed', async () => {
    const other = await open();
    await ask('k', counted('old'), ['t']);
    await other.invalidate(['t']);
    await expect(ask('k', () => Promise.reject(new Error('no')), ['t'])).rejects.toThrow('no');
    await ask('k', counted('of another process'), ['t'], other);
    await other.ping();
    expect(await ask('k', counted('computed twice'), ['t'])).toBe('of another process');
  });

  it('survives foreign bytes under its keys', async () => {
    await ask('k', counted('old'), ['t']);
    const other = await open();
    await written();
    await redis.set((await redis.keys('*entry:k'))[0] as string, 'not an entry');
    expect(await ask('k', counted('new'), ['t'], other)).toBe('new');
  });
});

describe('clearing', () => {
  it('removes its own entries only', async () => {
    await redis.set('bull:queue', 'precious');
    await ask('a', counted('1'));
    await ask('b', counted('2'));
    expect(await cache.clear()).toBe(2);
    expect(await redis.get('bull:queue')).toBe('precious');
    expect(await redis.keys('*entry*')).toEqual([]);
    expect(await ask('a', counted('new'))).toBe('new');
  });

  it('removes however many there are, also those under a prefix that reads as a pattern', async () => {
    const odd = await open({ prefix: '[a]*:' });
    const keys = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => [`${prefix}entry:${index}`, 'x']).flat();
    await redis.mset(keys('[a]*:', 1201));
    await redis.mset(keys('a:', 3));
    expect(await odd.clear()).toBe(1201);
    expect(await redis.keys('a:entry:*')).toHaveLength(3);
  });

  it('clears this process too', async () => {
    await ask('k', counted('old'));
    const version = await redis.get('{ecobalyse-cache}:version:everything');
    await cache.clear();
    await redis.set('{ecobalyse-cache}:version:everything', version as string);
    expect(await ask('k', counted('new'))).toBe('new');
  });

  it('does not keep what was being computed meanwhile', async () => {
    const slow = held();
    const answer = ask('k', slow.compute);
    await slow.hasBegun();
    await cache.clear();
    slow.release('old');
    expect(await answer).toBe('old');
    expect(await ask('k', counted('new'))).toBe('new');
  });
});

describe('a Redis that fails', () => {
  async function openOnOwnRedis() {
    const lonely = await ownServer();
    const made = await open({ redisUrl: lonely.url, budgetMs: 15 });
    return { lonely, made };
  }

  /** What is answered by the cache, or computed for it, once it is asked again. */
  async function answerOf(which: ResponseCache, tag: string, text: string): Promise<string> {
    let answer = '';
    await waitUntil('Redis is asked', async () => {
      const before = which.counts().errors;
      answer = await ask(tag, counted(text), [tag], which);
      return which.counts().errors === before;
    });
    return answer;
  }

  const noticed = (which: ResponseCache) =>
    waitUntil('the cache has noticed', () =>
      which.ping().then(
        () => false,
        () => true,
      ),
    );

  it('is computed around while it is away, and a missed invalidation made up for when it comes back', async () => {
    const { lonely, made } = await openOnOwnRedis();
    await ask('k', counted('old'), ['t'], made);
    await lonely.kill();
    await noticed(made);
    expect(await ask('k', counted('fresh'), ['t'], made)).toBe('fresh');
    expect(made.counts().errors).toBe(1);
    await expect(made.invalidate(['t'])).rejects.toThrow();

    await lonely.restart();
    await connected(made);
    expect(await ask('k', counted('newer'), ['t'], made)).not.toBe('old');
    await waitUntil('it is asked again', async () => {
      await ask('k', counted('newest'), ['t'], made);
      return made.counts().hits > 0;
    });
  });

  it('keeps the first answers waiting for 15 ms when it is frozen, and the later ones not at all', async () => {
    const lonely = await ownServer();
    const made = openResponseCache({ redisUrl: lonely.url, ttlSeconds: 60, onError: () => undefined });
    opened.push(made);
    await connected(made);
    lonely.freeze();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let answered = 0;
    for (let client = 0; client < 20; client += 1)
      void ask('k', counted('fresh'), ['t'], made).then(() => {
        answered += 1;
      });
    await waitUntil('Redis is asked', () => vi.getTimerCount() > 0);
    vi.advanceTimersByTime(14);
    await nextTurn();
    expect(answered).toBe(0);
    vi.advanceTimersByTime(1);
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect(answered).toBe(20);
    expect(made.counts()).toEqual({ hits: 0, misses: 0, errors: 20 });
    // No clock goes on here.
    expect(await ask('k', counted('fresh'), ['t'], made)).toBe('fresh');
    await expect(made.invalidate(['t'])).rejects.toThrow('does not answer');

    vi.useRealTimers();
    lonely.thaw();
    await waitUntil('it is asked again', async () => {
      await ask('k', counted('newest'), ['t'], made);
      return made.counts().hits > 0;
    });

    // Once the cache is closed, nobody asks whether it is back.
    lonely.freeze();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = ask('k2', counted('fresh'), ['t'], made);
    await waitUntil('Redis is asked once more', () => vi.getTimerCount() > 0);
    vi.advanceTimersByTime(15);
    expect(await late).toBe('fresh');
    const pings = vi.spyOn(Redis.prototype, 'ping');
    const closing = made.close();
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    await vi.advanceTimersByTimeAsync(1000);
    expect(pings).not.toHaveBeenCalled();
  });

  it('is computed around for those who may give up, too', async () => {
    const { lonely, made } = await openOnOwnRedis();
    await lonely.kill();
    await noticed(made);
    const hangUp = new AbortController();
    let given: AbortSignal | undefined;
    await made.getOrCompute(
      'k',
      [],
      async (signal) => {
        given = signal;
        return 'fresh';
      },
      hangUp.signal,
    );
    hangUp.abort();
    expect(given?.aborted).toBe(true);
  });

  it.each([
    [1000, 'old'],
    [1001, 'new'],
  ])(
    'forgets no invalidation of %d that were missed; answers without these tags are the %s ones',
    async (missed, others) => {
      const { lonely, made } = await openOnOwnRedis();
      for (const tag of ['t0', 'other']) await answerOf(made, tag, 'old');
      await made.ping();
      await lonely.kill();
      await noticed(made);
      for (const tags of [['t0'], Array.from({ length: missed - 1 }, (_, index) => `t${index + 1}`)])
        await expect(made.invalidate(tags)).rejects.toThrow();
      await lonely.restart();
      expect([await answerOf(made, 't0', 'new'), await answerOf(made, 'other', 'new')]).toEqual(['new', others]);
    },
  );

  it('is not trusted while it refuses an invalidation, although it answers', async () => {
    await ask('k', counted('old'), ['t']);
    await redis.config('SET', 'maxmemory', '1');
    try {
      await redis.config('RESETSTAT');
      await expect(cache.invalidate(['t'])).rejects.toThrow('OOM');
      await waitUntil('it was tried again, in vain', async () => {
        const [, refused] = /cmdstat_set:.*rejected_calls=(\d+)/.exec(await redis.info('commandstats')) ?? [];
        return Number(refused) > 1;
      });
      expect(await ask('k', counted('fresh'), ['t'])).toBe('fresh');
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    await waitUntil('it is trusted again', async () => {
      expect(await ask('k', counted('newer'), ['t'])).not.toBe('old');
      return cache.counts().hits > 0;
    });
  });

  it('has an invalidation made up for that it may not have heard, for all processes, without a further request', async () => {
    const { lonely, made } = await openOnOwnRedis();
    const other = await open({ redisUrl: lonely.url });
    await ask('k', counted('old'), ['t'], made);
    lonely.freeze();
    // The first call meets the frozen server, the second an open circuit.
    await expect(made.invalidate(['t'])).rejects.toThrow();
    await expect(made.invalidate(['u'])).rejects.toThrow();
    lonely.thaw();
    const direct = new Redis(lonely.url);
    await waitUntil(
      'the second invalidation was made up for',
      async () => (await direct.keys('*version:u')).length > 0,
    );
    direct.disconnect();
    expect(await ask('k', counted('new'), ['t'], other)).toBe('new');
  });
});
