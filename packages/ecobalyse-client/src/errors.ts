/** Upstream will not compute this query: the query has to change. */
export class UpstreamRefusedError extends Error {
  /** Reasons by query field, as upstream gave them. */
  readonly reasons: Readonly<Record<string, string>>;

  constructor(reasons: Readonly<Record<string, string>>) {
    super(
      `refused by the Ecobalyse API: ${Object.entries(reasons)
        .map(([field, reason]) => `${field}: ${reason}`)
        .join('; ')}`,
    );
    this.name = 'UpstreamRefusedError';
    this.reasons = reasons;
  }
}

/** What people are told to do, by what kept upstream from answering. */
const ADVICE = {
  unreachable:
    'The Ecobalyse API cannot be reached: try again later, or check ECOBALYSE_API_URL and the way out of the network.',
  slow: 'The Ecobalyse API does not answer in time: try again later, or raise ECOBALYSE_TIMEOUT_MS.',
  'rate-limited':
    'The Ecobalyse API was asked too often: try again later, or lower ECOBALYSE_REQUESTS_PER_SECOND; a token (ECOBALYSE_API_TOKEN) may be allowed more.',
  unauthorised:
    'The Ecobalyse API refuses who asks: set ECOBALYSE_API_TOKEN to a valid token, which every version of the official API after v7.0.0 wants.',
  'not-found':
    'There is no Ecobalyse API at ECOBALYSE_API_URL: check its address, which for the official API ends with /versions/v7.0.0/api.',
  'not-json':
    'What answers at ECOBALYSE_API_URL sends no JSON: a maintenance page, a proxy or another site; check the address, or try again later.',
  contract:
    'What answers at ECOBALYSE_API_URL does not keep the contract of the Ecobalyse API v7: check that ECOBALYSE_API_URL names that version.',
} as const;

/** What kept upstream from answering. */
export type UpstreamErrorKind = keyof typeof ADVICE;

interface UpstreamErrorOptions<Kind extends UpstreamErrorKind> {
  kind?: Kind;
  /** Seconds that upstream wants not to be asked again. */
  retryAfterSeconds?: number | undefined;
}

/** Upstream gave no answer. The query may be right; {@link UpstreamRefusedError} is for those that are not. */
abstract class UpstreamError extends Error {
  readonly kind: UpstreamErrorKind;
  /** One sentence for people: the cause, and the setting that mends it. The message ends with it. */
  readonly advice: string;
  /** Seconds that upstream wants not to be asked again, when it said so: an hour at most. */
  readonly retryAfterSeconds?: number | undefined;

  // No cause: what an HTTP client throws holds the token, and sockets without end.
  constructor(message: string, kind: UpstreamErrorKind, retryAfterSeconds: number | undefined) {
    super(`${message}. ${ADVICE[kind]}`);
    this.kind = kind;
    this.advice = ADVICE[kind];
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Upstream gave no answer (network, timeout, 429, 5xx) after all tries: the same query may work later. */
export class UpstreamUnreachableError extends UpstreamError {
  declare readonly kind: 'unreachable' | 'slow' | 'rate-limited';

  constructor(
    message: string,
    { kind = 'unreachable', retryAfterSeconds }: UpstreamErrorOptions<'unreachable' | 'slow' | 'rate-limited'> = {},
  ) {
    super(message, kind, retryAfterSeconds);
    this.name = 'UpstreamUnreachableError';
  }
}

/** Upstream answered something that is not an answer of its contract: a wrong address, a wrong token, a new version. */
export class UpstreamMalformedError extends UpstreamError {
  declare readonly kind: 'unauthorised' | 'not-found' | 'not-json' | 'contract';

  constructor(
    message: string,
    { kind = 'contract' }: UpstreamErrorOptions<'unauthorised' | 'not-found' | 'not-json' | 'contract'> = {},
  ) {
    super(message, kind, undefined);
    this.name = 'UpstreamMalformedError';
  }
}

/** The caller wants the answer no more; `cause` is the reason of its signal. */
export class UpstreamCancelledError extends Error {
  constructor(what: string, reason: unknown) {
    super(`the call of the Ecobalyse API for ${what} was cancelled`, { cause: reason });
    this.name = 'UpstreamCancelledError';
  }
}
