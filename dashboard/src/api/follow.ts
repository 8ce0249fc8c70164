import { Backoff } from './backoff.js';
import { ApiError, events } from './client.js';

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
export async function follow<T>(path: string, signal: AbortSignal, { tell, fail }: Follower<T>): Promise<void> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    const begun = Date.now();
    try {
      for await (const { data } of events(path, signal)) if (tell(data as T)) return;
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof ApiError ? error : new ApiError('offline', 0, '');
      fail?.(failure);
      if (failure.kind === 'forbidden' || failure.kind === 'not-found') return;
    }
    if (Date.now() - begun > WELL_MS) backoff.reset();
    await pause(backoff.next(), signal);
  }
}
