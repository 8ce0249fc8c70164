import type { FastifyContextConfig, FastifyInstance, preValidationHookHandler } from 'fastify';
import type { z } from 'zod';
import { isProbe } from './probe-paths.js';
import { fault, invalidRequest } from './refused-error.js';

const MAX_SHOWN_CHARACTERS = 100;

/** Whether a documented route refuses parameters of the query that it does not know. */
export const knowsItsParameters = ({ schema, config }: { schema?: unknown; config?: unknown }): boolean => {
  const isHidden = schema === undefined || (schema as { hide?: boolean }).hide === true;
  const { ofContract, isPassedOn } = (config ?? {}) as FastifyContextConfig;
  return !isHidden && ofContract !== true && isPassedOn !== true;
};

/** Refuses by name what a route does not know: a filter with a slip in its name would answer something else in silence. */
export function refuseUnknownParameters(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRoute', (route) => {
    if (!knowsItsParameters(route)) return;
    const { shape = {} } = (route.schema?.querystring ?? {}) as Partial<z.ZodObject>;
    const known = Object.keys(shape);
    const kind = known.length > 0 ? 'unknown_parameter' : 'no_parameter';
    const values = { known: known.join(', '), type: 'unknown_parameter' };
    const check: preValidationHookHandler = (request, _reply, done) => {
      const unknown = Object.keys(request.query as object).filter((name) => !Object.hasOwn(shape, name));
      if (unknown.length === 0 || isProbe(request)) return done();
      throw invalidRequest(
        ...unknown.map((name) => fault(kind, ['query', name.slice(0, MAX_SHOWN_CHARACTERS)], values)),
      );
    };
    route.preValidation = [check, ...[route.preValidation ?? []].flat()];
  });
}
