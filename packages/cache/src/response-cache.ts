import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** A cache that takes longer than this to answer is slower than the database. */
const COMMAND_TIMEOUT_MS = 500;
const SCAN_COUNT = 500;

export interface ResponseCacheOptions {
  redisUrl: string;
  /** Prefix of every key; the braces keep them in one slot of a Redis Cluster. */
  prefix?: string;
  /** Life of an entry. */
  ttlSeconds: number;
  /** A Redis that takes longer than this to answer counts as away; by default 500 ms. */
  commandTimeoutMs?: number;
  /** Told when Redis is away; the cache then answers by computing. */
  onError: (error: Error) => void;
}

/** A cache of serialised answers that survives the absence of Redis. */
export interface ResponseCache {
  /**
   * The cached text under `key`, or what `compute` gives, which is then kept. One computation a key runs at a time in
   * this process. Errors of `compute` pass through and are not kept; errors of Redis never do.
   */
  getOrCompute(key: string, compute: () => Promise<string>): Promise<string>;
  /**
   * Forgets every entry; an answer that is being computed meanwhile is not kept either.
   *
   * @returns how many entries were removed.
   * @throws when Redis cannot be reached.
   */
  clear(): Promise<number>;
  /** Resolves when Redis answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface CacheRedis extends Redis {
  /** The current generation (made when there is none), and the entry under it or null. */
  readEntry(
    generationKey: string,
    newGeneration: string,
    entryPrefix: string,
    key: string,
  ): Promise<[string, string | null]>;
}

/** One round trip: entries belong to a generation, so that clearing drops at once what is still being computed. */
const READ_ENTRY = `
local generation = redis.call('GET', KEYS[1])
if not generation then
  generation = ARGV[1]
  redis.call('SET', KEYS[1], generation)
end
return { generation, redis.call('GET', ARGV[2] .. generation .. ':' .. ARGV[3]) }
`;

/** Opens the cache. It connects in the background, and again by itself whenever Redis comes back. */
export function openResponseCache(options: ResponseCacheOptions): ResponseCache {
  const {
    redisUrl,
    prefix = '{ecobalyse-cache}:',
    ttlSeconds,
    commandTimeoutMs = COMMAND_TIMEOUT_MS,
    onError,
  } = options;
  const redis = new Redis(redisUrl, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 2000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2000),
    scripts: { readEntry: { lua: READ_ENTRY, numberOfKeys: 1 } },
  }) as CacheRedis;
  redis.on('error', onError);

  const generationKey = `${prefix}generation`;
  const entryPrefix = `${prefix}entry:`;
  const underWay = new Map<string, Promise<string>>();
  /** A clear that Redis did not hear of: nothing cached may be trusted before it is made up for. */
  let clearOwed = false;

  async function startGeneration(): Promise<void> {
    clearOwed = true;
    await redis.set(generationKey, randomUUID());
    clearOwed = false;
  }

  async function read(key: string): Promise<[generation: string, entry: string | null] | undefined> {
    if (redis.status !== 'ready') return undefined;
    try {
      if (clearOwed) await startGeneration();
      return await redis.readEntry(generationKey, randomUUID(), entryPrefix, key);
    } catch (error) {
      onError(error as Error);
      return undefined;
    }
  }

  return {
    async getOrCompute(key, compute) {
      const found = await read(key);
      if (!found) return compute();
      const [generation, entry] = found;
      if (entry !== null) return entry;

      const entryKey = `${entryPrefix}${generation}:${key}`;
      const running = underWay.get(entryKey);
      if (running) return running;
      const computed = compute();
      underWay.set(entryKey, computed);
      try {
        const text = await computed;
        await redis.set(entryKey, text, 'EX', ttlSeconds).catch(onError);
        return text;
      } finally {
        underWay.delete(entryKey);
      }
    },

    async clear() {
      await startGeneration();
      let cleared = 0;
      for await (const keys of redis.scanStream({
        match: `${entryPrefix.replace(/[[\]*?\\]/g, '\\$&')}*`,
        count: SCAN_COUNT,
      })) {
        if (keys.length > 0) cleared += await redis.unlink(...(keys as string[]));
      }
      return cleared;
    },

    ping: async () => void (await redis.ping()),

    async close() {
      if (redis.status === 'ready') await redis.quit().catch(onError);
      else redis.disconnect();
    },
  };
}
