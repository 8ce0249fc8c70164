import type { ResponseCache } from '@ecobalyse/cache';
import type { EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import type { Logger } from '@ecobalyse/service-kit';
import type { Store } from '@ecobalyse/store';
import type { ModelHost } from './model-host.js';

/** What the API works with; whoever builds it closes it. */
export interface ApiDependencies {
  logger: Logger;
  store: Store;
  cache: ResponseCache;
  upstream: EcobalyseClient;
  models: ModelHost;
  apiKey: string;
  /** Header that carries the key. */
  apiKeyName: string;
  cacheClearRequiresKey: boolean;
}
