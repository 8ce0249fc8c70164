import { hash } from 'node:crypto';
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
  wholeText,
} from '@ecobalyse/schema';
import { contentHash, productIdentity } from './product-identity.js';

/** A query as it was sent upstream, and the answer to it. */
export interface AnsweredSimulation {
  query: Record<string, Json>;
  /** The identity of the query, where it is known. */
  md5_id?: string;
  answer: DetailedSimulation;
  /** The answer as our simulator wrote it, with or without its zeros; it is written anew where this is not at hand. */
  json?: string;
  source: PlatformFields['source'];
  scenario: Scenario | null;
  methodVersion: string | null;
  /** Hash of upstream's figures, where it tells it. */
  figures?: string | undefined;
  /** Run of the pipeline that asked; null for a product that a user added. */
  runId: string | null;
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
  const { query, answer, json, source, scenario, methodVersion, figures = null, runId } = simulation;
  const covered = coveredImpacts(answer.impacts);
  return {
    ...answer,
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
      answerHash: hash('sha256', json === undefined ? JSON.stringify(answer) : wholeText(json)),
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
      insertedByRun: runId,
      updatedByRun: runId,
      // The grid is drawn by us: nobody typed it.
      ...(source !== 'extraction' && checkOf(query, answer)),
    },
  };
}
