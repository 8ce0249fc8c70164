import type { FastifyInstance } from 'fastify';

/** No request of ours nests deeper; what does may overflow the stack of whoever walks through it. */
const MAX_DEPTH = 64;

/** Nor has it longer lists, that of a batch itself apart: each element may have a fault of its own. */
const MAX_ELEMENTS = 10_000;

function isBeyond(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    const isNested = levels < MAX_DEPTH;
    return (isNested && value.length > MAX_ELEMENTS) || value.some((element) => isBeyond(levels - 1, element));
  }
  for (const key in value) if (isBeyond(levels - 1, (value as Record<string, unknown>)[key])) return true;
  return false;
}

/**
 * Reads JSON bodies: keys that reach for prototypes are refused, and so is what is nested too deep or has
 * too long a list. Bodies of another type
 * are read too before they are refused: an answer that closes the connection on unread bytes may be lost on its way.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _bytes, done) => {
    done(Object.assign(new Error('not JSON'), { code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }));
  });
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    parse(request, text as string, (error, body) => {
      if (error) return done(error);
      if (!isBeyond(MAX_DEPTH, body)) return done(null, body);
      done(Object.assign(new Error('too deep'), { code: 'JSON_TOO_DEEP', statusCode: 422 }));
    });
  });
}
