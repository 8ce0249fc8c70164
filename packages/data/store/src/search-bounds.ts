import { MongoServerError } from 'mongodb';

/** How long a search may go on. */
export interface SearchBounds {
  /** Aborted when nobody waits for it any more; the server is then told to stop, by the end of its connection. */
  signal?: AbortSignal | undefined;
  /** Time that the server may spend on it. */
  maxTimeMs?: number | undefined;
}

/** Bounds as options of the driver. */
export const boundsOf = ({ signal, maxTimeMs }: SearchBounds) => ({
  ...(signal && { signal }),
  ...(maxTimeMs !== undefined && { maxTimeMS: maxTimeMs }),
});

/** The same bounds for what takes several commands. */
export function deadlineOf({ signal, maxTimeMs }: SearchBounds): AbortSignal {
  const given = [...(signal ? [signal] : []), ...(maxTimeMs === undefined ? [] : [AbortSignal.timeout(maxTimeMs)])];
  return AbortSignal.any(given);
}

const MAX_TIME_EXPIRED = 50;

/** Whether an error means that a search was ended because it took longer than it may. */
export function isSearchTooSlow(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === 'TimeoutError';
  return error instanceof MongoServerError && error.code === MAX_TIME_EXPIRED;
}
