import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import { runStateSchema } from '@ecobalyse/schema';
import { listRuns } from '@ecobalyse/store';
import { gauge } from '@ecobalyse/telemetry';
import type { OrchestratorDependencies } from './dependencies.js';

const QUEUE_STATES = ['waiting', 'active', 'delayed', 'failed', 'waiting-children', 'prioritized'] as const;

let observed: Pick<OrchestratorDependencies, 'store' | 'pipelines'> | undefined;

gauge({
  name: 'queue_jobs',
  help: 'Jobs of each queue by state; a failed one stays for 30 days',
  labels: ['queue', 'state'],
  async collect(figure) {
    figure.reset();
    await Promise.all(
      (observed?.pipelines.queues() ?? []).map(async (queue) => {
        const counts = await queue.getJobCounts(...QUEUE_STATES);
        for (const [state, count] of Object.entries(counts)) figure.set({ queue: queue.name, state }, count);
      }),
    );
  },
});

gauge({
  name: 'queue_workers',
  help: 'Workers that are connected to each queue',
  labels: ['queue'],
  async collect(figure) {
    figure.reset();
    await Promise.all(
      (observed?.pipelines.queues() ?? []).map(async (queue) =>
        figure.set({ queue: queue.name }, await queue.getWorkersCount()),
      ),
    );
  },
});

gauge({
  name: 'pipeline_last_run_timestamp_seconds',
  help: 'When the newest run of a pipeline in each state ended, or began when it goes on',
  labels: ['pipeline', 'state'],
  async collect(figure) {
    figure.reset();
    const pairs = (Object.keys(PIPELINES) as PipelineName[]).flatMap((pipeline) =>
      runStateSchema.options.map((state) => ({ pipeline, state })),
    );
    await Promise.all(
      pairs.map(async ({ pipeline, state }) => {
        const [run] = observed ? await listRuns(observed.store, { pipeline, states: [state] }, 1) : [];
        if (run) figure.set({ pipeline, state }, (run.finishedAt ?? run.createdAt).getTime() / 1000);
      }),
    );
  },
});

/** Shows the queues and the history of runs among the metrics of the process. */
export function observePipelines(dependencies: Pick<OrchestratorDependencies, 'store' | 'pipelines'>): void {
  observed = dependencies;
}
