import { type TaskName, type TaskPayload, type TaskProgress, taskProgressSchema } from '@ecobalyse/schema';
import { type FlowJob, FlowProducer, Queue } from 'bullmq';
import { producerOptions, type QueueConnection } from './connection.js';
import { KEEP_JOBS, PIPELINES, type PipelineName, TASK_ATTEMPTS, TASK_QUEUES, taskJobId } from './pipelines.js';

/** Starts runs of pipelines and looks at them. */
export interface PipelineClient {
  /**
   * Adds the jobs of a run. Adding the same run again adds nothing, so a start that was interrupted can be repeated.
   */
  start(pipeline: PipelineName, payload: Omit<TaskPayload, 'pipeline'>): Promise<void>;
  /** Whether Redis still knows the run's jobs and has not finished them. */
  isPending(pipeline: PipelineName, runId: string): Promise<boolean>;
  /** Progress of a task, once it has reported one. */
  progress(pipeline: PipelineName, runId: string, task: TaskName): Promise<TaskProgress | undefined>;
  close(): Promise<void>;
}

/** The chain as a flow: the last task is the root, and each task is the only child of the next. */
function chain(pipeline: PipelineName, payload: TaskPayload, retryDelayMs: number): FlowJob {
  const tasks: readonly TaskName[] = PIPELINES[pipeline];
  const job = (index: number): FlowJob => {
    const task = tasks[index] as TaskName;
    const last = index === tasks.length - 1;
    return {
      name: task,
      queueName: TASK_QUEUES[task],
      data: payload,
      ...(index > 0 && { children: [job(index - 1)] }),
      opts: {
        ...KEEP_JOBS,
        jobId: taskJobId(pipeline, payload.runId, task),
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
  const queues = new Map<string, Queue>();
  const queueOf = (task: TaskName): Queue => {
    const name = TASK_QUEUES[task];
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue(name, producerOptions(connection));
    queue.on('error', options.onError);
    queues.set(name, queue);
    return queue;
  };
  const jobOf = (pipeline: PipelineName, runId: string, task: TaskName) =>
    queueOf(task).getJob(taskJobId(pipeline, runId, task));

  return {
    async start(pipeline, payload) {
      await flows.add(chain(pipeline, { ...payload, pipeline }, options.retryDelayMs));
    },

    async isPending(pipeline, runId) {
      const states = await Promise.all(
        PIPELINES[pipeline].map(async (task) => (await jobOf(pipeline, runId, task))?.getState()),
      );
      return states.every(Boolean) && !states.includes('failed') && states.some((state) => state !== 'completed');
    },

    async progress(pipeline, runId, task) {
      const job = await jobOf(pipeline, runId, task);
      const progress = taskProgressSchema.safeParse(job?.progress);
      return progress.success ? progress.data : undefined;
    },

    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await flows.close();
    },
  };
}
