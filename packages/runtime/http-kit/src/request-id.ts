import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** An id that may stand in logs, in answers and in the requests of others as it is. */
const SANE = /^[A-Za-z0-9_.:/+=@-]{1,128}$/;

/** The id that the client gave, when it is sane, or a new one. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}
