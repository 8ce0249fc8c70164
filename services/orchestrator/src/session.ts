import { createHmac, timingSafeEqual } from 'node:crypto';
import { isApiKey } from '@ecobalyse/http-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Cookie of a person who gave the key on the page. */
export const SESSION_COOKIE = 'ecobalyse_session';
export const SESSION_SECONDS = 12 * 3600;

function signature(expiresAt: number, apiKey: string): Buffer {
  return createHmac('sha256', apiKey).update(`session ${expiresAt}`).digest();
}

/** A session that every replica with the same key accepts; the key cannot be read from it. */
export function createSession(apiKey: string, now = Date.now()): string {
  const expiresAt = now + SESSION_SECONDS * 1000;
  return `${expiresAt}.${signature(expiresAt, apiKey).toString('base64url')}`;
}

export function isSession(cookie: string | undefined, apiKey: string, now = Date.now()): boolean {
  const [expiry = '', given = ''] = (cookie ?? '').split('.');
  const expiresAt = Number(expiry);
  const expected = signature(expiresAt, apiKey);
  const received = Buffer.from(given, 'base64url');
  return received.length === expected.length && timingSafeEqual(received, expected) && expiresAt > now;
}

/** Hook that lets a request pass with the key in its header, or with the session of a person who gave the key. */
export function requireKeyOrSession(apiKeyName: string, apiKey: string) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const valid =
      isApiKey(request.headers[apiKeyName.toLowerCase()], apiKey) || isSession(request.cookies[SESSION_COOKIE], apiKey);
    if (valid) return undefined;
    return reply.code(403).send({ detail: 'Could not validate credentials' });
  };
}
