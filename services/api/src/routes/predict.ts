import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Fault,
  fault,
  invalidRequest,
  languageOf,
  RefusedError,
  requireRole,
  sendJson,
  tellLanguage,
} from '@ecobalyse/http-kit';
import { type Answer, CORE_FIELDS, type Predictor } from '@ecobalyse/impact-models';
import { type JsonSplitter, ndjsonSplitter } from '@ecobalyse/product-files';
import {
  type ErrorCode,
  errorDetailSchema,
  FAULTS,
  failures,
  fill,
  inLanguage,
  type Language,
  modelFailures,
  type Prediction,
  type PredictionRequest,
  predictionBatchAnswer,
  predictionBatchBody,
  predictionRequestSchema,
  predictionSchema,
} from '@ecobalyse/schema';
import { simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { checkAllButBody, sendAsIs } from '../beyond-types.js';
import type { ApiDependencies } from '../dependencies.js';

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

/** Checks a request of a batch; its faults are in a language. */
const check = (value: unknown, language: Language) =>
  inLanguage(language, () => predictionRequestSchema.safeParse(value));

const faultsOf = (error: z.ZodError, at: number): Fault[] =>
  error.issues.map(({ path, message, code }) => ({
    loc: ['body', at, ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
    msg: message,
    type: code,
  }));

/** The requests of an array; throws its first faults. Millions fit into a body: they are checked in turns, and none is checked for nothing. */
async function checkArray(body: unknown, language: Language): Promise<PredictionRequest[]> {
  if (!Array.isArray(body)) throw invalidRequest(fault('array', ['body'], { type: 'invalid_type' }));
  const requests: PredictionRequest[] = [];
  const faults: Fault[] = [];
  for (const [at, element] of body.entries()) {
    if (at % CHECKS_PER_TURN === 0) await nextTurn();
    const request = check(element, language);
    if (request.success) requests.push(request.data);
    else if (faults.push(...faultsOf(request.error, at)) >= MOST_FAULTS) break;
  }
  if (faults.length > 0) throw invalidRequest(...faults);
  return requests;
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

/** The answer to a request, null when it tells nothing that the model knows. */
function answerTo(request: PredictionRequest, predict: Predictor): Prediction | null {
  const answer = predict(request);
  if (answer === null) return null;
  const { prediction_impact, ...rest } = answer.prediction;
  return { prediction_impact, exact: exactCost(answer.query), ...rest };
}

const invalid = (...faults: Fault[]) => ({ detail: faults, code: 'invalid_request' satisfies ErrorCode });

function told(kind: 'too_long' | 'json_invalid' | 'nothing_known', at: number, language: Language) {
  const msg = fill(FAULTS[kind][language], { most: MAX_LINE_BYTES, fields: CORE });
  return invalid({ loc: ['body', at], msg, type: kind });
}

async function* arrayAnswers(
  requests: readonly PredictionRequest[],
  predict: Predictor,
  language: Language,
): AsyncGenerator<string> {
  for (const [at, request] of requests.entries()) {
    if (at % PREDICTIONS_PER_TURN === 0) await nextTurn();
    yield `${at === 0 ? '[' : ','}${JSON.stringify(answerTo(request, predict) ?? told('nothing_known', at, language))}`;
  }
  yield requests.length === 0 ? '[]' : ']';
}

/** One line for each line: a prediction, or what is wrong with the request. */
async function* lineAnswers(body: Readable, predict: Predictor, language: Language): AsyncGenerator<string> {
  // A line without an end is forgotten as it comes, past what one may hold.
  const splitter = ndjsonSplitter(MAX_LINE_BYTES);
  let at = 0;
  async function* answers(lines: ReturnType<JsonSplitter['push']>): AsyncGenerator<string> {
    for (const line of lines) {
      if (at % PREDICTIONS_PER_TURN === 0) await nextTurn();
      yield `${JSON.stringify(lineAnswer('text' in line ? line.text : null, at, predict, language))}\n`;
      at++;
    }
  }
  for await (const chunk of body as AsyncIterable<Buffer>) yield* answers(splitter.push(chunk));
  yield* answers(splitter.end());
}

/** @param line - null for one that is too long. */
function lineAnswer(line: string | null, at: number, predict: Predictor, language: Language): unknown {
  if (line === null) return told('too_long', at, language);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return told('json_invalid', at, language);
  }
  const request = check(value, language);
  if (!request.success) return invalid(...faultsOf(request.error, at));
  return answerTo(request.data, predict) ?? told('nothing_known', at, language);
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
        config: { ofContract: true },
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
        if (!model) throw new RefusedError('model_missing');
        const answer = answerTo(request.body, model.predict);
        if (answer === null) throw invalidRequest(fault('nothing_known', ['body'], { fields: CORE }));
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
        validatorCompiler: checkAllButBody,
      },
      async (request, reply) => {
        const model = await models.current();
        if (!model) throw new RefusedError('model_missing');
        const language = languageOf(request);
        if (request.body instanceof Readable)
          return sendAsIs(
            tellLanguage(reply, language).type('application/x-ndjson'),
            Readable.from(lineAnswers(request.body, model.predict, language)),
          );
        const requests = await checkArray(request.body, language);
        reply.type('application/json; charset=utf-8');
        return sendAsIs(reply, Readable.from(arrayAnswers(requests, model.predict, language)));
      },
    );
  };
}
