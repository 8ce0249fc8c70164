import type { MakingComplexity, PrintingKind, StageCode } from '@ecobalyse/schema';
import {
  type Country,
  countryOf,
  dyeing,
  fabricOf,
  findMaterial,
  findProduct,
  type Material,
  type PrintingTechnique,
  printingTechniques,
  type Spinning,
  spinnings,
  UNKNOWN_COUNTRY,
} from './catalogue.js';
import { constants } from './figures/figures.js';
import type { ReadMaterial, ReadPrinting, ReadQuery } from './query.js';
import { productTrims, resolveTrims } from './trims.js';
import { heldRatio } from './units.js';

/** One entry of the material list, with its defaults (METHOD §3.2). */
export interface Fibre {
  readonly material: Material;
  /** Share of the item's mass, `(100·s)/100`. */
  readonly share: number;
  /** `100·s`, for the threshold of METHOD §10.2. */
  readonly sharePercent: number;
  /** Country of origin of the fibre; used for its transport only. */
  readonly country: Country;
  readonly spinning: Spinning;
  /** The entry as given. */
  readonly given: ReadMaterial;
}

/** Printing, with its defaults (METHOD §3.3). */
export interface ResolvedPrinting {
  readonly kind: PrintingKind;
  /** Printed part of the surface, `(100·r)/100`. */
  readonly ratio: number;
  readonly technique: PrintingTechnique;
}

export type StageFlags = Readonly<Record<StageCode, boolean>>;

const flagsWithout = (disabled: readonly StageCode[]): StageFlags => ({
  material: !disabled.includes('material'),
  spinning: !disabled.includes('spinning'),
  fabric: !disabled.includes('fabric'),
  ennobling: !disabled.includes('ennobling'),
  making: !disabled.includes('making'),
  distribution: !disabled.includes('distribution'),
  use: !disabled.includes('use'),
  eol: !disabled.includes('eol'),
});

const EVERY_STAGE = flagsWithout([]);

/** The resolved list of disabled stages (METHOD §5.2). */
const resolveDisabledStages = (asked: readonly StageCode[], upcycled: boolean): readonly StageCode[] =>
  upcycled
    ? constants.upcycledDisabledStages.concat(asked).filter((code, rank, all) => all.indexOf(code) === rank)
    : asked;

const countryOrUnknown = (code: string | null): Country => (code === null ? UNKNOWN_COUNTRY : countryOf(code));

function resolveFibre(given: ReadMaterial): Fibre {
  const { id, share, country, spinning } = given;
  const material = findMaterial(id);
  if (material === undefined) throw new Error(`the material ${id} was not checked`);
  return {
    material,
    share: heldRatio(share),
    sharePercent: 100 * share,
    country: country === null ? material.defaultCountry : countryOf(country),
    spinning: spinning === null ? material.defaultSpinning : spinnings[spinning],
    given,
  };
}

/** The entry with the largest share; among equals, the last (METHOD §5.3). */
function mainOf(fibres: readonly Fibre[]): Fibre {
  const [first, ...others] = fibres;
  if (first === undefined) throw new Error('the list of materials was not checked');
  let main = first;
  for (const fibre of others) if (fibre.share >= main.share) main = fibre;
  return main;
}

const resolvePrinting = ({ kind, ratio }: ReadPrinting): ResolvedPrinting => ({
  kind,
  ratio: heldRatio(ratio),
  technique: printingTechniques[kind],
});

/**
 * Puts every default in place (METHOD §5, §6).
 *
 * @param query a query returned by `readTextileQuery`.
 * @throws {TextileQueryError} with the key `general` when a custom trim names an unknown process (METHOD §13.5).
 */
export function resolveGarment(query: ReadQuery) {
  const product = findProduct(query.product);
  if (product === undefined) throw new Error(`the product ${query.product} was not checked`);
  const fibres = query.materials.map(resolveFibre);
  const { disabledSteps, upcycled } = query;
  const disabledStages = resolveDisabledStages(disabledSteps, upcycled);
  const computed = disabledSteps.length === 0 ? EVERY_STAGE : flagsWithout(disabledSteps);
  // Only a technique that the query names brings its own waste and complexity (METHOD §17.6).
  const requestedFabric = query.fabricProcess && fabricOf(query.fabricProcess);
  const techniqueValues = requestedFabric?.whenRequested;
  return {
    /** The query as read, for the answers that show what was given and what was not. */
    query,
    massKg: query.mass,
    fibres,
    mainFibre: mainOf(fibres),
    product,
    business: query.business ?? product.economics.business,
    numberOfReferences: query.numberOfReferences ?? product.economics.numberOfReferences,
    priceEuro: query.price ?? product.economics.priceEuro,
    physicalDurability: query.physicalDurability ?? constants.durability.defaultPhysical,
    yarnSize: query.yarnSize?.nm ?? product.yarnSize,
    surfaceMass: query.surfaceMass ?? product.surfaceMass,
    fabric: requestedFabric ?? product.fabric,
    countrySpinning: countryOrUnknown(query.countrySpinning),
    countryFabric: countryOrUnknown(query.countryFabric),
    countryDyeing: countryOrUnknown(query.countryDyeing),
    countryMaking: countryOrUnknown(query.countryMaking),
    dyeing: dyeing[query.dyeingProcessType ?? 'average'],
    printing: query.printing && resolvePrinting(query.printing),
    fading: query.fading ?? false,
    makingComplexity: shownMakingComplexity(query) ?? techniqueValues?.makingComplexity ?? product.making.complexity,
    makingWasteRatio: query.makingWaste ?? techniqueValues?.makingWasteRatio ?? product.making.wasteRatio,
    makingDeadStockRatio: query.makingDeadStock ?? constants.defaultMakingDeadStockRatio,
    upcycled,
    trims: query.trims === null ? productTrims(product) : resolveTrims(query.trims),
    /** The resolved list of disabled stages (METHOD §5.2). */
    disabledStages,
    /** Stages that count in totals and transport (METHOD §6.1). */
    enabled: upcycled ? flagsWithout(disabledStages) : computed,
    /** Stages whose masses, energy and impacts are worked out (METHOD §6.2). */
    computed,
  };
}
/** A query that was read and checked, with every default in place: what the formulas work on. */
export type Garment = Readonly<ReturnType<typeof resolveGarment>>;

/** The complexity that the query asks for, or that upcycling gives when it asks for none (METHOD §5.2). */
export function shownMakingComplexity({ makingComplexity, upcycled }: ReadQuery): MakingComplexity | null {
  return makingComplexity ?? (upcycled ? constants.upcycledMakingComplexity : null);
}
