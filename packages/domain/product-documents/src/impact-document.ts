import { hash } from 'node:crypto';
import { bsonOfJson } from '@ecobalyse/bson';
import { judge } from '@ecobalyse/plausibility';
import {
  type AnswerForm,
  type DetailedSimulation,
  IMPACT_CODES,
  type ImpactDocument,
  isDoubtful,
  type Json,
  type PlatformFields,
  type Scenario,
} from '@ecobalyse/schema';
import { contentHash, productIdentity } from './product-identity.js';

/** A query as it was sent upstream, and the answer to it. */
export interface AnsweredSimulation {
  query: Record<string, Json>;
  /** The identity of the query, where it is known. */
  md5_id?: string;
  answer: DetailedSimulation;
  source: PlatformFields['source'];
  scenario: Scenario | null;
  methodVersion: string | null;
  /** Hash of upstream's figures, where it tells it. */
  figures?: string | undefined;
  /** Run of the pipeline that asked; null for a product that a user added. */
  runId: string | null;
}

/** The same where the answer is there as BSON, of which only what is computed with was read. */
export interface BsonSimulation extends Omit<AnsweredSimulation, 'answer'> {
  answer: Pick<DetailedSimulation, 'impacts' | 'inputs'>;
  bson: Buffer;
}

/** What identifies an answer and is added to it, beside the answer itself as BSON. */
export interface BsonDocument extends Pick<ImpactDocument, 'md5_id' | 'product_id' | '_platform'> {
  bson: Buffer;
}

/** Arithmetic mean of the 21 impact values (CONTRACT, `average_impacts`). */
export function averageImpacts(impacts: Readonly<Record<string, unknown>>): number {
  const sum = IMPACT_CODES.reduce((total, code) => total + figureOf(impacts[code]), 0);
  return sum / IMPACT_CODES.length;
}

/** Impacts with a figure of their own: without a token upstream answers 0 for all but ecs and pef, or leaves them out. */
export function coveredImpacts(impacts: Readonly<Record<string, unknown>>): string[] {
  return IMPACT_CODES.filter(
    (code) => code === 'ecs' || (code === 'pef' && isFigure(impacts.pef)) || figureOf(impacts[code]) !== 0,
  );
}

const isFigure = (value: unknown) => value !== undefined && value !== null;

/** The figure of an impact; 0 where there is none, as upstream writes it. */
function figureOf(value: unknown): number {
  const figure = Number(value ?? 0);
  return Number.isFinite(figure) ? figure : 0;
}

/** The form of an answer, by the indicators that it has. */
export const formOf = (impacts: Readonly<Record<string, unknown>>): AnswerForm => (isFigure(impacts.pef) ? 'v7' : 'v8');

/** What a document says of a doubtful product, to be checked; nothing of any other. */
export function checkOf(
  query: PlatformFields['query'],
  answer: Readonly<Record<string, unknown>>,
): Pick<PlatformFields, 'warnings' | 'state'> {
  const warnings = judge(query, { answer });
  return isDoubtful(warnings) ? { warnings, state: 'to-check' } : {};
}

/** The document that stores an answered simulation. */
export function toImpactDocument(simulation: AnsweredSimulation, now = new Date()): ImpactDocument {
  const { answer } = simulation;
  return { ...answer, ...factsOf({ ...simulation, bson: bsonOfJson(answer) }, now) };
}

/** The same for an answer that is BSON. */
export function toBsonDocument(simulation: BsonSimulation, now = new Date()): BsonDocument {
  return { ...factsOf(simulation, now), bson: simulation.bson };
}

function factsOf(simulation: BsonSimulation, now: Date): Omit<BsonDocument, 'bson'> {
  const { query, answer, bson, source, scenario, methodVersion, figures = null, runId } = simulation;
  const covered = coveredImpacts(answer.impacts);
  const at = now.toISOString();
  return {
    md5_id: simulation.md5_id ?? productIdentity(query),
    product_id: answer.inputs.product.id,
    _platform: {
      source,
      query,
      scenario,
      methodVersion,
      figures,
      form: formOf(answer.impacts),
      coveredImpacts: covered,
      coveredCount: covered.length,
      averageImpacts: averageImpacts(answer.impacts),
      contentHash: contentHash(query),
      // Of the bytes, which are the same however an answer came and however it was written.
      answerHash: hash('sha256', bson),
      createdAt: at,
      updatedAt: at,
      insertedByRun: runId,
      updatedByRun: runId,
      // The grid is drawn by us: nobody typed it.
      ...(source !== 'extraction' && checkOf(query, answer)),
    },
  };
}
