import type { TaskName, TaskPayload } from '@ecobalyse/schema';
import { type FlowJob, FlowProducer, type JobState, type Queue } from 'bullmq';
import { openQueue, producerOptions, type QueueConnection } from './connection.js';
import {
  KEEP_JOBS,
  PIPELINES,
  type PipelineName,
  QUEUES,
  type QueueName,
  TASK_ATTEMPTS,
  TASK_QUEUES,
  taskJobId,
} from './pipelines.js';

/** Which jobs of a run: those of its start, or of its nth retry. */
export interface RunJobs {
  pipeline: PipelineName;
  runId: string;
  retry: number;
}

/** What Redis knows of a run. */
export type RunInRedis =
  /** It goes on; `unattended` names a task that waits on a queue without a worker. */
  | { state: 'pending'; unattended?: TaskName }
  | { state: 'failed'; task: TaskName; reason: string }
  | { state: 'completed' }
  /** Redis has no job of it: it was flushed, or the jobs were never added. */
  | { state: 'gone' };

/** Adds the jobs of runs and looks at them. */
export interface PipelineClient {
  /**
   * Adds the jobs of a run, from its first task or, for a retry, from a later one. Adding the same jobs again adds
   * nothing, so a start that was interrupted can be repeated.
   */
  start(
    pipeline: PipelineName,
    payload: Omit<TaskPayload, 'pipeline' | 'retry'>,
    retry?: { number: number; from: TaskName },
  ): Promise<void>;
  inspect(run: RunJobs): Promise<RunInRedis>;
  /** Every queue, for a queue board. */
  queues(): Queue[];
  close(): Promise<void>;
}

/** The chain as a flow: the last task is the root, and each task is the only child of the next. */
function chain(
  pipeline: PipelineName,
  payload: TaskPayload,
  retryDelayMs: number,
  retry: number,
  from?: TaskName,
): FlowJob {
  const tasks: readonly TaskName[] = PIPELINES[pipeline];
  const first = from === undefined ? 0 : tasks.indexOf(from);
  if (first < 0) throw new RangeError(`${pipeline} has no task ${from}`);
  const job = (index: number): FlowJob => {
    const task = tasks[index] as TaskName;
    const last = index === tasks.length - 1;
    return {
      name: task,
      queueName: TASK_QUEUES[task],
      data: payload,
      ...(index > first && { children: [job(index - 1)] }),
      opts: {
        ...KEEP_JOBS,
        jobId: taskJobId(pipeline, payload.runId, task, retry),
        attempts: TASK_ATTEMPTS,
        backoff: { type: 'fixed', delay: retryDelayMs },
        ...(!last && { failParentOnFailure: true }),
      },
    } as FlowJob;
  };
  return job(tasks.length - 1);
}

/**
 * @param options.retryDelayMs - wait before the one retry of a failed task.
 * @param options.onError - told of connection errors; the connection is tried again by itself.
 */
export function createPipelineClient(
  connection: QueueConnection,
  options: { retryDelayMs: number; onError: (error: Error) => void },
): PipelineClient {
  const flows = new FlowProducer(producerOptions(connection));
  flows.on('error', options.onError);
  const queues = new Map(
    Object.values(QUEUES).map((name): [QueueName, Queue] => [name, openQueue(name, connection, options.onError)]),
  );
  const queueOf = (task: TaskName): Queue => queues.get(TASK_QUEUES[task]) as Queue;

  return {
    async start(pipeline, payload, retry) {
      const { number = 0, from } = retry ?? {};
      const jobs = chain(pipeline, { ...payload, pipeline, retry: number }, options.retryDelayMs, number, from);
      // A producer that was closed adds nothing, and says nothing.
      if (!(await flows.add(jobs))) throw new Error('Connection is closed: no more runs are started');
    },

    async inspect({ pipeline, runId, retry }) {
      const tasks: readonly TaskName[] = PIPELINES[pipeline];
      const jobs = await Promise.all(
        tasks.map(async (task) => {
          const job = await queueOf(task).getJob(taskJobId(pipeline, runId, task, retry));
          return { task, job, state: (await job?.getState()) as JobState | undefined };
        }),
      );
      const failed = jobs.find(({ state }) => state === 'failed');
      if (failed) return { state: 'failed', task: failed.task, reason: failed.job?.failedReason ?? 'unknown' };
      const root = jobs.at(-1);
      if (!root?.job) return { state: 'gone' };
      if (root.state === 'completed') return { state: 'completed' };
      const waiting = jobs.find(({ state }) => state === 'waiting');
      const unattended = waiting && (await queueOf(waiting.task).getWorkersCount()) === 0 ? waiting.task : undefined;
      return { state: 'pending', ...(unattended && { unattended }) };
    },

    queues: () => [...queues.values()],

    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await flows.close();
    },
  };
}
