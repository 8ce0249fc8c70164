import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * The headers of helmet, as one table made once: helmet itself builds its policy anew for each answer, which costs more
 * than the answer from the cache does. Pages bring scripts and styles as files of the same origin; the charts and the
 * documentation set styles in attributes. A route that needs another policy sets its own header.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    // The queue board names its base.
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/** Gives an answer the security headers, and the id of its request. */
export function secure(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
}

/** Does so with every answer. */
export function secureAnswers(app: Pick<FastifyInstance, 'addHook'>): void {
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    secure(request, reply);
    done();
  });
}
