import { UNKNOWN_COUNTRY } from '../catalogue.js';
import { type Garment, shownMakingComplexity } from '../resolve.js';
import { areProductTrims } from '../trims.js';
import { showComplexity } from './shown-catalogue.js';
import { shownRatio } from './shown-inputs.js';

/** A country, left out when it is the unknown one. */
const named = (code: string | null): string | undefined =>
  code === null || code === UNKNOWN_COUNTRY.code ? undefined : code;

/**
 * Repeats the resolved query, keys in the order of METHOD §15.5 at every level. What JSON leaves out as it has no value is
 * `undefined`, so that all echoes have one shape.
 */
export function echoQuery({ query, fibres, disabledStages, printing, product, trims, upcycled }: Garment) {
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

/** The resolved query, as an answer repeats it (METHOD §15.5). */
export type EchoedQuery = ReturnType<typeof echoQuery>;
