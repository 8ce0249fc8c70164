import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Access, admit, callerOf } from '@ecobalyse/http-kit';
import type { Caller } from '@ecobalyse/schema';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrchestratorDependencies } from './dependencies.js';
import { BOARD_PATH } from './routes/board.js';

/** Cookie of a person who gave a key on the page. */
export const SESSION_COOKIE = 'ecobalyse_session';
export const SESSION_SECONDS = 12 * 3600;

type SessionNeeds = Pick<OrchestratorDependencies, 'access' | 'sessionSecret'>;

/** Signs the key's hash with the rest, so that a session ends when its key is revoked or rotated. */
function signature(expiresAt: number, name: string, keyHash: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`session ${expiresAt} ${name} ${keyHash}`).digest();
}

/** A session for the owner of a key, which every replica with the same secret accepts; no key can be read from it. */
export function createSession(name: string, { access, sessionSecret }: SessionNeeds, now = Date.now()): string {
  const expiresAt = now + SESSION_SECONDS * 1000;
  const keyHash = access.named(name)?.hash ?? '';
  return `${expiresAt}:${name}:${signature(expiresAt, name, keyHash, sessionSecret).toString('base64url')}`;
}

/** Whose session a cookie is, or null. */
function sessionOwner(
  cookie: string | undefined,
  { access, sessionSecret }: SessionNeeds,
  now = Date.now(),
): Caller | null {
  const [expiry = '', name = '', given = ''] = (cookie ?? '').split(':');
  const expiresAt = Number(expiry);
  const key = access.named(name);
  const expected = signature(expiresAt, name, key?.hash ?? '', sessionSecret);
  const received = Buffer.from(given, 'base64url');
  const valid = received.length === expected.length && timingSafeEqual(received, expected) && expiresAt > now;
  return valid && key ? key.caller : null;
}

const ownerOf = (access: Access, request: FastifyRequest, needs: SessionNeeds): Caller | null =>
  callerOf(access, request) ?? sessionOwner(request.cookies[SESSION_COOKIE], needs);

/**
 * Hook that lets a request pass with a key in its header, or with the session of a person who gave one. Readers see the
 * pipelines and runs; the queue board, and whatever starts or changes something, is for admins.
 */
export function requireKeyOrSession(needs: SessionNeeds) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const role = reads && !request.routeOptions.url?.startsWith(BOARD_PATH) ? 'reader' : 'admin';
    request.caller = ownerOf(needs.access, request, needs);
    if (admit(request.caller, role, request, reply)) done();
  };
}
