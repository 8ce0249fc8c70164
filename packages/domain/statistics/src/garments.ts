import { MATERIAL_FAMILIES, type MaterialFamily, mainMaterial } from '@ecobalyse/product-documents';
import { type CatalogueProductView, COST_PARTS, type CostPart, type CostUnit, type Scenario } from '@ecobalyse/schema';
import { listMaterialDetails } from '@ecobalyse/textile-method';

/** A product of a catalogue, as far as statistics look at it. */
export type CatalogueRow = Pick<
  CatalogueProductView,
  | 'id'
  | 'reference'
  | 'name'
  | 'brand'
  | 'tags'
  | 'product_id'
  | 'mass'
  | 'materials'
  | 'country_spinning'
  | 'country_fabric'
  | 'country_dyeing'
  | 'country_making'
  | 'fabric_process'
  | 'scenario'
  | 'ecs'
  | 'days_of_wear'
  | 'stages'
  | 'query'
>;

/** One that has all figures that statistics need. */
export interface Garment extends CatalogueRow {
  readonly product_id: string;
  readonly mass: number;
  readonly ecs: number;
  readonly days_of_wear: number;
  readonly stages: Record<CostPart, number>;
  /** Id of the material of the greatest share, the first in the alphabet among equals: not of that which is written first. */
  readonly main_material: string;
}

/** Products that count, and how many do not. */
export interface Counted {
  readonly garments: Garment[];
  readonly otherScenario: number;
  readonly withoutFigures: number;
}

const isAbove0 = (value: number | null): value is number => value !== null && value > 0;

/**
 * The scenario of a row: that of the grid, or for products of users `regular` where every stage counts; null for those that
 * leave stages out, which compare with nothing.
 */
export function scenarioOf({ scenario, query }: Pick<CatalogueRow, 'scenario' | 'query'>): Scenario | null {
  if (scenario === 'regular' || scenario === 'low-cost') return scenario;
  return Array.isArray(query.disabledSteps) && query.disabledSteps.length > 0 ? null : 'regular';
}

/** Splits rows into those that count and others. @param scenario - null: all that have one. */
export function countedOf(rows: readonly CatalogueRow[], scenario: Scenario | null): Counted {
  const garments: Garment[] = [];
  let [otherScenario, withoutFigures] = [0, 0];
  for (const row of rows) {
    const own = scenarioOf(row);
    if (own === null || (scenario !== null && own !== scenario)) {
      otherScenario += 1;
      continue;
    }
    const main_material = mainMaterial(row.materials);
    const isWhole =
      isAbove0(row.ecs) && isAbove0(row.mass) && isAbove0(row.days_of_wear) && row.product_id !== null && main_material;
    if (isWhole && COST_PARTS.every((part) => typeof row.stages[part] === 'number'))
      garments.push({ ...row, scenario: own, main_material } as Garment);
    else withoutFigures += 1;
  }
  return { garments, otherScenario, withoutFigures };
}

/** What a cost in Pts is divided by. */
const DIVISORS: Readonly<Record<CostUnit, (mass: number, daysOfWear: number) => number>> = {
  item: () => 1,
  '100g': (mass) => mass * 10,
  day: (_mass, daysOfWear) => daysOfWear,
};

/** A cost in Pts of a garment of a mass in kg that is worn for some days: that of the garment, of 100 g of it, or of a day. */
export const costPer = (per: CostUnit, ecs: number, mass: number, daysOfWear: number): number =>
  ecs / DIVISORS[per](mass, daysOfWear);

export const costOf = ({ ecs, mass, days_of_wear }: Garment, per: CostUnit): number =>
  costPer(per, ecs, mass, days_of_wear);

const FAMILIES = new Map<string, MaterialFamily>(
  listMaterialDetails().map(({ id, origin }) => [id, MATERIAL_FAMILIES[origin as keyof typeof MATERIAL_FAMILIES]]),
);

/** Family of the fibres of the main material; a material that the method does not know is a family of its own. */
export const familyOf = ({ main_material }: Pick<Garment, 'main_material'>): MaterialFamily | string =>
  FAMILIES.get(main_material) ?? main_material;

/** What a garment is told by. */
export const whichOf = ({ id, reference, name, product_id }: Garment) => ({ id, reference, label: name, product_id });
