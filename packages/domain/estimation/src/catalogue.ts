import { readTextileQuery } from '@ecobalyse/textile-method';
import type { Description } from './description.js';
import { COUNTRY_FIELDS, domainFor, type FieldName, type Query } from './fields.js';
import { drawOne, type Random } from './random.js';
import { type Distribution, SECTOR } from './sector.js';

/** Rows of a catalogue that have to be left for something that is known to narrow them. */
const ENOUGH_ROWS = 10;
/** What is known narrows the rows in this order. */
const NARROWING: readonly FieldName[] = ['product', 'materials', 'fabricProcess', ...COUNTRY_FIELDS, 'business'];
const MASS_FACTOR = 1.5;

/**
 * The distribution of a user's own products: all that is unknown of a garment is taken from one of those that are most like
 * it, and what they do not tell, or what the user rules out, from the sector.
 *
 * @param rows textile queries, each accepted by the method.
 * @throws {TextileQueryError} for the first row that is refused.
 */
export function catalogueDistribution(rows: readonly Query[]): Distribution {
  for (const row of rows) readTextileQuery(row);
  return {
    name: 'catalogue',
    version: 1,
    samplerFor(description) {
      const sector = SECTOR.samplerFor(description);
      const alike = rowsLike(rows, description);
      if (alike.length === 0) return sector;
      return (random: Random) => {
        const query = { ...sector(random) };
        const row = drawOne(alike, random);
        for (const field of description.drawn) {
          if (row[field] != null && mayBe(description, field, row[field], row.product as string))
            query[field] = row[field];
        }
        return query;
      };
    },
  };
}

function mayBe({ unknown, isAnyMix }: Description, field: FieldName, value: unknown, product: string): boolean {
  if (field === 'materials') return isAnyMix;
  const open = unknown.get(field);
  if (open === undefined) return false;
  const domain = domainFor(field, open, product);
  if (field === 'trims' && open === 'by-type') return true;
  if ('values' in domain) return domain.values.some((one) => JSON.stringify(one) === JSON.stringify(value));
  return typeof value === 'number' && value >= domain.from && value <= domain.to;
}

function rowsLike(rows: readonly Query[], description: Description): readonly Query[] {
  const { known, unknown } = description;
  let left = rows;
  const keep = (isLike: (row: Query) => boolean, enough = ENOUGH_ROWS) => {
    const narrow = left.filter(isLike);
    if (narrow.length >= enough) left = narrow;
  };
  for (const field of NARROWING) {
    if (known[field] != null) {
      const text = JSON.stringify(known[field]);
      keep((row) => JSON.stringify(row[field]) === text, field === 'product' ? 0 : ENOUGH_ROWS);
    } else if (unknown.has(field)) {
      keep(
        (row) => mayBe(description, field, row[field], row.product as string),
        field === 'product' ? 0 : ENOUGH_ROWS,
      );
    }
  }
  if (typeof known.mass === 'number') {
    const mass = known.mass;
    keep((row) => Math.abs(Math.log((row.mass as number) / mass)) <= Math.log(MASS_FACTOR));
  }
  return left;
}
