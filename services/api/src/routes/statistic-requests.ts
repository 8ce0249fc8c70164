import { errorDetailSchema, IMPACT_TYPES } from '@ecobalyse/schema';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { integerParameter } from '../query-parameters.js';

/** Most documents that one answer holds; the exports have no such bound. */
export const MAX_LIMIT = 10_000;

/** Filters of the statistics. One that a statistic cannot be filtered by is not looked at. */
export const statisticQuery = z.object({
  product_id: z.string().min(1).max(100).optional().meta({ description: 'Only this product type', example: 'tshirt' }),
  impact_type: z
    .enum(IMPACT_TYPES as [string, ...string[]], `expected one of ${IMPACT_TYPES.join(', ')}`)
    .optional()
    .meta({ description: 'Only this impact, with _ for -', example: 'ecs' }),
  limit: integerParameter(1, MAX_LIMIT).optional().meta({ description: 'Documents at most', example: 100 }),
});

/** Nothing found; before the first run also what to do about it. */
export const nothingFoundSchema = errorDetailSchema.extend({
  hint: z.string().optional().meta({ description: 'How to start a first run, when there has been none' }),
});

const HOW_TO_START =
  'No statistics have been computed yet. The pipeline "ecobalyse" computes them every hour and can be started at once ' +
  'from the orchestrator; "npm run ecobalyse -- statistics" computes them without it.';

/** 404 of the contract, with a hint how to start a first run. */
export function noStatisticsYet(reply: FastifyReply) {
  return reply.code(404).send({ detail: 'Document not found', hint: HOW_TO_START } as never);
}
