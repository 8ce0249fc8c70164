import type { FastifyInstance, FastifyReply } from 'fastify';

const HEADER = 'x-error-code';

/** Name of a refusal for programs, by its status, where nobody names it better. */
const BY_STATUS: Readonly<Record<number, string>> = {
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'too_slow',
  409: 'conflict',
  413: 'body_too_large',
  414: 'url_too_long',
  415: 'content_encoding_unknown',
  422: 'invalid_request',
  429: 'too_many_requests',
  500: 'internal_error',
  502: 'upstream_failed',
  503: 'try_again_later',
  504: 'upstream_too_slow',
};

/** Names the error that an answer tells of: a name stays the same, in whatever words and language people are told. */
export const named = (reply: FastifyReply, code: string): FastifyReply => reply.header(HEADER, code);

/** Names the error of every answer that tells of one. The bodies are the contract's, so a header carries the name. */
export function nameErrors(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    const code = BY_STATUS[reply.statusCode];
    if (code !== undefined && !reply.hasHeader(HEADER)) named(reply, code);
    done(null, payload);
  });
}
