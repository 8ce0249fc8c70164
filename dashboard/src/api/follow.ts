import { type ApiError, asApiError, type EventRoute, type RequestOf, type Routes } from '@ecobalyse/api-client';
import { Backoff } from './backoff.js';
import { events } from './client.js';

/** A stream that has gone on for so long was well: the next one that breaks off is taken up again soon. */
const WELL_MS = 15_000;

/** Resolves after the time, or at once when the reader has gone. */
const pause = (milliseconds: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

interface Follower<T> {
  /** Whether it was the last. */
  tell(data: T): boolean;
  /** Nothing comes for now, or ever when the stream was refused. */
  fail?(error: ApiError): void;
}

/** Tells of each event of a stream until the last one; a stream that breaks off is taken up again, ever less often. */
export async function follow<R extends EventRoute>(
  route: R,
  request: RequestOf<R>,
  signal: AbortSignal,
  { tell, fail }: Follower<Routes[R]['events']>,
): Promise<void> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    const begun = Date.now();
    try {
      for await (const { data } of events(route, { ...request, signal })) if (tell(data)) return;
    } catch (error) {
      if (signal.aborted) return;
      const failure = asApiError(error);
      fail?.(failure);
      if (failure.kind === 'forbidden' || failure.kind === 'not-found') return;
    }
    if (Date.now() - begun > WELL_MS) backoff.reset();
    await pause(backoff.next(), signal);
  }
}
