import { BlockList, isIP } from 'node:net';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { scrape } from './registry.js';

const PRIVATE_NETWORKS = [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const;

const privateAddresses = new BlockList();
for (const [network, bits] of PRIVATE_NETWORKS) {
  privateAddresses.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4');
}

/** Headers by which a proxy says that it speaks for somebody else. */
const PROXY_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/** Whether a request comes straight from this machine or a private network, and not through a proxy. */
export function comesFromNearby(request: Pick<FastifyRequest, 'headers' | 'socket'>): boolean {
  const { remoteAddress = '' } = request.socket;
  // BlockList knows an IPv4 address that was mapped into IPv6 as what it is.
  const family = isIP(remoteAddress) === 6 ? 'ipv6' : 'ipv4';
  const nearby = isIP(remoteAddress) !== 0 && privateAddresses.check(remoteAddress, family);
  return nearby && !PROXY_HEADERS.some((name) => name in request.headers);
}

export interface MetricsAccess {
  /** Lets requests with a key pass and answers the others. Without it, only the neighbourhood is answered. */
  guard?: ((request: FastifyRequest, reply: FastifyReply, done: () => void) => void) | undefined;
  /** Whether the neighbourhood needs the key too. */
  nearbyToo?: boolean | undefined;
}

/**
 * `GET /metrics` in Prometheus' text format. This machine and private networks read it without a key, unless they are
 * asked for it too; everybody else needs it.
 */
export function metricsRoutes({ guard, nearbyToo = false }: MetricsAccess = {}): FastifyPluginAsync {
  return async (app) => {
    app.get(
      '/metrics',
      {
        // Prometheus reads it, not people who look for what the service does.
        schema: { hide: true } as object,
        onRequest: (request, reply, done) => {
          if (!nearbyToo && comesFromNearby(request)) done();
          else if (guard) guard(request, reply, done);
          else reply.code(403).send({ detail: 'Metrics are for private networks only' });
        },
      },
      async (_request, reply) => {
        const { contentType, text } = await scrape();
        return reply.header('cache-control', 'no-store').type(contentType).send(text);
      },
    );
  };
}
