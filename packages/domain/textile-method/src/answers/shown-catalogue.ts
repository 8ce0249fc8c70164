import type { MakingComplexity } from '@ecobalyse/schema';
import { countries, materials, products } from '../catalogue.js';
import { deepFreeze } from './deep-freeze.js';

/**
 * Countries, materials and products as answers show them (METHOD §15.3). They do not depend on the query: each is built
 * once, frozen, and shared by all answers.
 */

/** `not-applicable` in a query, `non-applicable` in an answer (METHOD §17.15). */
export type ShownComplexity = Exclude<MakingComplexity, 'not-applicable'> | 'non-applicable';

export const showComplexity = (complexity: MakingComplexity): ShownComplexity =>
  complexity === 'not-applicable' ? 'non-applicable' : complexity;

/** Shows each item of a catalogue once. */
function shownOnce<Item extends object, Shown>(items: readonly Item[], show: (item: Item) => Shown) {
  const shown = new Map(items.map((item) => [item, deepFreeze(show(item))]));
  return (item: Item): Readonly<Shown> => {
    const known = shown.get(item);
    if (known === undefined) throw new Error('the item is not in the catalogue');
    return known;
  };
}

export const showCountry = shownOnce(
  countries,
  ({ aquaticPollutionScenario, code, electricity, heat, name, scopes }) => ({
    aquaticPollutionScenario,
    code,
    electricityProcessUuid: electricity.id,
    heatProcessUuid: heat.id,
    name,
    scopes,
  }),
);

export const showMaterial = shownOnce(materials, (material) => ({
  id: material.id,
  name: material.name,
  shortName: material.shortName,
  origin: material.origin,
  materialProcessUuid: material.processId,
  recycledProcessUuid: material.recycledProcessId,
  recycledFrom: material.recycledFrom,
  geographicOrigin: material.geographicOrigin,
  defaultCountry: material.defaultCountry.code,
}));

export const showProduct = shownOnce(products, ({ id, name, fabric, making, trims, use, endOfLifeVolumeM3 }) => ({
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
    /** Hours. */
    timeIroning: use.timeIroningHours,
    daysOfWear: use.daysOfWear,
  },
  /** Volume in m³. */
  endOfLife: { volume: endOfLifeVolumeM3 },
}));

export type ShownMaterial = ReturnType<typeof showMaterial>;
export type ShownProduct = ReturnType<typeof showProduct>;
