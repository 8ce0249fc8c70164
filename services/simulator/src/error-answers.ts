import { JsonTextError } from '@ecobalyse/product-files';
import { TextileQueryError } from '@ecobalyse/textile-method';

/** Body of every answer that is not a success (METHOD §4.4): one message per faulty field. */
export interface ErrorBody {
  error: Record<string, string>;
  documentation: string;
}

/** An error that the caller can act upon: a status and one message per key of `error` (METHOD §4.4). */
export class AnswerableError extends Error {
  readonly status: number;
  readonly errors: Record<string, string>;

  constructor(status: number, errors: Record<string, string>) {
    super(Object.values(errors).join(' '));
    this.name = 'AnswerableError';
    this.status = status;
    this.errors = errors;
  }
}

/** Address of the API documentation on the web site at `webBaseUrl`. */
export function documentationUrl(webBaseUrl: string): string {
  return `${webBaseUrl}#/api`;
}

/** An unknown route, method or indicator (METHOD §4.4): status 404, key `general`. */
export function notFound(method: string, url: string): AnswerableError {
  return new AnswerableError(404, {
    general: `Aucun point d’entrée « ${method} ${url.slice(0, 200)} ». La liste des points d’entrée est donnée par GET /api.`,
  });
}

/** A body, or an item of a batch, that is longer than accepted: status 413, key `general`. */
export function tooLarge(what: string, limitBytes: number): AnswerableError {
  return new AnswerableError(413, { general: `${what} dépasse la limite de ${limitBytes} octets.` });
}

/** A body that is no JSON: status 400, key `decoding` (METHOD §3). */
export function undecodable(message: string): AnswerableError {
  return new AnswerableError(400, { decoding: message });
}

/**
 * The status and the messages to answer for an exception. Anything that is not the caller's doing becomes a 500 without
 * detail: its cause goes to the log only.
 */
export function toAnswerable(error: unknown): AnswerableError {
  if (error instanceof AnswerableError) return error;
  if (error instanceof TextileQueryError) return new AnswerableError(400, error.errors);
  if (error instanceof JsonTextError) return undecodable(error.message);
  return new AnswerableError(500, { general: 'Erreur interne du simulateur. Réessayez, ou signalez la requête.' });
}
