import { z } from 'zod';
import { expected, type Words } from '../languages.js';
import { warningSchema } from '../warnings.js';
import { oneOf } from './parameters.js';

/** Request and answer of `POST /scope`: what the notice says of a product that no tool checks. */

/** Size whose mass is declared, by whom the product is for (notice V1.0, p. 18 and 19). */
export const REFERENCE_SIZES = {
  baby: { fr: 'bébé, 74 cm', en: 'baby, 74 cm' },
  child: { fr: 'enfant, 128 cm', en: 'child, 128 cm' },
  woman: { fr: 'femme, 38 ou M', en: 'woman, 38 or M' },
  man: { fr: 'homme, M', en: 'man, M' },
} as const satisfies Readonly<Record<string, Words>>;
export type ReferenceSegment = keyof typeof REFERENCE_SIZES;

const words = (en: string, fr: string, most: number) => {
  const error = expected(`${en} (text of 1 to ${most} characters)`, `${fr} (texte de 1 à ${most} caractères)`);
  return z.string(error).min(1, error).max(most, error);
};
const share = z
  .number(expected('a share (number from 0 to 1)', 'une part (nombre de 0 à 1)'))
  .min(0, expected('a share (number from 0 to 1)', 'une part (nombre de 0 à 1)'))
  .max(1, expected('a share (number from 0 to 1)', 'une part (nombre de 0 à 1)'));
const atMost = (most: number, en: string, fr: string) => expected(`1 to ${most} ${en}`, `de 1 à ${most} ${fr}`);

const MOST_SUPPLIERS = 20;
const MOST_MATERIALS = 50;
const suppliers = z
  .array(
    z.object({ country: words('the code of a country', 'le code d’un pays', 100), share }),
    expected('a list of suppliers', 'une liste de fournisseurs'),
  )
  .min(1, atMost(MOST_SUPPLIERS, 'suppliers', 'fournisseurs'))
  .max(MOST_SUPPLIERS, atMost(MOST_SUPPLIERS, 'suppliers', 'fournisseurs'))
  .optional();

export const scopeRequestSchema = z
  .strictObject({
    title: words('the words of a product', 'les mots d’un produit', 300)
      .optional()
      .meta({ description: 'Name of the product, French or English' }),
    product: words('the id of a product', 'un identifiant de produit', 100)
      .optional()
      .meta({ description: 'Category that somebody chose' }),
    materials: z
      .array(
        z.strictObject({ name: words('a material', 'une matière', 100), share }),
        expected('a list of materials', 'une liste de matières'),
      )
      .min(1, atMost(MOST_MATERIALS, 'materials', 'matières'))
      .max(MOST_MATERIALS, atMost(MOST_MATERIALS, 'materials', 'matières'))
      .optional()
      .meta({ description: 'Names or ids, each with its share of the mass; without them those that the title names' }),
    suppliers: z
      .strictObject({
        countrySpinning: suppliers,
        countryFabric: suppliers,
        countryDyeing: suppliers,
        countryMaking: suppliers,
      })
      .partial()
      .optional()
      .meta({ description: 'Countries of a stage with their shares of the mass' }),
    segment: oneOf(Object.keys(REFERENCE_SIZES) as [ReferenceSegment, ...ReferenceSegment[]])
      .optional()
      .meta({ description: 'Whom it is for' }),
  })
  .meta({
    id: 'ScopeRequest',
    examples: [
      {
        title: 'Chemise homme 85 % coton 15 % soie',
        materials: [
          { name: 'coton', share: 0.85 },
          { name: 'soie', share: 0.15 },
        ],
        suppliers: {
          countryFabric: [
            { country: 'CN', share: 0.6 },
            { country: 'IN', share: 0.4 },
          ],
        },
        segment: 'man',
      },
    ],
  });
export type ScopeRequest = z.output<typeof scopeRequestSchema>;

export const scopeSchema = z
  .object({
    scope: z.enum(['in', 'out', 'unknown']).meta({ description: 'Whether the label is for it' }),
    products: z
      .array(z.string())
      .meta({ description: 'Categories that its words go with; several where they do not say which' }),
    materials: z.array(
      z.object({
        name: z.string(),
        share: z.number(),
        is: z.enum(['known', 'proxy', 'excluded', 'unknown']),
        id: z
          .string()
          .nullable()
          .meta({ description: 'Material of the method to write; null where nothing may stand for it' }),
      }),
    ),
    countries: z
      .record(z.string(), z.string())
      .meta({ description: 'Country to declare of each stage with suppliers' }),
    warnings: z.array(warningSchema.extend({ source: z.string().meta({ description: 'Place in the notice' }) })),
  })
  .meta({ id: 'Scope' });
export type ScopeAnswer = z.output<typeof scopeSchema>;
