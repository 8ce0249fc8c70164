import { PlatformError } from '@ecobalyse/service-kit';
import { Redis, ReplyError } from 'ioredis';
import type { QueueConnection } from './connection.js';

/** A connection of its own to ask whether Redis answers: BullMQ's wait for Redis instead of telling. */
export interface RedisProbe {
  /** Resolves when Redis takes writes in the database of the queues, rejects at once while it is away. */
  ping(): Promise<void>;
  /** Rejects when Redis may drop keys of the queues to make room. */
  keepsKeys(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 2000;
const WRITTEN_FOR_SECONDS = 60;

/** @param onError - told of connection errors; the connection is tried again by itself. */
export function openRedisProbe({ redisUrl, prefix }: QueueConnection, onError: (error: Error) => void): RedisProbe {
  const redis = new Redis(redisUrl, {
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, TIMEOUT_MS),
  });
  redis.on('error', onError);
  const database = redis.options.db ?? 0;
  return {
    async ping() {
      try {
        // A connection whose database does not exist goes on in another one; a full, read-only or paused Redis answers PING.
        await redis.select(database);
        await redis.set(`${prefix}:readiness`, '1', 'EX', WRITTEN_FOR_SECONDS);
      } catch (error) {
        if (!(error instanceof ReplyError)) throw error;
        throw new PlatformError('REDIS_REFUSES', `Redis refuses (database ${database}): ${(error as Error).message}`);
      }
    },
    async keepsKeys() {
      const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory')) ?? [];
      if (policy === 'noeviction') return;
      const text = `Redis may drop jobs when its memory is full: expected maxmemory-policy noeviction, it is ${policy}`;
      throw new PlatformError('REDIS_EVICTS', text);
    },
    close: async () => redis.disconnect(),
  };
}
