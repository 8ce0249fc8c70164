import { inWords, MAKING_COMPLEXITIES } from '@ecobalyse/schema';
import { readTextileQuery, simulateQuery, simulateTotals, totalsOfQuery } from '@ecobalyse/textile-method';
import { type Case, type Chain, chainsOf, endsOf } from './chain.js';
import { cartesian, type Description, DescriptionError, type Mix } from './description.js';
import { BRAND_FIELDS, type DurabilityChoice, durabilityChoices } from './durabilities.js';
import { COUNTRY_FIELDS, type Domain, domainFor, type FieldName, type Query } from './fields.js';
import { distinctAtEnd, extremeShares, extremeSharesOfBoth, type Side } from './mixes.js';
import { stageOf } from './rates.js';
import { refineMix } from './refine-mix.js';

/** A completion that costs the least or the most, and its environmental cost, in Pts. */
export interface Extreme {
  readonly ecs: number;
  readonly query: Query;
}

export interface Bounds {
  readonly min: Extreme;
  readonly max: Extreme;
}

/** Cases of one side that are looked at: about 15 µs each. */
const MAX_CASES = 25_000;
/** So few cases are all worked out sooner than the most promising one is found. */
const FEW_CASES = 16;

/** Fields of which the lowest value always costs least: more mass, waste or dead stock is more of everything. */
const GROWING: ReadonlySet<FieldName> = new Set(['mass', 'makingWaste', 'makingDeadStock']);
/** Fields that are decided apart from the cases: countries by the chain, durability by its choices. */
const APART: ReadonlySet<FieldName> = new Set([
  ...COUNTRY_FIELDS,
  ...BRAND_FIELDS,
  'product',
  'physicalDurability',
  'airTransportRatio',
]);

/** What a field has to be tried with for one bound: of numbers the ends, since the cost is monotone in each of them. */
function triedValues(field: FieldName, domain: Domain, side: Side): readonly unknown[] {
  const end = <Value>(low: Value, high: Value) => (side === 'min' ? low : high);
  if ('from' in domain) {
    return GROWING.has(field) ? [end(domain.from, domain.to)] : [domain.from, domain.to];
  }
  const { values } = domain;
  if (values.includes(null)) return field === 'printing' ? extremePrintings(values) : values;
  if (GROWING.has(field)) return [end(Math.min, Math.max)(...(values as number[]))];
  if (field === 'fading') return [end(values.every(Boolean), values.some(Boolean))];
  if (field === 'printing') return extremePrintings(values);
  if (field === 'makingComplexity') {
    const longestFirst = MAKING_COMPLEXITIES.filter((complexity) => values.includes(complexity));
    return [end(longestFirst.at(-1), longestFirst[0])];
  }
  return values;
}

/** Of each kind of printing the least and the most printed. */
function extremePrintings(values: readonly unknown[]): unknown[] {
  const extremes = new Map<string, unknown>();
  for (const value of values as ({ kind: string; ratio?: number | null } | null)[]) {
    const { kind, ratio } = value ?? { kind: '' };
    for (const [end, sign] of [
      ['low', 1],
      ['high', -1],
    ] as const) {
      const key = `${kind} ${end}`;
      const other = extremes.get(key) as { ratio?: number } | undefined;
      if (other === undefined || sign * ((ratio ?? 0.2) - (other?.ratio ?? 0.2)) < 0) extremes.set(key, value);
    }
  }
  return [...new Set(extremes.values())];
}

/** Fields that only dyeing knows: the surface counts for printing, it cancels out where fabric is woven. */
const OF_DYEING: readonly FieldName[] = ['dyeingProcessType', 'printing', 'surfaceMass'];

/** A knitted garment that is dyed and printed like any other, by kilogram. */
const DYED = { mass: 1, materials: [{ id: 'ei-coton', share: 1 }], fabricProcess: 'knitting-mix', trims: [] };

/** What each way of dyeing costs in each country that dyeing may be in, by kilogram, up to what does not depend on it. */
function dyeingCosts({ known, unknown }: Description, product: string, options: readonly Query[]): number[][] {
  if (options.length < 2) return options.map(() => []);
  const open = unknown.get('countryDyeing') as { values: readonly unknown[] } | undefined;
  const countries = open?.values ?? [known.countryDyeing ?? null];
  const dyed = OF_DYEING.flatMap((field) => (known[field] == null ? [] : [[field, known[field]]]));
  const query = { ...DYED, product, ...Object.fromEntries(dyed) };
  return options.map((option) => {
    const read = readTextileQuery({ ...query, ...option });
    return countries.map(
      (countryDyeing) => totalsOfQuery({ ...read, countryDyeing: countryDyeing as string | null }).ecsWithoutDurability,
    );
  });
}

/**
 * Of the ways of dyeing those that no other one beats in every country that dyeing may be in: what they cost more or less
 * depends on the country and on nothing else.
 */
function unbeaten(options: readonly Query[], costs: readonly (readonly number[])[], side: Side): readonly Query[] {
  if (options.length < 2) return options;
  const sign = side === 'min' ? 1 : -1;
  const beats = (a: number, b: number) => {
    const differences = (costs[a] as number[]).map((cost, rank) => sign * (cost - (costs[b]?.[rank] as number)));
    const isNeverWorse = differences.every((difference) => difference <= 1e-9);
    return isNeverWorse && (a < b || differences.some((difference) => difference < -1e-9));
  };
  return options.filter((_, rank) => !options.some((_other, other) => other !== rank && beats(other, rank)));
}

const namedLists = (axes: readonly FieldName[], lists: readonly (readonly unknown[])[]): Query[] =>
  cartesian(lists).map((list) => Object.fromEntries(axes.map((field, rank) => [field, list[rank]])));

/** kg of the trims of a garment. */
function trimsKg(product: string, trims: unknown): number {
  const cut = { mass: 1, materials: DYED.materials, product, disabledSteps: ['making', 'fabric', 'spinning'] };
  const query = readTextileQuery({ ...cut, ...(trims === undefined ? {} : { trims }) });
  return 1 - stageOf(simulateQuery(query), 'ennobling').mass.outputKg;
}

/** The ways of dyeing of a type of garment, with what they cost. */
function dyeingsOf(description: Description, product: string) {
  const axes = OF_DYEING.filter((field) => description.unknown.has(field));
  const tried = (field: FieldName, side: Side) =>
    triedValues(field, domainFor(field, description.unknown.get(field) as Domain, product), side);
  // Each of these fields is tried with the same values for either bound.
  const all = namedLists(
    axes,
    axes.map((field) => tried(field, 'min')),
  );
  const costs = dyeingCosts(description, product, all);
  return { min: unbeaten(all, costs, 'min'), max: unbeaten(all, costs, 'max') };
}

function casesOf(description: Description, product: string, side: Side, ways: ReturnType<typeof dyeingsOf>): Case[] {
  const { known, unknown } = description;
  const tried = (field: FieldName) =>
    triedValues(field, domainFor(field, unknown.get(field) as Domain | 'by-type', product), side);
  const axes = [...unknown.keys()].filter((field) => !APART.has(field));
  const plain = axes.filter((field) => !OF_DYEING.includes(field) && field !== 'yarnSize');
  const dyeings = ways[side];
  const lightDyeings = [...ways.min, ...ways.max];
  const yarns = axes.includes('yarnSize') ? namedLists(['yarnSize'], [tried('yarnSize')]) : [{}];
  const isRange = 'from' in ((unknown.get('yarnSize') as object | undefined) ?? {});
  const mixes = description.mixes.flatMap((mix) => extremeShares(mix, side));
  const lightMixes = description.mixes.flatMap(extremeSharesOfBoth);
  const weights = new Map<unknown, number>();

  const cases: Case[] = [];
  for (const fields of namedLists(plain, plain.map(tried))) {
    const {
      mass,
      trims,
      upcycled = false,
    } = { ...known, ...fields } as { mass: number; trims?: unknown; upcycled?: unknown };
    if (!weights.has(trims)) weights.set(trims, trimsKg(product, trims));
    // Finer yarn takes more energy, every dyeing and every fibre costs, unless trims outweigh the garment.
    const isHeavy = mass > (weights.get(trims) as number);
    // What is upcycled is neither spun nor dyed: of its fibres only the end of life counts.
    const few = upcycled === true ? distinctAtEnd(mixes) : isHeavy ? mixes : lightMixes;
    const ends =
      isHeavy && isRange ? [yarns.at(side === 'min' ? 0 : -1) as Query] : upcycled === true ? yarns.slice(0, 1) : yarns;
    for (const dyed of isHeavy ? dyeings : lightDyeings) {
      for (const yarn of ends) {
        const all = { ...fields, ...dyed, ...yarn, product };
        for (const mix of few) cases.push({ fields: all, mix });
      }
      if (cases.length > MAX_CASES) throw new DescriptionError({ body: tooOpen(axes) });
    }
  }
  return cases;
}

const signOf = (side: Side) => (side === 'min' ? 1 : -1);

/** A case with what its completions cost at best. */
interface Prospect {
  readonly one: Case;
  readonly chain: () => Chain;
  readonly choices: readonly DurabilityChoice[];
  /** No completion costs less; negated, for the highest cost: none costs more. In Pts; infinite where it is not worth its time. */
  readonly bound: number;
}

/**
 * Lists the cases of either side, the most promising one first.
 *
 * @throws {DescriptionError} when there are too many.
 */
export function prospectsOf(description: Description): (side: Side) => Prospect[] {
  const products = (description.unknown.get('product') as { values: readonly string[] } | undefined)?.values ?? [
    description.known.product as string,
  ];
  // What a type changes is the same for every way, but for its surface mass: that scales printing, and its best way stays it.
  const dyeings = dyeingsOf(description, products[0] as string);
  const types = products.map((product) => {
    const choices = durabilityChoices(description, product);
    const coefficients = endsOf(choices.map(({ coefficient }) => coefficient));
    const careCycles = endsOf(choices.map((choice) => choice.careCycles));
    return { product, choices, coefficients, careCycles };
  });
  return (side) => {
    let left = MAX_CASES;
    const lists = types.map(({ product }) => {
      const list = casesOf(description, product, side, dyeings);
      left -= list.length;
      if (left < 0) throw new DescriptionError({ body: tooOpen([...description.unknown.keys()]) });
      return list;
    });
    const chainFor = chainsOf(description, signOf(side));
    const isFew = MAX_CASES - left <= FEW_CASES;
    const prospects = types.flatMap(({ coefficients, careCycles, choices }, rank) =>
      (lists[rank] as Case[]).map((one): Prospect => {
        const cost = isFew ? -Infinity : signOf(side) * chainFor(one).bound(careCycles);
        return { one, chain: () => chainFor(one), choices, bound: cost / coefficients[cost < 0 ? 0 : 1] };
      }),
    );
    return prospects.sort((a, b) => a.bound - b.bound);
  };
}

/**
 * The lowest and the highest cost over all completions that the method allows, with completions that reach them.
 *
 * The cost is a chain of stages over one divisor. Countries meet only in the ways between neighbouring stages, so that the
 * best ones are found by dynamic programming over the chain; durability divides the sum, and acts on it by the number of care
 * cycles and the air ratio only; numbers are monotone, so that their ends suffice; what is left are cases, each asked of the
 * method once or twice, and worked out for as long as one may beat what was found. The cost of the answer is the method's own, for the completion that is named.
 *
 * @throws {DescriptionError} when so much is open that there are too many cases.
 */
export function boundsOf(description: Description): Bounds {
  const prospects = prospectsOf(description);
  const find = (side: Side): Extreme => {
    const sign = signOf(side);
    let best = Infinity;
    let found: (() => Query) | undefined;
    let mix: Mix | undefined;
    for (const { one, chain: chainOf, choices, bound } of prospects(side)) {
      // When this case cannot beat what was found, no later one can.
      if (bound >= best) break;
      const chain = chainOf();
      for (const choice of choices) {
        const cost = (sign * chain.costWith(choice)) / choice.coefficient;
        if (cost >= best) continue;
        best = cost;
        found = () => chain.queryWith(choice);
        mix = one.mix.of;
      }
    }
    const query = refineMix((found as () => Query)(), mix as Mix, sign);
    return { ecs: simulateTotals(query).ecs, query };
  };
  return { min: find('min'), max: find('max') };
}

const tooOpen = (fields: readonly FieldName[]) => {
  const names = fields.join(', ');
  const en = `expected fewer open fields: together ${names} leave more than ${MAX_CASES} cases`;
  return inWords(
    { en, fr: `attendu : moins de champs ouverts ; ensemble, ${names} laissent plus de ${MAX_CASES} cas` },
    'fr',
  );
};
