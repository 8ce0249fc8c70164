import type { EstimateAnswer } from '@ecobalyse/schema';
import { simulateTotals } from '@ecobalyse/textile-method';
import type { Description } from './description.js';
import { type Domain, domainFor, type FieldName, fieldOf, type Query } from './fields.js';
import { meanOf, width90 } from './quantiles.js';
import { seededRandom } from './random.js';
import type { Distribution } from './sector.js';

/** What the answer to one question is worth. */
type Question = EstimateAnswer['ask'][number];

/** Garments that are drawn for each answer, and for one that is only tried for its cost. */
const DRAWS_PER_ANSWER = 60;
const DRAWS_PER_TRIAL = 10;
/** Drawn garments in which a defaulted field is replaced. */
const REPLACED = 20;
const MOST_ANSWERS = 8;
/** Values that are all tried, even those that are hardly ever drawn. */
const FEW_VALUES = 20;

/** A question of which the answer was supposed. */
function supposing(description: Description, field: FieldName, value: unknown): Description {
  const unknown = new Map(description.unknown);
  unknown.delete(field);
  const known = { ...description.known, [field]: value };
  return { ...description, known, unknown, ...(field === 'materials' ? { isAnyMix: false } : {}) };
}

/** The same description with one more field unknown. */
function opened(description: Description, field: FieldName): Description {
  const domain = fieldOf(field).any as Domain;
  return { ...description, unknown: new Map(description.unknown).set(field, domain) };
}

interface Supposed {
  readonly value: unknown;
  /** How often it is the answer; 0 for a value that is only tried for its cost. */
  readonly weight: number;
}

/** Answers that a field may get: all of a few values, or some of many, by how often they are drawn. */
function answersTo(field: FieldName, domain: Domain | undefined, drawn: readonly Query[]): Supposed[] {
  const counts = new Map<string, { value: unknown; weight: number }>();
  const count = (value: unknown, more: number) => {
    const key = JSON.stringify(value ?? null);
    const entry = counts.get(key) ?? { value: value ?? null, weight: 0 };
    counts.set(key, { ...entry, weight: entry.weight + more });
  };
  if (domain !== undefined && 'values' in domain && domain.values.length <= FEW_VALUES) {
    for (const value of domain.values) count(value, 0);
    for (const query of drawn) count(query[field], 1);
    return [...counts.values()];
  }
  if (domain !== undefined && 'from' in domain) {
    const sorted = drawn.map((query) => query[field] as number).sort((a, b) => a - b);
    for (let rank = 0; rank < MOST_ANSWERS; rank++) {
      count(sorted[Math.floor(((rank + 0.5) * sorted.length) / MOST_ANSWERS)], 1);
    }
    for (const end of [domain.from, domain.to]) count(end, 0);
    return [...counts.values()];
  }
  for (const query of drawn) {
    if (counts.size < MOST_ANSWERS || counts.has(JSON.stringify(query[field] ?? null))) count(query[field], 1);
  }
  return [...counts.values()];
}

interface Garment {
  readonly query: Query;
  readonly ecs: number;
}

interface Told {
  readonly value: unknown;
  readonly share: number;
  readonly ecs: number;
  /** Points that this answer is worth. */
  readonly points: number;
}

/**
 * The questions about a garment, the most worthwhile first.
 *
 * @param drawn garments that were drawn for the description, and their cost.
 * @param seed of what is drawn for the answers.
 */
export function questionsAbout(
  description: Description,
  distribution: Distribution,
  drawn: readonly Garment[],
  seed: number,
): Question[] {
  const product = (description.known.product ?? drawn[0]?.query.product) as string;
  const answers = (field: FieldName, open: Description, queries: readonly Query[]) => {
    const domain = open.unknown.get(field);
    const supposed = answersTo(field, domain && domainFor(field, domain, product), queries);
    const total = supposed.reduce((sum, { weight }) => sum + weight, 0);
    return supposed.map(({ value, weight }) => ({ value, share: weight / total }));
  };

  /** The same random numbers for every answer: what differs is due to the answer. */
  const sampled = (of: Description, count: number): Query[] => {
    const random = seededRandom(seed);
    const sampler = distribution.samplerFor(of);
    return Array.from({ length: count }, () => sampler(random));
  };
  const width = width90(sampled(description, DRAWS_PER_ANSWER).map(costOf));
  /** What is still unknown is drawn again for each answer: it also tells about the other fields. */
  const ofDrawn = (field: FieldName): Told[] =>
    answers(
      field,
      description,
      drawn.map(({ query }) => query),
    ).map(({ value, share }) => {
      const count = description.drawn.length === 1 ? 1 : share > 0 ? DRAWS_PER_ANSWER : DRAWS_PER_TRIAL;
      const costs = sampled(supposing(description, field, value), count).map(costOf);
      return { value, share, ecs: meanOf(costs), points: width - width90(costs) };
    });

  const some = drawn.slice(0, REPLACED);
  const now = meanOf(some.map(({ ecs }) => ecs));
  /** An option tells nothing about other fields: it is replaced in garments that were drawn. */
  const ofDefaulted = (field: FieldName): Told[] => {
    const open = opened(description, field);
    return answers(field, open, sampled(open, MOST_ANSWERS)).map(({ value, share }) => {
      const ecs = meanOf(some.map(({ query }) => costOf({ ...query, [field]: value })));
      return { value, share, ecs, points: Math.abs(ecs - now) };
    });
  };

  const question = (field: FieldName, status: Question['status'], told: readonly Told[]): Question => {
    const points = Math.max(
      0,
      told.reduce((sum, answer) => sum + answer.share * answer.points, 0),
    );
    const [best, worst] = [1, -1].map((sign) => {
      const { value, ecs } = told.reduce((first, answer) => (sign * (answer.ecs - first.ecs) < 0 ? answer : first));
      return { value, ecs };
    }) as [Question['best'], Question['worst']];
    return { field, status, points, best, worst, words: wordsFor(field, points, best.ecs, worst.ecs) };
  };
  return [
    ...description.drawn.map((field) => question(field, 'drawn', ofDrawn(field))),
    // Which stages count is no fact about the garment.
    ...description.defaulted
      .filter((field) => field !== 'disabledSteps')
      .map((field) => question(field, 'defaulted', ofDefaulted(field))),
  ].sort((a, b) => b.points - a.points);
}

const costOf = (query: Query) => simulateTotals(query).ecs;

const english = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const french = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 0 });

function wordsFor(field: FieldName, points: number, best: number, worst: number): Question['words'] {
  const { en, fr } = fieldOf(field);
  return {
    en: `Ask ${en}: ${english.format(points)} points (from ${english.format(best)} to ${english.format(worst)})`,
    fr: `Demandez ${fr} : ${french.format(points)} points (de ${french.format(best)} à ${french.format(worst)})`,
  };
}
