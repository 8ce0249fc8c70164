import { itemFields } from '@ecobalyse/product-documents';
import type { CostPart } from '@ecobalyse/schema';
import { COST_PARTS } from '@ecobalyse/schema';
import { simulateDetailed } from '@ecobalyse/textile-method';
import type { CatalogueRow, Garment } from '../garments.js';

/** A T-shirt that is made in France. */
export const PLAIN = {
  product: 'tshirt',
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1 }],
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};

/** A row of a catalogue as the method scores it. */
export function rowOf(query: Record<string, unknown>, more: Partial<CatalogueRow> = {}): CatalogueRow {
  const whole: Record<string, unknown> = { ...PLAIN, ...query };
  const item = itemFields({
    ...simulateDetailed(whole),
    product_id: whole.product,
    _platform: { query: whole },
  } as Record<string, unknown>);
  const id = JSON.stringify(query);
  return { ...item, id, reference: id, name: null, brand: null, tags: [], query: whole, ...more };
}

/** A row with figures made by hand: its cost is all raw materials. */
export const madeRow = (id: string, ecs: number, more: Partial<Garment> = {}): Garment => ({
  ...{ id, reference: id, name: null, brand: null, tags: [], product_id: 'tshirt', mass: 0.2 },
  materials: [{ id: 'ei-coton', name: null, share: 1, country: null }],
  ...{ country_spinning: 'FR', country_fabric: 'FR', country_dyeing: 'FR', country_making: 'FR' },
  ...{ fabric_process: 'weaving', scenario: null, ecs, days_of_wear: 50, query: {}, main_material: 'ei-coton' },
  stages: Object.fromEntries(COST_PARTS.map((part) => [part, part === 'material' ? ecs : 0])) as Record<
    CostPart,
    number
  >,
  ...more,
});
