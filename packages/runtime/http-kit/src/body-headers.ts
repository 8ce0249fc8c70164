import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { hasBody } from './lingering-close.js';

const ABOUT_BODIES = ['content-type', 'content-length', 'content-encoding', 'transfer-encoding'] as const;
/** JSON, also with a profile of its own such as `application/vnd.api+json`. */
const JSON_TYPE = /^\s*application\/(?:[\w.-]+\+)?json\s*(?=;|$)/i;

/** Whether a route can do without a body. */
const isOptional = (body: unknown): boolean =>
  body === undefined || (body as Partial<z.ZodType>).safeParse?.(null).success === true;

/**
 * Lets no request fail for a body that nobody needs: where a route declares none, or the body is optional and empty, what the
 * headers say of it is forgotten, so that it is not even read. Every JSON type is taken for the usual one.
 */
export function readBodyHeaders(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRequest', ({ routeOptions, raw: { headers } }, _reply, done) => {
    const body = routeOptions.schema?.body;
    const isNeedless = body === undefined || (!hasBody(headers) && isOptional(body));
    if (isNeedless) for (const name of ABOUT_BODIES) delete headers[name];
    else if (headers['content-type'] !== undefined) {
      headers['content-type'] = headers['content-type'].replace(JSON_TYPE, 'application/json');
    }
    done();
  });
}
