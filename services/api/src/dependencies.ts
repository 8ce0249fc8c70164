import type { ResponseCache } from '@ecobalyse/cache';
import type { EcobalyseClient } from '@ecobalyse/ecobalyse-client';
import type { Access, LimitCounter, Protection } from '@ecobalyse/http-kit';
import type { ProductJobQueue } from '@ecobalyse/pipeline';
import type { Logger } from '@ecobalyse/service-kit';
import type { GarmentDistribution } from '@ecobalyse/statistics';
import type { RetentionPolicies, Store } from '@ecobalyse/store';
import type { ModelHost } from './model-host.js';

/** What the API works with; whoever builds it closes it. */
export interface ApiDependencies {
  logger: Logger;
  store: Store;
  cache: ResponseCache;
  upstream: EcobalyseClient;
  /** Longest wait for upstream's score of a product, all tries together; 30 s when it is not given. */
  upstreamDeadlineMs?: number;
  models: ModelHost;
  productJobs: ProductJobQueue;
  /** Largest file of a product job. */
  productJobLimits: { maxBytes: number };
  /** How long runs, jobs, models and former answers are kept; without policies nothing of them is removed. */
  retention?: RetentionPolicies;
  /** Days for which the use of keys is kept; 400 when it is not given. */
  auditKeepDays?: number;
  access: Access;
  /** Garments that the sensitivity of the method is worked out over; those of the sector when it is not given. */
  distribution?: GarmentDistribution;
  /** Where the orchestrator answers; without it there is nothing under `/orchestrator`. */
  orchestratorUrl?: string;
  /** What the limits count with, and how the service guards itself; the usual ones when they are not given. */
  counter?: LimitCounter;
  protection?: Protection;
  cacheClearRequiresKey: boolean;
  /** Probes of what some routes need, for `/health/ready`. */
  probes?: Readonly<Record<string, () => Promise<unknown>>>;
}
