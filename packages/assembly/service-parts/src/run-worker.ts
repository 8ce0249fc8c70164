import { createObservationServer, type Dependencies } from '@ecobalyse/http-kit/observation';
import {
  openRedisProbe,
  type QueueConnection,
  type RunningWorker,
  startTaskWorker,
  type TaskWorkerOptions,
} from '@ecobalyse/pipeline';
import type { SettingName } from '@ecobalyse/service-kit';
import { DATABASE_SETTINGS, runService, type ServiceContext, type ShutdownStep } from '@ecobalyse/service-kit';
import { openRunHistory, type Store } from '@ecobalyse/store';
import { openServiceStore, QUEUE_SETTINGS, queueConnection } from './connections.js';

/** A worker has time: it rather waits for the database than fails its task. */
const SERVER_SELECTION_TIMEOUT_MS = 15_000;

/** What every worker reads. */
export const WORKER_SETTINGS = [...DATABASE_SETTINGS, ...QUEUE_SETTINGS, 'WORKER_HOST', 'WORKER_PORT'] as const;
type WorkerSetting = (typeof WORKER_SETTINGS)[number];

/** What a worker is assembled with. */
export interface WorkerContext<Name extends SettingName> extends ServiceContext<Name | WorkerSetting> {
  readonly store: Store;
  /** The history of runs. */
  readonly recorder: ReturnType<typeof openRunHistory>;
  readonly connection: QueueConnection;
  readonly lockMs: number;
  /** Starts a worker of the tasks of a queue. */
  startTasks(queue: TaskWorkerOptions['queue'], handlers: TaskWorkerOptions['handlers']): RunningWorker;
}

export interface AssembledWorker {
  /** By the name of what they work on. A worker that does not run makes the service unready. */
  workers: Readonly<Record<string, RunningWorker>>;
  /** Probes of what else the tasks need, beside the database and Redis. */
  useful?: Dependencies['useful'];
  /** Stopped after the workers, in this order, before the database. */
  stop?: readonly ShutdownStep[];
}

function workerProbe(worker: RunningWorker, name: string) {
  return async () => {
    if (!worker.isRunning()) throw new Error(`the worker of ${name} does not run`);
  };
}

/**
 * The main function of a worker: database, run history and queues as the settings say, the workers that `assemble`
 * starts, an HTTP server for health and metrics when it has a port, and a graceful stop.
 *
 * @param settingNames - beside those of every worker.
 */
export function runWorker<const Name extends SettingName>(
  name: string,
  settingNames: readonly Name[],
  assemble: (context: WorkerContext<Name>) => AssembledWorker,
): Promise<void> {
  return runService(name, [...WORKER_SETTINGS, ...settingNames], async (service) => {
    const { settings, logger } = service as unknown as ServiceContext<WorkerSetting>;
    const store = openServiceStore(settings, name, SERVER_SELECTION_TIMEOUT_MS);
    const recorder = openRunHistory(store);
    const connection = queueConnection(settings);
    const redis = openRedisProbe(connection, (err) => logger.debug({ err }, 'connection lost: trying again'));
    const lockMs = settings.JOB_LOCK_MS;
    const {
      workers,
      useful,
      stop = [],
    } = assemble({
      ...service,
      store,
      recorder,
      connection,
      lockMs,
      startTasks: (queue, handlers) => startTaskWorker({ connection, queue, handlers, recorder, logger, lockMs }),
    });

    const { WORKER_HOST: host, WORKER_PORT: port } = settings;
    const probes = Object.entries(workers).map(([what, worker]) => [`worker ${what}`, workerProbe(worker, what)]);
    const dependencies: Dependencies = {
      needed: { mongodb: store.ping, redis: redis.ping, ...Object.fromEntries(probes) },
      ...(useful && { useful }),
    };
    const app = port === 0 ? undefined : await createObservationServer(logger, dependencies);
    return {
      listener: app && { app, host, port, portSetting: 'WORKER_PORT' },
      stop: [
        ['workers', () => Promise.all(Object.values(workers).map((worker) => worker.close()))],
        ...stop,
        ['redis probe', () => redis.close()],
        ['database', () => store.close()],
      ],
      ready: `${name} waits for tasks`,
    };
  });
}
