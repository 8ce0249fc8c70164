import {
  AIR_LEVELS,
  type CostUnit,
  type EffectFactor,
  type Effects,
  FABRIC_PROCESSES,
  groupBy,
  SCENARIOS,
} from '@ecobalyse/schema';
import { listCountries, listMaterials, type ReadQuery } from '@ecobalyse/textile-method';
import { meanOf, quantileOf, sorted } from './describe.js';
import { costOf, type Garment } from './garments.js';
import { costOfQuery, readOf } from './score-again.js';
import { ALL_TYPES, NAMES, productName } from './words.js';

const COUNTRIES = ['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const;
type CountryField = (typeof COUNTRIES)[number];

/** A factor: its levels, that which others are compared with, and how the exact method is asked for a level. */
interface Factor {
  readonly levels: readonly string[];
  readonly reference: string;
  /** A garment with that level instead of its own; null where it can only be looked for among stored ones. */
  readonly change: ((query: ReadQuery, level: string) => ReadQuery) | null;
}

const countryLevels = listCountries().map(({ code }) => code);
const inCountries = (...fields: readonly CountryField[]): Factor => ({
  levels: countryLevels,
  reference: 'FR',
  change: (query, level) => ({ ...query, ...Object.fromEntries(fields.map((field) => [field, level])) }),
});

/** The entry of the greatest share is of another material, from where that one usually comes; a mix names each material once. */
function ofMaterial(query: ReadQuery, level: string): ReadQuery {
  const rank = query.materials.reduce((main, { share, id }, index, all) => {
    const known = all[main] as (typeof all)[number];
    return share > known.share || (share === known.share && id < known.id) ? index : main;
  }, 0);
  const main = query.materials[rank] as ReadQuery['materials'][number];
  if (main.id === level) return query;
  const others = query.materials.filter((_entry, index) => index !== rank);
  const same = others.find(({ id }) => id === level);
  const entry = same
    ? { ...same, share: same.share + main.share }
    : { id: level, share: main.share, country: null, spinning: null };
  return { ...query, materials: [entry, ...others.filter((other) => other !== same)] };
}

export const FACTORS: Readonly<Record<EffectFactor, Factor>> = {
  country: inCountries(...COUNTRIES),
  country_spinning: inCountries('countrySpinning'),
  country_fabric: inCountries('countryFabric'),
  country_dyeing: inCountries('countryDyeing'),
  country_making: inCountries('countryMaking'),
  process: {
    levels: FABRIC_PROCESSES,
    reference: 'weaving',
    change: (query, level) => ({ ...query, fabricProcess: level as ReadQuery['fabricProcess'] }),
  },
  material: { levels: listMaterials().map(({ id }) => id), reference: 'ei-coton', change: ofMaterial },
  air: {
    levels: AIR_LEVELS,
    reference: '0',
    change: (query, level) => ({ ...query, airTransportRatio: Number(level) }),
  },
  scenario: { levels: SCENARIOS, reference: 'regular', change: null },
};

/** Garments that are scored at once take some seconds; of more, those whose identities come first are a draw. */
const MOST_SCORED = 100_000;

/** What one garment costs at a level, and at the reference. */
interface Change {
  readonly product: string;
  readonly level: string;
  readonly from: number;
  readonly to: number;
}

/** What a stored garment is besides a factor, whatever the order of its fields and materials: equal for those to be paired. */
function restOf({ query, product_id }: Garment, without: readonly string[]): string {
  const fields = Object.entries(query)
    .filter(([field, value]) => !without.includes(field) && value !== null && value !== undefined)
    .map(([field, value]) => [field, field === 'materials' ? sortedMaterials(value) : value])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
  return JSON.stringify([product_id, fields]);
}
const sortedMaterials = (materials: unknown): unknown[] =>
  (Array.isArray(materials) ? materials : []).map((entry) => JSON.stringify(entry)).sort();

/** The factors that stored garments of the grid differ in alone: their fields, and the level of a garment. */
const PAIRED: Partial<
  Record<EffectFactor, { fields: readonly string[]; levelOf: (garment: Garment) => string | null }>
> = {
  country: {
    fields: COUNTRIES,
    levelOf({ query }) {
      const codes = new Set(COUNTRIES.map((field) => query[field]));
      const [code] = codes;
      return codes.size === 1 && typeof code === 'string' ? code : null;
    },
  },
  // The scenario is these two fields.
  scenario: { fields: ['disabledSteps', 'airTransportRatio'], levelOf: ({ scenario }) => scenario },
};

function pairs(garments: readonly Garment[], factor: EffectFactor, reference: string, per: CostUnit): Change[] {
  const { fields, levelOf } = PAIRED[factor] as NonNullable<(typeof PAIRED)[typeof factor]>;
  return [...groupBy(garments, (garment) => restOf(garment, fields)).values()].flatMap((alike) => {
    const base = alike.find((garment) => levelOf(garment) === reference);
    return base === undefined
      ? []
      : alike.flatMap((garment) => {
          const level = levelOf(garment);
          if (level === null || level === reference) return [];
          return [{ product: garment.product_id, level, from: costOf(base, per), to: costOf(garment, per) }];
        });
  });
}

function scored(garments: readonly Garment[], { levels, change }: Factor, reference: string, per: CostUnit): Change[] {
  if (change === null) return [];
  return garments.flatMap((garment) => {
    const query = readOf(garment);
    const from = query && costOfQuery(change(query, reference), per);
    if (query === null || from === null || from <= 0) return [];
    return levels.flatMap((level) => {
      const to = level === reference ? null : costOfQuery(change(query, level), per);
      return to === null ? [] : [{ product: garment.product_id, level, from, to }];
    });
  });
}

function rangeOf(values: readonly number[]) {
  const ordered = sorted(values);
  const [median, p5, p95] = [0.5, 0.05, 0.95].map((share) => quantileOf(ordered, share)) as [number, number, number];
  return { median, p5, p95, mean: meanOf(ordered) };
}

const levelsOf = (changes: readonly Change[], factor: EffectFactor) =>
  [...groupBy(changes, ({ level }) => level)]
    .map(([level, members]) => ({
      level,
      name: NAMES[factor](level),
      count: members.length,
      points: rangeOf(members.map(({ from, to }) => to - from)),
      percent: rangeOf(members.map(({ from, to }) => (100 * (to - from)) / from)),
      cheaper: members.filter(({ from, to }) => to < from).length / members.length,
    }))
    .sort((a, b) => a.percent.median - b.percent.median || (a.level < b.level ? -1 : 1));

/**
 * What each level of a factor does to the same garment, against a reference level, by type and over all types.
 *
 * @param isGrid - whether garments are those of the grid, of which some differ in one field only: these are paired as they are
 *   stored. All others are scored again by the exact method with that field changed.
 * @param mostScored scores at most.
 */
export function effects(
  garments: readonly Garment[],
  factor: EffectFactor,
  reference: string,
  per: CostUnit,
  isGrid: boolean,
  mostScored = MOST_SCORED,
): Pick<Effects['catalogues'][number], 'how' | 'garments' | 'types'> {
  const paired = isGrid && factor in PAIRED;
  const most = Math.floor(mostScored / FACTORS[factor].levels.length);
  const taken =
    paired || garments.length <= most ? garments : [...garments].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, most);
  const changes = paired ? pairs(taken, factor, reference, per) : scored(taken, FACTORS[factor], reference, per);
  const byType = [...groupBy(changes, ({ product }) => product)].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    how: paired ? 'paired' : 'computed',
    garments: taken.length,
    types: [
      { product_id: null, name: ALL_TYPES, levels: levelsOf(changes, factor) },
      ...byType.map(([product, own]) => ({
        product_id: product,
        name: productName(product),
        levels: levelsOf(own, factor),
      })),
    ],
  };
}
