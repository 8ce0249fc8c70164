import { isOrchestrator, keyHeader, pathHere } from './server.js';
import { forgetKey, session } from './session.js';

const TIMEOUT_MS = 30_000;

/** A field that the API refused. */
export interface Fault {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** `offline`: no answer at all; `unavailable`: the service or its database is away for now. */
export type FailureKind = 'offline' | 'unavailable' | 'forbidden' | 'not-found' | 'invalid' | 'conflict' | 'failed';

const PASSING: readonly FailureKind[] = ['offline', 'unavailable', 'failed'];

/** The service is at fault, not what was asked: the same request may be answered later. */
export const mayPass = ({ kind }: ApiError): boolean => PASSING.includes(kind);

/** Why a request brought nothing. */
export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    message: string,
    readonly faults: readonly Fault[] = [],
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as JSON, or as it is when it is a file. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Another key than the session's: to try it out. */
  readonly key?: string;
  /** About the session of the cookie, which nothing else needs. */
  readonly cookie?: boolean;
}

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

const WRONG_KEY = 'key_unknown';

async function failureOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as { detail?: string | Fault[] };
  const faults = Array.isArray(body.detail) ? body.detail : [];
  const message = typeof body.detail === 'string' ? body.detail : faults.map(({ msg }) => msg).join(', ');
  const retryAfter = Number(response.headers.get('retry-after'));
  return new ApiError(
    KINDS[response.status] ?? 'failed',
    response.status,
    message || `HTTP ${response.status}`,
    faults,
    retryAfter || undefined,
  );
}

/** Asks the API with the session's key. A key that is refused ends the session. */
export async function send(path: string, request: ApiRequest = {}): Promise<Response> {
  const current = session.get();
  const key = request.key ?? (current.state === 'in' ? current.key : '');
  const isFile = request.body instanceof Blob;
  const contentType = request.contentType ?? (request.body === undefined ? undefined : 'application/json');
  const response = await fetch(pathHere(path), {
    method: request.method ?? 'GET',
    headers: { [keyHeader]: key, ...(contentType !== undefined && { 'content-type': contentType }) },
    ...(request.body !== undefined && { body: isFile ? (request.body as Blob) : JSON.stringify(request.body) }),
    ...(request.signal && { signal: request.signal }),
    credentials: request.cookie ? 'same-origin' : 'omit',
  }).catch((error: unknown) => {
    if (request.signal?.aborted) throw error;
    throw new ApiError('offline', 0, 'The service does not answer');
  });
  if (response.ok) return response;
  const failure = await failureOf(response);
  if (response.headers.get('x-error-code') === WRONG_KEY && request.key === undefined) forgetKey(true);
  throw failure;
}

/** Asks the API and reads its JSON, within 30 seconds. */
export async function ask<T>(path: string, request: ApiRequest = {}): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  try {
    const response = await send(path, { ...request, signal });
    return (await response.json()) as T;
  } catch (error) {
    if (timeout.aborted) throw new ApiError('offline', 0, 'The service does not answer');
    throw error;
  }
}

/** Makes a session of the key, whose cookie opens the queue board: a page that is no part of this application. */
export async function openQueueBoard(): Promise<void> {
  const current = session.get();
  if (current.state !== 'in') return;
  await ask('/session', { method: 'POST', body: { key: current.key }, cookie: true });
  location.assign('/queues');
}

/** Forgets the key, and ends the session of the queue board in every process. */
export async function logOut(): Promise<void> {
  if (isOrchestrator) await ask('/session', { method: 'DELETE', cookie: true });
  forgetKey();
}

/** A path with its query; empty values are left out, lists repeat their name. */
export function withQuery(
  path: string,
  query: Record<string, string | number | readonly string[] | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of [value].flat()) if (item !== undefined && item !== '') search.append(name, String(item));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Events of a stream (`text/event-stream`) as they come; fetch is used because `EventSource` cannot send the key. */
export async function* events(path: string, signal: AbortSignal): AsyncGenerator<{ event: string; data: unknown }> {
  const response = await send(path, { signal });
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
}

/** Lets the reader keep a file that needs the key. */
export async function download(path: string, name: string): Promise<void> {
  const response = await send(path);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
