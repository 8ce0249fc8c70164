import type { AuditLine } from '@ecobalyse/schema';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access.js';

/** Header of a request that one of our services passes on to another: who does so keeps its audit line. */
export const PASSED_ON_HEADER = 'x-passed-on';

/** What the request is about: as its handler says, or else the identity that its path or query names. */
function subjectOf({ subject, params, query }: FastifyRequest): string | undefined {
  if (subject !== undefined) return subject;
  const named = Object.values((params ?? {}) as Record<string, string>).join('/');
  const { md5_id } = (query ?? {}) as { md5_id?: unknown };
  const found = named || (typeof md5_id === 'string' ? md5_id : undefined);
  return found?.slice(0, 200);
}

/**
 * Logs a line for each write, whether it was let through or not: whose key, which route, what about, and the status. A write
 * is a request to a route that asks for more than the role reader, other than to read what the role may, or one whose handler names a
 * subject.
 *
 * @param keep - is told each line, too, but those of requests that another of our services passes on: it has told them itself.
 */
export function auditWrites(
  app: Pick<FastifyInstance, 'addHook'>,
  access: Access,
  keep?: (line: AuditLine) => void,
): void {
  app.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    const { neededRole, caller, method, routeOptions, ip } = request;
    const isRead = (method === 'GET' || method === 'HEAD') && reply.statusCode < 400;
    const isForAll = neededRole === undefined || neededRole === 'reader';
    if ((isForAll || isRead) && request.subject === undefined) return;
    const who = { key: caller?.name ?? null, role: caller?.role ?? null, address: ip };
    const { url: route = '' } = routeOptions;
    const subject = subjectOf(request);
    request.log.info({ audit: { ...who, method, route, subject, status: reply.statusCode } }, 'write');
    if (access.isVouched(request.id, request.headers[PASSED_ON_HEADER])) return;
    const line = { ...who, method, route, subject: subject ?? null, status: reply.statusCode, request_id: request.id };
    keep?.({ at: new Date().toISOString(), ...line });
  });
}
