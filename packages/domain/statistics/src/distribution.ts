import { logUniform, profile, triangular } from '@ecobalyse/estimation';
import { BUSINESSES, FABRIC_PROCESSES, type Words } from '@ecobalyse/schema';
import {
  listCountries,
  listMaterials,
  listProducts,
  type ReadQuery,
  readTextileQuery,
} from '@ecobalyse/textile-method';
import { z } from 'zod';

/**
 * A distribution of garments, as the sector profile has it (docs/estimates.md): users change a copy of its file. Each input is
 * drawn independently of the others, as Sobol indices need it.
 */

const weight = z.number().min(0);
const MOST = { products: 50, garments: 500, values: 200 };
const idOf = (ids: readonly string[]) =>
  z.enum(ids as [string, ...string[]], { error: () => `expected one of ${ids.join(', ')}` });
const triangle = z
  .tuple([z.number(), z.number(), z.number()])
  .refine(([least, usual, greatest]) => least <= usual && usual <= greatest && least < greatest, {
    error: 'expected the least, the usual and the greatest value, in this order',
  });
const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([least, greatest]) => least < greatest, { error: 'expected the least and the greatest value' });
const somePositive = { error: 'expected at least one weight above 0' };

const NUMBERS = [
  ...['airTransportRatio', 'makingDeadStock', 'makingWaste', 'physicalDurability', 'surfaceMass'],
  'yarnSize',
] as const;
const OPTIONS = ['dyeingProcessType', 'fading', 'upcycled', 'makingComplexity'] as const;

export const distributionSchema = z.object({
  name: z.string().min(1).max(100),
  version: z.number(),
  products: z
    .array(
      z.object({
        id: idOf(listProducts().map(({ id }) => id)),
        weight,
        priceEuro: z.number().positive(),
        massKg: triangle,
        garments: z
          .array(
            z.object({
              weight,
              process: z.enum(FABRIC_PROCESSES, { error: () => `expected one of ${FABRIC_PROCESSES.join(', ')}` }),
              fibres: z
                .partialRecord(idOf(listMaterials().map(({ id }) => id)), z.number().positive().max(1))
                .refine(
                  (fibres) =>
                    Math.abs(Object.values(fibres).reduce<number>((sum, share) => sum + (share ?? 0), 0) - 1) < 1e-9,
                  {
                    error: 'expected shares that add up to 1',
                  },
                ),
            }),
          )
          .min(1)
          .max(MOST.garments)
          .refine((garments) => garments.some((garment) => garment.weight > 0), somePositive),
      }),
    )
    .min(1)
    .max(MOST.products)
    .refine((products) => products.some((product) => product.weight > 0), somePositive),
  countries: z
    .partialRecord(idOf(listCountries().map(({ code }) => code)), weight)
    .refine((countries) => Object.values(countries).some((one) => (one ?? 0) > 0), somePositive),
  brands: z
    .array(z.object({ weight, business: z.enum(BUSINESSES), references: range, price: range }))
    .min(1)
    .max(MOST.values)
    .refine((brands) => brands.some((brand) => brand.weight > 0), somePositive),
  options: z.partialRecord(
    z.enum(OPTIONS),
    z
      .array(z.tuple([z.unknown(), weight]))
      .min(1)
      .max(MOST.values),
  ),
  numbers: z.partialRecord(z.enum([...NUMBERS, 'printedRatio']), triangle),
});
export type GarmentDistribution = z.output<typeof distributionSchema>;

/** The sector profile. */
export const SECTOR_DISTRIBUTION: GarmentDistribution = distributionSchema.parse(profile);

/**
 * Reads a distribution.
 *
 * @throws Error that names each field that is wrong, and what was expected.
 */
export function readDistribution(json: unknown): GarmentDistribution {
  const { data, error } = distributionSchema.safeParse(json);
  if (data) return data;
  throw new Error(
    error.issues.map(({ path, message }) => `${path.join('.') || 'distribution'}: ${message}`).join('; '),
  );
}

type Fields = Record<string, unknown>;

/** An input of the sensitivity: what it does to a garment at a place between 0 and 1. */
export interface SensitivityInput {
  readonly input: string;
  readonly name: Words;
  /** Those before it have been done. */
  readonly put: (query: Fields, place: number) => unknown;
}

export interface DistributionInputs {
  readonly inputs: readonly SensitivityInput[];
  /** The garment at a place of each input. @throws TextileQueryError when the method refuses it. */
  readonly garmentAt: (place: ArrayLike<number>) => ReadQuery;
}

/** The value up to which a share of the weights lies: categories are mapped by their quantiles, in the order of the file. */
function chooser<Value>(weighted: readonly (readonly [Value, number])[]): (place: number) => Value {
  const total = weighted.reduce((sum, [, share]) => sum + share, 0);
  return (place) => {
    let left = place * total;
    for (const [value, share] of weighted) {
      left -= share;
      if (left < 0) return value;
    }
    return (weighted.findLast(([, share]) => share > 0) as readonly [Value, number])[0];
  };
}

const FIELD_WORDS: Readonly<Record<(typeof NUMBERS)[number] | (typeof OPTIONS)[number], Words>> = {
  airTransportRatio: { en: 'Share of air transport', fr: 'Part de transport aérien' },
  makingDeadStock: { en: 'Dead stock', fr: 'Stocks dormants' },
  makingWaste: { en: 'Waste of making', fr: 'Pertes en confection' },
  physicalDurability: { en: 'Physical durability', fr: 'Durabilité physique' },
  surfaceMass: { en: 'Surface mass', fr: 'Grammage' },
  yarnSize: { en: 'Yarn size', fr: 'Titrage du fil' },
  dyeingProcessType: { en: 'Kind of dyeing', fr: 'Type de teinture' },
  fading: { en: 'Fading', fr: 'Délavage' },
  upcycled: { en: 'Upcycled', fr: 'Remanufacturé' },
  makingComplexity: { en: 'Complexity of making', fr: 'Complexité de confection' },
};
const COUNTRY_WORDS = {
  countrySpinning: { en: 'Country of spinning', fr: 'Pays de filature' },
  countryFabric: { en: 'Country of knitting or weaving', fr: 'Pays de tricotage ou de tissage' },
  countryDyeing: { en: 'Country of dyeing', fr: 'Pays d’ennoblissement' },
  countryMaking: { en: 'Country of making', fr: 'Pays de confection' },
} as const;

/** Whole numbers, and what the method takes to four digits. */
const INTEGER_FIELDS: ReadonlySet<string> = new Set(['surfaceMass']);

/**
 * The inputs of a distribution, of one type or of all, which are then an input too. What differs by type or by brand (mass,
 * price, materials) is mapped within those of the type that was drawn: the place within is independent of it.
 *
 * @throws Error for a type that the distribution has not.
 */
export function inputsOf(distribution: GarmentDistribution, product: string | null): DistributionInputs {
  const { products, countries, brands, options, numbers } = distribution;
  const own = products.filter(({ id }) => product === null || id === product);
  if (own.length === 0) throw new Error(`product: expected one of ${products.map(({ id }) => id).join(', ')}`);
  const laws = new Map(
    own.map(({ id, massKg, garments }) => [
      id,
      {
        mass: triangular(massKg),
        materials: chooser(garments.map(({ fibres, weight: share }) => [fibres, share])),
        process: chooser(garments.map(({ process, weight: share }) => [process, share])),
      },
    ]),
  );
  const lawsOf = (query: Fields) => laws.get(query.product as string) as NonNullable<ReturnType<typeof laws.get>>;
  const type = chooser(own.map(({ id, weight: share }) => [id, share]));
  const country = chooser(Object.entries(countries) as [string, number][]);
  const brand = chooser(brands.map((one) => [one, one.weight]));
  const prices = new Map(products.map(({ id, priceEuro }) => [id, priceEuro]));
  const drawn = new WeakMap<Fields, (typeof brands)[number]>();
  const brandOf = (query: Fields) => drawn.get(query) as (typeof brands)[number];
  const typed: SensitivityInput = {
    input: 'product',
    name: { en: 'Product type', fr: 'Type de produit' },
    put: (query, place) => (query.product = type(place)),
  };
  const inputs: SensitivityInput[] = [
    ...(product === null ? [typed] : []),
    {
      input: 'mass',
      name: { en: 'Mass', fr: 'Masse' },
      put: (query, place) => (query.mass = lawsOf(query).mass.at(place)),
    },
    {
      input: 'materials',
      name: { en: 'Materials', fr: 'Matières' },
      put: (query, place) =>
        (query.materials = Object.entries(lawsOf(query).materials(place)).map(([id, share]) => ({ id, share }))),
    },
    {
      input: 'fabricProcess',
      name: { en: 'Knitting or weaving technique', fr: 'Technique de tricotage ou de tissage' },
      put: (query, place) => (query.fabricProcess = lawsOf(query).process(place)),
    },
    ...Object.entries(COUNTRY_WORDS).map(
      ([input, name]): SensitivityInput => ({ input, name, put: (query, place) => (query[input] = country(place)) }),
    ),
    {
      input: 'brand',
      name: { en: 'Kind of brand', fr: 'Type de marque' },
      put(query, place) {
        const one = brand(place);
        drawn.set(query, one);
        query.business = one.business;
      },
    },
    {
      input: 'numberOfReferences',
      name: {
        en: 'Number of references, within the kind of brand',
        fr: 'Nombre de références, au sein du type de marque',
      },
      put: (query, place) => (query.numberOfReferences = Math.round(logUniform(brandOf(query).references).at(place))),
    },
    {
      input: 'price',
      name: { en: 'Price, within the kind of brand', fr: 'Prix, au sein du type de marque' },
      put(query, place) {
        const usual = prices.get(query.product as string) as number;
        const [low, high] = brandOf(query).price;
        query.price = Math.min(1000, Math.max(1, logUniform([low * usual, high * usual]).at(place)));
      },
    },
    ...OPTIONS.flatMap((input): SensitivityInput[] => {
      const values = options[input];
      if (values === undefined) return [];
      const choose = chooser(values);
      return [{ input, name: FIELD_WORDS[input], put: (query, place) => (query[input] = choose(place)) }];
    }),
    ...NUMBERS.flatMap((input): SensitivityInput[] => {
      const corners = numbers[input];
      if (corners === undefined) return [];
      const law = triangular(corners);
      const rounded = INTEGER_FIELDS.has(input) ? Math.round : (value: number) => value;
      return [{ input, name: FIELD_WORDS[input], put: (query, place) => (query[input] = rounded(law.at(place))) }];
    }),
  ];
  return {
    inputs,
    garmentAt(place) {
      const query: Fields = product === null ? {} : { product };
      for (const [rank, { put }] of inputs.entries()) put(query, place[rank] as number);
      return readTextileQuery(query);
    },
  };
}
