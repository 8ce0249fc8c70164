import { groupBy, PREDICTION_FIELDS, type PredictionWarning } from '@ecobalyse/schema';
import {
  COUNTRY_FIELDS,
  composition,
  type Garment,
  KNOWN_FIELDS,
  type KnownField,
  NUMBER_FIELDS,
  type NumberField,
  OPTION_FIELDS,
  type OptionField,
  type WholeGarment,
} from './garment.js';

interface Range {
  min: number;
  max: number;
}

/** What the training garments looked like: the vocabulary and ranges that every model family encodes with. */
export interface FeatureSpec {
  /** Categories of each field, the most frequent first. */
  known: Record<KnownField, string[]>;
  /** Categories of each option; the empty one is the method's default. */
  options: Record<OptionField, string[]>;
  materials: string[];
  /** Mixes that several garments have. */
  compositions: string[];
  spinnings: string[];
  trims: string[];
  massKg: Range;
  massKgByProduct: Record<string, Range>;
  /** Range of each number where it was given; null where it never was. */
  numbers: Record<NumberField, Range | null>;
  /** Whether any garment was made in more than one country. */
  mixedCountries: boolean;
}

/** A mix is a category of its own when so many garments have it. */
const COMMON = 3;

/** Distinct values, the most frequent first, ties in alphabetical order. */
function levels(values: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([value]) => value);
}

function rangeOf(values: readonly number[]): Range {
  return values.reduce(({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }), {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  });
}

/** Learns the vocabulary and the ranges of the training garments. */
export function fitFeatureSpec(garments: readonly WholeGarment[]): FeatureSpec {
  const byProduct = groupBy(garments, ({ known }) => known.product);
  const mixes = groupBy(garments, ({ materials }) => composition(materials));
  const fibres = garments.flatMap(({ materials }) => materials);
  return {
    known: Object.fromEntries(
      KNOWN_FIELDS.map((field) => [field, levels(garments.map(({ known }) => known[field]))]),
    ) as FeatureSpec['known'],
    options: Object.fromEntries(
      OPTION_FIELDS.map((field) => [field, levels(garments.map(({ options }) => options[field] ?? ''))]),
    ) as FeatureSpec['options'],
    materials: levels(fibres.map(({ id }) => id)),
    compositions: [...mixes].filter(([, members]) => members.length >= COMMON).map(([mix]) => mix),
    spinnings: levels(fibres.flatMap(({ spinning }) => spinning ?? [])),
    trims: levels(garments.flatMap(({ trims }) => trims?.map(({ id }) => id) ?? [])),
    massKg: rangeOf(garments.map(({ massKg }) => massKg)),
    massKgByProduct: Object.fromEntries(
      [...byProduct].map(([product, members]) => [product, rangeOf(members.map(({ massKg }) => massKg))]),
    ),
    numbers: Object.fromEntries(
      NUMBER_FIELDS.map((field) => {
        const given = garments.flatMap(({ numbers }) => numbers[field] ?? []);
        return [field, given.length > 0 ? rangeOf(given) : null];
      }),
    ) as FeatureSpec['numbers'],
    mixedCountries: garments.some(({ known }) => new Set(COUNTRY_FIELDS.map((field) => known[field])).size > 1),
  };
}

/** What a request calls a field; those that the contract has no name for are called as in a query. */
const NAMES = new Map<string, string>([
  ...Object.entries(PREDICTION_FIELDS).map(([name, field]): [string, string] => [field, name]),
  ['massKg', 'Mass'],
  ['materials', 'MaterialId_1'],
  ['printingRatio', 'printing'],
]);

function warning(
  code: PredictionWarning['code'],
  of: KnownField | NumberField | OptionField | 'massKg' | 'materials',
  message: string,
): PredictionWarning {
  const field = NAMES.get(of) ?? of;
  return { code, field, message: `${field}: ${message}` };
}

const outside = (value: number, { min, max }: Range) => value < min || value > max;

/**
 * Everything about a garment that training has not seen.
 *
 * @param fieldOf - the field of the request that tells a material.
 */
export function warningsFor(
  spec: FeatureSpec,
  garment: Garment,
  fieldOf: (materialId: string) => string,
): PredictionWarning[] {
  const warnings: PredictionWarning[] = [];
  for (const field of KNOWN_FIELDS) {
    const value = garment.known[field];
    if (value === null) {
      // Spinning follows the fabric; to be told of one missing country twice helps nobody.
      if (field !== 'countrySpinning')
        warnings.push(warning('missing-field', field, 'missing, averaged over what it is in similar garments'));
    } else if (!spec.known[field].includes(value)) {
      if (field !== 'countrySpinning' || value !== garment.known.countryFabric)
        warnings.push(warning('unknown-category', field, `the model has never seen ${value}, taken as missing`));
    }
  }
  if (garment.massKg === null) {
    warnings.push(warning('missing-field', 'massKg', 'missing, averaged over what it is in similar garments'));
  } else {
    const range = spec.massKgByProduct[garment.known.product ?? ''] ?? spec.massKg;
    if (outside(garment.massKg, range))
      warnings.push(
        warning(
          'outside-training-range',
          'massKg',
          `${garment.massKg} kg; trained from ${range.min} to ${range.max} kg`,
        ),
      );
  }
  if (!garment.materials) {
    warnings.push(warning('missing-field', 'materials', 'missing, averaged over what it is in similar garments'));
  } else {
    const unknown = garment.materials.filter(({ id }) => !spec.materials.includes(id));
    for (const { id } of unknown)
      warnings.push({
        code: 'unknown-category',
        field: fieldOf(id),
        message: `${fieldOf(id)}: the model has never seen ${id}, left out of the mix`,
      });
    for (const { id, country, spinning } of garment.materials) {
      const untold = [country, spinning].find(
        (value, at) => value && !(at === 0 ? spec.known.countryMaking : spec.spinnings).includes(value),
      );
      if (untold)
        warnings.push({
          code: 'unknown-category',
          field: fieldOf(id),
          message: `${fieldOf(id)}: the model has never seen ${untold} of ${id}, taken as usual`,
        });
    }
  }
  for (const field of OPTION_FIELDS) {
    if (!spec.options[field].includes(garment.options[field] ?? ''))
      warnings.push(
        warning('unknown-category', field, `the model has never seen ${garment.options[field] ?? 'the default'}`),
      );
  }
  for (const field of NUMBER_FIELDS) {
    const [value, range] = [garment.numbers[field], spec.numbers[field]];
    if (value !== null && (!range || outside(value, range)))
      warnings.push(
        warning(
          'outside-training-range',
          field,
          range ? `${value}; trained from ${range.min} to ${range.max}` : `${value}; trained on the default only`,
        ),
      );
  }
  for (const { id } of garment.trims ?? [])
    if (!spec.trims.includes(id))
      warnings.push({
        code: 'unknown-category',
        field: 'trims',
        message: `trims: the model has never seen ${id}, left out`,
      });
  return warnings;
}
