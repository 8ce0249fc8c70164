import { type CatalogueOutliers, type CostUnit, groupBy, type Words } from '@ecobalyse/schema';
import { quantileOf, sorted } from './describe.js';
import { costOf, familyOf, type Garment, whichOf } from './garments.js';
import { kindOf, reasonOf } from './reasons.js';
import { familyName, productName, sentence } from './words.js';

/** Garments of which a kind has fewer say nothing about what is usual. */
const LEAST_OF_KIND = 8;
/** Bounds lie so many interquartile ranges beyond the quartiles (Tukey 1977). */
const RANGES = 1.5;
/** Logarithms that are equal but for rounding. */
const ROUNDING = 1e-9;

const KIND: Words = { en: 'its kind: {product}, {family}', fr: 'son groupe : {product}, {family}' };

/**
 * Garments whose cost is unlike that of their kind, a product type and a family of fibres: beyond 1.5 interquartile ranges of
 * the logarithms, on which a dear garment is as far away as a cheap one. The farthest from the median first.
 */
export function outliers(
  garments: readonly Garment[],
  per: CostUnit,
  limit: number,
): Pick<CatalogueOutliers['catalogues'][number], 'judged' | 'total' | 'outliers'> {
  const kinds = [...groupBy(garments, (garment) => `${garment.product_id} ${familyOf(garment)}`).values()].filter(
    (kind) => kind.length >= LEAST_OF_KIND,
  );
  const found = kinds.flatMap((kind) => {
    const logs = sorted(kind.map((garment) => Math.log(costOf(garment, per))));
    const [q1, median, q3] = [0.25, 0.5, 0.75].map((share) => quantileOf(logs, share)) as [number, number, number];
    const [low, high] = [q1 - RANGES * (q3 - q1), q3 + RANGES * (q3 - q1)];
    return kind.flatMap((garment) => {
      const log = Math.log(costOf(garment, per));
      const isWithin = log >= low - ROUNDING && log <= high + ROUNDING;
      return isWithin ? [] : [{ garment, kind, away: Math.abs(log - median), low, high }];
    });
  });
  found.sort((a, b) => b.away - a.away || (a.garment.id < b.garment.id ? -1 : 1));
  const known = new Map(kinds.map((kind) => [kind, kindOf(kind, per)]));
  return {
    judged: kinds.reduce((sum, { length }) => sum + length, 0),
    total: found.length,
    outliers: found.slice(0, limit).map(({ garment, kind, low, high }) => {
      const usual = known.get(kind) as ReturnType<typeof kindOf>;
      const family = familyOf(garment);
      const beside = sentence(KIND, { product: productName(garment.product_id), family: familyName(family) });
      const cost = costOf(garment, per);
      return {
        ...whichOf(garment),
        family,
        cost,
        median: usual.median,
        ratio: cost / usual.median,
        low: Math.exp(low),
        high: Math.exp(high),
        ...reasonOf(garment, usual, beside),
      };
    }),
  };
}
