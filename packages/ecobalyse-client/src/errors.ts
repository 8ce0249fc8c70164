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

/** Upstream gave no answer (network, timeout, 429, 5xx) after all tries: the same query may work later. */
export class UpstreamUnreachableError extends Error {
  /** What is to be done, for people. */
  readonly advice?: string;
  /** When upstream wants to be asked again. */
  readonly retryAfterSeconds?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpstreamUnreachableError';
  }
}

/** Upstream answered something that is not an answer of its contract: a wrong address, a wrong token, a new version. */
export class UpstreamMalformedError extends Error {
  /** What is to be done, for people. */
  readonly advice?: string;
  readonly retryAfterSeconds?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UpstreamMalformedError';
  }
}
