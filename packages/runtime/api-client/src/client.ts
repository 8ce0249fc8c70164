import type { Answer, EventRoute, JsonRoute, RequestOf, Route, Routes } from './routes.js';

/** A field that the API refused. */
export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** `offline`: no answer at all; `unavailable`: the service or its database is away for now. */
export type FailureKind = 'offline' | 'unavailable' | 'forbidden' | 'not-found' | 'invalid' | 'conflict' | 'failed';

const KINDS: Readonly<Record<number, FailureKind>> = {
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'invalid',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};
const PASSING: readonly FailureKind[] = ['offline', 'unavailable', 'failed'];

/** Why a request brought nothing: the API's reason as `message`, its name for programs as `code`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    detail: string,
    readonly faults: readonly Fault[] = [],
    readonly retryAfterSeconds = 0,
    readonly code: string | null = null,
    /** Of its words; null where the API does not tell. */
    readonly language: string | null = null,
  ) {
    super(detail);
  }

  /** The service is at fault, not what was asked: the same request may be answered later. */
  get mayPass(): boolean {
    return PASSING.includes(this.kind);
  }
}

/** Whatever was thrown, as the reason of a request that failed. */
export const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(error instanceof TypeError ? 'offline' : 'failed', 0, String(error));

export interface ApiClientOptions {
  readonly apiUrl: string;
  /** Where the orchestrator's routes are asked; by the API unless it is given. */
  readonly orchestratorUrl?: string | undefined;
  readonly key: string | (() => string);
  /** Header of the key. */
  readonly keyName?: string;
  /** Name of the program, for the histories of what was started; browsers tell theirs. */
  readonly userAgent?: string;
  /** Language of what the API tells in words; by itself that of the browser. */
  readonly language?: () => string;
  /** For an answer that is read whole. */
  readonly timeoutMs?: number;
  /** Tries of a GET after the first, when its failure may pass; an answer to anything else is never asked for twice. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
  /** Told each failure of a request that was sent with the client's own key. */
  readonly onFailure?: (failure: ApiError) => void;
}

/** An answer, and the language of its words: null where it has none, or is the same in every language. */
export interface Told<R extends JsonRoute> {
  readonly data: Answer<R>;
  readonly language: string | null;
}

/** Begins the paths that the API passes on. */
const ORCHESTRATOR = '/orchestrator';
const NO_ANSWER = 'The service does not answer';
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

type Parts = { path?: Record<string, string | number>; query?: Record<string, unknown>; body?: unknown };

/** Method and path of a request, with its query: empty values are left out, lists repeat their name. */
export function addressOf<R extends Route>(route: R, request: RequestOf<R>): { method: string; path: string } {
  const { path: values = {}, query = {} } = request as Parts;
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const item of [value].flat()) if (item !== undefined && item !== '') search.append(name, String(item));
  return { method, path: search.size === 0 ? path : `${path}?${search}` };
}

async function failureOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: string | Fault[]; code?: string };
  const faults = Array.isArray(body.detail) ? body.detail : [];
  const detail = typeof body.detail === 'string' ? body.detail : faults.map(({ msg }) => msg).join(', ');
  return new ApiError(
    KINDS[response.status] ?? 'failed',
    response.status,
    detail || `HTTP ${response.status}`,
    faults,
    Number(response.headers.get('retry-after')) || 0,
    body.code ?? response.headers.get('x-error-code'),
    response.headers.get('content-language'),
  );
}

/** A client of the platform's API. Its functions throw {@link ApiError}, or what a signal was aborted with. */
export function createApiClient(options: ApiClientOptions) {
  const { apiUrl, orchestratorUrl, keyName = 'access_token', timeoutMs = 30_000, retries = 0, onFailure } = options;
  const ownHeaders = options.userAgent === undefined ? {} : { 'user-agent': options.userAgent };
  const ownKey = () => (typeof options.key === 'string' ? options.key : options.key());
  const urlOf = (path: string) =>
    orchestratorUrl !== undefined && path.startsWith(ORCHESTRATOR)
      ? orchestratorUrl + path.slice(ORCHESTRATOR.length)
      : apiUrl + path;
  const call = options.fetch ?? ((...given: Parameters<typeof fetch>) => fetch(...given));

  /** The response as it comes, for what is no JSON. */
  async function send<R extends Route>(route: R, request: RequestOf<R>): Promise<Response> {
    const { body } = request as Parts;
    const { signal, contentType, headers, cookie } = request;
    const { method, path } = addressOf(route, request);
    const isAsIs = contentType !== undefined || body instanceof FormData;
    const type = contentType ?? (body === undefined || isAsIs ? undefined : 'application/json');
    const response = await call(urlOf(path), {
      method,
      headers: {
        ...ownHeaders,
        [keyName]: request.key ?? ownKey(),
        ...(type !== undefined && { 'content-type': type }),
        ...(options.language && { 'accept-language': options.language() }),
        ...headers,
      },
      body: body === undefined ? null : isAsIs ? (body as Blob | FormData | string) : JSON.stringify(body),
      signal: signal ?? null,
      credentials: cookie ? 'same-origin' : 'omit',
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new ApiError('offline', 0, NO_ANSWER);
    });
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (request.key === undefined) onFailure?.(failure);
    throw failure;
  }

  async function askOnce<R extends JsonRoute>(route: R, request: RequestOf<R>): Promise<Told<R>> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    try {
      const response = await send(route, { ...request, signal });
      return { data: (await response.json()) as Answer<R>, language: response.headers.get('content-language') };
    } catch (error) {
      throw timeout.aborted && !request.signal?.aborted ? new ApiError('offline', 0, NO_ANSWER) : error;
    }
  }

  /** The JSON that a route answers, and the language of the words in it. */
  async function hear<R extends JsonRoute>(route: R, request: RequestOf<R>): Promise<Told<R>> {
    for (let left = route.startsWith('GET ') ? retries : 0; ; left--) {
      try {
        return await askOnce(route, request);
      } catch (error) {
        const pause = Math.max(FIRST_PAUSE_MS * 2 ** (retries - left), 1000 * asApiError(error).retryAfterSeconds);
        const isLast = left <= 0 || !(error instanceof ApiError && error.mayPass) || pause > LONGEST_PAUSE_MS;
        if (isLast || request.signal?.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  return {
    send,
    hear,

    /** The JSON that a route answers. */
    ask: async <R extends JsonRoute>(route: R, request: RequestOf<R>): Promise<Answer<R>> =>
      (await hear(route, request)).data,

    /** Events of a stream as they come; fetch is used because `EventSource` cannot send the key. */
    async *events<R extends EventRoute>(
      route: R,
      request: RequestOf<R>,
    ): AsyncGenerator<{ event: string; data: Routes[R]['events'] }> {
      const response = await send(route, request);
      if (!response.body) return;
      let text = '';
      // Read by hand: not every browser can iterate over a stream.
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        text += part.value;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1];
          const data = field('data');
          if (data !== undefined) yield { event: field('event') ?? 'message', data: JSON.parse(data) };
        }
      }
    },
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;
