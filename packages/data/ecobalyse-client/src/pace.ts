import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pThrottle from 'p-throttle';

/** Who may ask a server, and when. */
export interface Pace {
  /** Waits for the next turn, or until whoever waits is aborted; it never rejects. */
  nextTurn(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** A pace that one process keeps by itself. */
export function openOwnPace(turnsPerSecond: number): Pace {
  const turn = pThrottle({ limit: 1, interval: 1000 / turnsPerSecond })(() => undefined);
  return {
    async nextTurn(signal) {
      if (signal?.aborted) return;
      const isOver = new AbortController();
      const aborted = signal && once(signal, 'abort', { signal: isOver.signal }).catch(() => undefined);
      await Promise.race([turn(), ...(aborted ? [aborted] : [])]);
      isOver.abort();
    },
    close: () => undefined,
  };
}

export interface SharedPaceOptions {
  redisUrl: string;
  /** Whom the turns are for, such as the name of a server: processes that say the same share them. */
  of: string;
  turnsPerSecond: number;
  /** Told when Redis is away; each process then keeps the pace by itself. */
  onError: (error: Error) => void;
}

/** A worker may wait for Redis so long; then, and for a while after, it does without. */
const TIMEOUT_MS = 1000;
const PAUSE_MS = 1000;
const MICROSECONDS_PER_SECOND = 1_000_000;

/** Takes the first turn that is free, by Redis's own clock, and tells how many microseconds remain until then. */
const TAKE_TURN = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
local following = turn + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', math.ceil((following - now) / 1000))
return turn - now
`;

interface TurnRedis extends Redis {
  takeTurn(key: string, intervalMicroseconds: number): Promise<number>;
}

/** A pace that all processes keep together: each takes the next free turn from Redis and waits for it. */
export function openSharedPace({ redisUrl, of, turnsPerSecond, onError }: SharedPaceOptions): Pace {
  const own = openOwnPace(turnsPerSecond);
  const redis = new Redis(redisUrl, {
    commandTimeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    scripts: { takeTurn: { lua: TAKE_TURN, numberOfKeys: 1 } },
  }) as TurnRedis;
  redis.on('error', onError);
  const interval = Math.ceil(MICROSECONDS_PER_SECOND / turnsPerSecond);
  let pausedUntil = 0;

  return {
    async nextTurn(signal) {
      if (Date.now() < pausedUntil) return own.nextTurn(signal);
      try {
        const remaining = await redis.takeTurn(`{ecobalyse-pace}:${of}`, interval);
        // Whoever is aborted meanwhile need not be told by the pace.
        await wait(Math.ceil(remaining / 1000), undefined, signal && { signal }).catch(() => undefined);
      } catch (error) {
        pausedUntil = Date.now() + PAUSE_MS;
        onError(error as Error);
        await own.nextTurn(signal);
      }
    },
    close: () => redis.disconnect(),
  };
}
