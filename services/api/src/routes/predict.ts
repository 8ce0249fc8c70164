import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { requireRole, sendJson } from '@ecobalyse/http-kit';
import { type Answer, CORE_FIELDS, type Predictor } from '@ecobalyse/impact-models';
import { type JsonSplitter, ndjsonSplitter } from '@ecobalyse/product-files';
import {
  errorDetailSchema,
  failures,
  modelFailures,
  type Prediction,
  type PredictionRequest,
  predictionBatchAnswer,
  predictionBatchBody,
  predictionRequestSchema,
  predictionSchema,
} from '@ecobalyse/schema';
import { simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';
import { NO_MODEL } from './models.js';

const BATCH_BODY_LIMIT = 16 * 1024 * 1024;
/** Predictions between two turns of the event loop, so that a batch does not hold up single requests. */
const PREDICTIONS_PER_TURN = 20;
const CHECKS_PER_TURN = 1000;
const MAX_LINE_BYTES = 65_536;
const CORE = CORE_FIELDS.join(', ');
/** Faults of an array that are told. */
const MOST_FAULTS = 100;

const answers = {
  ...failures(403, 422),
  404: errorDetailSchema.describe('No model is registered'),
  503: modelFailures[503],
};

const faultsOf = (error: z.ZodError, at: number) =>
  error.issues.map(({ path, message, code }) => ({
    loc: ['body', at, ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
    msg: message,
    type: code,
  }));

/** The requests of an array, or the first faults. Millions fit into a body: they are checked in turns, and none is checked for nothing. */
async function checkArray(body: unknown): Promise<{ requests: PredictionRequest[]; faults: unknown[] }> {
  const requests: PredictionRequest[] = [];
  const faults: unknown[] = [];
  if (!Array.isArray(body)) {
    return { requests, faults: [{ loc: ['body'], msg: 'expected an array of requests', type: 'invalid_type' }] };
  }
  for (const [at, element] of body.entries()) {
    if (at % CHECKS_PER_TURN === 0) await nextTurn();
    const request = predictionRequestSchema.safeParse(element);
    if (request.success) requests.push(request.data);
    else if (faults.push(...faultsOf(request.error, at)) >= MOST_FAULTS) break;
  }
  return { requests, faults };
}

/** The cost by the method of a garment that is described in full; null when the method refuses it. */
function exactCost(query: Answer['query']): number | null {
  if (query === null) return null;
  try {
    return simulateTotals(query).ecs;
  } catch (error) {
    if (error instanceof TextileQueryError) return null;
    throw error;
  }
}

/** What is answered to a request that tells nothing that the model knows. */
const nothingKnown = (...loc: (string | number)[]) => ({
  detail: [{ loc: ['body', ...loc], msg: `expected at least one of ${CORE}, with a known value`, type: 'value_error' }],
});

/** The answer to a request, null when it tells nothing that the model knows. */
function answerTo(request: PredictionRequest, predict: Predictor): Prediction | null {
  const answer = predict(request);
  if (answer === null) return null;
  const { prediction_impact, ...rest } = answer.prediction;
  return { prediction_impact, exact: exactCost(answer.query), ...rest };
}

async function* arrayAnswers(requests: readonly PredictionRequest[], predict: Predictor): AsyncGenerator<string> {
  for (const [at, request] of requests.entries()) {
    if (at % PREDICTIONS_PER_TURN === 0) await nextTurn();
    yield `${at === 0 ? '[' : ','}${JSON.stringify(answerTo(request, predict) ?? nothingKnown(at))}`;
  }
  yield requests.length === 0 ? '[]' : ']';
}

/** One line for each line: a prediction, or what is wrong with the request. */
async function* lineAnswers(body: Readable, predict: Predictor): AsyncGenerator<string> {
  // A line without an end is forgotten as it comes, past what one may hold.
  const splitter = ndjsonSplitter(MAX_LINE_BYTES);
  let at = 0;
  async function* answers(lines: ReturnType<JsonSplitter['push']>): AsyncGenerator<string> {
    for (const line of lines) {
      if (at % PREDICTIONS_PER_TURN === 0) await nextTurn();
      yield `${JSON.stringify(lineAnswer('text' in line ? line.text : null, at, predict))}\n`;
      at++;
    }
  }
  for await (const chunk of body as AsyncIterable<Buffer>) yield* answers(splitter.push(chunk));
  yield* answers(splitter.end());
}

/** @param line - null for one that is too long. */
function lineAnswer(line: string | null, at: number, predict: Predictor): unknown {
  const fault = (msg: string, type: string) => ({ detail: [{ loc: ['body', at], msg, type }] });
  if (line === null) return fault(`expected at most ${MAX_LINE_BYTES} bytes`, 'too_long');
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return fault('expected valid JSON', 'json_invalid');
  }
  const request = predictionRequestSchema.safeParse(value);
  return request.success
    ? (answerTo(request.data, predict) ?? nothingKnown(at))
    : { detail: faultsOf(request.error, at) };
}

/** `POST /predict` and `POST /predict/batch`: the cost of garments that are not, or only half, described. */
export function predictRoutes({ models, access }: ApiDependencies): FastifyPluginAsyncZod {
  const common = { tags: ['Predictions'], security: [{ apiKey: [] }] };
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));
    app.addContentTypeParser('application/x-ndjson', (_request, payload, done) => done(null, payload));

    app.post(
      '/predict',
      {
        config: { ignoresUnknownParameters: true },
        schema: {
          ...common,
          operationId: 'predict',
          summary: 'Predict the environmental cost of a product',
          description:
            'By the names of the original or those of /simulate. Fields may be null or absent, but not all of what makes a garment; the answer says what that does to the prediction, and names the exact cost of a garment that is described in full.',
          body: predictionRequestSchema,
          response: { 200: predictionSchema, ...answers },
        },
      },
      async (request, reply) => {
        const model = await models.current();
        if (!model) return reply.code(404).send(NO_MODEL);
        const answer = answerTo(request.body, model.predict);
        if (answer === null) return reply.code(422).send(nothingKnown());
        return sendJson(reply, JSON.stringify(answer));
      },
    );

    app.post(
      '/predict/batch',
      {
        bodyLimit: BATCH_BODY_LIMIT,
        schema: {
          ...common,
          operationId: 'predictMany',
          summary: 'Predict the environmental cost of many products',
          description:
            'An array (application/json), answered by an array; or one request per line (application/x-ndjson, of any length), each answered by a line while the body is still being read. A request that tells nothing which the model knows is answered by what is wrong with it.',
          body: predictionBatchBody,
          response: { 200: predictionBatchAnswer, ...answers },
        },
        // The body is checked request by request.
        validatorCompiler: (route) =>
          route.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(route as never),
      },
      async (request, reply) => {
        const model = await models.current();
        if (!model) return reply.code(404).send(NO_MODEL);
        if (request.body instanceof Readable)
          return reply
            .type('application/x-ndjson')
            .send(Readable.from(lineAnswers(request.body, model.predict)) as never);
        const { requests, faults } = await checkArray(request.body);
        if (faults.length > 0) return reply.code(422).send({ detail: faults as never });
        return reply
          .type('application/json; charset=utf-8')
          .send(Readable.from(arrayAnswers(requests, model.predict)) as never);
      },
    );
  };
}
