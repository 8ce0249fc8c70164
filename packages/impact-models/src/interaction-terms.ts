import { COUNTRY_FIELDS, composition, NUMBER_FIELDS, OPTION_FIELDS, type WholeGarment } from './garment.js';

/** A level of a factor and its weight: a category has one of weight 1, a mix of materials one per material. */
type Level = readonly [name: string, weight: number];

/** What terms are made of. */
const FACTORS: Readonly<Record<string, (garment: WholeGarment) => Level[]>> = {
  one: () => [['', 1]],
  product: ({ known }) => [[known.product, 1]],
  process: ({ known }) => [[known.fabricProcess, 1]],
  material: ({ materials }) => materials.map(({ id, share }) => [id, share]),
  // One country for all stages in most data: the mean keeps a garment of several countries between them.
  country({ known }) {
    const shares = new Map<string, number>();
    for (const field of COUNTRY_FIELDS)
      shares.set(known[field], (shares.get(known[field]) ?? 0) + 1 / COUNTRY_FIELDS.length);
    return [...shares];
  },
  stageCountry: ({ known }) => COUNTRY_FIELDS.map((field) => [`${field} ${known[field]}`, 1 / COUNTRY_FIELDS.length]),
  /** The default of air transport, or a given ratio. */
  air: ({ numbers: { airTransportRatio: ratio } }) =>
    ratio === null
      ? [['default', 1]]
      : [
          ['given', 1],
          ['ratio', ratio],
        ],
  /** Garments of the same kind share whatever else the columns do not tell. */
  kind: ({ known, materials }) => [[`${known.product} ${known.fabricProcess} ${composition(materials)}`, 1]],
  option: ({ options }) =>
    OPTION_FIELDS.flatMap((field): Level[] => (options[field] === null ? [] : [[`${field} ${options[field]}`, 1]])),
  number: ({ numbers }) =>
    NUMBER_FIELDS.flatMap((field): Level[] => {
      const value = numbers[field];
      return value === null || field === 'airTransportRatio'
        ? []
        : [
            [`${field} given`, 1],
            [field, value],
          ];
    }),
};

/**
 * Products of factors whose effects add up to the cost per kg and to the cost per garment. The method multiplies masses
 * by figures that depend on the country, process and material of each stage, and all of it by the product's durability
 * (METHOD §14), hence these interactions.
 */
const TERMS: readonly (readonly string[])[] = [
  ['one'],
  ['product'],
  ['country'],
  ['stageCountry'],
  ['process'],
  ['air'],
  ['material'],
  ['option'],
  ['number'],
  ['product', 'country'],
  ['product', 'process'],
  ['product', 'material'],
  ['product', 'air'],
  ['product', 'option'],
  ['product', 'number'],
  ['country', 'process'],
  ['country', 'air'],
  ['country', 'option'],
  ['country', 'material'],
  ['product', 'country', 'process'],
  ['product', 'country', 'air'],
  ['product', 'country', 'option'],
  ['kind'],
  ['kind', 'air'],
  ['kind', 'option'],
];

const NAMED_TERMS = TERMS.map((factors) => ({ name: factors.join('*'), factors }));

/** Names of the terms of a garment with their values. */
export function termsOf(garment: WholeGarment): Map<string, number> {
  const levels: Record<string, Level[]> = {};
  for (const factor in FACTORS) levels[factor] = (FACTORS[factor] as (garment: WholeGarment) => Level[])(garment);
  const values = new Map<string, number>();
  const add = (name: string, weight: number, factors: readonly string[], at: number) => {
    if (at === factors.length) {
      values.set(name, weight);
      return;
    }
    for (const [level, share] of levels[factors[at] as string] as Level[])
      add(`${name}|${level}`, weight * share, factors, at + 1);
  };
  for (const { name, factors } of NAMED_TERMS) add(name, 1, factors, 0);
  return values;
}
