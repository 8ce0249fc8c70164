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

/** Stands between the levels in the name of a term. */
const BETWEEN = '|';

function levelsOf(garment: WholeGarment): Readonly<Record<string, readonly Level[]>> {
  const levels: Record<string, Level[]> = {};
  for (const factor in FACTORS) levels[factor] = (FACTORS[factor] as (garment: WholeGarment) => Level[])(garment);
  return levels;
}

/** Names of the terms of a garment with their values. */
export function termsOf(garment: WholeGarment): Map<string, number> {
  const levels = levelsOf(garment);
  const values = new Map<string, number>();
  const add = (name: string, weight: number, factors: readonly string[], at: number) => {
    if (at === factors.length) {
      values.set(name, weight);
      return;
    }
    for (const [level, share] of levels[factors[at] as string] as Level[])
      add(`${name}${BETWEEN}${level}`, weight * share, factors, at + 1);
  };
  for (const { name, factors } of NAMED_TERMS) add(name, 1, factors, 0);
  return values;
}

/** By level: what follows it in the name of a term, or, where nothing does, the position of the term. */
type Branch = Map<string, Branch | number>;

/** A level may hold the separator: a name is found by each of the ways in which it could be put together. */
function plant(branch: Branch, rest: string, levels: number, position: number): void {
  if (levels === 1) {
    branch.set(rest, position);
    return;
  }
  for (let end = rest.indexOf(BETWEEN); end !== -1; end = rest.indexOf(BETWEEN, end + 1)) {
    const level = rest.slice(0, end);
    const next = (branch.get(level) as Branch | undefined) ?? new Map();
    branch.set(level, next);
    plant(next, rest.slice(end + 1), levels - 1, position);
  }
}

/**
 * Finds the terms of garments in a list of names without putting names together, which took longer than everything else in
 * a prediction.
 *
 * @returns a function that calls `visit` with the position and the value of each term that is in the list, in the order of
 * {@link termsOf}.
 */
export function indexTerms(
  terms: readonly string[],
): (garment: WholeGarment, visit: (position: number, value: number) => void) => void {
  const roots = new Map(NAMED_TERMS.map(({ name, factors }) => [name, { factors, branch: new Map() as Branch }]));
  terms.forEach((term, position) => {
    const name = term.slice(0, term.indexOf(BETWEEN));
    const root = roots.get(name);
    if (root) plant(root.branch, term.slice(name.length + 1), root.factors.length, position);
  });
  const trees = [...roots.values()];
  return (garment, visit) => {
    const levels = levelsOf(garment);
    const descend = (branch: Branch, weight: number, factors: readonly string[], at: number) => {
      for (const [level, share] of levels[factors[at] as string] as readonly Level[]) {
        const next = branch.get(level);
        if (next === undefined) continue;
        if (typeof next === 'number') visit(next, weight * share);
        else descend(next, weight * share, factors, at + 1);
      }
    };
    for (const { branch, factors } of trees) descend(branch, 1, factors, 0);
  };
}
