import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { PIPELINES, type PipelineClient } from '@ecobalyse/pipeline';
import { type ExtractionScope, type TaskName, taskResultSchemas } from '@ecobalyse/schema';
import { countImpacts, createRun, findLastRun, findRun, type PipelineRun, type Store } from '@ecobalyse/store';

const PIPELINE = 'ecobalyse_extract';
const POLL_MS = 150;

/** What a watcher of the run is told. */
export interface RunWatcher {
  simulations(done: number, planned: number): void;
  taskDone(task: TaskName, seconds: number, result: unknown): void;
  taskTrouble(task: TaskName, error: string): void;
}

/**
 * Decides whether to extract, and starts or resumes the run.
 *
 * A run that was interrupted (everything killed, machine switched off) is resumed where it was.
 *
 * @returns the id of the run to watch, or undefined when nothing has to be done.
 */
export async function ensureExtraction(
  store: Store,
  pipelines: PipelineClient,
  when: 'needed' | 'always',
  scope: ExtractionScope,
): Promise<{ runId: string; resumed: boolean } | undefined> {
  const last = await findLastRun(store, PIPELINE);
  if (last?.state === 'running') {
    await pipelines.start(PIPELINE, { runId: last._id, parameters: last.parameters });
    if (await pipelines.isPending(PIPELINE, last._id)) return { runId: last._id, resumed: true };
  } else if (when === 'needed' && last?.state !== 'failed' && (await countImpacts(store)) > 0) {
    return undefined;
  }
  const runId = randomUUID();
  await createRun(store, { _id: runId, pipeline: PIPELINE, trigger: 'npm start', parameters: scope });
  await pipelines.start(PIPELINE, { runId, parameters: scope });
  return { runId, resumed: false };
}

/** Follows a run to its end. Databases that are away for a moment are waited for. */
export async function watchExtraction(
  store: Store,
  pipelines: PipelineClient,
  runId: string,
  watcher: RunWatcher,
  signal: AbortSignal,
): Promise<PipelineRun> {
  const told = new Set<string>();
  while (true) {
    signal.throwIfAborted();
    const [run, progress] = await Promise.all([
      findRun(store, runId),
      pipelines.progress(PIPELINE, runId, 'simulations'),
    ]).catch(() => [null, undefined] as const);

    if (progress && progress.planned > 0) watcher.simulations(progress.done, progress.planned);
    for (const task of PIPELINES[PIPELINE]) {
      const record = run?.tasks[task];
      if (record?.error && !told.has(`${task}!${record.attempts}`)) {
        told.add(`${task}!${record.attempts}`);
        watcher.taskTrouble(task, record.error);
      }
      if (record?.state === 'succeeded' && record.finishedAt && !told.has(task)) {
        told.add(task);
        watcher.taskDone(task, (record.finishedAt.getTime() - record.startedAt.getTime()) / 1000, record.result);
      }
    }
    if (run && run.state !== 'running') return run;
    await wait(POLL_MS);
  }
}

/** Summary of a finished run, as lines for people. */
export function summarise(run: PipelineRun): string[] {
  const seconds = run.finishedAt ? (run.finishedAt.getTime() - run.createdAt.getTime()) / 1000 : 0;
  const load = taskResultSchemas.load.safeParse(run.tasks.load?.result);
  if (run.state !== 'succeeded' || !load.success) {
    const failed = Object.entries(run.tasks).find(([, { state }]) => state === 'failed');
    return [
      `The extraction failed${failed ? ` at "${failed[0]}": ${failed[1].error}` : ''}. Run npm start again to retry.`,
    ];
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
