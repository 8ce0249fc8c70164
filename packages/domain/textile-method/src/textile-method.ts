import type { ImpactCode } from '@ecobalyse/schema';
import { type AnswerOptions, type DetailedAnswer, detailedAnswer } from './answers/detailed-answer.js';
import { type SimpleAnswer, simpleAnswer } from './answers/simple-answer.js';
import { DEFAULT_WEB_BASE_URL } from './answers/web-url.js';
import { type Durability, durabilityOf } from './durability.js';
import type { ReadQuery } from './query.js';
import { readTextileQuery } from './read-query.js';
import { resolveGarment } from './resolve.js';
import { type Simulation, simulate } from './simulation.js';

/**
 * Resolves and works out a garment that was read (METHOD §5 to §14): every figure of its stages, for callers that would build
 * thousands of answers only to read a few numbers of each.
 *
 * @param query what {@link readTextileQuery} returned, or a copy with other values that it would have returned.
 * @throws {TextileQueryError} with the key `general` when the computation fails (METHOD §13.5, §14).
 */
export const simulateQuery = (query: ReadQuery): Simulation => simulate(resolveGarment(query));

/**
 * How long a garment that was read serves (METHOD §12), whatever its stages are.
 *
 * @param query as for {@link simulateQuery}.
 * @throws as {@link simulateQuery}, but for results that overflow.
 */
export const durabilityOfQuery = (query: ReadQuery): Durability => durabilityOf(resolveGarment(query));

/** Reads, checks, resolves and works out the body of a request (METHOD §3 to §14). */
const simulateBody = (body: unknown): Simulation => simulateQuery(readTextileQuery(body));

/** The results that fit on a line of a table. */
export type SimulationTotals = {
  /** Environmental cost, in Pts. */
  readonly ecs: number;
  /** PEF single score, in Pts. */
  readonly pef: number;
  readonly ecsWithoutDurability: number;
  readonly pefWithoutDurability: number;
  readonly durability: number;
  readonly daysOfWear: number;
  readonly useNbCycles: number;
};

/**
 * Scores a garment that was read, for callers that score many which differ in a few fields: reading and checking takes
 * half the time of {@link simulateTotals}. No answer is built; the formulas are those of {@link simulateDetailed}.
 *
 * @param query what {@link readTextileQuery} returned, or a copy with other values that it would have returned.
 * @throws {TextileQueryError} with the key `general` when the computation fails (METHOD §13.5, §14).
 */
export function totalsOfQuery(query: ReadQuery): SimulationTotals {
  const { durability, totals } = simulateQuery(query);
  return {
    ecs: totals.impacts.ecs,
    pef: totals.impacts.pef,
    ecsWithoutDurability: totals.impactsWithoutDurability.ecs,
    pefWithoutDurability: totals.impactsWithoutDurability.pef,
    durability: durability.coefficient,
    daysOfWear: durability.wearDays,
    useNbCycles: durability.careCycles,
  };
}

/**
 * Scores a garment without building an answer (METHOD §14).
 *
 * @param body a parsed JSON query, of any shape.
 * @throws {TextileQueryError} when the query is refused.
 */
export const simulateTotals = (body: unknown): SimulationTotals => totalsOfQuery(readTextileQuery(body));

/**
 * The answer of `POST /textile/simulator/detailed` (METHOD §15.3).
 *
 * @param body a parsed JSON query, of any shape.
 * @returns an answer to read or serialise: some of its parts are frozen and shared between answers.
 * @throws {TextileQueryError} when the query is refused.
 */
export const simulateDetailed = (body: unknown, options?: AnswerOptions): DetailedAnswer =>
  detailedAnswer(simulateBody(body), options);

/**
 * The answer of `POST /textile/simulator`, or of `POST /textile/simulator/{impact}` (METHOD §15.2).
 *
 * @param body a parsed JSON query, of any shape.
 * @param options.impact the only indicator to answer; default: all.
 * @param options.webBaseUrl base address of the web simulator that `webUrl` points to; default: the official one.
 * @throws {TextileQueryError} when the query is refused.
 */
export const simulateSimple = (
  body: unknown,
  options: { readonly impact?: ImpactCode; readonly webBaseUrl?: string } = {},
): SimpleAnswer => simpleAnswer(simulateBody(body), options.impact, options.webBaseUrl ?? DEFAULT_WEB_BASE_URL);
