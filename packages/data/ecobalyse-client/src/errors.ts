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

/** What people are told in English and in French, by what kept upstream from answering: the cause, and what mends it. */
const ADVICE = {
  unreachable: [
    'The Ecobalyse API cannot be reached',
    'try again later, or check ECOBALYSE_API_URL and the way out of the network',
    'l’API Ecobalyse est injoignable : réessayez plus tard, ou vérifiez ECOBALYSE_API_URL et la sortie du réseau',
  ],
  slow: [
    'The Ecobalyse API does not answer in time',
    'try again later, or raise ECOBALYSE_TIMEOUT_MS',
    'l’API Ecobalyse ne répond pas à temps : réessayez plus tard, ou augmentez ECOBALYSE_TIMEOUT_MS',
  ],
  'rate-limited': [
    'The Ecobalyse API was asked too often',
    'try again later, or lower ECOBALYSE_REQUESTS_PER_SECOND',
    'l’API Ecobalyse a été trop sollicitée : réessayez plus tard, ou diminuez ECOBALYSE_REQUESTS_PER_SECOND',
  ],
  unauthorised: [
    'The Ecobalyse API refuses who asks',
    'set ECOBALYSE_API_TOKEN to a valid token; every version of the official API after v7.0.0 wants one',
    'l’API Ecobalyse refuse ce jeton : donnez à ECOBALYSE_API_TOKEN un jeton valide, que demande l’API officielle après la v7.0.0',
  ],
  'not-found': [
    'There is no Ecobalyse API at this address',
    'check ECOBALYSE_API_URL, which for the official API ends with /versions/v7.0.0/api',
    'il n’y a pas d’API Ecobalyse à cette adresse : vérifiez ECOBALYSE_API_URL, qui finit par /versions/v7.0.0/api pour l’API officielle',
  ],
  'not-json': [
    'What answers is no Ecobalyse API',
    'a maintenance page, a proxy or another site; check ECOBALYSE_API_URL, or try again later',
    'ce qui répond n’est pas une API Ecobalyse : vérifiez ECOBALYSE_API_URL, ou réessayez plus tard',
  ],
  contract: [
    'What answers does not keep the contract of the Ecobalyse API, v7 or v8',
    'check which version ECOBALYSE_API_URL names',
    'ce qui répond ne suit pas le contrat de l’API Ecobalyse, v7 ou v8 : vérifiez la version que nomme ECOBALYSE_API_URL',
  ],
  wrong: [
    'The Ecobalyse API gave an answer that cannot be right, and nothing of it was kept',
    'try again later; if it stays so, tell those who run it',
    'l’API Ecobalyse a donné une réponse qui ne peut être juste, dont rien n’a été gardé : réessayez plus tard, ou signalez-le à ceux qui l’exploitent',
  ],
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
  /** One sentence for people: the cause, and the setting that mends it. The message ends with the latter. */
  readonly advice: string;
  /** The same in French. */
  readonly frenchAdvice: string;
  /** Seconds that upstream wants not to be asked again, when it said so: an hour at most. */
  readonly retryAfterSeconds?: number | undefined;

  // No cause: what an HTTP client throws holds the token, and sockets without end.
  constructor(message: string, kind: UpstreamErrorKind, retryAfterSeconds: number | undefined) {
    const [cause, remedy, french] = ADVICE[kind];
    super(`${message}: ${remedy}`);
    this.kind = kind;
    this.advice = `${cause}: ${remedy}.`;
    this.frenchAdvice = french;
    this.retryAfterSeconds = retryAfterSeconds;
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
  declare readonly kind: 'unauthorised' | 'not-found' | 'not-json' | 'contract' | 'wrong';

  constructor(
    message: string,
    { kind = 'contract' }: UpstreamErrorOptions<'unauthorised' | 'not-found' | 'not-json' | 'contract' | 'wrong'> = {},
  ) {
    super(message, kind, undefined);
    this.name = 'UpstreamMalformedError';
  }

  /** Whether an Ecobalyse API answered, though not so that it can be kept: to this one query, as others may have their answers. */
  get isAnswer(): boolean {
    return this.kind === 'contract' || this.kind === 'wrong';
  }
}

/** The caller wants the answer no more; `cause` is the reason of its signal. */
export class UpstreamCancelledError extends Error {
  constructor(what: string, reason: unknown) {
    super(`the call of the Ecobalyse API for ${what} was cancelled`, { cause: reason });
    this.name = 'UpstreamCancelledError';
  }
}
