import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { requireRole, sendJson } from '@ecobalyse/http-kit';
import { ndjsonSplitter, type ProductText, type ReadFault } from '@ecobalyse/product-files';
import {
  type EstimateRequest,
  estimateBatchAnswer,
  estimateBatchBody,
  estimateParametersSchema,
  estimateRequestSchema,
  estimateSchema,
  failures,
} from '@ecobalyse/schema';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { Piscina } from 'piscina';
import type { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';
import type { EstimateOutcome, EstimateTask } from '../estimate-worker.js';

/** From the source and from the build alike, it is the bundle that a thread can run. */
const WORKER = fileURLToPath(new URL('../../bundle/estimate-worker.js', import.meta.url));
const THREADS = Math.min(availableParallelism(), 4);
/** An estimate takes a fraction of a second: who comes later had better try again. */
const MAX_WAITING = 100;
/** A thread that compiled what it runs is ten times faster than a new one. */
const IDLE_TIMEOUT_MS = 600_000;
const BATCH_BODY_LIMIT = 16 * 1024 * 1024;
const MAX_BATCH = 1000;
const MAX_LINE_BYTES = 1_048_576;

type Options = z.output<typeof estimateParametersSchema>;

const faultsOf = (errors: Readonly<Record<string, string>>, at: readonly (string | number)[] = []) =>
  Object.entries(errors).map(([field, msg]) => ({
    loc: ['body', ...at, ...(field === 'body' ? [] : [field])],
    msg,
    type: 'value_error',
  }));

const isFull = (error: unknown) => error instanceof Error && /task queue is at limit/i.test(error.message);

/** The requests of a body, one after the other: a line is null when it is too long. */
async function* requestsOf(
  body: unknown,
): AsyncGenerator<{ at: number; text: string | null } | { at: number; value: unknown }> {
  if (Array.isArray(body)) {
    for (const [at, value] of body.entries()) yield { at, value };
    return;
  }
  const splitter = ndjsonSplitter(MAX_LINE_BYTES);
  let at = 0;
  const line = (item: ProductText | ReadFault) => ({ at: at++, text: 'text' in item ? item.text : null });
  for await (const chunk of body as AsyncIterable<Buffer>) for (const item of splitter.push(chunk)) yield line(item);
  for (const item of splitter.end()) yield line(item);
}

/** `POST /estimate` and `POST /estimate/batch`: the cost of garments of which fields are unknown. */
export function estimateRoutes({ access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Products'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));

    // Estimates are worked out in threads: they would keep every other request waiting.
    const threads = new Piscina<EstimateTask, EstimateOutcome>({
      filename: WORKER,
      execArgv: [],
      minThreads: 0,
      maxThreads: THREADS,
      maxQueue: MAX_WAITING,
      idleTimeout: IDLE_TIMEOUT_MS,
      recordTiming: false,
    });
    app.addHook('onClose', () => threads.destroy());

    app.post(
      '/estimate',
      {
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
        try {
          const outcome = await threads.run({ request: request.body, options: request.query });
          if ('errors' in outcome) return reply.code(422).send({ detail: faultsOf(outcome.errors) });
          return sendJson(reply, JSON.stringify(outcome.estimate));
        } catch (error) {
          if (!isFull(error)) throw error;
          return reply.code(503).header('retry-after', '5').send({ detail: 'too many estimates are waiting' });
        }
      },
    );

    /** The answer to one request of a batch, as JSON. */
    async function answer(
      item: { at: number; text: string | null } | { at: number; value: unknown },
      options: Options,
    ) {
      const fault = (msg: string, type: string) => JSON.stringify({ detail: [{ loc: ['body', item.at], msg, type }] });
      let value: unknown;
      if ('value' in item) value = item.value;
      else if (item.text === null) return fault(`expected at most ${MAX_LINE_BYTES} bytes`, 'too_long');
      else {
        try {
          value = JSON.parse(item.text);
        } catch {
          return fault('expected valid JSON', 'json_invalid');
        }
      }
      const read = estimateRequestSchema.safeParse(value);
      if (!read.success) {
        const [issue] = read.error.issues;
        return fault(issue?.message ?? 'expected an object', 'value_error');
      }
      try {
        const outcome = await threads.run({ request: read.data as EstimateRequest, options });
        if ('estimate' in outcome) return JSON.stringify(outcome.estimate);
        return JSON.stringify({ detail: faultsOf(outcome.errors, [item.at]) });
      } catch (error) {
        if (!isFull(error)) throw error;
        return fault('too many estimates are waiting', 'busy');
      }
    }

    app.post(
      '/estimate/batch',
      {
        bodyLimit: BATCH_BODY_LIMIT,
        schema: {
          ...common,
          operationId: 'estimateMany',
          summary: 'Estimate the cost of many products of which fields are unknown',
          description: `An array of up to ${MAX_BATCH} requests (application/json), answered by an array; or one request per line (application/x-ndjson, of any length), each answered by a line while the body is still being read. A request that is refused is answered by its faults.`,
          querystring: estimateParametersSchema,
          body: estimateBatchBody,
          response: { 200: estimateBatchAnswer, ...failures(403, 422, 503) },
        },
        // The body is checked request by request.
        validatorCompiler: (route) =>
          route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route as never),
      },
      async (request, reply) => {
        const body = request.body as unknown;
        const isLines = body instanceof Readable;
        if (!isLines && (!Array.isArray(body) || body.length > MAX_BATCH)) {
          const detail = [
            { loc: ['body'], msg: `expected an array of at most ${MAX_BATCH} requests`, type: 'invalid_type' },
          ];
          return reply.code(422).send({ detail });
        }
        const options = request.query as Options;
        const answers = Readable.from(requestsOf(body)).map((item) => answer(item, options), { concurrency: THREADS });
        return reply
          .type(isLines ? 'application/x-ndjson' : 'application/json; charset=utf-8')
          .send(Readable.from(isLines ? lines(answers) : array(answers)) as never);
      },
    );
  };
}

async function* lines(answers: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const answer of answers) yield `${answer}\n`;
}

async function* array(answers: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[';
  for await (const answer of answers) {
    yield `${before}${answer}`;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
