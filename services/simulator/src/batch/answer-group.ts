import { bsonOfJson } from '@ecobalyse/bson';
import { type ProductText, parseJson, type ReadFault } from '@ecobalyse/product-files';
import type { ImpactCode } from '@ecobalyse/schema';
import { type AnswerOptions, simulateDetailed, simulateSimple } from '@ecobalyse/textile-method';
import { detailedJson, detailedJsonWithoutZeros } from '../detailed-json.js';
import { AnswerableError, documentationUrl, type ErrorBody, toAnswerable, undecodable } from '../error-answers.js';
import { anything } from '../json-writers.js';
import { lineBuffer } from './line-buffer.js';

/** What a batch wants for each query. */
export interface BatchWish {
  /** `detailed` (METHOD §15.3) or `simple` (METHOD §15.2). */
  readonly answer: 'detailed' | 'simple';
  /** With `simple`, the only indicator to answer; all of them when absent. */
  readonly impact?: ImpactCode | undefined;
  /** With `detailed`, whether indicators without a figure are 0 or left out. */
  readonly zeros?: 'kept' | 'omitted';
  /** Lines of JSON, or BSON one document after another, which holds all zeros. */
  readonly form?: 'lines' | 'bson';
  readonly webBaseUrl: string;
  readonly upcycledStages?: AnswerOptions['upcycledStages'];
}

/** Consecutive queries of a batch, which are answered together. */
export interface QueryGroup {
  readonly items: readonly (ProductText | ReadFault)[];
  readonly wish: BatchWish;
}

/** The answers to a group: a line of NDJSON for each query, in order. */
export interface AnsweredGroup {
  readonly lines: Buffer;
  /** What went wrong and is not the caller's doing; for the log. */
  readonly unexpected: readonly string[];
}

/** An error line: the body of a refusal (METHOD §4.4), its status, and the line of the input that it is about. */
export type ErrorLine = { line: number; status: number } & ErrorBody;

/** About the size of an answer, in bytes, so that a group's buffer seldom grows. */
const answerBytes = ({ answer, zeros }: BatchWish) =>
  answer === 'simple' ? 1_200 : zeros === 'omitted' ? 16_000 : 24_000;

type Simulate = (query: unknown) => string | Buffer;

/** Writes what has no writer of its own. */
const writerOf = ({ form }: BatchWish) => (form === 'bson' ? bsonOfJson : anything);

function simulation(wish: BatchWish): Simulate {
  const { answer, form, impact, zeros, webBaseUrl, upcycledStages } = wish;
  const asLine = zeros === 'omitted' ? detailedJsonWithoutZeros : detailedJson;
  const write = form === 'bson' ? bsonOfJson : asLine;
  if (answer === 'detailed') return (query) => write(simulateDetailed(query, { webBaseUrl, upcycledStages }));
  const options = impact === undefined ? { webBaseUrl } : { impact, webBaseUrl };
  const writeSimple = writerOf(wish);
  return (query) => writeSimple(simulateSimple(query, options));
}

/** Answers a group of queries. A query that is refused gives an {@link ErrorLine}, never a failed group. */
export function answerGroup(
  items: readonly (ProductText | ReadFault)[],
  wish: BatchWish,
  simulate: Simulate = simulation(wish),
): AnsweredGroup {
  const documentation = documentationUrl(wish.webBaseUrl);
  const unexpected: string[] = [];
  const writeError = writerOf(wish);
  const lines = lineBuffer(items.length * answerBytes(wish));
  for (const item of items) {
    try {
      if ('fault' in item) throw faultError(item);
      lines.add(simulate(parseJson(item.text)));
    } catch (error) {
      const { status, errors } = toAnswerable(error);
      if (status >= 500) unexpected.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      lines.add(writeError({ line: item.line, status, error: errors, documentation } satisfies ErrorLine));
    }
  }
  return { lines: lines.content(), unexpected };
}

function faultError({ fault, message }: ReadFault): AnswerableError {
  return fault === 'too-long' ? new AnswerableError(413, { general: message.fr }) : undecodable(message.fr);
}
