import { Queue } from 'bullmq';
import { producerOptions, type QueueConnection } from './connection.js';
import { PIPELINES, type PipelineName } from './pipelines.js';
import { asRunningWorker, type RunningWorker, startWorker, type WorkerLogger } from './running-worker.js';

/** When a pipeline runs: a cron pattern in a time zone, or an interval. */
export type Schedule = { pattern: string; timeZone: string } | { everyMs: number };

const QUEUE_NAME = 'schedules';

/** A moment at which a pipeline is due. */
export interface Tick {
  pipeline: PipelineName;
  /** The same for everybody who hears of this tick, and for nobody else. */
  id: string;
}

/** The schedules, which live in Redis and are shared by every orchestrator. */
export interface Scheduler {
  /** Makes the pipelines of this table, and no others, be scheduled as it says. What is right already is not moved. */
  apply(schedules: ReadonlyMap<PipelineName, Schedule>): Promise<void>;
  /** Next tick of each scheduled pipeline. */
  nextTicks(): Promise<Map<PipelineName, Date>>;
  close(): Promise<void>;
}

export function openScheduler(connection: QueueConnection, onError: (error: Error) => void): Scheduler {
  const queue = new Queue(QUEUE_NAME, producerOptions(connection));
  queue.on('error', onError);

  return {
    async apply(schedules) {
      // However many orchestrators there are, ticks are handled one after the other.
      await queue.setGlobalConcurrency(1);
      const known = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]));
      for (const pipeline of Object.keys(PIPELINES) as PipelineName[]) {
        const wanted = schedules.get(pipeline);
        const found = known.get(pipeline);
        if (!wanted) {
          if (found) await queue.removeJobScheduler(pipeline);
          continue;
        }
        const same =
          'everyMs' in wanted
            ? Number(found?.every) === wanted.everyMs
            : found?.pattern === wanted.pattern && (found.tz ?? 'UTC') === wanted.timeZone;
        if (found && same) continue;
        await queue.upsertJobScheduler(
          pipeline,
          'everyMs' in wanted ? { every: wanted.everyMs } : { pattern: wanted.pattern, tz: wanted.timeZone },
          {
            name: 'tick',
            data: { pipeline },
            opts: {
              attempts: 5,
              backoff: { type: 'exponential', delay: 1000 },
              removeOnComplete: 100,
              removeOnFail: 100,
              // Each tick begins a trace of its own.
              telemetry: { omitContext: true },
            },
          },
        );
      }
    },

    async nextTicks() {
      const schedulers = await queue.getJobSchedulers();
      return new Map(
        schedulers.flatMap(({ key, next }): [PipelineName, Date][] =>
          key in PIPELINES && next ? [[key as PipelineName, new Date(next)]] : [],
        ),
      );
    },

    close: () => queue.close(),
  };
}

export interface TickWorkerOptions {
  connection: QueueConnection;
  /** Called once for a tick, and again when the process that handled it died. */
  onTick: (tick: Tick) => Promise<void>;
  logger: WorkerLogger;
  lockMs: number;
}

/** Starts handling the ticks of the schedules. A tick that was missed while nobody listened comes once, late. */
export function startTickWorker({ connection, onTick, logger, lockMs }: TickWorkerOptions): RunningWorker {
  const worker = startWorker(
    QUEUE_NAME,
    async (job) => {
      await onTick({ pipeline: job.data.pipeline, id: String(job.id).replaceAll(':', '-') });
    },
    { connection, logger, concurrency: 1, lockMs },
  );
  worker.on('failed', (job, err) => logger.error({ err, pipeline: job?.data.pipeline }, 'a scheduled start failed'));
  return asRunningWorker(worker);
}
