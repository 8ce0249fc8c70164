import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ConflictError, DocumentNotFoundError, requireRole } from '@ecobalyse/http-kit';
import type { ProductJobQueue } from '@ecobalyse/pipeline';
import type { FileFormat } from '@ecobalyse/product-files';
import {
  acceptedProductJobSchema,
  errorDetailSchema,
  failures,
  jobEventSchema,
  jobNotFound,
  jobParams,
  productBatchBody,
  productBatchQuery,
  productJobSchema,
  streamed,
} from '@ecobalyse/schema';
import {
  countEarlierProductJobs,
  createProductJob,
  endProductJob,
  expireProductJobs,
  findProductJob,
  listProductJobs,
  type ProductJob,
  queueProductJob,
  removeProductJobs,
  streamProductJobResult,
} from '@ecobalyse/store';
import { type FastifyPluginAsyncZod, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';
import { isOpen, productJobView, sharedJobReader } from '../product-job-view.js';
import { receiveProducts, UnreadableUploadError } from '../receive-products.js';

const JOBS_SHOWN = 50;
/** Ended jobs whose results are kept, at most. */
const JOBS_KEPT = 200;
/** Jobs that may come, wait or go on: their files are what the database has to hold. */
const MAX_OPEN_JOBS = 20;
const OPEN_JOBS_RETRY_SECONDS = 60;
const DAY_MS = 86_400_000;
const EXPIRY_MS = 600_000;
/** A queue that takes longer is away; the job is then added to it by the workers. */
const QUEUE_TIMEOUT_MS = 1500;

const EVENT_POLL_MS = 400;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 2000;
/** Streams of one process at once. */
const MAX_STREAMS = 200;
const STREAMS_RETRY_SECONDS = 10;

class TooManyJobsError extends Error {
  readonly statusCode = 429;
  constructor() {
    super(`${MAX_OPEN_JOBS} jobs come, wait or go on already, try again later`);
  }
}

/** Format of the file, by the type of the body. */
const FORMATS: Readonly<Record<ContentType, FileFormat>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'text/csv': 'csv',
};
type ContentType = keyof typeof productBatchBody.content;
const CONTENT_TYPES = Object.keys(FORMATS) as ContentType[];

/**
 * `POST /product/batch` and `/jobs…`: adds many products by a job that the workers of product-ingest work off, follows it
 * and gives its result.
 */
export function jobRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, productJobs, access, logger } = dependencies;
  const common = { tags: ['Jobs'], security: [{ apiKey: [] }] };
  /** Aborted when the service stops: streams end instead of keeping it from stopping. */
  const stopping = new AbortController();
  const readJob = sharedJobReader(store, EVENT_POLL_MS / 2);
  let streams = 0;

  async function existing(id: string): Promise<ProductJob> {
    const job = await findProductJob(store, id);
    if (!job) throw new DocumentNotFoundError('No such job');
    return job;
  }

  /** Forgets old jobs now and then, however long that takes: no request waits for it. */
  async function keepExpiring(): Promise<void> {
    const { keepDays } = dependencies.productJobLimits;
    const { signal } = stopping;
    while (!signal.aborted) {
      await expireProductJobs(store, { endedBefore: new Date(Date.now() - keepDays * DAY_MS), keep: JOBS_KEPT }).catch(
        (err: unknown) => logger.warn({ err }, 'old product jobs could not be removed'),
      );
      await wait(EXPIRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Redis being away must not lose what was uploaded: the workers look for open jobs in the database as well. */
  async function enqueue(queue: ProductJobQueue, job: Parameters<ProductJobQueue['add']>[0]): Promise<void> {
    const timeout = new AbortController();
    const late = wait(QUEUE_TIMEOUT_MS, undefined, { signal: timeout.signal }).then(() => {
      throw new Error(`the queue did not answer within ${QUEUE_TIMEOUT_MS} ms`);
    });
    const added = queue.add(job);
    added.catch(() => undefined);
    late.catch(() => undefined);
    try {
      await Promise.race([added, late]);
    } catch (err) {
      logger.warn({ err, jobId: job.id }, 'the queue is away: a worker will find the job in the database');
    } finally {
      timeout.abort();
    }
  }

  /** The job as server-sent events: one whenever it changed, until it has ended. */
  async function* events(
    first: ProductJob,
    lastEventId: string | undefined,
    closed: AbortSignal,
  ): AsyncGenerator<string> {
    const signal = AbortSignal.any([closed, stopping.signal]);
    let job: ProductJob | null = first;
    let before = lastEventId;
    let lastSent = Date.now();
    yield `retry: ${RECONNECT_MS}\n\n`;
    while (job) {
      const id = `${job.updatedAt.getTime()}-${job.done}`;
      const event = (name: string, shown: ProductJob) =>
        `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(productJobView(shown))}\n\n`;
      if (id !== before) {
        before = id;
        lastSent = Date.now();
        yield event('progress', job);
      } else if (Date.now() - lastSent > HEARTBEAT_MS) {
        lastSent = Date.now();
        yield ': still here\n\n';
      }
      if (!isOpen(job)) {
        yield event('end', job);
        return;
      }
      await wait(EVENT_POLL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // A database that is away has nothing new to tell.
      job = await readJob(first._id).catch(() => job);
    }
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader', 'writer'));
    let expiring: Promise<void> | undefined;
    app.addHook('onListen', async () => {
      expiring = keepExpiring();
    });
    app.addHook('preClose', async () => stopping.abort());
    app.addHook('onClose', async () => expiring);

    await app.register(async (scope) => {
      const upload = scope.withTypeProvider<ZodTypeProvider>();
      upload.removeAllContentTypeParsers();
      upload.addContentTypeParser(CONTENT_TYPES, (_request, payload, done) => done(null, payload));
      upload.post(
        '/product/batch',
        {
          config: { longBody: true },
          schema: {
            ...common,
            operationId: 'addProducts',
            summary: 'Add many products by a job',
            description:
              'A JSON array, NDJSON (one product a line) or CSV (columns as in a file of product ingest) of up to 100,000 ' +
              'products. Each is scored and added as by POST /product; a product that cannot be read, or that is refused, ' +
              'loses only its own line. The answer names the job, its events and its result.',
            querystring: productBatchQuery,
            body: productBatchBody,
            response: {
              202: acceptedProductJobSchema.describe('The job, and where to follow it'),
              ...failures(403, 422, 503),
              413: errorDetailSchema.describe('More bytes or more products than a job may have'),
              429: errorDetailSchema.describe('Too many jobs wait already; Retry-After tells when to try again'),
            },
          },
          // The body is a stream, read and checked product by product.
          validatorCompiler: (route) =>
            route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route as never),
        },
        async (request, reply) => {
          const { maxBytes } = dependencies.productJobLimits;
          const body = request.body as unknown as Readable | null | undefined;
          if (!body) {
            const expected = 'expected products, with a content-type that says how they are written';
            return reply.code(422).send({ detail: [{ loc: ['body'], msg: expected, type: 'missing' }] });
          }
          const id = randomUUID();
          request.subject = id;
          const traceparent = [request.headers.traceparent].flat()[0];
          const format = FORMATS[request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() as ContentType];
          try {
            await createProductJob(store, {
              _id: id,
              format,
              name: request.query.name ?? null,
              createdBy: request.caller?.name ?? null,
              requestId: request.id,
              traceparent: traceparent ?? null,
            });
            // Only now, since of two uploads that looked before they began neither would see the other.
            if ((await countEarlierProductJobs(store, id)) >= MAX_OPEN_JOBS) throw new TooManyJobsError();
            const contentType = request.headers['content-type'];
            const received = await receiveProducts(store, id, body, { format, contentType, maxBytes });
            await queueProductJob(store, id, received);
            request.log.info({ jobId: id, format, ...received }, 'product job received');
          } catch (error) {
            // Read to its end, so that the client, which may still be sending, gets to hear the answer.
            body.resume();
            await removeProductJobs(store, [id]).catch((err: unknown) =>
              request.log.warn({ err, jobId: id }, 'could not remove a broken upload'),
            );
            if (error instanceof TooManyJobsError) reply.header('retry-after', OPEN_JOBS_RETRY_SECONDS);
            if (!(error instanceof UnreadableUploadError)) throw error;
            return reply.code(422).send({ detail: [{ loc: ['body'], msg: error.message, type: 'products' }] });
          }
          await enqueue(productJobs, { id, requestId: request.id, ...(traceparent !== undefined && { traceparent }) });
          const url = `/jobs/${id}`;
          return reply
            .code(202)
            .header('location', url)
            .send({ id, status: 'queued' as const, url, events: `${url}/events`, result: `${url}/result` });
        },
      );
    });

    app.get(
      '/jobs',
      {
        schema: {
          ...common,
          operationId: 'listJobs',
          summary: 'The newest jobs, newest first',
          response: { 200: z.array(productJobSchema), ...failures(403, 503) },
        },
      },
      async () => (await listProductJobs(store, JOBS_SHOWN)).map(productJobView),
    );

    app.get(
      '/jobs/:id',
      {
        schema: {
          ...common,
          operationId: 'getJob',
          summary: 'One job',
          params: jobParams,
          response: { 200: productJobSchema, ...failures(403, 422, 503), ...jobNotFound },
        },
      },
      async ({ params: { id } }) => productJobView(await existing(id)),
    );

    app.delete(
      '/jobs/:id',
      {
        schema: {
          ...common,
          operationId: 'cancelJob',
          summary: 'Cancel a job',
          description: 'What was added already stays, and so does the result so far.',
          params: jobParams,
          response: {
            200: productJobSchema,
            ...failures(403, 422, 503),
            ...jobNotFound,
            409: errorDetailSchema.describe('The job has ended'),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        request.subject = id;
        const { status } = await existing(id);
        if (status !== 'cancelled' && !(await endProductJob(store, id, 'cancelled', null))) {
          throw new ConflictError(`The job has ended: ${(await existing(id)).status}`);
        }
        request.log.info({ jobId: id }, 'product job cancelled');
        return productJobView(await existing(id));
      },
    );

    app.get(
      '/jobs/:id/result',
      {
        schema: {
          ...common,
          operationId: 'getJobResult',
          summary: 'The result of a job',
          description:
            'One line for each product of the file, in its order, as far as the job has come: ' +
            '`{line, index, status: "added"|"existing"|"refused"|"failed", md5_id?, ecs?, detail?}`.',
          params: jobParams,
          response: {
            200: streamed('application/x-ndjson', 'A line for each product'),
            ...failures(403, 422, 503),
            ...jobNotFound,
          },
        },
      },
      async ({ params: { id } }, reply) => {
        const { _id } = await existing(id);
        return reply
          .type('application/x-ndjson; charset=utf-8')
          .header('content-disposition', `attachment; filename="${_id}.ndjson"`)
          .header('cache-control', 'private, no-store')
          .send(Readable.from(streamProductJobResult(store, _id), { objectMode: false }) as never) as never;
      },
    );

    app.get(
      '/jobs/:id/events',
      {
        schema: {
          ...common,
          operationId: 'followJob',
          summary: 'A job as it happens, as server-sent events',
          description:
            'An event `progress` whose data is the job, whenever it changed, and `end` with the same at the end, which ' +
            'ends the stream. A client that comes back with Last-Event-ID hears only what is new.',
          params: jobParams,
          response: {
            200: streamed('text/event-stream', 'Events `progress` and `end`', jobEventSchema),
            ...failures(403, 422, 503),
            ...jobNotFound,
          },
        },
      },
      async (request, reply) => {
        const job = await existing(request.params.id);
        if (streams >= MAX_STREAMS) {
          return reply
            .code(503)
            .header('retry-after', STREAMS_RETRY_SECONDS)
            .send({ detail: 'Too many jobs are being followed, try again in a few seconds' });
        }
        const lastEventId = request.headers['last-event-id'];
        const closed = new AbortController();
        const stream = Readable.from(
          events(job, typeof lastEventId === 'string' ? lastEventId : undefined, closed.signal),
          { objectMode: false },
        );
        streams += 1;
        reply.raw.once('close', () => {
          streams -= 1;
          closed.abort();
        });
        return reply
          .type('text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          .send(stream as never) as never;
      },
    );
  };
}
