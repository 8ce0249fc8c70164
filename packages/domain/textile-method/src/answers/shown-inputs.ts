import { type Fibre, type Garment, shownMakingComplexity } from '../resolve.js';
import { heldRatio } from '../units.js';
import { showComplexity, showCountry, showMaterial, showProduct } from './shown-catalogue.js';

/** A ratio of the query as answers show it, or `null` (METHOD §15.1). */
export const shownRatio = (value: number | null): number | null => (value === null ? null : heldRatio(value));

function showFibre({ given, material, share }: Fibre) {
  return {
    ...(given.country !== null && { country: given.country }),
    material: showMaterial(material),
    share,
    ...(given.spinning !== null && { spinning: given.spinning }),
  };
}

/** Shows the resolved inputs of a garment; `null` where the query gave nothing (METHOD §15.3). */
export function showInputs(garment: Garment) {
  const { query, fibres, printing } = garment;
  const complexity = shownMakingComplexity(query);
  return {
    airTransportRatio: shownRatio(query.airTransportRatio),
    business: query.business,
    countryDyeing: showCountry(garment.countryDyeing),
    countryFabric: showCountry(garment.countryFabric),
    countryMaking: showCountry(garment.countryMaking),
    disabledSteps: [...garment.disabledStages],
    dyeingProcessType: query.dyeingProcessType,
    fabricProcess: query.fabricProcess,
    fading: query.fading,
    makingComplexity: complexity === null ? null : showComplexity(complexity),
    makingDeadStock: shownRatio(query.makingDeadStock),
    makingWaste: shownRatio(query.makingWaste),
    mass: query.mass,
    materials: fibres.map(showFibre),
    numberOfReferences: query.numberOfReferences,
    physicalDurability: query.physicalDurability,
    price: query.price,
    printing: printing && { kind: printing.kind, ratio: printing.ratio },
    product: showProduct(garment.product),
    surfaceMass: query.surfaceMass,
    trims: garment.trims.items,
    upcycled: garment.upcycled,
    yarnSize: query.yarnSize?.nm ?? null,
  };
}
