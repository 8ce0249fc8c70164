import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Backoff } from './backoff.js';
import { ApiError, ask, mayPass } from './client.js';
import { session } from './session.js';

const FRESH_MS = 30_000;
const KEPT_ENTRIES = 60;
/** Until a page that nobody sees looks whether it is seen. */
const HIDDEN_MS = 1000;

/** A GET by its path, or a POST that only reads (a simulation, a prediction). */
export type QueryRequest = string | { readonly post: string; readonly body: unknown };

interface Entry {
  data?: unknown;
  at: number;
  users: number;
  /** Why the last request failed, and when it may be asked again, whoever wants to. */
  failure?: ApiError;
  notBefore: number;
  readonly backoff: Backoff;
  pending?: { promise: Promise<unknown>; controller: AbortController };
}

/** Ends a request that nobody waits for. Whoever asks the same next starts anew. */
function cancel(entry: Entry): void {
  entry.pending?.controller.abort();
  delete entry.pending;
}

/** Answers by request: pages that ask the same share one request and one answer. */
const entries = new Map<string, Entry>();

session.subscribe(() => {
  for (const entry of entries.values()) cancel(entry);
  entries.clear();
});

function entryOf(key: string): Entry {
  const entry = entries.get(key) ?? { at: 0, users: 0, notBefore: 0, backoff: new Backoff() };
  // Written again at the end: the map's order is the order of use.
  entries.delete(key);
  entries.set(key, entry);
  for (const [oldKey, old] of entries) {
    if (entries.size <= KEPT_ENTRIES) break;
    if (old.users === 0) entries.delete(oldKey);
  }
  return entry;
}

function load(entry: Entry, request: QueryRequest): Promise<unknown> {
  if (entry.pending) return entry.pending.promise;
  const controller = new AbortController();
  const { signal } = controller;
  const promise = (
    typeof request === 'string'
      ? ask(request, { signal })
      : ask(request.post, { method: 'POST', body: request.body, signal })
  )
    .then(
      (data) => {
        entry.data = data;
        entry.at = Date.now();
        delete entry.failure;
        entry.backoff.reset();
        return data;
      },
      (error: unknown) => {
        const failure = error instanceof ApiError ? error : new ApiError('failed', 0, String(error));
        if (!signal.aborted) {
          entry.failure = failure;
          entry.notBefore = Date.now() + Math.max(entry.backoff.next(), 1000 * (failure.retryAfterSeconds ?? 0));
        }
        throw failure;
      },
    )
    .finally(() => {
      if (entry.pending?.promise === promise) delete entry.pending;
    });
  entry.pending = { promise, controller };
  return promise;
}

/** Forgets the answers whose path begins so: what they told has changed. Pages that show them ask again by `reload`. */
export function forgetAnswers(pathPrefix: string): void {
  for (const [key, entry] of entries) {
    const request = JSON.parse(key) as QueryRequest;
    if ((typeof request === 'string' ? request : request.post).startsWith(pathPrefix)) entry.at = 0;
  }
}

/** After a product was added or deleted: what tells of products, and whether a simulated one is stored. */
export function forgetProductAnswers(): void {
  for (const path of ['/impacts', '/product', '/simulate']) forgetAnswers(path);
}

export interface Query<T> {
  /** The newest answer; while another request is under way, the answer before it (see `stale`). */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** `data` belongs to an earlier request. */
  readonly stale: boolean;
  /** Something has changed: a newer answer is wanted, once the service may be asked. */
  reload(): void;
  /** The reader wants it now. */
  retry(): void;
}

interface QueryState {
  key: string | null;
  data?: unknown;
  error?: ApiError;
  loading: boolean;
}

/**
 * Asks the API when the component appears and whenever the request changes. Equal requests share one call, an answer is
 * fresh for 30 s, a request that nobody waits for is cancelled. When the service fails it asks again by itself, ever less
 * often, until it is back; until then nothing but the reader can make the same request sooner.
 *
 * @param request - null: nothing to ask yet.
 * @param options - `every`: asks again after so many milliseconds, while the page is visible.
 */
export function useQuery<T>(request: QueryRequest | null, options: { every?: number } = {}): Query<T> {
  const key = request === null ? null : JSON.stringify(request);
  const [state, setState] = useState<QueryState>({ key: null, loading: key !== null });
  const [round, setRound] = useState(0);
  const { every } = options;

  // The key stands for the request; a round asks again.
  useEffect(() => {
    if (request === null || key === null) {
      setState({ key: null, loading: false });
      return undefined;
    }
    const entry = entryOf(key);
    entry.users++;
    let live = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (delay: number) => {
      const wake = () => (document.hidden ? again(Math.max(HIDDEN_MS, delay)) : setRound((before) => before + 1));
      timer = setTimeout(wake, delay);
    };

    const failed = (error: ApiError) => {
      setState((before) => ({
        key: before.key === key ? key : null,
        ...(before.key === key && before.data !== undefined && { data: before.data }),
        error,
        loading: false,
      }));
      if (mayPass(error)) again(entry.notBefore - Date.now());
    };

    const isFresh = entry.data !== undefined && Date.now() - entry.at < (every ?? FRESH_MS);
    if (isFresh) {
      setState({ key, data: entry.data, loading: false });
      if (every) again(every);
    } else if (entry.failure && mayPass(entry.failure) && Date.now() < entry.notBefore) {
      failed(entry.failure);
    } else {
      setState((before) => ({ ...before, ...(entry.data !== undefined && { key, data: entry.data }), loading: true }));
      load(entry, request).then(
        (data) => {
          if (!live) return;
          setState({ key, data, loading: false });
          if (every) again(every);
        },
        (error: ApiError) => live && failed(error),
      );
    }
    return () => {
      live = false;
      clearTimeout(timer);
      entry.users--;
      if (entry.users === 0) cancel(entry);
    };
  }, [key, round, every]);

  const reload = useCallback(() => {
    if (key !== null) entryOf(key).at = 0;
    setRound((before) => before + 1);
  }, [key]);

  const retry = useCallback(() => {
    if (key !== null) entryOf(key).notBefore = 0;
    reload();
  }, [key, reload]);

  return {
    data: state.data as T | undefined,
    error: state.error,
    loading: state.loading || (key !== null && state.key !== key && state.error === undefined),
    stale: state.data !== undefined && state.key !== key,
    reload,
    retry,
  };
}

/** The value once it has not changed for a while: a request for each pause in typing, not for each letter. */
export function useDebounced<T>(value: T, milliseconds = 250): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  // Equal content is the same value.
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [text, milliseconds]);
  return settled;
}

export interface Action<Input, Output> {
  run(input: Input): Promise<Output | undefined>;
  readonly busy: boolean;
  readonly result: Output | undefined;
  readonly error: ApiError | undefined;
  reset(): void;
}

/** Something that the reader sets off by a button; never twice at a time. */
export function useAction<Input, Output>(act: (input: Input) => Promise<Output>): Action<Input, Output> {
  const [state, setState] = useState<{ busy: boolean; result?: Output; error?: ApiError }>({ busy: false });
  const busy = useRef(false);
  return {
    ...state,
    result: state.result,
    error: state.error,
    reset: () => setState({ busy: false }),
    async run(input) {
      if (busy.current) return undefined;
      busy.current = true;
      setState({ busy: true });
      try {
        const result = await act(input);
        setState({ busy: false, result });
        return result;
      } catch (error) {
        setState({ busy: false, error: error instanceof ApiError ? error : new ApiError('failed', 0, String(error)) });
        return undefined;
      } finally {
        busy.current = false;
      }
    },
  };
}
