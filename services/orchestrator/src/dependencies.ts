import type { PipelineClient, PipelineName, Schedule, Scheduler } from '@ecobalyse/pipeline';
import type { Logger } from '@ecobalyse/service-kit';
import type { Store } from '@ecobalyse/store';

/** What the orchestrator works with; whoever builds it closes it. */
export interface OrchestratorDependencies {
  logger: Logger;
  store: Store;
  pipelines: PipelineClient;
  scheduler: Scheduler;
  schedules: ReadonlyMap<PipelineName, ConfiguredSchedule>;
  /** Resolves when Redis answers. */
  pingRedis: () => Promise<unknown>;
  apiKey: string;
  apiKeyName: string;
}

/** A schedule as the settings give it; no `schedule` when it is off. */
export interface ConfiguredSchedule {
  text: string;
  timeZone: string;
  schedule?: Schedule;
}
