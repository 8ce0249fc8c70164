import type { MakingComplexity } from '@ecobalyse/schema';
import { type Country, countries, type Material, materials, type Product, products } from '../catalogue.js';
import type { AquaticPollutionScenario } from '../figures/figures.js';
import { deepFreeze } from './deep-freeze.js';

/**
 * Countries, materials and products as answers show them (METHOD §15.3). They do not depend on the query: each is built
 * once, frozen, and shared by all answers.
 */

export type ShownCountry = {
  readonly aquaticPollutionScenario: AquaticPollutionScenario;
  readonly code: string;
  readonly electricityProcessUuid: string;
  readonly heatProcessUuid: string;
  readonly name: string;
  readonly scopes: readonly string[];
};

export type ShownMaterial = {
  readonly id: string;
  readonly name: string;
  readonly shortName: string;
  readonly origin: string;
  readonly materialProcessUuid: string;
  readonly recycledProcessUuid: string | null;
  readonly recycledFrom: string | null;
  readonly geographicOrigin: string;
  readonly defaultCountry: string;
};

/** `not-applicable` in a query, `non-applicable` in an answer (METHOD §17.15). */
export type ShownComplexity = Exclude<MakingComplexity, 'not-applicable'> | 'non-applicable';

export type ShownProduct = {
  readonly id: string;
  readonly name: string;
  readonly fabric: string;
  readonly making: { readonly pcrWaste: number; readonly complexity: ShownComplexity };
  readonly trims: readonly { readonly id: string; readonly quantity: number }[];
  readonly use: {
    readonly nonIroningProcessUuid: string;
    readonly wearsPerCycle: number;
    readonly defaultNbCycles: number;
    readonly ratioDryer: number;
    readonly ratioIroning: number;
    /** Hours. */
    readonly timeIroning: number;
    readonly daysOfWear: number;
  };
  /** Volume in m³. */
  readonly endOfLife: { readonly volume: number };
};

export const showComplexity = (complexity: MakingComplexity): ShownComplexity =>
  complexity === 'not-applicable' ? 'non-applicable' : complexity;

/** Shows each item of a catalogue once. */
function shownOnce<Item extends object, Shown>(items: readonly Item[], show: (item: Item) => Shown) {
  const shown = new Map(items.map((item) => [item, deepFreeze(show(item))]));
  return (item: Item): Shown => {
    const known = shown.get(item);
    if (known === undefined) throw new Error('the item is not in the catalogue');
    return known;
  };
}

export const showCountry = shownOnce(
  countries,
  ({ aquaticPollutionScenario, code, electricity, heat, name, scopes }: Country): ShownCountry => ({
    aquaticPollutionScenario,
    code,
    electricityProcessUuid: electricity.id,
    heatProcessUuid: heat.id,
    name,
    scopes,
  }),
);

export const showMaterial = shownOnce(
  materials,
  (material: Material): ShownMaterial => ({
    id: material.id,
    name: material.name,
    shortName: material.shortName,
    origin: material.origin,
    materialProcessUuid: material.processId,
    recycledProcessUuid: material.recycledProcessId,
    recycledFrom: material.recycledFrom,
    geographicOrigin: material.geographicOrigin,
    defaultCountry: material.defaultCountry.code,
  }),
);

export const showProduct = shownOnce(
  products,
  ({ id, name, fabric, making, trims, use, endOfLifeVolumeM3 }: Product): ShownProduct => ({
    id,
    name,
    fabric: fabric.id,
    making: { pcrWaste: making.wasteRatio, complexity: showComplexity(making.complexity) },
    trims,
    use: {
      nonIroningProcessUuid: use.careProcess.id,
      wearsPerCycle: use.wearsPerCycle,
      defaultNbCycles: use.defaultNbCycles,
      ratioDryer: use.ratioDryer,
      ratioIroning: use.ratioIroning,
      timeIroning: use.timeIroningHours,
      daysOfWear: use.daysOfWear,
    },
    endOfLife: { volume: endOfLifeVolumeM3 },
  }),
);
