import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RefusedError } from '@ecobalyse/http-kit';
import { PIPELINES, type PipelineName, type Tick } from '@ecobalyse/pipeline';
import type { Caller, RunParameters, TaskName } from '@ecobalyse/schema';
import {
  closeRun,
  createRun,
  explainRun,
  findRun,
  isFirstExtraction,
  type PipelineRun,
  pausedPipelines,
  recordSkippedRun,
  reopenRun,
  type Starter,
} from '@ecobalyse/store';
import type { OrchestratorDependencies } from './dependencies.js';

type Needs = Pick<OrchestratorDependencies, 'store' | 'pipelines' | 'logger'>;

/** User agent of `npm start`. */
const LAUNCHER = /^ecobalyse-start\b/;

/** Who a request is from, and how it came: browsers tell the origin of a page with each of its writes. */
export function starterOf({ caller, headers }: { caller?: Caller | null; headers: IncomingHttpHeaders }): Starter {
  const isPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  const isCommand = LAUNCHER.test(headers['user-agent'] ?? '');
  return { key: caller?.name ?? null, via: isPage ? 'page' : isCommand ? 'command' : 'api' };
}

const busy = (pipeline: string) => new RefusedError('pipeline_busy', { pipeline });

/** Pipelines whose tasks read what the extraction stores. */
const readsData = (pipeline: PipelineName): boolean => pipeline !== 'ecobalyse_extract';
const FIRST_EXTRACTION = 'statistics and models wait for the end of the first extraction';

/** A run whose tasks cannot be added is over at once, and keeps nobody from starting another. */
async function addTasks(store: Needs['store'], runId: string, added: Promise<void>): Promise<void> {
  await added.catch(async (error: unknown) => {
    await closeRun(store, runId, 'failed', 'its tasks could not be added to the queues (is Redis away?): retry it');
    throw error;
  });
}

/**
 * Starts a run. One that is started during the first extraction adds its products, and says what the rest waits for.
 *
 * @throws RefusedError while another run of the pipeline goes on.
 */
export async function startRun(
  { store, pipelines }: Needs,
  pipeline: PipelineName,
  parameters: RunParameters,
  starter: Starter,
): Promise<string> {
  const runId = randomUUID();
  if (!(await createRun(store, { _id: runId, pipeline, trigger: 'user', parameters, starter }))) throw busy(pipeline);
  if (readsData(pipeline) && (await isFirstExtraction(store))) await explainRun(store, runId, FIRST_EXTRACTION);
  await addTasks(store, runId, pipelines.start(pipeline, { runId, parameters }));
  return runId;
}

/** Starts the run of a tick, unless it would see a part of the first data only. Handling a tick again, after its process died, ends in the same run. */
export async function handleTick({ store, pipelines, logger }: Needs, { pipeline, id }: Tick): Promise<void> {
  const starter = { key: null, via: 'schedule' } as const;
  const run = { _id: id, pipeline, trigger: 'schedule', parameters: {}, starter };
  // One that was due before somebody paused the pipeline.
  if ((await pausedPipelines(store)).has(pipeline)) return;
  const known = await findRun(store, id);
  if (known && known.state !== 'running') return;
  if (!known && readsData(pipeline) && (await isFirstExtraction(store))) {
    await recordSkippedRun(store, run, FIRST_EXTRACTION);
    logger.info({ pipeline, runId: id }, 'scheduled run skipped: the first extraction still goes on');
  } else if (await createRun(store, run)) {
    await pipelines.start(pipeline, { runId: id, parameters: {} });
    logger.info({ pipeline, runId: id }, 'scheduled run started');
  } else {
    await recordSkippedRun(store, run, 'the run before it still went on');
    logger.warn({ pipeline, runId: id }, 'scheduled run skipped: the run before it still goes on');
  }
}

/** The first task of a run that did not succeed. */
export function taskToRetryFrom(run: PipelineRun): TaskName {
  const tasks: readonly TaskName[] = PIPELINES[run.pipeline as PipelineName];
  return tasks.find((task) => run.tasks[task]?.state !== 'succeeded') ?? (tasks[0] as TaskName);
}

/**
 * Makes a run that ended badly go on from the task that failed.
 *
 * @throws RefusedError when it did not end badly, or another run of the pipeline goes on.
 */
export async function retryRun({ store, pipelines }: Needs, run: PipelineRun, starter: Starter): Promise<void> {
  if (run.state !== 'failed' && run.state !== 'cancelled') {
    throw new RefusedError('run_not_retryable', { state: run.state });
  }
  const pipeline = run.pipeline as PipelineName;
  const tasks: readonly TaskName[] = PIPELINES[pipeline];
  const from = taskToRetryFrom(run);
  const number = await reopenRun(store, run, tasks.slice(tasks.indexOf(from)), starter);
  if (number === undefined) throw busy(pipeline);
  const added = pipelines.start(pipeline, { runId: run._id, parameters: run.parameters }, { number, from });
  await addTasks(store, run._id, added);
}

/**
 * Cancels a run: the task under way is told, tasks and batches that wait end without doing anything.
 *
 * @throws RefusedError when it has ended already.
 */
export async function cancelRun({ store }: Needs, run: PipelineRun, { key }: Starter): Promise<void> {
  if (!(await closeRun(store, run._id, 'cancelled', `cancelled by ${key ?? 'a user'}`))) {
    throw new RefusedError('run_ended', { state: run.state });
  }
}
