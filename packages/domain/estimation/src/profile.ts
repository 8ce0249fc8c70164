import data from './profile.json' with { type: 'json' };

/** Least, usual and greatest: corners of a triangular distribution. */
export type Triangle = readonly [least: number, usual: number, greatest: number];

/** A garment as the sector makes it: what is drawn together. */
export interface ProfileGarment {
  readonly weight: number;
  readonly process: string;
  /** Shares by material. */
  readonly fibres: Readonly<Record<string, number | undefined>>;
}

export interface ProfileProduct {
  readonly id: string;
  readonly weight: number;
  /** Usual price, with tax. */
  readonly priceEuro: number;
  readonly massKg: Triangle;
  /** Greatest number of each kind of trim. */
  readonly mostTrims: Readonly<Record<string, number>>;
  readonly garments: readonly ProfileGarment[];
}

/** Brands: what is drawn together; references and price (as a factor of the type's own) are log-uniform between two numbers. */
export interface ProfileBrand {
  readonly weight: number;
  readonly business: string;
  readonly references: readonly [number, number];
  readonly price: readonly [number, number];
}

const products = data.products as unknown as readonly ProfileProduct[];
const byId = new Map(products.map((product) => [product.id, product]));

/** The sector profile, and the ranges by type where the method has no bound (docs/estimates.md). */
export const profile = {
  name: data.name,
  version: data.version,
  products,
  product(id: string): ProfileProduct {
    const product = byId.get(id);
    if (product === undefined) throw new Error(`profile.json has no product ${id}`);
    return product;
  },
  trimId(kind: string): string {
    const id = (data.trims as Record<string, string>)[kind];
    if (id === undefined) throw new Error(`profile.json has no trim ${kind}`);
    return id;
  },
  trims: Object.keys(data.trims),
  countries: data.countries as Readonly<Record<string, number>>,
  sameCountryAsNeighbour: data.sameCountryAsNeighbour,
  /** How often a knitted garment is made by the technique that the profile names; else by another knitting technique. */
  sameKnitAsGarment: data.sameKnitAsGarment,
  brands: data.brands as unknown as readonly ProfileBrand[],
  options: data.options as unknown as Readonly<Record<string, readonly (readonly [unknown, number])[]>>,
  numbers: data.numbers as unknown as Readonly<Record<string, Triangle>>,
  printed: data.printed,
};
