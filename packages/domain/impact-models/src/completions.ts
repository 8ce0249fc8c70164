import { coreSampler, descriptionOf, type FieldName, fieldOf } from '@ecobalyse/estimation';
import type { FeatureSpec } from './feature-spec.js';
import {
  COUNTRY_FIELDS,
  type Garment,
  type GarmentMaterial,
  KNOWN_FIELDS,
  type KnownField,
  OPTION_FIELDS,
  type WholeGarment,
} from './garment.js';

/** Reads a garment that may lack fields as models can: categories that the training has not seen are missing. */
export function openVocabulary(spec: FeatureSpec): (told: Garment) => Garment {
  const known = KNOWN_FIELDS.map((field) => [field, new Set(spec.known[field])] as const);
  const options = OPTION_FIELDS.map((field) => [field, new Set(spec.options[field])] as const);
  const materials = new Set(spec.materials);
  const countries = new Set(spec.known.countryMaking);
  const spinnings = new Set(spec.spinnings);
  const trims = new Set(spec.trims);

  /** Materials that the spec knows, with shares that add up to 1 again. */
  function knownMaterials(told: readonly GarmentMaterial[] | null): GarmentMaterial[] | null {
    const kept = (told ?? []).filter(({ id }) => materials.has(id));
    const total = kept.reduce((sum, { share }) => sum + share, 0);
    if (!(total > 0)) return null;
    return kept.map(({ id, share, country, spinning }) => ({
      id,
      share: share / total,
      country: country && countries.has(country) ? country : null,
      spinning: spinning && spinnings.has(spinning) ? spinning : null,
    }));
  }

  return (told) => {
    const fields = { ...told.known };
    for (const [field, seen] of known) if (!seen.has(fields[field] ?? '')) fields[field] = null;
    const choices = { ...told.options };
    for (const [field, seen] of options) if (!seen.has(choices[field] ?? '')) choices[field] = null;
    return {
      ...told,
      known: fields,
      options: choices,
      materials: knownMaterials(told.materials),
      trims: told.trims?.filter(({ id }) => trims.has(id)) ?? null,
    };
  };
}

/** What a garment has to tell to be whole, by the name of a textile query. */
export const CORE_FIELDS = ['product', 'mass', 'materials', ...COUNTRY_FIELDS, 'fabricProcess'] as const;

/** The core fields that a garment does not tell. */
export function missingFields({ known, massKg, materials }: Garment): string[] {
  return CORE_FIELDS.filter((field) => {
    if (field === 'mass') return massKg === null;
    return field === 'materials' ? materials === null : known[field] === null;
  });
}

const DRAWS = 64;
/** A generator that spreads 64 points well over what garments are drawn by: half the error of as many at random, or less. */
const GENERATOR = 27;
/** Numbers that a garment is drawn by: its row of the sector and its mass, then its four countries. */
const [GARMENT_NUMBERS, NUMBERS] = [2, 6];

/** What the garments that a half-described one could be are drawn by: the points of a lattice (Korobov, 1959). */
export const COMPLETIONS = {
  numbers: Array.from({ length: DRAWS }, (_, draw) =>
    Array.from({ length: NUMBERS }, (_, at) => (((draw * GENERATOR ** at) % DRAWS) + 0.5) / DRAWS),
  ),
};

const isOf = (field: FieldName, value: unknown) =>
  (fieldOf(field).any as { readonly values: readonly unknown[] }).values.includes(value);

/**
 * Whole garments that a garment could be: itself when nothing is missing, otherwise what is told, with the rest drawn from
 * the sector as estimates draw it (docs/estimates.md).
 */
export function completionsOf(garment: Garment): WholeGarment[] {
  if (missingFields(garment).length === 0) return [garment as WholeGarment];
  const { massKg, materials } = garment;
  const known: Record<string, unknown> = { mass: massKg, materials };
  for (const field of KNOWN_FIELDS) {
    // What the sector has never heard of tells nothing about the rest.
    if (isOf(field, garment.known[field])) known[field] = garment.known[field];
  }
  const sampler = coreSampler(descriptionOf(known));
  let numbers: readonly number[] = [];
  let [at, place] = [0, 0];
  const next = () => numbers[at++] as number;
  const nextPlace = () => numbers[place++] as number;
  const { known: told, options, numbers: ownNumbers, trims } = garment;
  return COMPLETIONS.numbers.map((ofDraw) => {
    numbers = ofDraw;
    [at, place] = [0, GARMENT_NUMBERS];
    const drawn = sampler(next, nextPlace) as unknown as Record<KnownField, string> & {
      readonly mass: number;
      readonly materials: readonly GarmentMaterial[];
    };
    // Written out: one shape for all of them.
    return {
      massKg: massKg ?? drawn.mass,
      materials: materials ?? drawn.materials,
      known: {
        product: told.product ?? drawn.product,
        countrySpinning: told.countrySpinning ?? drawn.countrySpinning,
        countryFabric: told.countryFabric ?? drawn.countryFabric,
        countryDyeing: told.countryDyeing ?? drawn.countryDyeing,
        countryMaking: told.countryMaking ?? drawn.countryMaking,
        fabricProcess: told.fabricProcess ?? drawn.fabricProcess,
      },
      options,
      numbers: ownNumbers,
      trims,
    };
  });
}
