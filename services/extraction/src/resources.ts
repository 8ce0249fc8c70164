import type { ResponseCache } from '@ecobalyse/cache';
import type { EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import type { Store } from '@ecobalyse/store';
import type { Queue } from 'bullmq';

/** What the tasks work with. */
export interface Resources {
  store: Store;
  upstream: EcobalyseClient;
  cache: ResponseCache;
  batches: Queue;
  /** Simulations in one batch job. */
  batchSize: number;
}
