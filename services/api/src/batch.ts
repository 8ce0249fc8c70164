import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Fault, fault, invalidRequest, tellLanguage } from '@ecobalyse/http-kit';
import { ndjsonSplitter, type ProductText, type ReadFault } from '@ecobalyse/product-files';
import { ERRORS, type ErrorCode, FAULTS, fill, inLanguage, type Language } from '@ecobalyse/schema';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { sendAsIs } from './beyond-types.js';

/** Batches of requests: an array, answered by an array, or lines, each answered by a line while others still come. */

/** Bytes of the body of a batch. */
export const BATCH_BODY_LIMIT = 16 * 1024 * 1024;

/** What answers a request of a batch that was refused, in its language. */
export interface Refused {
  readonly detail: string | { loc: Fault['loc']; msg: string; type: string }[];
  readonly code: ErrorCode;
}

/** One request of a batch by its place: what it asks, or why it is refused. */
export type BatchItem<Request> = { readonly at: number } & (
  | { readonly request: Request }
  | { readonly refused: Refused }
);

export const invalid = (...detail: { loc: Fault['loc']; msg: string; type: string }[]): Refused => ({
  detail,
  code: 'invalid_request',
});

/** A fault of a whole request of a batch. */
export const faulty = (
  kind: keyof typeof FAULTS,
  at: number,
  language: Language,
  values: Readonly<Record<string, string | number>> = {},
): Refused => invalid({ loc: ['body', at], msg: fill(FAULTS[kind][language], values), type: kind });

/** The answer to a request of a batch that cannot be done now. */
export const refusedAs = (code: ErrorCode, language: Language): Refused => ({ detail: ERRORS[code][language], code });

/** Checks a request of a batch. */
export function checked<Request>(
  schema: z.ZodType<Request>,
  value: unknown,
  at: number,
  language: Language,
): BatchItem<Request> {
  // Messages are put together when they are first read.
  const { data, error } = inLanguage(language, () => {
    const read = schema.safeParse(value);
    return { data: read.data, error: read.error };
  });
  if (error === undefined) return { at, request: data as Request };
  const faults = error.issues.map(({ path, message, code }) => ({
    loc: ['body', at, ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
    msg: message,
    type: code,
  }));
  return { at, refused: invalid(...faults) };
}

/** An array of at most so many requests; else it is refused. */
function arrayOf(body: unknown, most = Number.POSITIVE_INFINITY): readonly unknown[] {
  if (!Array.isArray(body)) throw invalidRequest(fault('array', ['body'], { type: 'invalid_type' }));
  if (body.length > most) throw invalidRequest(fault('too_many', ['body'], { most }));
  return body;
}

const CHECKS_PER_TURN = 1000;
/** Faults of an array that are told. */
const MOST_FAULTS = 100;

/**
 * The requests of an array of at most so many; throws its first faults. Millions fit into a body: they are checked in
 * turns, and none is checked for nothing.
 */
export async function arrayRequests<Request>(
  body: unknown,
  schema: z.ZodType<Request>,
  language: Language,
  most?: number,
): Promise<BatchItem<Request>[]> {
  const items: BatchItem<Request>[] = [];
  const faults: Extract<Refused['detail'], unknown[]> = [];
  for (const [at, element] of arrayOf(body, most).entries()) {
    if (at % CHECKS_PER_TURN === 0) await nextTurn();
    const item = checked(schema, element, at, language);
    items.push(item);
    if ('refused' in item && Array.isArray(item.refused.detail)) faults.push(...item.refused.detail);
    if (faults.length >= MOST_FAULTS) break;
  }
  if (faults.length > 0) throw invalidRequest(...faults);
  return items;
}

/** The requests of a body of lines. A line without an end is forgotten as it comes, past what one may hold. */
export async function* lineRequests<Request>(
  body: Readable,
  schema: z.ZodType<Request>,
  mostBytes: number,
  language: Language,
): AsyncGenerator<BatchItem<Request>> {
  const splitter = ndjsonSplitter(mostBytes);
  let at = 0;
  const read = (line: ProductText | ReadFault): BatchItem<Request> => {
    const place = at++;
    if (!('text' in line)) return { at: place, refused: faulty('too_long', place, language, { most: mostBytes }) };
    let value: unknown;
    try {
      value = JSON.parse(line.text);
    } catch {
      return { at: place, refused: faulty('json_invalid', place, language) };
    }
    return checked(schema, value, place, language);
  };
  for await (const chunk of body as AsyncIterable<Buffer>) for (const line of splitter.push(chunk)) yield read(line);
  for (const line of splitter.end()) yield read(line);
}

/** Sends answers, each of them JSON, as they are made: by lines or in an array. */
export function sendAnswers(
  reply: FastifyReply,
  language: Language,
  form: 'lines' | 'array',
  answers: AsyncIterable<string>,
): never {
  tellLanguage(reply, language);
  if (form === 'lines') return sendAsIs(reply.type('application/x-ndjson'), Readable.from(asLines(answers)));
  return sendAsIs(reply.type('application/json; charset=utf-8'), Readable.from(asArray(answers)));
}

async function* asLines(answers: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const answer of answers) yield `${answer}\n`;
}

async function* asArray(answers: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[';
  for await (const answer of answers) {
    yield `${before}${answer}`;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
