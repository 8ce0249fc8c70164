import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Whether a header's value is the key. Takes the same time whatever was sent: digests have one length. */
export function isApiKey(given: string | string[] | undefined, apiKey: string): boolean {
  return timingSafeEqual(digest(typeof given === 'string' ? given : ''), digest(apiKey));
}

/** Hook that lets only requests with the key pass; it runs before anything else is looked at. */
export function requireApiKey(headerName: string, apiKey: string) {
  const header = headerName.toLowerCase();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (isApiKey(request.headers[header], apiKey)) return undefined;
    return reply.code(403).send({ detail: 'Could not validate credentials' });
  };
}
