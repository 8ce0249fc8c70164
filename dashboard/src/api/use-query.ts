import {
  type Answer,
  type ApiError,
  addressOf,
  asApiError,
  type JsonRoute,
  type RequestOf,
} from '@ecobalyse/api-client';
import { keepPreviousData, QueryClient, QueryObserver } from '@tanstack/query-core';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Language, language, useLanguage } from '../preferences.js';
import { Backoff } from './backoff.js';
import { hear } from './client.js';
import { session } from './session.js';

const FRESH_MS = 30_000;

/** Answers by request: pages that ask the same share one request and one answer. */
const answers = new QueryClient({
  defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, networkMode: 'always' } },
});

interface Failure {
  readonly error: ApiError;
  readonly backoff: Backoff;
  /** When it may be asked again, whoever wants to. */
  notBefore: number;
}

/** Why the last request for an answer failed. The cache would forget it when the next one is sent, and ask too soon. */
const failures = new Map<string, Failure>();

session.subscribe(() => {
  answers.clear();
  failures.clear();
});

/** An answer, and the language that its words were asked for in: null where it has none. */
interface Told<R extends JsonRoute> {
  readonly data: Answer<R>;
  readonly language: Language | null;
}

async function load<R extends JsonRoute>(
  key: string,
  route: R,
  request: RequestOf<R>,
  signal: AbortSignal,
): Promise<Told<R>> {
  const last = failures.get(key);
  if (last?.error.mayPass && Date.now() < last.notBefore) throw last.error;
  const asked = language.get();
  /** Whoever reads it has chosen another language meanwhile. */
  const isOfBefore = (told: { language: string | null }) => told.language !== null && asked !== language.get();
  try {
    const told = await hear(route, { ...request, signal });
    if (isOfBefore(told)) return load(key, route, request, signal);
    failures.delete(key);
    return { data: told.data, language: told.language === null ? null : asked };
  } catch (thrown) {
    const error = asApiError(thrown);
    if (isOfBefore(error)) return load(key, route, request, signal);
    const backoff = last?.backoff ?? new Backoff();
    if (!signal.aborted) {
      const notBefore = Date.now() + Math.max(backoff.next(), 1000 * error.retryAfterSeconds);
      failures.set(key, { error, backoff, notBefore });
    }
    throw error;
  }
}

/** What has changed: answers whose path begins so are asked for again, those that a page shows at once. */
export function forgetAnswers(...prefixes: readonly string[]): void {
  void answers.invalidateQueries({
    predicate: ({ queryKey: [path] }) => prefixes.some((prefix) => String(path).startsWith(prefix)),
  });
}

// What tells in words is asked for again, in those that are read now.
language.subscribe(() => {
  failures.clear();
  void answers.invalidateQueries({
    predicate: ({ state }) =>
      state.status === 'error' || (state.data as Told<JsonRoute> | undefined)?.language !== null,
  });
});

/** After a product was added or deleted: what tells of products, and whether a simulated one is stored. */
export const forgetProductAnswers = () =>
  forgetAnswers('/impacts', '/product', '/simulate', '/catalogues', '/compare', '/explain', '/analysis');

export interface Query<T> {
  /** The newest answer; while another request is under way, the answer before it (see `stale`). */
  readonly data: T | undefined;
  readonly error: ApiError | undefined;
  readonly loading: boolean;
  /** `data` belongs to an earlier request. */
  readonly stale: boolean;
  /** The reader wants it now. */
  retry(): void;
}

/**
 * Asks the API when the component appears and whenever the request changes. Equal requests share one call, an answer is
 * fresh for 30 s, a request that nobody waits for is cancelled. When the service fails it asks again by itself, ever less
 * often, until it is back; until then nothing but the reader can make the same request sooner. Words of another language than
 * the one that is read now are never shown.
 *
 * @param request - null: nothing to ask yet.
 * @param options - `every`: asks again after so many milliseconds, while the page is visible.
 */
export function useQuery<R extends JsonRoute>(
  route: R,
  request: RequestOf<R> | null,
  { every }: { every?: number } = {},
): Query<Answer<R>> {
  const read = useLanguage();
  const [path, body] = request === null ? [''] : [addressOf(route, request).path, (request as { body?: unknown }).body];
  const key = JSON.stringify([path, body]);
  const options = answers.defaultQueryOptions<Told<R>, ApiError>({
    queryKey: [path, body],
    queryFn: ({ signal }) => load(key, route, request as RequestOf<R>, signal),
    enabled: request !== null,
    staleTime: every ?? FRESH_MS,
    refetchInterval: ({ state }) => {
      const failure = state.status === 'error' ? failures.get(key) : undefined;
      if (!failure) return every ?? false;
      return failure.error.mayPass && Math.max(1, failure.notBefore - Date.now());
    },
    placeholderData: keepPreviousData as never,
  });
  options._optimisticResults = 'optimistic';
  const [observer] = useState(() => new QueryObserver<Told<R>, ApiError>(answers, options));
  const [, drawAnew] = useState({});
  const result = observer.getOptimisticResult(options);
  useEffect(() => observer.subscribe(() => drawAnew({})), [observer]);
  useEffect(() => observer.setOptions(options), [key, every]);
  const error = failures.get(key)?.error;
  const told = result.data;
  // Another request's answer is none to one that failed.
  const isShown = told && !(error && result.isPlaceholderData) && (told.language ?? read) === read;
  return {
    data: isShown ? told.data : undefined,
    error,
    loading: result.isFetching,
    stale: result.isPlaceholderData,
    retry() {
      const failure = failures.get(key);
      if (failure) failure.notBefore = 0;
      void observer.refetch();
    },
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
        setState({ busy: false, error: asApiError(error) });
        return undefined;
      } finally {
        busy.current = false;
      }
    },
  };
}
