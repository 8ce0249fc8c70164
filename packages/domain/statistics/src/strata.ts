import { type CostUnit, groupBy, type Strata, type StratumGrouping } from '@ecobalyse/schema';
import { stratumOf } from './describe.js';
import { costOf, type Garment } from './garments.js';
import { NAMES, NOT_TOLD } from './words.js';

/** What a garment has of a grouping: several for tags, none for what is not told. */
const KEYS: Readonly<Record<StratumGrouping, (garment: Garment) => readonly (string | null)[]>> = {
  product: ({ product_id }) => [product_id],
  main_material: ({ main_material }) => [main_material],
  country_spinning: ({ country_spinning }) => [country_spinning],
  country_fabric: ({ country_fabric }) => [country_fabric],
  country_dyeing: ({ country_dyeing }) => [country_dyeing],
  country_making: ({ country_making }) => [country_making],
  process: ({ fabric_process }) => [fabric_process],
  scenario: ({ scenario }) => [scenario],
  brand: ({ brand }) => [brand],
  tag: ({ tags }) => (tags.length > 0 ? tags : [null]),
};

/**
 * Costs of garments, of all together and by group, the dearest median first.
 *
 * @returns `all` null where garments are grouped by scenario, which are never pooled, and where there are none.
 */
export function strata(
  garments: readonly Garment[],
  per: CostUnit,
  by: StratumGrouping,
): Pick<Strata['catalogues'][number], 'all' | 'groups'> {
  const costs = garments.flatMap((garment) =>
    KEYS[by](garment).map((key): [string | null, number] => [key, costOf(garment, per)]),
  );
  const groups = [...groupBy(costs, ([key]) => key)].flatMap(([key, members]) => {
    const stratum = stratumOf(members.map(([, cost]) => cost));
    return stratum === null ? [] : [{ key, name: key === null ? NOT_TOLD : NAMES[by](key), ...stratum }];
  });
  return {
    all: by === 'scenario' ? null : stratumOf(garments.map((garment) => costOf(garment, per))),
    groups: groups.sort((a, b) => b.median - a.median || (String(a.key) < String(b.key) ? -1 : 1)),
  };
}
