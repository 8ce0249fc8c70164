import { named } from '@ecobalyse/http-kit';
import type { NotAdded } from '@ecobalyse/product-scoring';
import { notPossibleSchema, validationErrorSchema } from '@ecobalyse/schema';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Answers about a product that is not added. */
export const NOT_ADDED = {
  422: z.union([validationErrorSchema, notPossibleSchema]).describe('Invalid request, or refused upstream'),
  502: notPossibleSchema.describe('Upstream gave no score: the detail says why, Retry-After when to try again'),
};

/** Tells why a product is not added, in the words of the original. */
export function sendNotAdded(request: FastifyRequest, reply: FastifyReply, outcome: NotAdded): FastifyReply {
  if (outcome.status === 'refused') {
    return named(reply.code(422), 'product_refused').send({ message: 'Not possible', detail: { ...outcome.reasons } });
  }
  const { advice, retryAfterSeconds } = outcome.error;
  request.log.warn({ err: outcome.error }, 'upstream failed');
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  return reply.code(502).send({ message: 'Not possible', detail: advice });
}
