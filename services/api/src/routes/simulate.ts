import { type Fault, invalidRequest, languageOf, requireRole, tellLanguage } from '@ecobalyse/http-kit';
import { judge } from '@ecobalyse/plausibility';
import { COST_PART_LABELS, flattenImpact, productIdentity } from '@ecobalyse/product-documents';
import {
  COST_PARTS,
  type DetailedSimulation,
  failures,
  inLanguage,
  type Json,
  STAGE_CODES,
  simulationRequestSchema,
  simulationSchema,
  warningsIn,
} from '@ecobalyse/schema';
import { hasImpact } from '@ecobalyse/store';
import { methodVersion, simulateDetailed, TextileQueryError } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../dependencies.js';
import { keepSentBody, sentBody } from '../sent-body.js';

/** Parts of the cost, by the one definition of them ({@link flattenImpact}). */
function costParts(answer: DetailedSimulation) {
  const { row } = flattenImpact(answer);
  const { ecs } = answer.impacts;
  return COST_PARTS.map((stage) => {
    const cost = row[`cost_${stage}`] as number;
    const index = (STAGE_CODES as readonly string[]).indexOf(stage);
    const label = answer.lifeCycle[index]?.label ?? COST_PART_LABELS[stage as keyof typeof COST_PART_LABELS];
    return { stage, label, ecs: cost, share: ecs === 0 ? 0 : cost / ecs };
  });
}

/** Reasons of the method by field; `decoding` and `general` are about the query as a whole. */
const faultsOf = ({ errors }: TextileQueryError): Fault[] =>
  Object.entries(errors).map(([field, msg]) => ({
    loc: field === 'decoding' || field === 'general' ? ['body'] : ['body', field],
    msg,
    type: 'value_error',
  }));

/** `POST /simulate`: the exact cost of a garment and its parts, worked out here and not stored. */
export function simulateRoutes({ store, access }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.addHook('onRequest', requireRole(access, 'reader'));

    app.post(
      '/simulate',
      {
        preValidation: keepSentBody,
        schema: {
          tags: ['Products'],
          security: [{ apiKey: [] }],
          operationId: 'simulate',
          summary: 'Score a product without storing it',
          description:
            'The exact environmental cost by the method of this platform, with what makes it up. Only mass, materials and ' +
            'product are required: the method has a default for everything else.',
          body: simulationRequestSchema,
          response: { 200: simulationSchema, ...failures(403, 422, 503) },
        },
      },
      async (request, reply) => {
        const query = request.body as Record<string, Json>;
        const language = languageOf(request);
        let answer: DetailedSimulation;
        try {
          answer = inLanguage(language, () => simulateDetailed(query) as unknown as DetailedSimulation);
        } catch (error) {
          if (error instanceof TextileQueryError) throw invalidRequest(...faultsOf(error));
          throw error;
        }
        const md5Id = productIdentity(query);
        tellLanguage(reply, language);
        return reply.send({
          ecs: answer.impacts.ecs,
          pef: answer.impacts.pef as number,
          method_version: methodVersion,
          mass: answer.inputs.mass,
          product_id: answer.inputs.product.id,
          durability: answer.durability,
          days_of_wear: answer.daysOfWear,
          stages: costParts(answer),
          impacts: answer.impacts as Record<string, number>,
          md5_id: md5Id,
          warnings: warningsIn(judge(query, { answer, sent: sentBody(request) }), language),
          exists: await hasImpact(store, md5Id),
          simulation: answer,
        });
      },
    );
  };
}
