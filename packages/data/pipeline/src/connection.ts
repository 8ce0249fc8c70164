import { isTracing } from '@ecobalyse/telemetry';
import { type KeyPrefixOptions, Queue, type QueueBaseOptions } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';

/** Where the queues live. */
export interface QueueConnection {
  redisUrl: string;
  /** Prefix of every key. */
  prefix: string;
}

/** How long a producer waits for Redis before it gives up. */
const PRODUCER_TIMEOUT_MS = 10_000;

/** Looked up when a queue is opened: tracing starts before. */
const telemetry = () => (isTracing() ? { telemetry: new BullMQOtel({ tracerName: 'ecobalyse-platform' }) } : {});

const backoff = (attempt: number): number => Math.min(100 * 2 ** attempt, 5000);

/** Whether an error of a producer says that Redis is away, or does not answer. */
export function isQueueAway(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'MaxRetriesPerRequestError' || /^(Connection is closed|Command timed out)|ECONN/.test(message);
}

/** Options of queues and flow producers: fail when Redis is away, so that the caller can say so. */
export function producerOptions({ redisUrl, prefix }: QueueConnection): QueueBaseOptions & KeyPrefixOptions {
  return {
    prefix,
    ...telemetry(),
    connection: {
      url: redisUrl,
      connectTimeout: PRODUCER_TIMEOUT_MS,
      commandTimeout: PRODUCER_TIMEOUT_MS,
      maxRetriesPerRequest: 3,
      retryStrategy: backoff,
    },
  };
}

/**
 * Opens a queue to add jobs to, or to look at them.
 *
 * @param onError - told of connection errors; the connection is tried again by itself.
 */
export function openQueue(name: string, connection: QueueConnection, onError: (error: Error) => void): Queue {
  const queue = new Queue(name, producerOptions(connection));
  queue.on('error', onError);
  return queue;
}

/** Options of workers: wait for Redis as long as it takes. */
export function workerOptions({ redisUrl, prefix }: QueueConnection): QueueBaseOptions & KeyPrefixOptions {
  return {
    prefix,
    ...telemetry(),
    connection: {
      url: redisUrl,
      connectTimeout: PRODUCER_TIMEOUT_MS,
      maxRetriesPerRequest: null,
      retryStrategy: backoff,
    },
  };
}
