import { Redis } from 'ioredis';
import type { QueueConnection } from './connection.js';

/** A connection of its own to ask whether Redis answers: BullMQ's wait for Redis instead of telling. */
export interface RedisProbe {
  /** Resolves when Redis answers, rejects at once while it is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 2000;

/** @param onError - told of connection errors; the connection is tried again by itself. */
export function openRedisProbe({ redisUrl }: QueueConnection, onError: (error: Error) => void): RedisProbe {
  const redis = new Redis(redisUrl, {
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(100 * 2 ** attempt, TIMEOUT_MS),
  });
  redis.on('error', onError);
  return {
    ping: async () => void (await redis.ping()),
    close: async () => redis.disconnect(),
  };
}
