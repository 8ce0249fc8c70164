import type { TextileQuery } from '@ecobalyse/schema';
import { simulateTotals, TextileQueryError } from '@ecobalyse/textile-method';
import { FIELDS, MAX_SCORED_PRICE } from './fields.js';
import type { ReadRow } from './read-row.js';
import { COUNTRIES, MATERIALS, TRIMS } from './vocabulary.js';

type Query = Pick<TextileQuery, 'mass' | 'product' | 'materials'> & Partial<TextileQuery>;

/** A score of the portal, in Pts, or the field that its engine refuses after all checks have passed. */
export type PortalScore =
  | { readonly ecs: number; readonly durability: number; readonly standardized: number }
  | { readonly refusedField: string };

const whatIsGiven = (entries: readonly (readonly [string, unknown])[]) =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ''));

/**
 * The query of a row that passed the portal's checks, in the words of the method and as it was given: its price may be above what
 * the method takes, and quantities of trims may be 0.
 */
export function queryAsGiven(row: ReadRow): Query {
  const {
    'printing.kind': kind,
    'printing.ratio': ratio,
    ...fields
  } = whatIsGiven(
    FIELDS.map(({ name, queryName, kind }) => {
      const value = row.values[name];
      return [queryName, typeof kind === 'object' && 'word' in kind && value ? kind.word.idOf(String(value)) : value];
    }),
  );
  return {
    ...fields,
    ...(kind && ratio ? { printing: { kind, ratio } } : {}),
    materials: row.materials.map(({ slug, share, country }) =>
      whatIsGiven([
        ['id', MATERIALS.idOf(String(slug))],
        ['share', share],
        ['country', country && COUNTRIES.idOf(String(country))],
      ]),
    ),
    ...(row.hasDefaultTrims
      ? {}
      : { trims: row.trims.map(({ slug, quantity }) => ({ id: TRIMS.idOf(String(slug)), quantity })) }),
  } as Query;
}

/** The query as the portal sends it to its engine: the price is clamped, and trims of which there are none are left out. */
export function queryAsPortal(given: Query): Query {
  const { price, trims } = given;
  return {
    ...given,
    ...(price == null ? {} : { price: Math.min(price, MAX_SCORED_PRICE) }),
    ...(trims == null ? {} : { trims: trims.filter(({ quantity }) => quantity !== 0) }),
  };
}

/** What of a query the engine cannot read although the portal's checks pass: it wants whole numbers there. */
function unreadableField({ numberOfReferences, trims }: Query): string {
  if (!Number.isInteger(numberOfReferences ?? 1)) return 'numberOfReferences';
  return trims?.some(({ quantity }) => !Number.isInteger(quantity)) ? 'trims' : 'general';
}

/**
 * Scores a query as the portal does.
 *
 * @returns the cost in Pts, the durability, and the cost of 100 g in Pts; or the field that the engine refuses.
 */
export function scoreAsPortal(query: Query): PortalScore {
  try {
    const { ecs, durability } = simulateTotals(query);
    return { ecs, durability, standardized: (ecs / query.mass) * 0.1 };
  } catch (error) {
    if (!(error instanceof TextileQueryError)) throw error;
    const [field] = Object.keys(error.errors);
    return { refusedField: field === undefined || field === 'decoding' ? unreadableField(query) : field };
  }
}
