import type {
  Business,
  DyeingProcessType,
  FabricProcess,
  PrintingKind,
  SpinningTechnique,
  StageCode,
} from '@ecobalyse/schema';
import type { TrimItem } from '../query.js';
import { type Fibre, type Garment, shownMakingComplexity } from '../resolve.js';
import { heldRatio } from '../units.js';
import {
  type ShownComplexity,
  type ShownCountry,
  type ShownMaterial,
  type ShownProduct,
  showComplexity,
  showCountry,
  showMaterial,
  showProduct,
} from './shown-catalogue.js';

export type ShownMaterialEntry = {
  country?: string;
  material: ShownMaterial;
  share: number;
  spinning?: SpinningTechnique;
};

/** The resolved inputs of a detailed answer; `null` where the query gave nothing (METHOD §15.3). */
export type ShownInputs = {
  airTransportRatio: number | null;
  business: Business | null;
  countryDyeing: ShownCountry;
  countryFabric: ShownCountry;
  countryMaking: ShownCountry;
  disabledSteps: StageCode[];
  dyeingProcessType: DyeingProcessType | null;
  fabricProcess: FabricProcess | null;
  fading: boolean | null;
  makingComplexity: ShownComplexity | null;
  makingDeadStock: number | null;
  makingWaste: number | null;
  mass: number;
  materials: ShownMaterialEntry[];
  numberOfReferences: number | null;
  physicalDurability: number | null;
  price: number | null;
  printing: { kind: PrintingKind; ratio: number } | null;
  product: ShownProduct;
  surfaceMass: number | null;
  trims: readonly TrimItem[];
  upcycled: boolean;
  yarnSize: number | null;
};

/** A ratio of the query as answers show it, or `null` (METHOD §15.1). */
export const shownRatio = (value: number | null): number | null => (value === null ? null : heldRatio(value));

function showFibre({ given, material, share }: Fibre): ShownMaterialEntry {
  return {
    ...(given.country !== null && { country: given.country }),
    material: showMaterial(material),
    share,
    ...(given.spinning !== null && { spinning: given.spinning }),
  };
}

/** Shows the inputs of a garment (METHOD §15.3). */
export function showInputs(garment: Garment): ShownInputs {
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
