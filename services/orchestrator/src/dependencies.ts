import type { Access, LimitCounter, Protection } from '@ecobalyse/http-kit';
import type { PipelineClient, PipelineName, Schedule, Scheduler } from '@ecobalyse/pipeline';
import type { Logger } from '@ecobalyse/service-kit';
import type { Store } from '@ecobalyse/store';
import type { Webhook } from './alerts/webhook.js';

/** What the orchestrator works with; whoever builds it closes it. */
export interface OrchestratorDependencies {
  logger: Logger;
  store: Store;
  pipelines: PipelineClient;
  scheduler: Scheduler;
  schedules: ReadonlyMap<PipelineName, ConfiguredSchedule>;
  /** Resolves when Redis answers and takes writes. */
  pingRedis: () => Promise<unknown>;
  /** Rejects when Redis may drop jobs to make room. */
  redisKeepsKeys: () => Promise<unknown>;
  /** What could not be done when it was tried last, for the readiness. */
  troubles: Map<Chore, string>;
  /** Tells of incidents; null where nobody is to be told. */
  webhook: Webhook | null;
  /** Rejects, and says why, while the Ecobalyse API is away. */
  pingUpstream: () => Promise<unknown>;
  /** Hours after which a run that goes on is late. */
  lateAfterHours: number;
  access: Access;
  /** Where people find the API, to whose dashboard the page leads: an address, or `:8000` of the host that they see. */
  apiAddress: string;
  /** What the limits count with, and how the service guards itself; the usual ones when they are not given. */
  counter?: LimitCounter;
  protection?: Protection;
}

/** What the orchestrator does again and again. */
export type Chore = 'schedules' | 'runs';

/** A schedule as the settings give it; no `schedule` when it is off. */
export interface ConfiguredSchedule {
  text: string;
  timeZone: string;
  schedule?: Schedule;
}
