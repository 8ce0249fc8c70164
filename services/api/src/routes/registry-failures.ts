import { TrackingError } from '@ecobalyse/tracking';
import type { FastifyInstance } from 'fastify';

/** Answer while no model is registered (CONTRACT). */
export const NO_MODEL = { detail: 'MLFlow Models error' };

/** Answers 503 when the registry of models is away; every other error is left to the API's own handler. */
export function registryFailures(app: Pick<FastifyInstance, 'setErrorHandler' | 'errorHandler'>): void {
  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof TrackingError)) throw error;
    request.log.warn({ err: error }, 'registry of models');
    return reply
      .code(503)
      .header('retry-after', 5)
      .send({ detail: 'The registry of models cannot be read, try again in a few seconds' });
  });
}
