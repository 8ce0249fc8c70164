import { businessSchema, printingKindSchema } from '@ecobalyse/schema';
import { z } from 'zod';
import type { ReadRow } from './read-row.js';
import { queryAsGiven } from './score.js';

const text = z.string().exactOptional();
const number = z.number().exactOptional();
const flag = z.boolean().exactOptional();

/**
 * A declaration as the portal's API takes it: the words of the method, mass in kg, shares from 0 to 1, price in euros. Its JSON is
 * the body of a request. Whether a value is one that the portal takes is for its checks to say.
 */
export const declarationSchema = z.strictObject({
  /** None for brands without barcode numbers. */
  gtins: z.array(z.string()),
  internalReference: z.string(),
  /** Left out, the organisation's default brand. */
  brandId: text,
  /** Points; left out, the portal's own computation counts. */
  declaredScore: number,
  product: z.string(),
  mass: z.number(),
  materials: z.array(z.strictObject({ id: z.string(), share: z.number(), country: text })),
  countrySpinning: text,
  countryFabric: text,
  countryDyeing: text,
  countryMaking: z.string(),
  printing: z.strictObject({ kind: printingKindSchema, ratio: z.number() }).exactOptional(),
  fading: flag,
  upcycled: flag,
  business: businessSchema.exactOptional(),
  numberOfReferences: number,
  price: number,
  airTransportRatio: number,
  /** Left out, those that garments of the category usually have; an empty list means none. */
  trims: z.array(z.strictObject({ id: z.string(), quantity: z.number() })).exactOptional(),
});
export type Declaration = z.infer<typeof declarationSchema>;

/** Decimals that a share or a ratio may have: a percentage with ten, which no reading or writing changes. */
export const RATIO_DECIMALS = 12;

/** A ratio as it was meant: dividing a percentage by 100 leaves a last digit that nobody wrote. */
const meantRatio = (ratio: number) => Number(ratio.toFixed(RATIO_DECIMALS));

/**
 * The declaration that a row of a file is.
 *
 * @param read - of a row that the portal's checks accept.
 */
export function toDeclaration(read: ReadRow): Declaration {
  const { materials, airTransportRatio, printing, trims, ...query } = queryAsGiven(read);
  return {
    gtins: read.gtins.filter((gtin) => gtin !== ''),
    internalReference: read.reference,
    ...(read.brand === '' ? {} : { brandId: read.brand }),
    ...(read.declaredScore === null ? {} : { declaredScore: read.declaredScore }),
    ...query,
    materials: materials.map((material) => ({ ...material, share: meantRatio(material.share) })),
    ...(printing == null ? {} : { printing }),
    ...(airTransportRatio == null ? {} : { airTransportRatio: meantRatio(airTransportRatio) }),
    ...(trims == null ? {} : { trims: trims.filter(({ quantity }) => quantity !== 0) }),
  } as Declaration;
}
