import { countrySampler, descriptionOf, type FieldName, fieldOf, garmentSampler } from '@ecobalyse/estimation';
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
import { kept } from './kept.js';

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

type Places = Readonly<Record<(typeof COUNTRY_FIELDS)[number], string>>;

/** Countries that were drawn for those that are told, which come again and again; some 5 MB. */
const drawnPlaces = new Map<string, readonly Places[]>();
const MOST_PLACES = 1000;

/** The countries of the garments that a garment could be: what else it tells says nothing about them. */
function placesOf(told: Garment['known'], known: Readonly<Record<string, unknown>>): readonly Places[] {
  const key = `${told.countrySpinning}|${told.countryFabric}|${told.countryDyeing}|${told.countryMaking}`;
  const draw = () => {
    const sampler = countrySampler(descriptionOf(known));
    return COMPLETIONS.numbers.map((ofDraw) => {
      let at = GARMENT_NUMBERS;
      const drawn = sampler(() => ofDraw[at++] as number) as unknown as Places;
      return {
        countrySpinning: told.countrySpinning ?? drawn.countrySpinning,
        countryFabric: told.countryFabric ?? drawn.countryFabric,
        countryDyeing: told.countryDyeing ?? drawn.countryDyeing,
        countryMaking: told.countryMaking ?? drawn.countryMaking,
      };
    });
  };
  return kept(drawnPlaces, key, draw, MOST_PLACES);
}

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
  const { known: told, options, numbers, trims } = garment;
  const places = placesOf(told, known);
  const sampler = garmentSampler(descriptionOf(known));
  let ofDraw: readonly number[] = [];
  let at = 0;
  const next = () => ofDraw[at++] as number;
  return COMPLETIONS.numbers.map((ofThis, draw) => {
    ofDraw = ofThis;
    at = 0;
    const drawn = sampler(next) as unknown as Record<KnownField, string> & {
      readonly mass: number;
      readonly materials: readonly GarmentMaterial[];
    };
    const { countrySpinning, countryFabric, countryDyeing, countryMaking } = places[draw] as Places;
    const [product, fabricProcess] = [told.product ?? drawn.product, told.fabricProcess ?? drawn.fabricProcess];
    // Written out: one shape for all of them.
    return {
      massKg: massKg ?? drawn.mass,
      materials: materials ?? drawn.materials,
      known: { product, countrySpinning, countryFabric, countryDyeing, countryMaking, fabricProcess },
      options,
      numbers,
      trims,
    };
  });
}
