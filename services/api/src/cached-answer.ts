import type { ResponseCache } from '@ecobalyse/cache';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/** The answer to a request whose `If-None-Match` names the present answer. */
export const unchanged = { 304: z.void().describe('Not changed since the answer with this ETag') };

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((candidate) => ['*', etag].includes(candidate.trim().replace(/^W\//, '')));
}

/** An answer that is kept until what it depends on changes. */
export interface KeptAnswer {
  /** What it depends on in the request. */
  key: readonly unknown[];
  /** What it depends on in the database ({@link CACHE_TAGS}). */
  tags: readonly string[];
  /** Makes the body; what it throws is not kept. */
  compute: () => Promise<unknown>;
}

/**
 * Answers JSON from the cache, or computes it. The bytes are sent as they are kept, with their tag; clients keep them too,
 * and ask each time whether they still hold.
 */
export async function sendKept(
  cache: Pick<ResponseCache, 'getOrCompute'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { key, tags, compute }: KeptAnswer,
) {
  const { etag, body } = await cache.getOrCompute(JSON.stringify(key), tags, async () =>
    JSON.stringify(await compute()),
  );
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send() as never;
  return reply.type('application/json; charset=utf-8').send(body as never) as never;
}
