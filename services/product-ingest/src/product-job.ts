import { AddingInterruptedError, type AddingParts } from '@ecobalyse/product-scoring';
import type { ProductJobPayload } from '@ecobalyse/schema';
import {
  delayProductJob,
  endProductJob,
  findCatalogue,
  findProductJobChunk,
  finishProductJobChunk,
  isProductJobOpen,
  leaveProductJob,
  type NewChange,
  type ProductJob,
  SEES_ALL,
  startProductJob,
} from '@ecobalyse/store';
import { prepareChunk } from './product-chunk.js';

/** A job that was started so often without getting a chunk further has failed: after about six minutes, or as many deaths. */
const MAX_STARTS = 8;
const FIRST_RETRY_MS = 3000;
const CANCEL_POLL_MS = 1000;

/** What a job works with. */
export interface ProductJobResources extends AddingParts {
  /** Products of a job that are scored at once. */
  concurrency: number;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** What a job changes in a catalogue, as one; undefined for one that is for none. */
function changeOf({ _id, catalogue, createdAt, createdBy, file }: ProductJob): NewChange | undefined {
  if (!catalogue) return undefined;
  return { _id, catalogue, kind: 'upload', at: createdAt, by: createdBy, file: file.name, job: _id };
}

/** Chunks of a catalogue that are scored while another one is added. */
const CHUNKS_AHEAD = 3;

/** One chunk, made ready: what adds its products, and gives its part of the result. One that has its result is not added again. */
async function prepare(
  job: ProductJob,
  n: number,
  change: NewChange | undefined,
  resources: ProductJobResources,
  signal: AbortSignal,
) {
  const { store } = resources;
  const chunk = await findProductJobChunk(store, job._id, n);
  if (!chunk) throw new Error(`part ${n + 1} of ${job.chunks} of the file is not in the database any more`);
  const { result, counts, products } = chunk;
  if (result !== undefined && counts) return async () => ({ result, counts });
  return prepareChunk(products as string, `${job._id}#${n}`, resources, signal, change);
}

/**
 * Works off a job of `POST /product/batch` from the first chunk that is not done. Whatever ends it in the middle, the next
 * call goes on from there; nothing is added twice and no outcome is lost. What keeps it from going on, such as an upstream
 * that is away, is waited for; after some waits without any progress the job has failed.
 *
 * @returns milliseconds after which it is to be called again; undefined when the job has ended.
 * @throws when the worker stops, or when the database is away.
 */
export async function runProductJob(
  { id }: ProductJobPayload,
  resources: ProductJobResources,
  stopping: AbortSignal,
): Promise<number | undefined> {
  const { store, logger } = resources;
  const job = await startProductJob(store, id);
  if (!job) return undefined;
  if (job.starts > MAX_STARTS) {
    const reason = `its workers ended ${MAX_STARTS} times at part ${job.nextChunk + 1} of ${job.chunks}`;
    await endProductJob(store, id, 'failed', reason);
    return undefined;
  }

  if (job.catalogue && !(await findCatalogue(store, SEES_ALL, job.catalogue))) {
    await endProductJob(store, id, 'failed', 'its catalogue is not there any more');
    return undefined;
  }

  const cancelled = new AbortController();
  const timer = setInterval(() => {
    isProductJobOpen(store, id)
      .then((open) => open || cancelled.abort(new Error('the job was cancelled')))
      // A database that cannot be asked now will be asked a second later.
      .catch(() => undefined);
  }, CANCEL_POLL_MS);
  const ended = new AbortController();
  const signal = AbortSignal.any([stopping, cancelled.signal, ended.signal]);
  const change = changeOf(job);
  const ahead: ReturnType<typeof prepare>[] = [];
  /** The chunk before is counted while the next one is added: whoever comes back between the two adds that again, to no effect. */
  let counted: Promise<void> | undefined;
  let next = job.nextChunk;
  try {
    for (let last = next; next < job.chunks; next += 1) {
      signal.throwIfAborted();
      for (; last < job.chunks && ahead.length < (job.catalogue ? CHUNKS_AHEAD : 1); last += 1) {
        const prepared = prepare(job, last, change, resources, signal);
        // Told when its turn comes.
        prepared.catch(() => undefined);
        ahead.push(prepared);
      }
      const add = await (ahead.shift() as (typeof ahead)[number]);
      const outcome = await add();
      await counted;
      counted = finishProductJobChunk(store, id, next, outcome);
      // Told when it is waited for.
      counted.catch(() => undefined);
    }
    await counted;
    if (await endProductJob(store, id, 'done', null))
      logger.info({ jobId: id, planned: job.planned }, 'product job done');
    return undefined;
  } catch (error) {
    await counted?.catch(() => undefined);
    if (cancelled.signal.aborted) return undefined;
    if (stopping.aborted) {
      await leaveProductJob(store, id);
      throw error;
    }
    const interruption = error instanceof AddingInterruptedError ? error : undefined;
    const hasAdded = interruption !== undefined && interruption.added > 0;
    if (hasAdded) await leaveProductJob(store, id);
    const fruitless = hasAdded || next > job.nextChunk ? 1 : job.starts;
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn({ jobId: id, err: error, fruitless }, 'product job interrupted');
    if (fruitless >= MAX_STARTS) {
      await endProductJob(store, id, 'failed', reason);
      return undefined;
    }
    await delayProductJob(store, id, `will be tried again: ${reason}`);
    return Math.max(FIRST_RETRY_MS * 2 ** (fruitless - 1), (interruption?.retryAfterSeconds ?? 0) * 1000);
  } finally {
    clearInterval(timer);
    ended.abort(new Error('an earlier part of the file could not be added'));
    await Promise.allSettled(ahead);
  }
}
