import { z } from 'zod';
import { inWords } from './languages.js';
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
  if (value === undefined) return inWords({ fr: 'rien', en: 'nothing' }, 'fr');
  const text = typeof value === 'number' ? String(value) : asJson(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

/** Messages are in French unless another language is asked for, like those of the official API: "attendu : <what> ; reçu : <value>". */
const expecting = (fr: string, en: string) => ({
  error: ({ input }: { readonly input?: unknown }) => {
    const received = showReceived(input);
    return inWords({ fr: `attendu : ${fr} ; reçu : ${received}`, en: `expected ${en}; received: ${received}` }, 'fr');
  },
});

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, expecting(`un texte parmi ${values.join(', ')}`, `one of ${values.join(', ')}`));

const aNumber = (fr: string, en: string) => z.number(expecting(fr, en));

// Not z.int(): an integer too large for it must be refused by its bound (METHOD §4.1), not as a reading failure.
const anInteger = (fr: string, en: string, min = -Infinity) =>
  z
    .number(expecting(fr, en))
    .refine((value) => Number.isInteger(value) && value >= min, expecting(fr, en))
    .meta({ type: 'integer', ...(min === -Infinity ? {} : { minimum: min }) });

const aRatio = (fr: string, en: string, max = 1) => {
  const error = expecting(fr, en);
  return z.number(error).min(0, error).max(max, error);
};

const aCountry = () => z.string(expecting('un code de pays (texte)', 'the code of a country (text)'));

// Written without a flag: it is also the pattern of the API's documentation.
const UUID_PATTERN = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/;

const aUuid = () =>
  z
    .string(expecting('un UUID', 'a UUID'))
    .regex(UUID_PATTERN, expecting('un UUID (versions 1 à 5)', 'a UUID (versions 1 to 5)'));

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

const yarnSizeExpected = expecting(
  'un titrage de fil (nombre en Nm, ou texte comme "40", "40Nm" ou "250Dtex")',
  'a yarn size (number in Nm, or text such as "40", "40Nm" or "250Dtex")',
);

export const yarnSizeSchema = z.union(
  [z.number(), z.string().refine((text) => readYarnSizeText(text) !== undefined, yarnSizeExpected)],
  yarnSizeExpected,
);

/** One fibre of the item (METHOD §3.2). */
export const materialEntrySchema = z.object(
  {
    id: z.string(expecting('un identifiant de matière (texte)', 'the id of a material (text)')),
    share: aRatio('une part (nombre de 0 à 1)', 'a share (number from 0 to 1)'),
    country: aCountry().nullish(),
    spinning: spinningTechniqueSchema.nullish(),
  },
  expecting('une matière (objet avec id et share)', 'a material (object with id and share)'),
);

/** Printing (METHOD §3.3). */
export const printingSchema = z.object(
  {
    kind: printingKindSchema,
    ratio: aRatio(
      'une part de surface imprimée (nombre de 0 à 0,8)',
      'a printed share of the surface (number from 0 to 0.8)',
      0.8,
    ).nullish(),
  },
  expecting('une impression (objet avec kind)', 'a printing (object with kind)'),
);

/** One element of a custom trim: an amount of a material process, and what it goes through (METHOD §3.4). */
export const trimElementSchema = z.object(
  {
    amount: aNumber('une quantité (nombre)', 'an amount (number)'),
    material: aUuid(),
    transforms: z.array(aUuid(), expecting('une liste d’UUID', 'a list of UUIDs')).nullish(),
  },
  expecting('un élément (objet avec amount et material)', 'an element (object with amount and material)'),
);

/** One kind of trim and how many of it (METHOD §3.4). */
export const trimItemSchema = z.object(
  {
    id: aUuid(),
    quantity: anInteger('une quantité entière d’au moins 1', 'a whole quantity of at least 1', 1),
    custom: z
      .object(
        {
          elements: z.array(trimElementSchema, expecting('une liste d’éléments', 'a list of elements')),
          name: z.string(expecting('un nom (texte)', 'a name (text)')).nullish(),
          scopes: z.array(trimScopeSchema, expecting('une liste de secteurs', 'a list of scopes')).nullish(),
        },
        expecting('une composition (objet avec elements)', 'a composition (object with elements)'),
      )
      .nullish(),
  },
  expecting('un accessoire (objet avec id et quantity)', 'a trim (object with id and quantity)'),
);

/**
 * The body of `POST /textile/simulator` (METHOD §3.1). Optional fields may be absent or null, which is the same;
 * unknown fields are ignored at every level.
 */
export const textileQuerySchema = z.object(
  {
    mass: aNumber('une masse en kg (nombre)', 'a mass in kg (number)'),
    materials: z.array(materialEntrySchema, expecting('une liste de matières', 'a list of materials')),
    product: z.string(expecting('un identifiant de produit (texte)', 'the id of a product (text)')),
    airTransportRatio: aRatio(
      'une part de transport aérien (nombre de 0 à 1)',
      'a share of air transport (number from 0 to 1)',
    ).nullish(),
    business: businessSchema.nullish(),
    countrySpinning: aCountry().nullish(),
    countryFabric: aCountry().nullish(),
    countryDyeing: aCountry().nullish(),
    countryMaking: aCountry().nullish(),
    disabledSteps: z.array(stageCodeSchema, expecting('une liste d’étapes', 'a list of stages')).nullish(),
    dyeingProcessType: dyeingProcessTypeSchema.nullish(),
    fabricProcess: fabricProcessSchema.nullish(),
    fading: z.boolean(expecting('un booléen', 'a boolean')).nullish(),
    makingComplexity: makingComplexitySchema.nullish(),
    makingDeadStock: aRatio(
      'un taux de stocks dormants (nombre de 0 à 1)',
      'a rate of dead stock (number from 0 to 1)',
    ).nullish(),
    makingWaste: aRatio(
      'un taux de perte en confection (nombre de 0 à 1)',
      'a rate of waste in making (number from 0 to 1)',
    ).nullish(),
    numberOfReferences: anInteger('un nombre entier de références', 'a whole number of references').nullish(),
    physicalDurability: aNumber(
      'un coefficient de durabilité physique (nombre)',
      'a coefficient of physical durability (number)',
    ).nullish(),
    price: aNumber('un prix en euros (nombre)', 'a price in euros (number)').nullish(),
    printing: printingSchema.nullish(),
    surfaceMass: anInteger('un grammage entier en g/m²', 'a whole surface mass in g/m²').nullish(),
    trims: z.array(trimItemSchema, expecting('une liste d’accessoires', 'a list of trims')).nullish(),
    upcycled: z.boolean(expecting('un booléen', 'a boolean')).nullish(),
    yarnSize: yarnSizeSchema.nullish(),
  },
  expecting('un objet JSON décrivant le vêtement', 'a JSON object that describes the garment'),
);

export type MaterialEntry = z.infer<typeof materialEntrySchema>;
export type Printing = z.infer<typeof printingSchema>;
export type TrimElement = z.infer<typeof trimElementSchema>;
export type TrimItem = z.infer<typeof trimItemSchema>;
export type TextileQuery = z.infer<typeof textileQuerySchema>;
