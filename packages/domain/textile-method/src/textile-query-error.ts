/**
 * A query that was refused, with one message per faulty field (METHOD §4.4).
 *
 * The keys of `errors` are in alphabetical order and are query fields, or `decoding` alone when the query cannot be read,
 * or `general` alone when the computation fails. Messages are meant for the caller: in the language of the work
 * that goes on (`inLanguage`), by itself French.
 */
export class TextileQueryError extends Error {
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Readonly<Record<string, string>>) {
    super(
      Object.entries(errors)
        .map(([field, message]) => `${field} : ${message}`)
        .join(' — '),
    );
    this.name = 'TextileQueryError';
    this.errors = errors;
  }
}
