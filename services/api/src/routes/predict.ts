import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fault, invalidRequest, languageOf, RefusedError, requireRole, sendJson } from '@ecobalyse/http-kit';
import { type Answer, CORE_FIELDS, type Predictor } from '@ecobalyse/impact-models';
import {
  errorDetailSchema,
  failures,
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
import { arrayRequests, BATCH_BODY_LIMIT, type BatchItem, faulty, lineRequests, sendAnswers } from '../batch.js';
import { checkAllButBody } from '../beyond-types.js';
import type { ApiDependencies } from '../dependencies.js';

/** Predictions between two turns of the event loop, so that a batch does not hold up single requests. */
const PREDICTIONS_PER_TURN = 20;
const MAX_LINE_BYTES = 65_536;
const CORE = CORE_FIELDS.join(', ');

const answers = {
  ...failures(403, 422),
  404: errorDetailSchema.describe('No model is registered'),
  503: modelFailures[503],
};

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

async function* batchAnswers(
  items: Iterable<BatchItem<PredictionRequest>> | AsyncIterable<BatchItem<PredictionRequest>>,
  predict: Predictor,
  language: Language,
): AsyncGenerator<string> {
  for await (const item of items) {
    const { at } = item;
    if (at % PREDICTIONS_PER_TURN === 0) await nextTurn();
    const answer = 'refused' in item ? item.refused : answerTo(item.request, predict);
    yield JSON.stringify(answer ?? faulty('nothing_known', at, language, { fields: CORE }));
  }
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
        const lines = request.body instanceof Readable ? request.body : null;
        const items = lines
          ? lineRequests(lines, predictionRequestSchema, MAX_LINE_BYTES, language)
          : await arrayRequests(request.body, predictionRequestSchema, language);
        return sendAnswers(reply, language, lines ? 'lines' : 'array', batchAnswers(items, model.predict, language));
      },
    );
  };
}
