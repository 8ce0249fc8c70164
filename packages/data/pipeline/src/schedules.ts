import { nextDue } from '@ecobalyse/service-kit';
import { openQueue, type QueueConnection } from './connection.js';
import { PIPELINES, type PipelineName } from './pipelines.js';
import { asRunningWorker, type RunningWorker, startWorker, type WorkerSettings } from './running-worker.js';

/** When a pipeline runs: a cron pattern in a time zone, or an interval. */
export type Schedule = { pattern: string; timeZone: string } | { everyMs: number };

const QUEUE_NAME = 'schedules';
const CLOCK_TOLERANCE_MS = 1000;
const names = Object.keys(PIPELINES) as PipelineName[];

/** A moment at which a pipeline is due. */
export interface Tick {
  pipeline: PipelineName;
  /** The same for everybody who hears of this tick, and for nobody else. */
  id: string;
}

/** The schedules, which live in Redis and are shared by every orchestrator. */
export interface Scheduler {
  /**
   * Makes the pipelines of this table, and no others, be scheduled as it says. What is right already is not moved.
   *
   * @returns why pipelines could not be scheduled; the others are nevertheless.
   */
  apply(schedules: ReadonlyMap<PipelineName, Schedule>): Promise<Map<PipelineName, Error>>;
  /** Next tick of each scheduled pipeline. */
  nextTicks(): Promise<Map<PipelineName, Date>>;
  close(): Promise<void>;
}

export function openScheduler(connection: QueueConnection, onError: (error: Error) => void): Scheduler {
  const queue = openQueue(QUEUE_NAME, connection, onError);

  async function schedule(pipeline: PipelineName, wanted: Schedule | undefined): Promise<void> {
    const found = await queue.getJobScheduler(pipeline);
    if (wanted && found) {
      const same =
        'everyMs' in wanted
          ? Number(found.every) === wanted.everyMs
          : found.pattern === wanted.pattern && (found.tz ?? 'UTC') === wanted.timeZone;
      // After the clock was set back, a tick that was far ahead of the old time is farther ahead of the new one.
      if (same && (found.next ?? 0) <= nextDue(wanted, Date.now()) + CLOCK_TOLERANCE_MS) return;
    }
    if (found) await queue.removeJobScheduler(pipeline);
    if (!wanted) return;
    await queue.upsertJobScheduler(
      pipeline,
      'everyMs' in wanted ? { every: wanted.everyMs } : { pattern: wanted.pattern, tz: wanted.timeZone },
      {
        name: 'tick',
        data: { pipeline },
        opts: {
          // Longer than a database is usually away: a tick that fails for good is lost.
          attempts: 10,
          backoff: { type: 'exponential', delay: 1000 },
          // One that stays would take the place of a tick that comes again when the clock is set back.
          removeOnComplete: true,
          removeOnFail: true,
          // Each tick begins a trace of its own.
          telemetry: { omitContext: true },
        },
      },
    );
  }

  return {
    async apply(schedules) {
      // However many orchestrators there are, ticks are handled one after the other.
      await queue.setGlobalConcurrency(1);
      const failures = new Map<PipelineName, Error>();
      for (const pipeline of names) {
        await schedule(pipeline, schedules.get(pipeline)).catch((error) => failures.set(pipeline, error));
      }
      return failures;
    },

    async nextTicks() {
      const schedulers = await Promise.all(names.map((pipeline) => queue.getJobScheduler(pipeline)));
      return new Map(
        schedulers.flatMap((found, index): [PipelineName, Date][] =>
          found?.next ? [[names[index] as PipelineName, new Date(found.next)]] : [],
        ),
      );
    },

    close: () => queue.close(),
  };
}

export interface TickWorkerOptions extends Omit<WorkerSettings, 'concurrency'> {
  /** Called once for a tick, and again when the process that handled it died. */
  onTick: (tick: Tick) => Promise<void>;
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
