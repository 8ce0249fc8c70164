import type { FeatureSpec } from '../feature-spec.js';
import { composition, KNOWN_FIELDS, NUMBER_FIELDS, OPTION_FIELDS, type WholeGarment } from '../garment.js';

/** A column of the table that trees are grown on. */
export interface TreeColumn {
  readonly name: string;
  readonly category: boolean;
  /** Value in a garment: the position of a category, or a number; not a number where there is none. */
  readonly value: (garment: WholeGarment) => number;
}

function categoryColumn(name: string, levels: readonly string[], of: (garment: WholeGarment) => string): TreeColumn {
  const positions = new Map(levels.map((level, position) => [level, position]));
  return { name, category: true, value: (garment) => positions.get(of(garment)) ?? Number.NaN };
}

/** The columns that a spec gives. */
export function treeColumns(spec: FeatureSpec): TreeColumn[] {
  const compositions = categoryColumn('composition', spec.compositions, ({ materials }) => composition(materials));
  return [
    { name: 'massKg', category: false, value: ({ massKg }) => massKg },
    ...KNOWN_FIELDS.map((field) => categoryColumn(field, spec.known[field], ({ known }) => known[field])),
    compositions,
    ...OPTION_FIELDS.map((field) => categoryColumn(field, spec.options[field], ({ options }) => options[field] ?? '')),
    ...NUMBER_FIELDS.map((field) => ({
      name: field,
      category: false,
      value: ({ numbers }: WholeGarment) => numbers[field] ?? Number.NaN,
    })),
    ...spec.materials.map((material) => ({
      name: `share of ${material}`,
      category: false,
      value: ({ materials }: WholeGarment) => materials.find(({ id }) => id === material)?.share ?? 0,
    })),
  ];
}

/** The columns that tell something the ones before them do not. */
export function usefulColumns(columns: readonly TreeColumn[], garments: readonly WholeGarment[]): TreeColumn[] {
  const seen = new Set<string>();
  return columns.filter(({ value, category }) => {
    const values = garments.map(value);
    const signature = `${category} ${values.join()}`;
    if (new Set(values).size < 2 || seen.has(signature)) return false;
    seen.add(signature);
    return true;
  });
}
