import type { Store } from './connection.js';
import type { OutcomeCounts, ProductJob, ProductJobChunk, StoredStatus } from './stored-documents.js';

/**
 * The jobs of `POST /product/batch`: the truth about them, since Redis forgets. The products of a job stand in numbered
 * chunks, each of which holds its products until they are done and its part of the result from then on: whoever works on
 * a job, and however often its workers die, goes on from the first chunk that is not done.
 */

/** What a request says of a new job. */
export type NewProductJob = Pick<ProductJob, '_id' | 'createdBy' | 'requestId' | 'traceparent'> & {
  format: ProductJob['file']['format'];
  name: string | null;
  catalogue?: string | null;
};

const jobsOf = (store: Store) => store.collection('product_jobs');
const chunksOf = (store: Store) => store.collection('product_job_chunks');
const OPEN: StoredStatus[] = ['queued', 'running'];
/** An upload that began so long ago, and is not at its end, was that of a process that died: a request lasts 10 minutes. */
export const ABANDONED_UPLOAD_MS = 900_000;
const CHUNKS_READ_AT_ONCE = 20;

const chunkId = (job: string, n: number): string => `${job}:${n}`;

/** Begins a job whose file is about to be uploaded. */
export async function createProductJob(
  store: Store,
  { format, name, catalogue = null, ...job }: NewProductJob,
): Promise<void> {
  const now = new Date();
  await jobsOf(store).insertOne({
    ...job,
    catalogue,
    status: 'receiving',
    file: { name, format, bytes: 0 },
    planned: 0,
    done: 0,
    added: 0,
    changed: 0,
    existing: 0,
    refused: 0,
    failed: 0,
    chunks: 0,
    columns: null,
    nextChunk: 0,
    starts: 0,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    endedAt: null,
    error: null,
  });
}

/** Stores the next chunks of an upload, of which the first has number `first`. */
export async function addProductJobChunks(
  store: Store,
  job: string,
  first: number,
  chunks: readonly string[],
): Promise<void> {
  const documents = chunks.map((products, index) => {
    const n = first + index;
    return { _id: chunkId(job, n), job, n, products };
  });
  await chunksOf(store).insertMany(documents);
}

/** Ends the upload: from now on the job is there for everybody, and may be worked on. */
export async function queueProductJob(
  store: Store,
  job: string,
  upload: {
    format: ProductJob['file']['format'];
    bytes: number;
    planned: number;
    chunks: number;
    columns?: readonly string[] | null;
    unreadColumns?: readonly string[];
  },
): Promise<void> {
  const { format, bytes, planned, chunks, columns = null, unreadColumns = [] } = upload;
  await jobsOf(store).updateOne(
    { _id: job },
    {
      $set: {
        status: 'queued',
        'file.format': format,
        'file.bytes': bytes,
        planned,
        chunks,
        columns,
        unreadColumns,
        updatedAt: new Date(),
      },
    },
  );
}

/** Forgets jobs and everything that they keep. */
export async function removeProductJobs(store: Store, jobs: readonly string[]): Promise<void> {
  for (const job of jobs) {
    await chunksOf(store).deleteMany({ job });
    await jobsOf(store).deleteOne({ _id: job });
  }
}

/** Jobs that were uploaded whole and add to no catalogue, or to one of these; undefined: to whatever. */
const uploadedTo = (catalogues: readonly string[] | undefined) => ({
  status: { $ne: 'receiving' as const },
  ...(catalogues && { catalogue: { $in: [null, ...catalogues] } }),
});

/** A job that was uploaded whole, or null. @param catalogues - whose jobs are looked for, beside those for no catalogue. */
export async function findProductJob(
  store: Store,
  job: string,
  catalogues?: readonly string[],
): Promise<ProductJob | null> {
  return jobsOf(store).findOne({ _id: job, ...uploadedTo(catalogues) });
}

/** A page of the jobs, newest first, and how many there are. @param catalogues - as of {@link findProductJob}. */
export async function listProductJobs(
  store: Store,
  { offset, limit }: { offset: number; limit: number },
  catalogues?: readonly string[],
): Promise<{ total: number; items: ProductJob[] }> {
  const wanted = uploadedTo(catalogues);
  const [total, items] = await Promise.all([
    jobsOf(store).countDocuments(wanted),
    limit === 0 ? [] : jobsOf(store).find(wanted).sort({ createdAt: -1, _id: 1 }).skip(offset).limit(limit).toArray(),
  ]);
  return { total, items };
}

/** Jobs that wait or go on, oldest first. */
export async function listOpenProductJobs(store: Store): Promise<ProductJob[]> {
  return jobsOf(store)
    .find({ status: { $in: OPEN } })
    .sort({ createdAt: 1 })
    .toArray();
}

/** How many jobs that come, wait or go on were begun before this one. */
export async function countEarlierProductJobs(store: Store, job: string): Promise<number> {
  const jobs = jobsOf(store);
  const own = await jobs.findOne({ _id: job });
  const { createdAt } = own as ProductJob;
  const abandonedBefore = new Date(Date.now() - ABANDONED_UPLOAD_MS);
  return jobs.countDocuments({
    $and: [
      { $or: [{ status: { $in: OPEN } }, { status: 'receiving', createdAt: { $gte: abandonedBefore } }] },
      { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: job } }] },
    ],
  });
}

/**
 * Marks a job as under way, for the first time or on another worker.
 *
 * @returns the job, or null when there is nothing to do: it has ended, or is not there.
 */
export async function startProductJob(store: Store, job: string): Promise<ProductJob | null> {
  const now = new Date();
  const jobs = jobsOf(store);
  await jobs.updateOne({ _id: job, status: { $in: OPEN }, startedAt: null }, { $set: { startedAt: now } });
  const { modifiedCount } = await jobs.updateOne(
    { _id: job, status: { $in: OPEN } },
    { $set: { status: 'running', updatedAt: now }, $inc: { starts: 1 } },
  );
  return modifiedCount === 1 ? jobs.findOne({ _id: job }) : null;
}

/** One chunk of a job; null when it is not there. */
export async function findProductJobChunk(store: Store, job: string, n: number): Promise<ProductJobChunk | null> {
  return chunksOf(store).findOne({ _id: chunkId(job, n) });
}

/**
 * Stores a chunk's part of the result, and what is kept of its products, and counts it. Doing it again, after a crash between the two or by another worker,
 * changes nothing: a chunk is counted by whoever moves the job on from it.
 */
export async function finishProductJobChunk(
  store: Store,
  job: string,
  n: number,
  { result, counts, products }: { result: string; counts: OutcomeCounts; products?: string },
): Promise<void> {
  await chunksOf(store).updateOne(
    { _id: chunkId(job, n), result: { $exists: false } },
    { $set: { result, counts, ...(products !== undefined && { products }) } },
  );
  const done = Object.values(counts).reduce((sum, count) => sum + count, 0);
  await jobsOf(store).updateOne(
    { _id: job, nextChunk: n },
    { $set: { nextChunk: n + 1, starts: 0, error: null, updatedAt: new Date() }, $inc: { done, ...counts } },
  );
}

/** Says what kept a job from going on, and that it waits. */
export async function delayProductJob(store: Store, job: string, error: string): Promise<void> {
  await jobsOf(store).updateOne({ _id: job, status: { $in: OPEN } }, { $set: { error, updatedAt: new Date() } });
}

/** Says that a stopping worker left a job, which is no fault of the job. */
export async function leaveProductJob(store: Store, job: string): Promise<void> {
  await jobsOf(store).updateOne({ _id: job, status: { $in: OPEN } }, { $set: { starts: 0, updatedAt: new Date() } });
}

/** Ends a job that waits or goes on; false when it had ended already. */
export async function endProductJob(
  store: Store,
  job: string,
  status: 'done' | 'failed' | 'cancelled',
  error: string | null,
): Promise<boolean> {
  const now = new Date();
  const { modifiedCount } = await jobsOf(store).updateOne(
    { _id: job, status: { $in: OPEN } },
    { $set: { status, error, endedAt: now, updatedAt: now } },
  );
  return modifiedCount === 1;
}

export async function isProductJobOpen(store: Store, job: string): Promise<boolean> {
  const found = await jobsOf(store).findOne({ _id: job, status: { $in: OPEN } }, { projection: { _id: 1 } });
  return found !== null;
}

/**
 * The chunks of a job that are done, in the order of the file, up to the first that is not.
 *
 * @param wanted - fields that are read.
 */
async function* streamDone<Field extends 'result' | 'products'>(
  store: Store,
  job: string,
  wanted: readonly Field[],
): AsyncGenerator<Pick<ProductJobChunk, Field> & { result: string }> {
  for (let n = 0; ; n += CHUNKS_READ_AT_ONCE) {
    const chunks = await chunksOf(store)
      .find({ job, n: { $gte: n, $lt: n + CHUNKS_READ_AT_ONCE } })
      .project<ProductJobChunk>({ _id: 0, n: 1, ...Object.fromEntries(wanted.map((field) => [field, 1])) })
      .sort({ n: 1 })
      .toArray();
    for (const [index, chunk] of chunks.entries()) {
      const { result } = chunk;
      if (chunk.n !== n + index || result === undefined) return;
      yield { ...chunk, result };
    }
    if (chunks.length < CHUNKS_READ_AT_ONCE) return;
  }
}

/** The result of a job as NDJSON, chunk by chunk, in the order of the file, up to the first chunk that is not done. */
export async function* streamProductJobResult(store: Store, job: string): AsyncGenerator<string> {
  for await (const { result } of streamDone(store, job, ['result'])) yield result;
}

/** The result of a job with what was kept of its products, as JSON; nothing was by earlier versions. */
export const streamProductJobRows = (
  store: Store,
  job: string,
): AsyncGenerator<{ result: string; products?: string }> => streamDone(store, job, ['result', 'products']);
