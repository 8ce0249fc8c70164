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

/** What is left out of the JSON of an answer when it has no value: `undefined`, so that all echoes have one shape. */
type Echo<Field> = Field | undefined;

/** The resolved query, as an answer repeats it (METHOD §15.5). */
export type EchoedQuery = {
  airTransportRatio: Echo<number>;
  business: Echo<Business>;
  countryDyeing: Echo<string>;
  countryFabric: Echo<string>;
  countryMaking: Echo<string>;
  countrySpinning: Echo<string>;
  disabledSteps: Echo<StageCode[]>;
  dyeingProcessType: Echo<DyeingProcessType>;
  fabricProcess: Echo<FabricProcess>;
  fading: Echo<boolean>;
  makingComplexity: Echo<ShownComplexity>;
  makingDeadStock: Echo<number>;
  makingWaste: Echo<number>;
  mass: number;
  materials: { country: Echo<string>; id: string; share: number; spinning: Echo<SpinningTechnique> }[];
  numberOfReferences: Echo<number>;
  physicalDurability: Echo<number>;
  price: Echo<number>;
  printing: Echo<{ kind: PrintingKind; ratio: number }>;
  product: string;
  surfaceMass: Echo<number>;
  trims: Echo<readonly TrimItem[]>;
  upcycled: boolean;
  yarnSize: Echo<number>;
};

/** A country, left out when it is the unknown one. */
const named = (code: string | null): Echo<string> =>
  code === null || code === UNKNOWN_COUNTRY.code ? undefined : code;

/** Repeats the resolved query, keys in the order of METHOD §15.5 at every level. */
export function echoQuery({ query, fibres, disabledStages, printing, product, trims, upcycled }: Garment): EchoedQuery {
  const complexity = shownMakingComplexity(query);
  return {
    airTransportRatio: shownRatio(query.airTransportRatio) ?? undefined,
    business: query.business ?? undefined,
    countryDyeing: named(query.countryDyeing),
    countryFabric: named(query.countryFabric),
    countryMaking: named(query.countryMaking),
    countrySpinning: named(query.countrySpinning),
    disabledSteps: disabledStages.length === 0 ? undefined : [...disabledStages],
    dyeingProcessType: query.dyeingProcessType ?? undefined,
    fabricProcess: query.fabricProcess ?? undefined,
    fading: query.fading ?? undefined,
    makingComplexity: complexity === null ? undefined : showComplexity(complexity),
    makingDeadStock: shownRatio(query.makingDeadStock) ?? undefined,
    makingWaste: shownRatio(query.makingWaste) ?? undefined,
    mass: query.mass,
    materials: fibres.map(({ given: { country, id, spinning }, share }) => ({
      country: named(country),
      id,
      share,
      spinning: spinning ?? undefined,
    })),
    numberOfReferences: query.numberOfReferences ?? undefined,
    physicalDurability: query.physicalDurability ?? undefined,
    price: query.price ?? undefined,
    printing: printing === null ? undefined : { kind: printing.kind, ratio: printing.ratio },
    product: query.product,
    surfaceMass: query.surfaceMass ?? undefined,
    trims: areProductTrims(trims.items, product) ? undefined : trims.items,
    upcycled,
    yarnSize: query.yarnSize?.nm ?? undefined,
  };
}
