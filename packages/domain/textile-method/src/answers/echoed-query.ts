import type {
  Business,
  DyeingProcessType,
  FabricProcess,
  PrintingKind,
  SpinningTechnique,
  StageCode,
} from '@ecobalyse/schema';
import { UNKNOWN_COUNTRY } from '../catalogue.js';
import type { TrimItem } from '../query.js';
import { type Garment, shownMakingComplexity } from '../resolve.js';
import { areProductTrims } from '../trims.js';
import { type ShownComplexity, showComplexity } from './shown-catalogue.js';
import { shownRatio } from './shown-inputs.js';

export type EchoedMaterial = { country?: string; id: string; share: number; spinning?: SpinningTechnique };

/** The resolved query, as an answer repeats it (METHOD §15.5). */
export type EchoedQuery = {
  airTransportRatio?: number;
  business?: Business;
  countryDyeing?: string;
  countryFabric?: string;
  countryMaking?: string;
  countrySpinning?: string;
  disabledSteps?: StageCode[];
  dyeingProcessType?: DyeingProcessType;
  fabricProcess?: FabricProcess;
  fading?: boolean;
  makingComplexity?: ShownComplexity;
  makingDeadStock?: number;
  makingWaste?: number;
  mass: number;
  materials: EchoedMaterial[];
  numberOfReferences?: number;
  physicalDurability?: number;
  price?: number;
  printing?: { kind: PrintingKind; ratio: number };
  product: string;
  surfaceMass?: number;
  trims?: readonly TrimItem[];
  upcycled: boolean;
  yarnSize?: number;
};

/** A country, left out when it is the unknown one. */
const named = (code: string | null): string | null => (code === UNKNOWN_COUNTRY.code ? null : code);

/** Drops the keys without a value. */
function withoutNulls<Shape extends object>(shape: { [Key in keyof Shape]: Shape[Key] | null }): Shape {
  const kept: Partial<Shape> = {};
  for (const key in shape) {
    const value = shape[key];
    if (value !== null) kept[key] = value;
  }
  return kept as Shape;
}

/** Repeats the resolved query, keys in the order of METHOD §15.5 at every level. */
export function echoQuery({ query, fibres, disabledStages, printing, product, trims, upcycled }: Garment): EchoedQuery {
  const complexity = shownMakingComplexity(query);
  return withoutNulls<EchoedQuery>({
    airTransportRatio: shownRatio(query.airTransportRatio),
    business: query.business,
    countryDyeing: named(query.countryDyeing),
    countryFabric: named(query.countryFabric),
    countryMaking: named(query.countryMaking),
    countrySpinning: named(query.countrySpinning),
    disabledSteps: disabledStages.length === 0 ? null : [...disabledStages],
    dyeingProcessType: query.dyeingProcessType,
    fabricProcess: query.fabricProcess,
    fading: query.fading,
    makingComplexity: complexity && showComplexity(complexity),
    makingDeadStock: shownRatio(query.makingDeadStock),
    makingWaste: shownRatio(query.makingWaste),
    mass: query.mass,
    materials: fibres.map(({ given: { country, id, spinning }, share }) =>
      withoutNulls<EchoedMaterial>({ country: named(country), id, share, spinning }),
    ),
    numberOfReferences: query.numberOfReferences,
    physicalDurability: query.physicalDurability,
    price: query.price,
    printing: printing && { kind: printing.kind, ratio: printing.ratio },
    product: query.product,
    surfaceMass: query.surfaceMass,
    trims: areProductTrims(trims.items, product) ? null : trims.items,
    upcycled,
    yarnSize: query.yarnSize?.nm ?? null,
  });
}
