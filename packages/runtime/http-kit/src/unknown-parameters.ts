import type { FastifyInstance, preValidationHookHandler } from 'fastify';
import type { z } from 'zod';
import { isProbe } from './probe-paths.js';

const MAX_SHOWN_CHARACTERS = 100;

/** Whether a documented route refuses parameters of the query that it does not know. */
export const knowsItsParameters = ({ schema, config }: { schema?: unknown; config?: unknown }): boolean => {
  const isHidden = schema === undefined || (schema as { hide?: boolean }).hide === true;
  return !isHidden && (config as { ignoresUnknownParameters?: boolean } | undefined)?.ignoresUnknownParameters !== true;
};

/** Refuses by name what a route does not know: a filter with a slip in its name would answer something else in silence. */
export function refuseUnknownParameters(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRoute', (route) => {
    if (!knowsItsParameters(route)) return;
    const { shape = {} } = (route.schema?.querystring ?? {}) as Partial<z.ZodObject>;
    const known = Object.keys(shape);
    const msg = `unknown parameter: expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'none'}`;
    const check: preValidationHookHandler = (request, reply, done) => {
      const unknown = Object.keys(request.query as object).filter((name) => !Object.hasOwn(shape, name));
      if (unknown.length === 0 || isProbe(request)) return done();
      const fault = (name: string) => ({
        loc: ['query', name.slice(0, MAX_SHOWN_CHARACTERS)],
        msg,
        type: 'unknown_parameter',
      });
      reply.code(422).send({ detail: unknown.map(fault) });
    };
    route.preValidation = [check, ...[route.preValidation ?? []].flat()];
  });
}
