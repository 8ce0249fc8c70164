import { ERRORS, type ErrorCode, FAULTS, fill, LANGUAGES, type Words } from '@ecobalyse/schema';

type Values = Readonly<Record<string, string | number>>;

/** One fault of an invalid request. */
export interface Fault {
  loc: (string | number)[];
  msg: string | Words;
  type: string;
}

/** A request cannot be done; it is answered as its row of the {@link ERRORS} says, in the language of its reader. */
export class RefusedError extends Error {
  readonly refusal: ErrorCode;
  readonly statusCode: number;
  /** What stands in the places of the row's words. */
  readonly values: Values;
  /** Told instead of the words, when they are given. */
  readonly faults: readonly Fault[] | undefined;

  constructor(refusal: ErrorCode, values: Values = {}, options: ErrorOptions & { faults?: readonly Fault[] } = {}) {
    super(fill(ERRORS[refusal].en, values), options);
    this.refusal = refusal;
    this.statusCode = ERRORS[refusal].status;
    this.values = values;
    this.faults = options.faults;
  }
}

/** The request is invalid: 422 with its faults. */
export const invalidRequest = (...faults: readonly Fault[]) => new RefusedError('invalid_request', {}, { faults });

/** A fault that is told in the words of the {@link FAULTS}. */
export const fault = (
  kind: keyof typeof FAULTS,
  loc: Fault['loc'],
  { type = kind, ...values }: Values & { type?: string } = {},
): Fault => ({
  loc,
  msg: Object.fromEntries(LANGUAGES.map((language) => [language, fill(FAULTS[kind][language], values)])) as Words,
  type,
});
