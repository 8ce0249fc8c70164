import type { EstimateAnswer } from '@ecobalyse/schema';
import { methodVersion, simulateTotals } from '@ecobalyse/textile-method';
import { questionsAbout } from './ask.js';
import { boundsOf } from './bounds.js';
import { type Description, readDescription } from './description.js';
import { BRAND_FIELDS } from './durabilities.js';
import { type Domain, type FieldName, fieldOf, type Query } from './fields.js';
import { meanOf, quantiles, standardError } from './quantiles.js';
import { seededRandom } from './random.js';
import { type Distribution, SECTOR } from './sector.js';

export interface EstimateOptions {
  /** What missing fields are drawn from; by default the sector profile. */
  readonly distribution?: Distribution | undefined;
  /** Garments that are drawn; 500 by default. */
  readonly draws?: number | undefined;
  readonly seed?: number | undefined;
}

const DEFAULT_DRAWS = 500;
const DEFAULT_SEED = 1;
/** Fields that the method has no default for. */
const NO_DEFAULT = ['product', 'mass', 'materials'] as const satisfies readonly FieldName[];

/** What third parties would publish, and what the brand could declare. */
function declarationOf({ known }: Description): EstimateAnswer['declaration'] {
  const needs = NO_DEFAULT.filter((field) => known[field] === undefined);
  if (needs.length > 0) return { published: null, declarable: null, facts: {}, needs };
  const open = BRAND_FIELDS.filter((field) => known[field] == null);
  const unknown = new Map(open.map((field) => [field as FieldName, fieldOf(field).any as Domain]));
  const legal = readDescription(known);
  const { min } = boundsOf({ ...legal, unknown });
  const facts = Object.fromEntries(open.map((field) => [field, min.query[field]]));
  return { published: simulateTotals(known).ecs, declarable: min.ecs, facts, needs };
}

/**
 * Estimates the environmental cost of a garment of which any field may be unknown: left out, `{"any": true}`,
 * `{"oneOf": […]}` or `{"from": a, "to": b}` (docs/estimates.md).
 *
 * @param body a parsed JSON value, of any shape.
 * @throws {DescriptionError} naming every fault.
 */
export function estimate(body: unknown, options: EstimateOptions = {}): EstimateAnswer {
  const { distribution = SECTOR, draws = DEFAULT_DRAWS, seed = DEFAULT_SEED } = options;
  const description = readDescription(body);
  const { given, defaulted, drawn } = description;
  const exact = drawn.length === 0;
  const random = seededRandom(seed);
  const sampler = distribution.samplerFor(description);
  const garments = Array.from({ length: exact ? 1 : draws }, () => {
    const query = sampler(random);
    return { query, ecs: simulateTotals(query).ecs };
  });
  const costs = garments.map(({ ecs }) => ecs);
  const [p5, median, p95] = quantiles(costs, [0.05, 0.5, 0.95]) as [number, number, number];
  const only = { ecs: costs[0] as number, query: (garments[0] as { query: Query }).query };
  const { min, max } = exact ? { min: only, max: only } : boundsOf(description);
  return {
    exact,
    ecs: {
      min: min.ecs,
      max: max.ecs,
      mean: exact ? only.ecs : meanOf(costs),
      median,
      p5,
      p95,
      standard_error: exact ? 0 : standardError(costs),
    },
    completions: { min: min.query, max: max.query },
    ask: questionsAbout(description, distribution, garments, seed),
    declaration: declarationOf(description),
    given: [...given],
    defaulted: [...defaulted],
    drawn: [...drawn],
    distribution: { name: distribution.name, version: distribution.version, draws: costs.length, seed },
    method_version: methodVersion,
  };
}
