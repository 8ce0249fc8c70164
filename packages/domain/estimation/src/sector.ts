import { FABRIC_PROCESSES, PRINTING_KINDS } from '@ecobalyse/schema';
import { type Description, entryOf, fibreCountries, type Mix } from './description.js';
import {
  COUNTRIES,
  COUNTRY_FIELDS,
  type Domain,
  domainFor,
  FIELDS,
  type FieldName,
  fieldOf,
  type Query,
  UNKNOWN_COUNTRY,
} from './fields.js';
import { drawNumber, type Law, likelihood, logUniform, triangular } from './laws.js';
import { type ProfileGarment, type ProfileProduct, profile } from './profile.js';
import { drawIndex, drawOne, type Random, seededRandom } from './random.js';

/** Draws what is unknown of a garment: a whole query for each call. */
export type Sampler = (random: Random) => Query;

/** A distribution of garments: given what is known of one, it draws the rest. */
export interface Distribution {
  readonly name: string;
  readonly version: number;
  samplerFor(description: Description): Sampler;
}

type Drawn = Record<string, unknown>;
/** Draws some fields into a query that holds what is known and what was drawn before. */
type Step = (query: Drawn, random: Random) => void;

const laws = new Map<string, Law>(
  Object.entries(profile.numbers).map(([name, corners]) => [name, triangular(corners)]),
);
const lawOf = (name: string): Law => laws.get(name) as Law;
const massLaws = new Map(profile.products.map(({ id, massKg }) => [id, triangular(massKg)]));
const massDomains = new Map(profile.products.map(({ id }) => [id, domainFor('mass', 'by-type', id)]));

const mixKey = (shares: readonly (readonly [string, number])[]) =>
  shares
    .map(([id, share]) => `${id} ${share}`)
    .sort()
    .join();

interface Row extends ProfileGarment {
  readonly product: ProfileProduct;
  readonly materials: readonly { readonly id: string; readonly share: number }[];
  readonly key: string;
}
const KNITS = FABRIC_PROCESSES.filter((process) => process.startsWith('knitting'));

/** How often each technique makes a garment of the profile: its own mostly, and another of its kind else. */
function techniquesOf({ process }: ProfileGarment): readonly (readonly [process: string, part: number])[] {
  const others = KNITS.filter((other) => other !== process);
  if (others.length === KNITS.length) return [[process, 1]];
  const part = (1 - profile.sameKnitAsGarment) / others.length;
  return [[process, profile.sameKnitAsGarment], ...others.map((other) => [other, part] as const)];
}

const ROWS: readonly Row[] = profile.products.flatMap((product) => {
  const total = product.garments.reduce((sum, { weight }) => sum + weight, 0);
  return product.garments.flatMap((garment): Row[] => {
    const shares = Object.entries(garment.fibres) as [string, number][];
    return techniquesOf(garment).map(([process, part]) => ({
      ...garment,
      process,
      weight: (product.weight * garment.weight * part) / total,
      product,
      materials: shares.map(([id, share]) => ({ id, share })),
      key: mixKey(shares),
    }));
  });
});

/** Weights by one more thing that is known, unless nothing would be left: then it says nothing. */
function narrowed(weights: readonly number[], factor: (rank: number) => number): readonly number[] {
  const narrow = weights.map((weight, rank) => weight * factor(rank));
  return narrow.some((weight) => weight > 0) ? narrow : weights;
}

/** Type, materials, technique and mass are drawn together, from the garments of the profile that go with what is known. */
function garmentStep({ known, unknown, mixes, isAnyMix }: Description): Step {
  const allows = (field: FieldName): ((value: unknown) => boolean) => {
    const domain = unknown.get(field) as { values: readonly unknown[] } | undefined;
    const told = known[field];
    return domain === undefined ? (value) => told == null || told === value : (value) => domain.values.includes(value);
  };
  const [allowsProduct, allowsProcess] = [allows('product'), allows('fabricProcess')];
  const fixedMixes = new Map(
    mixes.flatMap((mix): [string, Mix][] =>
      mix.every(({ from, to }) => from === to) ? [[mixKey(mix.map(({ id, from }) => [id, from])), mix]] : [],
    ),
  );
  const openMass = unknown.get('mass');
  const massDomain = openMass === 'by-type' ? undefined : openMass;
  let weights: readonly number[] = ROWS.map(({ weight }) => weight);
  const narrow = (factor: (row: Row) => number) => {
    weights = narrowed(weights, (rank) => factor(ROWS[rank] as Row));
  };
  if (unknown.get('product') !== fieldOf('product').any) narrow(({ product }) => Number(allowsProduct(product.id)));
  if (!isAnyMix) narrow(({ key }) => Number(fixedMixes.has(key)));
  if (unknown.get('fabricProcess') !== fieldOf('fabricProcess').any)
    narrow(({ process }) => Number(allowsProcess(process)));
  if (openMass !== 'by-type')
    narrow(({ product }) => likelihood(massLaws.get(product.id) as Law, known.mass, massDomain));
  const processes = unknown.get('fabricProcess') as { values: readonly string[] } | undefined;
  const rows = ROWS.filter((_row, rank) => (weights[rank] as number) > 0);
  const shares = weights.filter((weight) => weight > 0);

  return (query, random) => {
    const row = rows[drawIndex(shares, random)] as Row;
    query.product ??= row.product.id;
    if (isAnyMix) query.materials = row.materials;
    else if (known.materials === undefined) {
      query.materials = drawMix(fixedMixes.get(row.key) ?? drawOne(mixes, random), random);
    }
    if (processes !== undefined) {
      query.fabricProcess = processes.values.includes(row.process) ? row.process : drawOne(processes.values, random);
    }
    if (openMass !== undefined) {
      const product = query.product as string;
      const domain = massDomain ?? (massDomains.get(product) as Domain);
      query.mass = drawNumber(massLaws.get(product) as Law, domain, random);
    }
  };
}

/** Shares that add up to 1, each evenly within what the others leave it; countries by the profile. */
function drawMix(mix: Mix, random: Random): unknown[] {
  let left = 1 - mix.reduce((sum, { from }) => sum + from, 0);
  const shares = mix.map(({ from }) => from);
  const open = mix.flatMap(({ from, to }, rank) => (from === to ? [] : [rank]));
  const order = open.map((rank) => ({ rank, place: random() })).sort((a, b) => a.place - b.place);
  const room = (rank: number) => (mix[rank] as Mix[number]).to - (mix[rank] as Mix[number]).from;
  for (const [at, { rank }] of order.entries()) {
    const others = order.slice(at + 1).reduce((sum, other) => sum + room(other.rank), 0);
    const least = Math.max(0, left - others);
    const most = Math.min(room(rank), left);
    const more = Number((at === order.length - 1 ? most : least + random() * (most - least)).toFixed(4));
    shares[rank] = Number(((shares[rank] as number) + more).toFixed(6));
    left -= more;
  }
  return mix.map((fibre, rank) => {
    const codes = fibreCountries(fibre);
    const country = codes[drawIndex(codes.map(countryWeight), random)];
    return entryOf(fibre, shares[rank] as number, fibre.countries && country);
  });
}

const LEAST_WEIGHT = 0.1;
const countryWeight = (code: string) => profile.countries[code] ?? LEAST_WEIGHT;
const totalWeight = COUNTRIES.reduce((sum, code) => sum + countryWeight(code), 0);
const COUNTRY_SHARES = COUNTRIES.map((code) => countryWeight(code) / totalWeight);
const STAY = profile.sameCountryAsNeighbour;

/** By the values themselves: most garments that tell no country may be in any of the same ones. */
const countriesIn = new WeakMap<readonly string[], readonly number[]>();

/** 1 for each country that is one of the values, else 0. */
function inCountries(values: readonly string[]): readonly number[] {
  const found = countriesIn.get(values) ?? COUNTRIES.map((code) => Number(values.includes(code)));
  countriesIn.set(values, found);
  return found;
}

/**
 * The four countries are a Markov chain: a stage is in the country of its neighbour, or anywhere by the shares of the profile.
 * What is known of some places tells about the others: messages go backwards, countries are drawn forwards.
 */
function countryStep({ known, unknown }: Description): Step {
  const open = COUNTRY_FIELDS.map((field) => unknown.get(field) as { values: readonly string[] } | undefined);
  if (open.every((domain) => domain === undefined)) return () => {};
  /** Whether a place may be in a country; the unknown country and none say nothing. */
  const allowed = COUNTRY_FIELDS.map((field, place) => {
    const values = open[place]?.values;
    if (values) return inCountries(values);
    const code = known[field] ?? UNKNOWN_COUNTRY;
    return COUNTRIES.map((other) => Number(code === UNKNOWN_COUNTRY || code === other));
  });
  /** How well each country of a place goes with the places after it. */
  const fits: number[][] = [];
  let after = COUNTRIES.map(() => 1);
  for (let place = COUNTRY_FIELDS.length - 1; place >= 0; place--) {
    const here = after.map((fit, rank) => fit * ((allowed[place] as readonly number[])[rank] as number));
    fits[place] = here;
    const anywhere = here.reduce((sum, fit, rank) => sum + fit * (COUNTRY_SHARES[rank] as number), 0);
    after = here.map((fit) => STAY * fit + (1 - STAY) * anywhere);
  }
  /** Sums of the weights of the countries of each place, by the country before it, worked out when they are first needed. */
  const sums: number[][][] = COUNTRY_FIELDS.map(() => []);
  function sumsAfter(before: number, place: number): number[] {
    const anywhere = before < 0 ? 1 : 1 - STAY;
    let sum = 0;
    return (fits[place] as number[]).map((fit, rank) => {
      sum += fit * (anywhere * (COUNTRY_SHARES[rank] as number) + (rank === before ? STAY : 0));
      return sum;
    });
  }
  const last = COUNTRIES.length - 1;
  function drawAfter(before: number, place: number, random: Random): number {
    const byCountry = sums[place] as number[][];
    byCountry[before + 1] ??= sumsAfter(before, place);
    const upTo = byCountry[before + 1] as number[];
    const drawn = random() * (upTo[last] as number);
    let rank = 0;
    while (rank < last && (upTo[rank] as number) <= drawn) rank += 1;
    return rank;
  }
  return (query, random) => {
    let before = -1;
    for (let place = 0; place < COUNTRY_FIELDS.length; place++) {
      before = drawAfter(before, place, random);
      const domain = open[place];
      if (domain === undefined) continue;
      const field = COUNTRY_FIELDS[place] as (typeof COUNTRY_FIELDS)[number];
      // The unknown country may be one of the values that the user gives.
      const country = COUNTRIES[before] as string;
      query[field] = (allowed[place] as readonly number[])[before] ? country : drawOne(domain.values, random);
    }
  };
}

const brandLaws = profile.brands.map(({ references }) => logUniform(references));
const priceLaws = new Map(
  profile.products.map(({ id, priceEuro }) => [
    id,
    profile.brands.map(({ price: [low, high] }) => logUniform([low * priceEuro, high * priceEuro])),
  ]),
);

/** Kind of business, references and price are drawn together, from the brands of the profile. */
function brandStep({ known, unknown }: Description): Step {
  const business = unknown.get('business') as { values: readonly unknown[] } | undefined;
  const references = unknown.get('numberOfReferences') as Domain | undefined;
  const price = unknown.get('price') as Domain | undefined;
  if (business === undefined && references === undefined && price === undefined) return () => {};
  let byFacts: readonly number[] = profile.brands.map(({ weight }) => weight);
  const told = (value: unknown) =>
    business?.values.includes(value) ?? (known.business == null || known.business === value);
  byFacts = narrowed(byFacts, (rank) => Number(told(profile.brands[rank]?.business)));
  byFacts = narrowed(byFacts, (rank) => likelihood(brandLaws[rank] as Law, known.numberOfReferences, references));
  return (query, random) => {
    const prices = priceLaws.get(query.product as string) as Law[];
    const weights = narrowed(byFacts, (rank) => likelihood(prices[rank] as Law, known.price, price));
    const rank = drawIndex(weights, random);
    if (business !== undefined) {
      const own = profile.brands[rank]?.business;
      query.business = business.values.includes(own) ? own : drawOne(business.values, random);
    }
    if (references !== undefined) query.numberOfReferences = drawNumber(brandLaws[rank] as Law, references, random);
    if (price !== undefined) query.price = drawNumber(prices[rank] as Law, price, random);
  };
}

/** Trims of a type are the method's for most garments, none for some, any number for others. */
const OWN_TRIMS = 0.6;
const NO_TRIMS = 0.75;

function drawTrims(product: string, random: Random): unknown[] | undefined {
  const kind = random();
  if (kind < OWN_TRIMS) return undefined;
  if (kind < NO_TRIMS) return [];
  return Object.entries(profile.product(product).mostTrims).flatMap(([name, most]) => {
    const quantity = Math.round(triangular([0, most / 4, most]).at(random()));
    return quantity > 0 ? [{ id: profile.trimId(name), quantity }] : [];
  });
}

function drawPrinting(random: Random): unknown {
  if (random() >= profile.printed) return null;
  const ratio = Number(lawOf('printedRatio').at(random()).toFixed(2));
  return { kind: drawOne(PRINTING_KINDS, random), ratio };
}

/** The options, each drawn alone. */
function optionSteps({ unknown }: Description): Step[] {
  return [...unknown].flatMap(([field, domain]): Step[] => {
    const isAny = domain === 'by-type' || domain === FIELDS[field].any;
    if (field in profile.options) {
      const { values } = domain as { values: readonly unknown[] };
      const weights = values.map((value) => profile.options[field]?.find(([option]) => option === value)?.[1] ?? 1);
      return [(query, random) => (query[field] = values[drawIndex(weights, random)])];
    }
    if (laws.has(field)) {
      return [(query, random) => (query[field] = drawNumber(lawOf(field), domain as Domain, random))];
    }
    if (field !== 'trims' && field !== 'printing' && field !== 'disabledSteps') return [];
    if (isAny) {
      // Which stages count is the asker's choice: all of them.
      if (field === 'disabledSteps') return [];
      if (field === 'printing') return [(query, random) => (query.printing = drawPrinting(random))];
      return [
        (query, random) => {
          const trims = drawTrims(query.product as string, random);
          if (trims !== undefined) query.trims = trims;
        },
      ];
    }
    const { values } = domain as { values: readonly unknown[] };
    return [(query, random) => (query[field] = drawOne(values, random))];
  });
}

const SEEDS = 2 ** 32;
const STEP_SEED = 0x9e3779b9;

const sectorSampler = (description: Description): Sampler => {
  const steps = [
    garmentStep(description),
    countryStep(description),
    brandStep(description),
    ...optionSteps(description),
  ];
  return (random) => {
    const query: Drawn = { ...description.known };
    // Numbers of its own for each step: what one draws is the same whether or not another is still unknown.
    const seed = random() * SEEDS;
    for (const [rank, step] of steps.entries()) step(query, seededRandom(seed + rank * STEP_SEED));
    return query;
  };
};

/**
 * Draws the core of a garment alone: its type, mass, materials and technique.
 *
 * @returns a function that gives what was unknown, and the type.
 */
export function garmentSampler(description: Description): Sampler {
  const { product } = description.known;
  const step = garmentStep(description);
  return (random) => {
    const query: Drawn = { product };
    step(query, random);
    return query;
  };
}

/** Draws the countries of a garment that are unknown, whatever else it is. */
export function countrySampler(description: Description): Sampler {
  const step = countryStep(description);
  return (random) => {
    const query: Drawn = {};
    step(query, random);
    return query;
  };
}

/** What the sector draws of a garment that tells none of its options, as plain data for programs in other languages. */
export const SECTOR_TABLE = {
  version: profile.version,
  rows: ROWS.map(({ product, process, materials, weight }) => ({
    product: product.id,
    massKg: product.massKg,
    process,
    materials,
    weight,
  })),
  countries: COUNTRIES.map((code, rank) => ({ code, share: COUNTRY_SHARES[rank] as number })),
  stay: STAY,
};

/** Garments as the sector makes them (docs/estimates.md). */
export const SECTOR: Distribution = { name: profile.name, version: profile.version, samplerFor: sectorSampler };

/** What has a default in the method, and of which nothing else is said; an unknown country is no place. */
const hasDefault = (field: FieldName) => !fieldOf(field).isRequired || field === 'fabricProcess';

/** The same, where what the method has a default for has that default. */
export const LEGAL_DEFAULTS: Distribution = {
  name: 'legal-defaults',
  version: profile.version,
  samplerFor(description) {
    const open = [...description.unknown].filter(
      ([field, domain]) => !hasDefault(field) || domain !== fieldOf(field).any,
    );
    return sectorSampler({ ...description, unknown: new Map(open) });
  },
};
