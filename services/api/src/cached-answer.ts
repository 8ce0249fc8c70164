import type { ResponseCache } from '@ecobalyse/cache';
import { RefusedError } from '@ecobalyse/http-kit';
import { isSearchTooSlow, type SearchBounds } from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import pLimit from 'p-limit';
import { sendAsIs } from './beyond-types.js';

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
  /** Whether making it reads about every document: only some of those are made at once. */
  scans?: boolean;
  /** Makes the body, or its JSON, within bounds that every search in it keeps; what it throws is not kept. */
  compute: (bounds: SearchBounds) => Promise<unknown>;
}

/** Time that the database may spend on a search. */
const SEARCH_MS = 30_000;
/** Searches through all documents that one process asks for at once: more would only slow each other, and all others, down. */
const SCANS_AT_ONCE = 3;
/** As many may wait as are done before their clients give up. */
const MAX_WAITING_SCANS = 50;
/** Nobody reads this answer: its client has closed the connection. */
const CLIENT_CLOSED = 499;

const scans = pLimit(SCANS_AT_ONCE);

async function bounded({ scans: isScan = false, compute }: KeptAnswer, signal: AbortSignal): Promise<string | Buffer> {
  const make = async () => {
    signal.throwIfAborted();
    const made = await compute({ signal, maxTimeMs: SEARCH_MS });
    return Buffer.isBuffer(made) ? made : JSON.stringify(made);
  };
  if (isScan && scans.pendingCount >= MAX_WAITING_SCANS) throw new RefusedError('searches_waiting');
  try {
    return await (isScan ? scans(make) : make());
  } catch (error) {
    if (!isSearchTooSlow(error)) throw error;
    throw new RefusedError('search_too_slow', { seconds: SEARCH_MS / 1000 }, { cause: error });
  }
}

/** Answers JSON that is made anew each time, within the same bounds. */
export async function sendFresh(
  request: FastifyRequest,
  reply: FastifyReply,
  { scans, compute }: Pick<KeptAnswer, 'scans' | 'compute'>,
) {
  const client = clientOf(reply);
  try {
    const body = await bounded({ key: [], tags: [], scans: scans === true, compute }, client);
    return sendAsIs(
      reply.type('application/json; charset=utf-8').header('cache-control', 'private, no-store'),
      request.method === 'HEAD' ? undefined : body,
    );
  } catch (error) {
    if (client.aborted) return sendAsIs(reply.code(CLIENT_CLOSED));
    throw error;
  }
}

/** Aborted when the client goes before it has its answer. */
function clientOf(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort());
  return gone.signal;
}

/**
 * Answers JSON from the cache, or computes it. The bytes are sent as they are kept, with their tag; clients keep them too,
 * and ask each time whether they still hold.
 */
export async function sendKept(
  cache: Pick<ResponseCache, 'getOrCompute'>,
  request: FastifyRequest,
  reply: FastifyReply,
  kept: KeptAnswer,
) {
  const client = clientOf(reply);
  const compute = (signal: AbortSignal) => bounded(kept, signal);
  const answer = await cache
    .getOrCompute(JSON.stringify(kept.key), kept.tags, compute, client)
    .catch((error: unknown) => {
      if (client.aborted) return null;
      throw error;
    });
  if (answer === null) return sendAsIs(reply.code(CLIENT_CLOSED));
  const { etag, body } = answer;
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (matches(request.headers['if-none-match'], etag)) return sendAsIs(reply.code(304));
  return sendAsIs(reply.type('application/json; charset=utf-8'), body);
}
