import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Hook that lets only requests with the key pass; it runs before anything else is looked at. */
export function requireApiKey(headerName: string, apiKey: string) {
  const expected = digest(apiKey);
  const header = headerName.toLowerCase();
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const given = request.headers[header];
    // Digests have one length, so the comparison takes the same time whatever was sent.
    const valid = timingSafeEqual(digest(typeof given === 'string' ? given : ''), expected);
    if (valid) return undefined;
    return reply.code(403).send({ detail: 'Could not validate credentials' });
  };
}
