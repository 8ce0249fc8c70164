import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { fault, invalidRequest, languageOf, RefusedError, requireRole, sendJson } from '@ecobalyse/http-kit';
import {
  type EstimateRequest,
  estimateBatchAnswer,
  estimateBatchBody,
  estimateParametersSchema,
  estimateRequestSchema,
  estimateSchema,
  failures,
  type Language,
} from '@ecobalyse/schema';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import {
  arrayRequests,
  BATCH_BODY_LIMIT,
  type BatchItem,
  invalid,
  lineRequests,
  refusedAs,
  sendAnswers,
} from '../batch.js';
import { checkAllButBody } from '../beyond-types.js';
import type { ApiDependencies } from '../dependencies.js';
import type { EstimateOutcome, EstimateTask } from '../estimate-worker.js';
import { isFull, openThreads } from '../threads.js';

const THREADS = Math.min(availableParallelism(), 4);
/** An estimate takes a fraction of a second: who comes later had better try again. */
const MAX_WAITING = 100;
/** A thread that compiled what it runs is ten times faster than a new one. */
const IDLE_TIMEOUT_MS = 600_000;
const MAX_BATCH = 1000;
const MAX_LINE_BYTES = 1_048_576;

type Options = z.output<typeof estimateParametersSchema>;

const faultsOf = (errors: Readonly<Record<string, string>>, at: readonly number[] = []) =>
  Object.entries(errors).map(([field, msg]) => ({
    loc: ['body', ...at, ...(field === 'body' ? [] : [field])],
    msg,
    type: 'value_error',
  }));

/** `POST /estimate` and `POST /estimate/batch`: the cost of garments of which fields are unknown. */
export function estimateRoutes({ access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Products'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));

    // Estimates are worked out in threads: they would keep every other request waiting.
    const inThread = openThreads<EstimateTask, EstimateOutcome>(app, 'estimate-worker', {
      maxThreads: THREADS,
      maxQueue: MAX_WAITING,
      idleTimeout: IDLE_TIMEOUT_MS,
    });

    /** An estimate, or what is wrong with the request; null when too many wait. */
    const run = (request: EstimateRequest, options: Options, language: Language) =>
      inThread({ request, options, language }).catch((error: unknown) => {
        if (isFull(error)) return null;
        throw error;
      });

    app.post(
      '/estimate',
      {
        preValidation: async ({ body }) => {
          // Lines are a stream, for the batch only.
          if (body instanceof Readable) throw invalidRequest(fault('media_type', ['body']));
        },
        schema: {
          ...common,
          operationId: 'estimate',
          summary: 'Estimate the cost of a product of which fields are unknown',
          description:
            'Exact bounds of the environmental cost, its distribution, and what to ask first (docs/estimates.md). A field that is unknown is left out, or is {"any": true}, {"oneOf": […]} or {"from": a, "to": b}.',
          querystring: estimateParametersSchema,
          body: estimateRequestSchema,
          response: { 200: estimateSchema, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const outcome = await run(request.body, request.query, languageOf(request));
        if (outcome === null) throw new RefusedError('estimates_waiting');
        if ('errors' in outcome) throw invalidRequest(...faultsOf(outcome.errors));
        return sendJson(reply, JSON.stringify(outcome.estimate));
      },
    );

    /** The answer to one request of a batch, as JSON. */
    async function answer(item: BatchItem<EstimateRequest>, options: Options, language: Language): Promise<string> {
      if ('refused' in item) return JSON.stringify(item.refused);
      const outcome = await run(item.request, options, language);
      if (outcome === null) return JSON.stringify(refusedAs('estimates_waiting', language));
      return JSON.stringify('errors' in outcome ? invalid(...faultsOf(outcome.errors, [item.at])) : outcome.estimate);
    }

    app.post(
      '/estimate/batch',
      {
        bodyLimit: BATCH_BODY_LIMIT,
        schema: {
          ...common,
          operationId: 'estimateMany',
          summary: 'Estimate the cost of many products of which fields are unknown',
          description: `An array of up to ${MAX_BATCH} requests (application/json), answered by an array; or one request per line (application/x-ndjson, of any length), each answered by a line while the body is still being read. A request of which a value is refused is answered by its faults.`,
          querystring: estimateParametersSchema,
          body: estimateBatchBody,
          response: { 200: estimateBatchAnswer, ...failures(403, 422, 503) },
        },
        // The body is checked request by request.
        validatorCompiler: checkAllButBody,
      },
      async (request, reply) => {
        const language = languageOf(request);
        const lines = request.body instanceof Readable ? request.body : null;
        const items: Iterable<BatchItem<EstimateRequest>> | AsyncIterable<BatchItem<EstimateRequest>> = lines
          ? lineRequests(lines, estimateRequestSchema, MAX_LINE_BYTES, language)
          : await arrayRequests(request.body, estimateRequestSchema, language, MAX_BATCH);
        const answers = Readable.from(items).map((item) => answer(item, request.query, language), {
          concurrency: THREADS,
        });
        return sendAnswers(reply, language, lines ? 'lines' : 'array', answers);
      },
    );
  };
}
