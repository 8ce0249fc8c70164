import { setTimeout as wait } from 'node:timers/promises';
import { type ApiClient, ApiError } from '@ecobalyse/api-client';
import {
  type PipelineName,
  type PipelineView,
  type RunParameters,
  type RunView,
  taskResultSchemas,
} from '@ecobalyse/schema';

const EXTRACTION = 'ecobalyse_extract';
const ANALYSIS = 'ecobalyse';
const POLL_MS = 200;

/** What a watcher of the run is told. */
export interface RunWatcher {
  simulations(done: number, planned: number): void;
  taskDone(task: string, seconds: number, result: unknown): void;
  taskTrouble(task: string, error: string): void;
}

/** Product types that are stored. */
export async function productTypes(api: ApiClient): Promise<readonly string[]> {
  return api.ask('GET /product', {}).catch((error: unknown) => {
    if (error instanceof ApiError && error.kind === 'not-found') return [];
    throw error;
  });
}

const findPipeline = (api: ApiClient, name: PipelineName) =>
  api.ask('GET /orchestrator/pipelines/{name}', { path: { name } });

async function startRun(api: ApiClient, name: PipelineName, parameters: RunParameters): Promise<string> {
  return (await api.ask('POST /orchestrator/pipelines/{name}/runs', { path: { name }, body: { parameters } })).id;
}

/**
 * Decides whether to extract, and starts the run or finds the one that was interrupted (everything killed, machine
 * switched off) and goes on.
 *
 * @returns the id of the run to watch, or undefined when nothing has to be done.
 */
export async function ensureExtraction(
  api: ApiClient,
  when: 'needed' | 'always',
  parameters: RunParameters,
): Promise<{ runId: string; resumed: boolean } | undefined> {
  const pipeline = await findPipeline(api, EXTRACTION);
  const last = pipeline.runs.find(({ state }) => state !== 'skipped');
  if (last?.state === 'running') return { runId: last.id, resumed: true };
  const endedBadly = last?.state === 'failed' || last?.state === 'cancelled';
  if (when === 'needed' && !endedBadly && (await productTypes(api)).length > 0) return undefined;
  return { runId: await startRun(api, EXTRACTION, parameters), resumed: false };
}

/** Whether a run of the analysis covers all that was extracted: it began after the last extraction ended. */
async function coversExtraction(api: ApiClient, { createdAt }: RunView): Promise<boolean> {
  const { runs } = await findPipeline(api, EXTRACTION);
  const extracted = runs.find(({ state }) => state === 'succeeded')?.finishedAt;
  return !extracted || Date.parse(createdAt) >= Date.parse(extracted);
}

/** The run of the analysis that counts: the one under way, or the last that succeeded. */
const lastAnalysis = ({ runs }: PipelineView): RunView | undefined =>
  runs.find(({ state }) => state === 'running' || state === 'succeeded');

/** Whether statistics and models cover already what was extracted. */
export async function analysisIsReady(api: ApiClient): Promise<boolean> {
  const last = lastAnalysis(await findPipeline(api, ANALYSIS));
  return last?.state === 'succeeded' && (await coversExtraction(api, last));
}

/**
 * Sees that statistics and models cover what was extracted: finds the run that does, or waits for one that began too early
 * (a schedule may tick at any time) and starts another.
 *
 * @returns `ready`, the run to watch, or undefined when the pipeline is switched off.
 */
export async function ensureAnalysis(
  api: ApiClient,
  signal: AbortSignal,
): Promise<'ready' | { runId: string } | undefined> {
  while (true) {
    signal.throwIfAborted();
    const pipeline = await findPipeline(api, ANALYSIS);
    if (pipeline.paused || pipeline.schedule === 'off') return undefined;
    const last = lastAnalysis(pipeline);
    if (last && (await coversExtraction(api, last))) return last.state === 'succeeded' ? 'ready' : { runId: last.id };
    if (last?.state !== 'running') {
      const runId = await startRun(api, ANALYSIS, {}).catch((error: unknown) => {
        // A schedule was quicker.
        if (error instanceof ApiError && error.kind === 'conflict') return undefined;
        throw error;
      });
      if (runId !== undefined) return { runId };
    }
    await wait(POLL_MS);
  }
}

/** Follows a run to its end. An orchestrator that is away for a moment is waited for. */
export async function watchRun(
  api: ApiClient,
  runId: string,
  watcher: RunWatcher,
  signal: AbortSignal,
): Promise<RunView> {
  const told = new Set<string>();
  while (true) {
    signal.throwIfAborted();
    const run = await api.ask('GET /orchestrator/runs/{id}', { path: { id: runId } }).catch(() => undefined);
    for (const { task, state, attempts, progress, startedAt, finishedAt, result, error } of run?.tasks ?? []) {
      if (task === 'simulations' && progress && progress.planned > 0)
        watcher.simulations(progress.done, progress.planned);
      if (error && !told.has(`${task}!${attempts}`)) {
        told.add(`${task}!${attempts}`);
        watcher.taskTrouble(task, error);
      }
      if (state === 'succeeded' && startedAt && finishedAt && !told.has(task)) {
        told.add(task);
        watcher.taskDone(task, (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, result);
      }
    }
    if (run && run.state !== 'running') return run;
    await wait(POLL_MS);
  }
}

/** Summary of a finished run, as lines for people. */
export function summarise(run: RunView): string[] {
  const seconds = run.finishedAt ? (Date.parse(run.finishedAt) - Date.parse(run.createdAt)) / 1000 : 0;
  const load = taskResultSchemas.load.safeParse(run.tasks.find(({ task }) => task === 'load')?.result);
  if (run.state !== 'succeeded' || !load.success) {
    const failed = run.tasks.find(({ state, error }) => state === 'failed' && error);
    const why = failed ? ` at "${failed.task}": ${failed.error}` : run.reason ? `: ${run.reason}` : '';
    return [`The extraction failed${why}. Run npm start again to retry.`];
  }
  const { planned, products, inserted, updated, unchanged, refused, refusals } = load.data;
  return [
    `${planned} simulations in ${seconds.toFixed(1)} s: ${inserted} inserted, ${updated} updated, ${unchanged} unchanged, ${refused} refused.`,
    ...(products < planned
      ? [
          `  They describe ${products} distinct products, one document each: some garments of the grid are the same to the method.`,
        ]
      : []),
    ...refusals.map(({ count, example }) => {
      const reasons = Object.entries(example.reasons).map(([field, reason]) => `${field}: ${reason}`);
      return `  ${count} refused, such as ${example.product} in ${example.country} (${example.scenario}): ${reasons.join('; ')}`;
    }),
  ];
}
