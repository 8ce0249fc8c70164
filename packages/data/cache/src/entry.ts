import { hash } from 'node:crypto';

/** A serialised answer, as it is sent. */
export interface CachedAnswer {
  readonly body: Buffer;
  /** Entity tag of the body, strong: equal for equal bodies only. */
  readonly etag: string;
}

/** An answer as it is kept: with the versions of its tags that it was computed under, and its end. */
export interface Entry {
  readonly answer: CachedAnswer;
  readonly versions: string;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
}

const ETAG_CHARACTERS = 27;
const NEWLINE = 10;

/** Makes an answer of a body. */
export function toAnswer(made: string | Buffer): CachedAnswer {
  const body = typeof made === 'string' ? Buffer.from(made) : made;
  return { body, etag: `"${hash('sha256', body, 'base64url').slice(0, ETAG_CHARACTERS)}"` };
}

/** One header line, then the body as it is. */
export function encodeEntry({ answer, versions, expiresAt }: Entry): Buffer {
  return Buffer.concat([Buffer.from(`${versions} ${expiresAt} ${answer.etag}\n`, 'latin1'), answer.body]);
}

/** Reads what {@link encodeEntry} wrote; null for anything else. */
export function decodeEntry(bytes: Buffer): Entry | null {
  const end = bytes.indexOf(NEWLINE);
  const [versions, expiresAt, etag, ...more] = bytes.toString('latin1', 0, Math.max(end, 0)).split(' ');
  if (!versions || !etag || more.length > 0) return null;
  return { versions, expiresAt: Number(expiresAt), answer: { etag, body: bytes.subarray(end + 1) } };
}
