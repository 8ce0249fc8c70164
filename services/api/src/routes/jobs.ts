import { randomUUID } from 'node:crypto';
import { languageOf, openEventStreams, RefusedError, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import {
  acceptedProductJobSchema,
  catalogueConflict,
  errorDetailSchema,
  failures,
  jobEventSchema,
  jobNotFound,
  jobParams,
  jobProductsAnswer,
  jobProductsQuery,
  jobRefusedQuery,
  jobResultQuery,
  MOST_NAME_CHARACTERS,
  pageQuery,
  productBatchBody,
  productBatchQuery,
  productJobSchema,
  productJobsAnswer,
  productResultLineSchema,
  streamed,
} from '@ecobalyse/schema';
import { viewerOf } from '@ecobalyse/service-parts';
import {
  endProductJob,
  findProductJob,
  listProductJobs,
  type ProductJob,
  SEES_ALL,
  streamProductJobResult,
  visibleCatalogues,
} from '@ecobalyse/store';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod, ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { acceptUpload } from '../accept-upload.js';
import { checkAllButBody } from '../beyond-types.js';
import { sendFresh } from '../cached-answer.js';
import { catalogueForProducts } from '../catalogue-views.js';
import type { ApiDependencies } from '../dependencies.js';
import { sendLines, sendTable, TABLES } from '../file-answers.js';
import { fileOf, inForm, mappingOf, takeFiles } from '../file-uploads.js';
import { inReadersLanguage, productsOfJob, refusedOfJob, resultOfJob } from '../job-results.js';
import { JOB_EVENTS, productJobView } from '../product-job-view.js';
import { openWorkbookProcess } from '../workbook-process.js';

/**
 * `POST /product/batch` and `/jobs…`: adds many products by a job that the workers of product-ingest work off, follows it
 * and gives its result.
 */
export function jobRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { store, access } = dependencies;
  const common = { tags: ['Jobs'], security: [{ apiKey: [] }] };
  const whenFound = { ...failures(403, 422, 503), ...jobNotFound };

  /** Catalogues whose jobs a request may see, beside those for no catalogue; undefined for all. */
  async function catalogueIds(request: FastifyRequest): Promise<string[] | undefined> {
    const viewer = viewerOf(request);
    return viewer === SEES_ALL ? undefined : visibleCatalogues(store, viewer);
  }
  async function existing(request: FastifyRequest, id: string): Promise<ProductJob> {
    const job = await findProductJob(store, id, await catalogueIds(request));
    if (!job) throw new RefusedError('job_unknown');
    return job;
  }

  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader', 'writer'));
    const follow = openEventStreams<ProductJob>(app, {
      read: (id) => findProductJob(store, id),
      ...JOB_EVENTS,
    });

    await app.register(async (scope) => {
      const upload = scope.withTypeProvider<ZodTypeProvider>();
      await takeFiles(upload as never);
      const readWorkbookSheets = openWorkbookProcess(scope);
      upload.post(
        '/product/batch',
        {
          config: { longBody: true },
          schema: {
            ...common,
            operationId: 'addProducts',
            summary: 'Add many products by a job',
            description:
              'A JSON array, NDJSON (one product a line), CSV or a workbook (.xlsx, .xls, .ods), as a body or as the file of a form, of ' +
              'up to 100,000 products (docs/files.md). Each is scored and added as by POST /product; a product that cannot be read, or that is refused, ' +
              'loses only its own line. With a catalogue they are put into it, as one change that can be undone as one: a reference that is ' +
              'there already with another description is changed. The answer names the job, its events and its result.',
            querystring: productBatchQuery,
            body: productBatchBody,
            response: {
              202: acceptedProductJobSchema.describe('The job, and where to follow it'),
              ...failures(403, 422, 503),
              404: errorDetailSchema.describe('No such catalogue or mapping'),
              ...catalogueConflict,
              413: errorDetailSchema.describe('More bytes or more products than a job may have'),
              429: errorDetailSchema.describe(
                'Too many jobs wait already, or more products than the key has left; Retry-After tells when to try again',
              ),
            },
          },
          // The body is a stream, read and checked product by product.
          validatorCompiler: checkAllButBody,
        },
        async (request, reply) => {
          const file = await fileOf(request);
          const catalogue = await catalogueForProducts(store, viewerOf(request), request.query.catalogue);
          const id = randomUUID();
          request.subject = id;
          const accepted = acceptUpload(
            { ...dependencies, readWorkbookSheets },
            {
              id,
              body: file.body,
              contentType: file.contentType,
              name: request.query.name ?? file.name?.slice(0, MOST_NAME_CHARACTERS) ?? null,
              mapping: await mappingOf(store, request, file, request.query.mapping),
              catalogue,
              createdBy: request.caller?.name ?? null,
              take: (products) => app.takeProducts(request, reply, products),
              requestId: request.id,
              traceparent: [request.headers.traceparent].flat()[0] ?? null,
              log: request.log,
            },
          );
          await (file.isInForm ? inForm(accepted) : accepted);
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
          summary: 'The jobs, newest first',
          querystring: pageQuery,
          response: { 200: productJobsAnswer, ...failures(403, 422, 503) },
        },
      },
      async (request) => {
        const { total, items } = await listProductJobs(store, request.query, await catalogueIds(request));
        return { total, ...request.query, items: items.map(productJobView) };
      },
    );

    app.get(
      '/jobs/:id',
      {
        schema: {
          ...common,
          operationId: 'getJob',
          summary: 'One job',
          params: jobParams,
          response: { 200: productJobSchema, ...whenFound },
        },
      },
      async (request) => productJobView(await existing(request, request.params.id)),
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
            ...whenFound,
            409: errorDetailSchema.describe('The job has ended'),
          },
        },
      },
      async (request) => {
        const { id } = request.params;
        request.subject = id;
        const { status } = await existing(request, id);
        if (status !== 'cancelled' && !(await endProductJob(store, id, 'cancelled', null))) {
          throw new RefusedError('job_ended', { state: (await existing(request, id)).status });
        }
        request.log.info({ jobId: id }, 'product job cancelled');
        return productJobView(await existing(request, id));
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
            '`{line, index, status: "added"|"changed"|"existing"|"refused"|"failed", md5_id?, ecs?, detail?, warnings?}`. ' +
            'As a table for spreadsheets: reference, name, outcome, cost, cost per 100 g, percentile within its type of the reference grid, ' +
            'what adds most to the cost, and every field of the product, which can be read again as a file of products.',
          params: jobParams,
          querystring: jobResultQuery,
          response: {
            200: {
              description: 'A line for each product',
              content: {
                ...streamed('application/x-ndjson', '').content,
                ...TABLES,
                'application/json': { schema: z.array(productResultLineSchema) },
              },
            },
            ...whenFound,
          },
        },
      },
      async (request, reply) => {
        const job = await existing(request, request.params.id);
        const { format, language = languageOf(request) } = request.query;
        if (format !== 'ndjson' && format !== 'json') {
          return sendTable(
            reply,
            format,
            language,
            job._id,
            await resultOfJob(store, viewerOf(request), job, language),
          );
        }
        const lines = inReadersLanguage(streamProductJobResult(store, job._id), language);
        return sendLines(reply, format, language, job._id, lines);
      },
    );

    app.get(
      '/jobs/:id/products',
      {
        schema: {
          ...common,
          operationId: 'listJobProducts',
          summary: 'What became of the products of a job, by pages',
          description:
            'With the cost of each, that of 100 g, its place among its type in the reference grid and its main cause.',
          params: jobParams,
          querystring: jobProductsQuery,
          response: { 200: jobProductsAnswer, ...whenFound },
        },
      },
      async (request, reply) => {
        const job = await existing(request, request.params.id);
        const language = languageOf(request);
        tellLanguage(reply, language);
        return sendFresh(request, reply, {
          scans: true,
          compute: () => productsOfJob(store, viewerOf(request), job, request.query, language),
        });
      },
    );

    app.get(
      '/jobs/:id/refused',
      {
        schema: {
          ...common,
          operationId: 'getRefusedRows',
          summary: 'The rows of a job that were not added',
          description:
            'As they were sent, with their own columns, behind a first one that says why: to be corrected and sent again, which passes over that column.',
          params: jobParams,
          querystring: jobRefusedQuery,
          response: { 200: { description: 'The rows', content: TABLES }, ...whenFound },
        },
      },
      async (request, reply) => {
        const job = await existing(request, request.params.id);
        const { format, language = languageOf(request) } = request.query;
        return sendTable(reply, format, language, `${job._id}-refused`, await refusedOfJob(store, job, language));
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
          response: { 200: streamed('text/event-stream', 'Events `progress` and `end`', jobEventSchema), ...whenFound },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        // Written to the socket from here on; the provider's types of both know only an answer of JSON.
        return follow(id, await existing(request, id), request as never, reply as never) as never;
      },
    );
  };
}
