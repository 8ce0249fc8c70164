import { z } from 'zod';
import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  FABRIC_PROCESSES,
  IMPACT_CODES,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
  TRIM_SCOPES,
} from './vocabulary.js';

/**
 * The textile query: what a caller may ask of an Ecobalyse-compatible simulator (METHOD §3).
 *
 * The schema holds the *reading* rules only: types and closed vocabularies. Bounds and identifiers that depend on the
 * method's figures are checked by `@ecobalyse/textile-method` (METHOD §4). Nothing is transformed: a query that is read
 * keeps its nulls, its yarn size as written and its letter case, because the platform hashes and forwards what it received.
 */

const MAX_SHOWN_CHARACTERS = 60;

/** JSON of a value. What is nested deeper than the stack reaches is only named: its author meant no value. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Array.isArray(value) ? '[…]' : '{…}';
  }
}

/** A value received from a caller, as shown in a message: JSON, cut when long. */
export function showReceived(value: unknown): string {
  if (value === undefined) return 'rien';
  const text = typeof value === 'number' ? String(value) : asJson(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

/** Messages are in French, like those of the official API: "attendu : <what> ; reçu : <value>". */
const expecting = (what: string) => ({
  error: (issue: { readonly input?: unknown }) => `attendu : ${what} ; reçu : ${showReceived(issue.input)}`,
});

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, expecting(`un texte parmi ${values.join(', ')}`));

const aNumber = (what: string) => z.number(expecting(what));

// Not z.int(): an integer too large for it must be refused by its bound (METHOD §4.1), not as a reading failure.
const anInteger = (what: string, min = -Infinity) =>
  z
    .number(expecting(what))
    .refine((value) => Number.isInteger(value) && value >= min, expecting(what))
    .meta({ type: 'integer', ...(min === -Infinity ? {} : { minimum: min }) });

const aRatio = (what: string, max = 1) => z.number(expecting(what)).min(0, expecting(what)).max(max, expecting(what));

const aCountry = () => z.string(expecting('un code de pays (texte)'));

// Written without a flag: it is also the pattern of the API's documentation.
const UUID_PATTERN = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/;

const aUuid = () => z.string(expecting('un UUID')).regex(UUID_PATTERN, expecting('un UUID (versions 1 à 5)'));

export const impactCodeSchema = oneOf(IMPACT_CODES);
export const stageCodeSchema = oneOf(STAGE_CODES);
export const businessSchema = oneOf(BUSINESSES);
export const dyeingProcessTypeSchema = oneOf(DYEING_PROCESS_TYPES);
export const fabricProcessSchema = oneOf(FABRIC_PROCESSES);
export const makingComplexitySchema = oneOf(MAKING_COMPLEXITIES);
export const printingKindSchema = oneOf(PRINTING_KINDS);
export const spinningTechniqueSchema = oneOf(SPINNING_TECHNIQUES);
export const trimScopeSchema = oneOf(TRIM_SCOPES);

/** How a yarn size was written: metric number (km per kg), or mass in grams of 10 km (METHOD §3.5). */
export interface WrittenYarnSize {
  readonly value: number;
  readonly unit: 'Nm' | 'Dtex';
}

/**
 * Reads a yarn size written as text: a plain number is in Nm, otherwise exactly one `<digits>Nm` or `<digits>Dtex` is
 * looked for anywhere in the text (METHOD §3.5).
 *
 * @returns `undefined` when the text is not a yarn size.
 */
export function readYarnSizeText(text: string): WrittenYarnSize | undefined {
  if (text !== '' && !/[\sxbo]/.test(text)) {
    const value = Number(text);
    if (!Number.isNaN(value)) return { value, unit: 'Nm' };
  }
  // The lookbehind keeps the search linear in the length of the text.
  const [match, ...others] = text.matchAll(/(?<!\d)(\d+)(Nm|Dtex)/g);
  return match && others.length === 0 ? { value: Number(match[1]), unit: match[2] as 'Nm' | 'Dtex' } : undefined;
}

const YARN_SIZE_EXPECTED = 'un titrage de fil (nombre en Nm, ou texte comme "40", "40Nm" ou "250Dtex")';

export const yarnSizeSchema = z.union(
  [z.number(), z.string().refine((text) => readYarnSizeText(text) !== undefined, expecting(YARN_SIZE_EXPECTED))],
  expecting(YARN_SIZE_EXPECTED),
);

/** One fibre of the item (METHOD §3.2). */
export const materialEntrySchema = z.object(
  {
    id: z.string(expecting('un identifiant de matière (texte)')),
    share: aRatio('une part (nombre de 0 à 1)'),
    country: aCountry().nullish(),
    spinning: spinningTechniqueSchema.nullish(),
  },
  expecting('une matière (objet avec id et share)'),
);

/** Printing (METHOD §3.3). */
export const printingSchema = z.object(
  {
    kind: printingKindSchema,
    ratio: aRatio('une part de surface imprimée (nombre de 0 à 0,8)', 0.8).nullish(),
  },
  expecting('une impression (objet avec kind)'),
);

/** One element of a custom trim: an amount of a material process, and what it goes through (METHOD §3.4). */
export const trimElementSchema = z.object(
  {
    amount: aNumber('une quantité (nombre)'),
    material: aUuid(),
    transforms: z.array(aUuid(), expecting('une liste d’UUID')).nullish(),
  },
  expecting('un élément (objet avec amount et material)'),
);

/** One kind of trim and how many of it (METHOD §3.4). */
export const trimItemSchema = z.object(
  {
    id: aUuid(),
    quantity: anInteger('une quantité entière d’au moins 1', 1),
    custom: z
      .object(
        {
          elements: z.array(trimElementSchema, expecting('une liste d’éléments')),
          name: z.string(expecting('un nom (texte)')).nullish(),
          scopes: z.array(trimScopeSchema, expecting('une liste de secteurs')).nullish(),
        },
        expecting('une composition (objet avec elements)'),
      )
      .nullish(),
  },
  expecting('un accessoire (objet avec id et quantity)'),
);

/**
 * The body of `POST /textile/simulator` (METHOD §3.1). Optional fields may be absent or null, which is the same;
 * unknown fields are ignored at every level.
 */
export const textileQuerySchema = z.object(
  {
    mass: aNumber('une masse en kg (nombre)'),
    materials: z.array(materialEntrySchema, expecting('une liste de matières')),
    product: z.string(expecting('un identifiant de produit (texte)')),
    airTransportRatio: aRatio('une part de transport aérien (nombre de 0 à 1)').nullish(),
    business: businessSchema.nullish(),
    countrySpinning: aCountry().nullish(),
    countryFabric: aCountry().nullish(),
    countryDyeing: aCountry().nullish(),
    countryMaking: aCountry().nullish(),
    disabledSteps: z.array(stageCodeSchema, expecting('une liste d’étapes')).nullish(),
    dyeingProcessType: dyeingProcessTypeSchema.nullish(),
    fabricProcess: fabricProcessSchema.nullish(),
    fading: z.boolean(expecting('un booléen')).nullish(),
    makingComplexity: makingComplexitySchema.nullish(),
    makingDeadStock: aRatio('un taux de stocks dormants (nombre de 0 à 1)').nullish(),
    makingWaste: aRatio('un taux de perte en confection (nombre de 0 à 1)').nullish(),
    numberOfReferences: anInteger('un nombre entier de références').nullish(),
    physicalDurability: aNumber('un coefficient de durabilité physique (nombre)').nullish(),
    price: aNumber('un prix en euros (nombre)').nullish(),
    printing: printingSchema.nullish(),
    surfaceMass: anInteger('un grammage entier en g/m²').nullish(),
    trims: z.array(trimItemSchema, expecting('une liste d’accessoires')).nullish(),
    upcycled: z.boolean(expecting('un booléen')).nullish(),
    yarnSize: yarnSizeSchema.nullish(),
  },
  expecting('un objet JSON décrivant le vêtement'),
);

export type MaterialEntry = z.infer<typeof materialEntrySchema>;
export type Printing = z.infer<typeof printingSchema>;
export type TrimElement = z.infer<typeof trimElementSchema>;
export type TrimItem = z.infer<typeof trimItemSchema>;
export type TextileQuery = z.infer<typeof textileQuerySchema>;
