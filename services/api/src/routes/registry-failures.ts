import { UnreadableModelError } from '@ecobalyse/impact-models';
import { TrackingError } from '@ecobalyse/tracking';
import type { FastifyInstance } from 'fastify';

/** Answer while no model is registered (CONTRACT). */
export const NO_MODEL = { detail: 'MLFlow Models error' };

/** What can be waited for: the class of the error, seconds after which to try again, and what to tell. */
const PASSING = [
  [TrackingError, 5, 'The registry of models cannot be read, try again in a few seconds'],
  [UnreadableModelError, 60, 'The model is of another version of the platform: the next training replaces it'],
] as const;

/** Answers 503 to what passes by itself; every other error is left to the API's own handler. */
export function registryFailures(app: Pick<FastifyInstance, 'setErrorHandler' | 'errorHandler'>): void {
  app.setErrorHandler((error, request, reply) => {
    const passing = PASSING.find(([kind]) => error instanceof kind);
    if (!passing) throw error;
    const [, seconds, detail] = passing;
    request.log.warn({ err: error }, 'registry of models');
    return reply.code(503).header('retry-after', seconds).send({ detail });
  });
}
