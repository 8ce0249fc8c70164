import { Readable } from 'node:stream';
import { arrayOr, ndjsonSplitter } from '@ecobalyse/product-files';
import { IMPACT_CODES } from '@ecobalyse/schema';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { BatchWish } from '../batch/answer-group.js';
import { answerThreads } from '../batch/answer-threads.js';
import { groupQueries } from '../batch/group-queries.js';
import { mapInOrder } from '../batch/map-in-order.js';
import { AnswerableError, tooLarge } from '../error-answers.js';

export interface BatchRouteOptions {
  webBaseUrl: string;
  upcycledStages?: BatchWish['upcycledStages'];
  itemLimitBytes: number;
  batchLimitBytes: number;
}

/** Media types that say "one JSON value a line", so that a first line that is an array is a bad line, not a batch. */
const NDJSON_TYPES = /^application\/(x-)?(ndjson|jsonl|jsonlines|json-seq)\b/i;

/** Asked for by the header `accept`: documents one after another, as `mongodump` writes them. */
const BSON_TYPE = 'application/bson';

/**
 * Queries that are answered together, each in about 0.1 ms (detailed, 22 kB) or 0.02 ms (simple, 1 kB): enough to make little
 * of the way to a thread and back.
 */
const QUERIES_PER_GROUP: Readonly<Record<BatchWish['answer'], number>> = { detailed: 32, simple: 256 };

/** Options of a batch, in the URL; the OpenAPI document describes them. */
const batchOptionsSchema = z
  .object({
    answer: z.enum(['detailed', 'simple'], 'attendu : detailed ou simple').default('detailed'),
    zeros: z.enum(['kept', 'omitted'], 'attendu : kept ou omitted').default('kept'),
    impact: z.enum(IMPACT_CODES, `attendu : un code d’indicateur parmi ${IMPACT_CODES.join(', ')}`).optional(),
  })
  .refine(({ answer, impact }) => answer === 'simple' || impact === undefined, {
    path: ['impact'],
    error: 'attendu seulement avec answer=simple',
  });

/**
 * `POST /simulator/batch`: many queries in, as NDJSON or as a JSON array, and as many lines of NDJSON, or documents of BSON, out, in order,
 * written while the rest is still being read. Memory does not depend on the size of the batch: a reader who stops reading
 * stops the work, and with it the reading of the queries.
 */
export async function batchRoute(app: FastifyInstance, options: BatchRouteOptions): Promise<void> {
  const { webBaseUrl, upcycledStages, itemLimitBytes, batchLimitBytes } = options;
  const threads = answerThreads();
  app.addHook('onClose', threads.close);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.post('/simulator/batch', (request, reply) => {
    const form = request.headers.accept?.includes(BSON_TYPE) ? 'bson' : 'lines';
    const wish: BatchWish = { ...readOptions(request), form, webBaseUrl, upcycledStages };
    if (Number(request.headers['content-length'] ?? 0) > batchLimitBytes) throw tooLarge('Le lot', batchLimitBytes);

    const isNdjson = NDJSON_TYPES.test(request.headers['content-type'] ?? '');
    const splitter = (isNdjson ? ndjsonSplitter : arrayOr(ndjsonSplitter))(itemLimitBytes);
    const groups = groupQueries(bodyChunks(request), splitter, QUERIES_PER_GROUP[wish.answer], batchLimitBytes);

    const answers = mapInOrder(groups, threads.groupsAtOnce, (items) => threads.answer({ items, wish }));

    async function* lines(): AsyncGenerator<Buffer> {
      for await (const { lines, unexpected } of answers) {
        for (const error of unexpected) request.log.error({ error, url: request.url }, 'unexpected error in a batch');
        yield lines;
      }
    }
    const type = form === 'bson' ? BSON_TYPE : 'application/x-ndjson; charset=utf-8';
    return reply.type(type).send(Readable.from(lines(), { highWaterMark: 1 }));
  });
}

/** The chunks of a body. What a batch leaves unread is drained, so that its answer still reaches the sender. */
async function* bodyChunks({ raw }: FastifyRequest): AsyncGenerator<Buffer> {
  try {
    yield* raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } finally {
    raw.resume();
  }
}

function readOptions({ query }: FastifyRequest): z.output<typeof batchOptionsSchema> {
  const result = batchOptionsSchema.safeParse(query);
  if (result.success) return result.data;
  throw new AnswerableError(
    400,
    Object.fromEntries(result.error.issues.map((issue) => [issue.path.join('.'), issue.message])),
  );
}
