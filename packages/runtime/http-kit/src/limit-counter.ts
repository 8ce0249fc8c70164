import { Redis } from 'ioredis';

/** How often something happened in the present window of time, and when the window ends. */
export interface Count {
  current: number;
  /** Milliseconds until the window ends. */
  ttl: number;
}

/** Whether something was counted, and how much of the limit is left. */
export interface Taken {
  taken: boolean;
  left: number;
}

/** Counts what is limited. */
export interface LimitCounter {
  /** Counts one more under the key, in windows of `windowMs`; it never rejects. */
  count(key: string, windowMs: number): Promise<Count>;
  /** Counts so many more, unless they would be more than `most` together; says how many that leaves. It never rejects. */
  take(key: string, amount: number, most: number, windowMs: number): Promise<Taken>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30;
/** After a failure Redis is left alone for so long, so that only few requests wait for it in vain. */
const PAUSE_MS = 1000;
/** Windows that one process keeps in mind. */
const MAX_WINDOWS = 10_000;

const COUNT_IN_WINDOW = `
local current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { current, redis.call('PTTL', KEYS[1]) }
`;

const TAKE_IN_WINDOW = `
local left = tonumber(ARGV[2]) - tonumber(redis.call('GET', KEYS[1]) or '0')
local amount = tonumber(ARGV[1])
if amount > left then return { 0, math.max(left, 0) } end
if redis.call('INCRBY', KEYS[1], amount) == amount then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return { 1, left - amount }
`;

interface CountingRedis extends Redis {
  countInWindow(key: string, windowMs: number): Promise<[current: number, ttl: number]>;
  takeInWindow(key: string, amount: number, most: number, windowMs: number): Promise<[taken: 0 | 1, left: number]>;
}

/** Counts in this process only. */
export function openLocalCounter(): LimitCounter {
  const windows = new Map<string, { current: number; endsAt: number }>();

  function makeRoom(now: number): void {
    for (const [key, { endsAt }] of windows) if (endsAt <= now) windows.delete(key);
    for (const key of windows.keys()) {
      if (windows.size < MAX_WINDOWS) return;
      windows.delete(key);
    }
  }

  function windowOf(key: string, windowMs: number, now: number) {
    const open = windows.get(key);
    if (open && open.endsAt > now) return open;
    if (windows.size >= MAX_WINDOWS) makeRoom(now);
    const window = { current: 0, endsAt: now + windowMs };
    windows.set(key, window);
    return window;
  }

  return {
    async count(key, windowMs) {
      const now = Date.now();
      const window = windowOf(key, windowMs, now);
      window.current += 1;
      return { current: window.current, ttl: window.endsAt - now };
    },
    async take(key, amount, most, windowMs) {
      const window = windowOf(key, windowMs, Date.now());
      const left = most - window.current;
      if (amount > left) return { taken: false, left: Math.max(left, 0) };
      window.current += amount;
      return { taken: true, left: left - amount };
    },
    close: async () => windows.clear(),
  };
}

export interface SharedCounterOptions {
  redisUrl: string;
  /** Prefix of every key; the braces keep them in one slot of a Redis Cluster. */
  prefix?: string;
  /** A Redis that takes longer to answer counts as away: no limit is worth holding a request up. By default 30 ms. */
  timeoutMs?: number;
  /** Told when Redis is away; each process then counts for itself. */
  onError: (error: Error) => void;
}

/** Counts in Redis, for all processes together; while Redis is away or slow, in this process. */
export function openSharedCounter({
  redisUrl,
  prefix = '{ecobalyse-limits}:',
  timeoutMs = TIMEOUT_MS,
  onError,
}: SharedCounterOptions): LimitCounter {
  const local = openLocalCounter();
  const redis = new Redis(redisUrl, {
    commandTimeout: timeoutMs,
    connectTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    scripts: {
      countInWindow: { lua: COUNT_IN_WINDOW, numberOfKeys: 1 },
      takeInWindow: { lua: TAKE_IN_WINDOW, numberOfKeys: 1 },
    },
  }) as CountingRedis;
  redis.on('error', onError);
  let pausedUntil = 0;

  async function orHere<T>(shared: () => Promise<T>, here: () => Promise<T>): Promise<T> {
    if (redis.status !== 'ready' || Date.now() < pausedUntil) return here();
    try {
      return await shared();
    } catch (error) {
      pausedUntil = Date.now() + PAUSE_MS;
      onError(error as Error);
      return here();
    }
  }

  return {
    count: (key, windowMs) =>
      orHere(
        async () => {
          const [current, ttl] = await redis.countInWindow(prefix + key, windowMs);
          return { current, ttl };
        },
        () => local.count(key, windowMs),
      ),
    async take(key, amount, most, windowMs) {
      // Here as well: while Redis is slow for a moment, this process goes on from what it has taken, and not from nothing.
      const here = await local.take(key, amount, most, windowMs);
      if (!here.taken) return here;
      const all = await orHere(
        async () => {
          const [taken, left] = await redis.takeInWindow(prefix + key, amount, most, windowMs);
          return { taken: taken === 1, left };
        },
        async () => here,
      );
      if (!all.taken) await local.take(key, -amount, most, windowMs);
      return all;
    },
    async close() {
      redis.disconnect();
      await local.close();
    },
  };
}
