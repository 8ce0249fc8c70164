import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { RefusedError } from '@ecobalyse/http-kit';
import { type FileFormat, formatOfName, type Mapping, type WorkbookReader } from '@ecobalyse/product-files';
import { countEarlierProductJobs, createProductJob, queueProductJob, removeProductJobs } from '@ecobalyse/store';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiDependencies } from './dependencies.js';
import { receiveProducts } from './receive-products.js';

/** Jobs that may come, wait or go on: their files are what the database has to hold. */
const MAX_OPEN_JOBS = 20;
/** A queue that takes longer is away; the job is then added to it by the workers. */
const QUEUE_TIMEOUT_MS = 1500;

/** Format of the file, by the type of the body; undefined for types under which systems and curl send any file. */
const FORMATS = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.spreadsheet': 'xlsx',
  'application/csv': 'csv',
  'text/x-csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/vnd.ms-excel': undefined,
  'application/octet-stream': undefined,
  'application/x-www-form-urlencoded': undefined,
  'text/plain': undefined,
} as const satisfies Record<string, FileFormat | undefined>;
export const CONTENT_TYPES = Object.keys(FORMATS);

const typeOf = (contentType: string | undefined) => contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
const formatOfType = (type: string): FileFormat | undefined =>
  Object.hasOwn(FORMATS, type) ? FORMATS[type as keyof typeof FORMATS] : undefined;

/** The format that the type or the name of a file announces, if they announce one. */
export const formatOfUpload = (contentType: string | undefined, name: string | null | undefined) =>
  formatOfType(typeOf(contentType)) ?? formatOfName(name ?? '');

type Needs = Pick<ApiDependencies, 'store' | 'productJobs' | 'productJobLimits'> & {
  readWorkbookSheets: WorkbookReader;
};

interface Upload {
  /** Of the job that it becomes. */
  id: string;
  body: Readable;
  contentType: string | undefined;
  name: string | null;
  mapping?: Mapping | undefined;
  /** That the products are for. */
  catalogue: string | null;
  createdBy: string | null;
  /** Takes its products out of what its key may add. @throws RefusedError when too few are left. */
  take: (products: number) => Promise<void>;
  requestId: string;
  traceparent: string | null;
  /** Of its request. */
  log: FastifyBaseLogger;
}

/** Redis being away must not lose what was uploaded: the workers look for open jobs in the database as well. */
async function enqueue({ productJobs }: Needs, { id, requestId, traceparent, log }: Upload): Promise<void> {
  const timeout = new AbortController();
  const late = wait(QUEUE_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`the queue did not answer within ${QUEUE_TIMEOUT_MS} ms`);
  });
  const added = productJobs.add({ id, requestId, ...(traceparent !== null && { traceparent }) });
  added.catch(() => undefined);
  late.catch(() => undefined);
  try {
    await Promise.race([added, late]);
  } catch (err) {
    log.warn({ err, jobId: id }, 'the queue is away: a worker will find the job in the database');
  } finally {
    timeout.abort();
  }
}

/** Makes a job of an upload, whose products it stores as they come; of one that cannot be a job nothing is kept. */
export async function acceptUpload(needs: Needs, upload: Upload): Promise<void> {
  const { store, productJobLimits, readWorkbookSheets } = needs;
  const { id, body, contentType, name, mapping, catalogue, createdBy, take, requestId, traceparent, log } = upload;
  const format = formatOfUpload(contentType, name);
  try {
    await createProductJob(store, {
      _id: id,
      format: format ?? 'csv',
      name,
      catalogue,
      createdBy,
      requestId,
      traceparent,
    });
    // Only now, since of two uploads that looked before they began neither would see the other.
    if ((await countEarlierProductJobs(store, id)) >= MAX_OPEN_JOBS)
      throw new RefusedError('too_many_jobs', { most: MAX_OPEN_JOBS });
    const received = await receiveProducts(store, id, body, {
      format,
      contentType,
      mapping,
      maxBytes: productJobLimits.maxBytes,
      readWorkbookSheets,
    });
    await take(received.planned);
    await queueProductJob(store, id, received);
    log.info({ jobId: id, ...received }, 'product job received');
  } catch (error) {
    // Read to its end, so that the client, which may still be sending, gets to hear the answer.
    body.resume();
    await removeProductJobs(store, [id]).catch((err: unknown) =>
      log.warn({ err, jobId: id }, 'could not remove a broken upload'),
    );
    throw error;
  }
  await enqueue(needs, upload);
}
