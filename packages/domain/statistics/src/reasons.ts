import { COST_PARTS, type CostPart, type CostUnit, type Words } from '@ecobalyse/schema';
import type { ReadQuery } from '@ecobalyse/textile-method';
import { quantileOf, sorted } from './describe.js';
import { costOf, costPer, type Garment } from './garments.js';
import { costOfQuery, readOf } from './score-again.js';
import {
  countryName,
  FIELD_NAMES,
  materialName,
  numberIn,
  partName,
  processName,
  type ReasonField,
  sentence,
  UNIT_NAMES,
} from './words.js';

/** Fields of a query that are looked at as one. */
const QUERY_FIELDS: Readonly<Record<ReasonField, readonly (keyof ReadQuery)[]>> = {
  mass: ['mass'],
  materials: ['materials'],
  country_spinning: ['countrySpinning'],
  country_fabric: ['countryFabric'],
  country_dyeing: ['countryDyeing'],
  country_making: ['countryMaking'],
  process: ['fabricProcess'],
  air: ['airTransportRatio'],
  price: ['price'],
  references: ['numberOfReferences'],
  business: ['business'],
  durability: ['physicalDurability'],
  trims: ['trims'],
  options: [
    ...(['dyeingProcessType', 'printing', 'fading', 'makingComplexity', 'makingWaste'] as const),
    ...(['makingDeadStock', 'surfaceMass', 'yarnSize', 'upcycled'] as const),
  ],
};
const FIELDS = Object.keys(QUERY_FIELDS) as ReasonField[];

/** A field explains something when its usual value takes away this part of the distance to the median, on a log scale. */
const LEAST_EXPLAINED = 0.1;

/** What is usual among garments of a kind. */
export interface Kind {
  /** Median cost, Pts per unit. */
  readonly median: number;
  readonly per: CostUnit;
  readonly parts: Readonly<Record<CostPart, number>>;
  /** The usual values of the fields, worked out when they are first needed. */
  readonly usual: (field: ReasonField) => Partial<ReadQuery>;
}

/** Why a product costs more or less than its kind. */
export interface Reason {
  readonly part: CostPart | null;
  readonly field: ReasonField | null;
  readonly reason: Words;
}

const medianOf = (values: readonly number[]): number => quantileOf(sorted(values), 0.5);

/** The most frequent of some values, the first in the alphabet of their JSON among equals. */
function mostFrequent<Value>(values: readonly Value[]): Value {
  const counts = new Map<string, number>();
  for (const value of values) {
    const key = JSON.stringify(value);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return JSON.parse((first as [string, number])[0]);
}

/** What is usual among garments of a kind, of which there is at least one. */
export function kindOf(garments: readonly Garment[], per: CostUnit): Kind {
  let queries: ReadQuery[] | undefined;
  const usual = new Map<ReasonField, Partial<ReadQuery>>();
  return {
    per,
    median: medianOf(garments.map((garment) => costOf(garment, per))),
    parts: Object.fromEntries(
      COST_PARTS.map((part) => [part, medianOf(garments.map((garment) => partOf(garment, part, per)))]),
    ) as Record<CostPart, number>,
    usual(field) {
      queries ??= garments.flatMap((garment) => readOf(garment) ?? []);
      const known =
        usual.get(field) ??
        (queries.length === 0
          ? {}
          : field === 'mass'
            ? { mass: medianOf(queries.map(({ mass }) => mass)) as ReadQuery['mass'] }
            : mostFrequent(
                queries.map((query) => Object.fromEntries(QUERY_FIELDS[field].map((name) => [name, query[name]]))),
              ));
      usual.set(field, known);
      return known;
    },
  };
}

const partOf = ({ stages, mass, days_of_wear }: Garment, part: CostPart, per: CostUnit): number =>
  costPer(per, stages[part], mass, days_of_wear);

/** The field whose usual value brings the cost of a garment nearest to a median, and that cost; null when none does. */
function fieldOf(garment: Garment, kind: Kind, median: number): { field: ReasonField; cost: number } | null {
  const query = readOf(garment);
  if (query === null) return null;
  const distance = (cost: number) => Math.abs(Math.log(cost / median));
  let best: { field: ReasonField; cost: number } | null = null;
  const own = distance(costOf(garment, kind.per));
  let least = own * (1 - LEAST_EXPLAINED);
  for (const field of FIELDS) {
    const cost = costOfQuery({ ...query, ...kind.usual(field) }, kind.per);
    if (cost === null || cost <= 0 || distance(cost) >= least) continue;
    least = distance(cost);
    best = { field, cost };
  }
  return best;
}

const DEFAULT: Words = { en: 'the default of the method', fr: 'la valeur par défaut de la méthode' };
const SEVERAL: Words = { en: 'those of most', fr: 'celles de la plupart' };
const kilograms = (mass: number): Words => sentence({ en: '{mass} kg', fr: '{mass} kg' }, { mass: numberIn(mass) });

/** A usual value in words. */
function shown(field: ReasonField, usual: Partial<ReadQuery>): Words {
  if (field === 'options') return SEVERAL;
  if (field === 'trims') return usual.trims === null ? DEFAULT : SEVERAL;
  if (field === 'materials') {
    const entries = (usual.materials ?? []).map(({ id, share }) =>
      sentence(
        { en: '{name} {share}%', fr: '{name} {share} %' },
        { name: materialName(id), share: numberIn(share * 100) },
      ),
    );
    return { en: entries.map(({ en }) => en).join(', '), fr: entries.map(({ fr }) => fr).join(', ') };
  }
  const [value] = Object.values(usual);
  if (value === null || value === undefined) return DEFAULT;
  if (field === 'mass') return kilograms(Number(value));
  if (field.startsWith('country')) return countryName(String(value));
  if (field === 'process') return processName(String(value));
  return typeof value === 'number' ? numberIn(value) : { en: String(value), fr: String(value) };
}

const WORDS = {
  beside: {
    en: '{cost} {unit}, {ratio} times the median of {beside} ({median}).',
    fr: '{cost} {unit}, {ratio} fois la médiane de {beside} ({median}).',
  },
  part: {
    en: ' What differs most is {part} ({own} instead of {usual}).',
    fr: ' Ce qui diffère le plus : {part} ({own} au lieu de {usual}).',
  },
  field: {
    en: ' With the usual {field} ({value}) it would cost {cost}.',
    fr: ' Avec la valeur habituelle pour « {field} » ({value}), il coûterait {cost}.',
  },
} as const satisfies Readonly<Record<string, Words>>;

/**
 * Says in one or two sentences why a garment costs more or less than others: which part of its cost differs most, and which
 * field explains most, which the exact method tells with the usual value in its place.
 *
 * @param beside what it is compared with, in words: `{beside}` of the median.
 * @param median of what it is compared with, when that is not the median of the kind.
 */
export function reasonOf(garment: Garment, kind: Kind, beside: Words, median = kind.median): Reason {
  const cost = costOf(garment, kind.per);
  const sign = cost < median ? -1 : 1;
  const away = (part: CostPart) => sign * (partOf(garment, part, kind.per) - kind.parts[part]);
  const part = COST_PARTS.reduce((most, one) => (away(one) > away(most) ? one : most));
  const differs = away(part) > 0;
  const found = fieldOf(garment, kind, median);
  const said = [
    sentence(WORDS.beside, {
      cost: numberIn(cost),
      unit: UNIT_NAMES[kind.per],
      ratio: numberIn(cost / median),
      median: numberIn(median),
      beside,
    }),
    ...(differs
      ? [
          sentence(WORDS.part, {
            part: partName(part),
            own: numberIn(partOf(garment, part, kind.per)),
            usual: numberIn(kind.parts[part]),
          }),
        ]
      : []),
    ...(found
      ? [
          sentence(WORDS.field, {
            field: FIELD_NAMES[found.field],
            value: shown(found.field, kind.usual(found.field)),
            cost: numberIn(found.cost),
          }),
        ]
      : []),
  ];
  return {
    part: differs ? part : null,
    field: found?.field ?? null,
    reason: { en: said.map(({ en }) => en).join(''), fr: said.map(({ fr }) => fr).join('') },
  };
}
