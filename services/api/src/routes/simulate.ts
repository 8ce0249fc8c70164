import { requireRole } from '@ecobalyse/http-kit';
import { productIdentity } from '@ecobalyse/product-documents';
import {
  COST_PART_LABELS,
  COST_PARTS,
  type DetailedSimulation,
  detailedSimulationSchema,
  errorDetailSchema,
  flattenImpact,
  type Json,
  productRequestSchema,
  STAGE_CODES,
  textileQuerySchema,
  validationErrorSchema,
} from '@ecobalyse/schema';
import { hasImpact } from '@ecobalyse/store';
import { methodVersion, simulateDetailed, TextileQueryError } from '@ecobalyse/textile-method';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';

const { countrySpinning, countryFabric, countryDyeing, countryMaking } = productRequestSchema.shape;

/** Any textile query: what `POST /product` asks for may be left to the method. */
const simulationRequestSchema = productRequestSchema.extend({
  countrySpinning: countrySpinning.nullish(),
  countryFabric: countryFabric.nullish(),
  countryDyeing: countryDyeing.nullish(),
  countryMaking: countryMaking.nullish(),
  fabricProcess: textileQuerySchema.shape.fabricProcess,
});

const EXAMPLE = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countryMaking: 'FR',
};

const simulationAnswer = z.object({
  ecs: z.number().meta({ description: 'Environmental cost, Pts' }),
  pef: z.number().meta({ description: 'PEF single score, Pts' }),
  method_version: z.string(),
  mass: z.number().meta({ description: 'kg' }),
  product_id: z.string(),
  durability: z.number(),
  days_of_wear: z.number(),
  stages: z
    .array(
      z.object({
        stage: z.enum(COST_PARTS),
        label: z.string(),
        ecs: z.number().meta({ description: 'Pts, divided by the durability' }),
        share: z.number().meta({ description: 'Share in ecs' }),
      }),
    )
    .meta({ description: 'What makes up ecs; the parts add up to it' }),
  impacts: z.record(z.string(), z.number()).meta({ description: 'The 21 impacts' }),
  md5_id: z.string().meta({ description: 'Identity that POST /product would give to this query' }),
  exists: z.boolean().meta({ description: 'Whether a product with this identity is stored' }),
  simulation: detailedSimulationSchema.meta({ description: 'The whole detailed answer' }),
});

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
const faultsOf = ({ errors }: TextileQueryError) =>
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
        schema: {
          tags: ['Products'],
          security: [{ apiKey: [] }],
          summary: 'Score a product without storing it',
          description:
            'The exact environmental cost by the method of this platform, with what makes it up. Only mass, materials and ' +
            'product are required: the method has a default for everything else.',
          body: simulationRequestSchema.meta({ examples: [EXAMPLE] }),
          response: {
            200: simulationAnswer,
            403: errorDetailSchema.describe('Missing or wrong key'),
            422: validationErrorSchema.describe('Invalid request'),
            503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
          },
        },
      },
      async (request, reply) => {
        const query = request.body as Record<string, Json>;
        let answer: DetailedSimulation;
        try {
          answer = simulateDetailed(query) as unknown as DetailedSimulation;
        } catch (error) {
          if (error instanceof TextileQueryError) return reply.code(422).send({ detail: faultsOf(error) });
          throw error;
        }
        const md5Id = productIdentity(query);
        return reply.send({
          ecs: answer.impacts.ecs,
          pef: answer.impacts.pef,
          method_version: methodVersion,
          mass: answer.inputs.mass,
          product_id: answer.inputs.product.id,
          durability: answer.durability,
          days_of_wear: answer.daysOfWear,
          stages: costParts(answer),
          impacts: answer.impacts as Record<string, number>,
          md5_id: md5Id,
          exists: await hasImpact(store, md5Id),
          simulation: answer,
        });
      },
    );
  };
}
