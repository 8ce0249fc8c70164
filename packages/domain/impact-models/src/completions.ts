import type { FeatureSpec } from './feature-spec.js';
import {
  composition,
  type Garment,
  type GarmentMaterial,
  KNOWN_FIELDS,
  OPTION_FIELDS,
  type WholeGarment,
} from './garment.js';

/** Garments that a half-described one is averaged over. */
const MAX_COMPLETIONS = 24;

/** What a half-described garment and a garment of the training can agree in; the product counts most. */
const AGREEMENTS: readonly { weight: number; of: (garment: Garment) => string | number | null | undefined }[] = [
  ...KNOWN_FIELDS.map((field) => ({
    weight: field === 'product' ? 1 + KNOWN_FIELDS.length : 1,
    of: ({ known }: Garment) => known[field],
  })),
  { weight: 1, of: ({ materials }) => materials?.[0]?.id },
  { weight: 1, of: ({ materials }) => materials && composition(materials) },
  { weight: 1, of: ({ numbers }) => numbers.airTransportRatio },
];

/** Reads a garment that may lack fields as models can: categories that the training has not seen are missing. */
export function openVocabulary(spec: FeatureSpec): (told: Garment) => Garment {
  const known = KNOWN_FIELDS.map((field) => [field, new Set(spec.known[field])] as const);
  const options = OPTION_FIELDS.map((field) => [field, new Set(spec.options[field])] as const);
  const materials = new Set(spec.materials);

  /** Materials that the spec knows, with shares that add up to 1 again. */
  function knownMaterials(told: readonly GarmentMaterial[] | null): GarmentMaterial[] | null {
    const kept = (told ?? []).filter(({ id }) => materials.has(id));
    const total = kept.reduce((sum, { share }) => sum + share, 0);
    return total > 0 ? kept.map(({ id, share }) => ({ id, share: share / total })) : null;
  }

  return (told) => {
    const fields = { ...told.known };
    for (const [field, seen] of known) if (!seen.has(fields[field] ?? '')) fields[field] = null;
    const choices = { ...told.options };
    for (const [field, seen] of options) if (!seen.has(choices[field] ?? '')) choices[field] = null;
    return { ...told, known: fields, options: choices, materials: knownMaterials(told.materials) };
  };
}

/** Finds the whole garments that a garment of known categories could be. */
export type Completions = (garment: Garment) => WholeGarment[];

/**
 * Whole garments that a half-described one could be: the garment itself when nothing is missing, otherwise what is told
 * completed from the training garments that agree with it most.
 */
export function openCompletions({ profiles }: Pick<FeatureSpec, 'profiles'>): Completions {
  const agreements = AGREEMENTS.map(({ weight, of }) => {
    const positions = new Map<ReturnType<typeof of>, number[]>();
    profiles.forEach((profile, position) => {
      const value = of(profile);
      const found = positions.get(value);
      if (found) found.push(position);
      else positions.set(value, [position]);
    });
    return { weight, of, positions };
  });

  /** Positions of the profiles that agree most with a garment, the first of them. */
  function closest(garment: Garment): number[] {
    const scores = new Uint8Array(profiles.length);
    for (const { weight, of, positions } of agreements)
      for (const position of positions.get(of(garment)) ?? []) scores[position] = (scores[position] as number) + weight;
    const best = scores.reduce((most, score) => Math.max(most, score), 0);
    const found: number[] = [];
    for (let at = scores.indexOf(best); at !== -1 && found.length < MAX_COMPLETIONS; at = scores.indexOf(best, at + 1))
      found.push(at);
    return found;
  }

  return (garment) => {
    const missing =
      garment.massKg === null || !garment.materials || KNOWN_FIELDS.some((field) => garment.known[field] === null);
    if (!missing) return [garment as WholeGarment];
    return closest(garment).map((position) => {
      const profile = profiles[position] as WholeGarment;
      const fields = { ...profile.known };
      for (const field of KNOWN_FIELDS) fields[field] = garment.known[field] ?? fields[field];
      return {
        ...garment,
        massKg: garment.massKg ?? profile.massKg,
        materials: garment.materials ?? profile.materials,
        known: fields,
      };
    });
  };
}
