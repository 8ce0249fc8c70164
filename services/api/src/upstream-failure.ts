import { UpstreamMalformedError, UpstreamUnreachableError } from '@ecobalyse/ecobalyse-client';

/** Why upstream gave no score, for people, and when to ask again. */
export interface UpstreamFailure {
  detail: string;
  /** As upstream asked for it. */
  retryAfterSeconds?: number | undefined;
}

/** What to tell a client whose product upstream did not score; null when the fault is not upstream's. */
export function upstreamFailure(error: unknown, deadline: AbortSignal): UpstreamFailure | null {
  if (error instanceof UpstreamUnreachableError || error instanceof UpstreamMalformedError) {
    const { advice = 'The Ecobalyse API cannot be reached, try again later', retryAfterSeconds } = error;
    return { detail: advice, retryAfterSeconds };
  }
  if (!deadline.aborted) return null;
  return { detail: 'The Ecobalyse API is too slow: it gave no answer in time, try again later' };
}
