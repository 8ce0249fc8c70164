import { BUSINESSES } from '@ecobalyse/schema';
import fc from 'fast-check';
import { TRIM_HEADERS } from '../columns.js';
import type { Declaration } from '../declaration.js';
import { PRINTED_SHARES } from '../fields.js';
import { withCheckDigit } from '../gtin.js';
import type { OwnProduct } from '../product.js';
import { simplify } from '../simplify.js';
import { CATEGORIES, COUNTRIES, MATERIALS, TRIMS, type Vocabulary } from '../vocabulary.js';

const idOf = ({ labels, idOf }: Vocabulary) => fc.constantFrom(...labels.map(idOf));
const ratio = fc.oneof(
  fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
  fc.integer({ min: 0, max: 10_000 }).map((hundredth) => hundredth / 10_000),
  fc.integer({ min: 1_000_000, max: 1e12 }).map((part) => part / 1e12),
);
const amount = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }),
  fc.double({ min: 0.01, max: 1e24, noNaN: true }),
  fc.constantFrom(1e21, 0.1 + 0.2, 12_345_678.9),
);
const gtin = fc
  .constantFrom(7, 11, 12)
  .chain((length) => fc.string({ minLength: length, maxLength: length, unit: fc.constantFrom(...'0123456789') }))
  .map(withCheckDigit);

/** A text that both forms of the file hold: other texts are refused by the writer. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) =>
  text
    .normalize()
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .replace(/^[\s=+\-@]+|\s+$/gu, ''),
);

const labelOfHeader = (header: string) => TRIMS.labelOf(simplify(header).replace('quantitede', '')) as string;
/** In the order of the file's columns, in which they come back. */
const trims = fc
  .subarray([...TRIM_HEADERS])
  .chain((headers) =>
    fc.tuple(
      ...headers.map((header) =>
        fc.record({ id: fc.constant(TRIMS.idOf(labelOfHeader(header))), quantity: fc.integer({ min: 1, max: 99 }) }),
      ),
    ),
  );

/** Any declaration that the portal's file can say, whether or not the portal accepts it. */
export const declarations: fc.Arbitrary<Declaration> = fc.record(
  {
    gtins: fc.uniqueArray(gtin, { maxLength: 4 }),
    internalReference: text,
    brandId: fc.uuid(),
    declaredScore: amount,
    product: idOf(CATEGORIES),
    mass: amount,
    materials: fc.array(
      fc.record({ id: idOf(MATERIALS), share: ratio, country: idOf(COUNTRIES) }, { requiredKeys: ['id', 'share'] }),
      { maxLength: 16 },
    ),
    countrySpinning: idOf(COUNTRIES),
    countryFabric: idOf(COUNTRIES),
    countryDyeing: idOf(COUNTRIES),
    countryMaking: idOf(COUNTRIES),
    printing: fc.record({
      kind: fc.constantFrom('pigment' as const, 'substantive' as const),
      ratio: fc.constantFrom(...PRINTED_SHARES),
    }),
    fading: fc.boolean(),
    upcycled: fc.boolean(),
    business: fc.constantFrom(...BUSINESSES),
    numberOfReferences: amount,
    price: amount,
    airTransportRatio: ratio,
    trims,
  },
  { requiredKeys: ['gtins', 'internalReference', 'product', 'mass', 'materials', 'countryMaking'] },
);

/** A number with few decimals, as people write them. */
const decimal = (min: number, max: number, decimals: number) =>
  fc
    .integer({ min: min * 10 ** decimals, max: max * 10 ** decimals })
    .map((steps) => Number((steps / 10 ** decimals).toFixed(decimals)));

/** Shares of 1 that the portal takes: in hundredths of a percent. */
const shares = fc
  .uniqueArray(fc.integer({ min: 1, max: 9999 }), { maxLength: 15 })
  .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), 10_000])
  .map((cuts) => cuts.slice(1).map((cut, index) => (cut - (cuts[index] as number)) / 10_000));

/** What the portal takes, in fields of the method. */
const queries = fc
  .record(
    {
      product: idOf(CATEGORIES),
      mass: decimal(0.01, 3, 3),
      materials: shares.chain((some) =>
        fc.tuple(
          ...some.map((share) =>
            fc.record(
              { id: idOf(MATERIALS), share: fc.constant(share), country: idOf(COUNTRIES) },
              { requiredKeys: ['id', 'share'] },
            ),
          ),
        ),
      ),
      countrySpinning: idOf(COUNTRIES),
      countryFabric: idOf(COUNTRIES),
      countryDyeing: idOf(COUNTRIES),
      countryMaking: idOf(COUNTRIES),
      printing: fc.record({
        kind: fc.constantFrom('pigment' as const, 'substantive' as const),
        ratio: fc.constantFrom(...PRINTED_SHARES),
      }),
      fading: fc.boolean(),
      upcycled: fc.boolean(),
      business: fc.constantFrom(...BUSINESSES),
      numberOfReferences: fc.integer({ min: 1, max: 999_999 }),
      price: decimal(1, 1000, 2),
      airTransportRatio: decimal(0, 1, 4),
      trims,
    },
    { requiredKeys: ['product', 'mass', 'materials', 'countryFabric', 'countryDyeing', 'countryMaking'] },
  )
  .map((query): OwnProduct['query'] => query);

/** Any product of a catalogue that the portal accepts. */
export const ownProducts: fc.Arbitrary<OwnProduct> = fc.record({
  reference: text.filter((reference) => reference !== ''),
  brand: fc.option(fc.uuid()),
  gtins: fc.uniqueArray(gtin, { minLength: 1, maxLength: 4 }),
  query: queries,
});
