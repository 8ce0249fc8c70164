import type { FastifyRequest } from 'fastify';

const PROBES = new Set(['/health/live', '/health/ready', '/metrics']);

/** Whether a request is one of those that watch the service: it is answered under load and without limits. */
export function isProbe(request: FastifyRequest): boolean {
  return PROBES.has(request.routeOptions.url ?? '');
}
