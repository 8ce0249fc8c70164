import { createHash, randomBytes } from 'node:crypto';
import { admit, callerOf, RefusedError } from '@ecobalyse/http-kit';
import type { Caller } from '@ecobalyse/schema';
import { beginSession, endSession, findSession } from '@ecobalyse/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrchestratorDependencies } from './dependencies.js';
import { BOARD_PATH } from './routes/board.js';

/** Cookie of a person who gave a key on the page. */
export const SESSION_COOKIE = 'ecobalyse_session';
export const SESSION_SECONDS = 12 * 3600;

type SessionNeeds = Pick<OrchestratorDependencies, 'access' | 'store'>;

/** Who reads the database must not be able to take over a session. */
const idOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

/** Begins a session for the owner of a key, which every replica accepts. */
export async function createSession(name: string, { access, store }: SessionNeeds): Promise<string> {
  const cookie = randomBytes(32).toString('base64url');
  const expiresAt = new Date(Date.now() + SESSION_SECONDS * 1000);
  await beginSession(store, { _id: idOf(cookie), name, keyHash: access.named(name)?.hash ?? '', expiresAt });
  return cookie;
}

/** Whose session a request's cookie is, or null; it ends when its key is revoked or rotated. */
async function sessionOwner(request: FastifyRequest, { access, store }: SessionNeeds): Promise<Caller | null> {
  const cookie = request.cookies[SESSION_COOKIE];
  const session = cookie ? await findSession(store, idOf(cookie)) : null;
  const key = session && access.named(session.name);
  return key && key.hash === session.keyHash ? key.caller : null;
}

/** Ends the session of a request in every replica. */
export async function closeSession(request: FastifyRequest, { store }: SessionNeeds): Promise<void> {
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie) await endSession(store, idOf(cookie));
}

const reads = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

/**
 * Whether a page of another origin sent a request; a cookie comes along even from another port of the same host. Browsers
 * say so in `Sec-Fetch-Site` where the address is trustworthy, and in `Origin` elsewhere. What has neither is no page.
 */
function isForeign({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (origin === undefined) return false;
  const from = hostOf(origin);
  return from === undefined || from !== hostOf(`${new URL(origin).protocol}//${host}`);
}

/** Answers 403 to a write that a page of another origin sent in a person's name; true when the request may go on. */
export function admitOrigin(request: FastifyRequest, reply: FastifyReply): boolean {
  if (reads(request) || !isForeign(request)) return true;
  reply.send(new RefusedError('origin_foreign'));
  return false;
}

/**
 * Hook that lets a request pass with a key in its header, or with the session of a person who gave one. Readers see the
 * pipelines and runs; the queue board, and whatever starts or changes something, is for admins.
 */
export function requireKeyOrSession(needs: SessionNeeds) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const role = reads(request) && !request.routeOptions.url?.startsWith(BOARD_PATH) ? 'reader' : 'admin';
    if (!callerOf(needs.access, request)) {
      if (!admitOrigin(request, reply)) return reply;
      request.caller = await sessionOwner(request, needs);
    }
    return admit(request.caller ?? null, role, request, reply) ? undefined : reply;
  };
}
