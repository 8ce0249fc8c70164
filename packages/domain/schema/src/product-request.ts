import { z } from 'zod';
import { inWords } from './languages.js';
import { readingNumbersFromText } from './numbers-as-text.js';
import { materialEntrySchema, textileQuerySchema } from './textile-query.js';

const expecting = (fr: string, en: string) => ({
  error: () => inWords({ fr: `attendu : ${fr}`, en: `expected ${en}` }, 'fr'),
});

/** A text of 1 to 100 characters: whether it is known is for upstream to say. */
const identifier = (fr: string, en: string) => {
  const error = expecting(`${fr} (texte de 1 à 100 caractères)`, `${en} (text of 1 to 100 characters)`);
  return z.string(error).min(1, error).max(100, error);
};

const country = identifier('un code de pays', 'the code of a country');
const fabricProcess = identifier('un identifiant de procédé de tissage ou de tricotage', 'the id of a fabric process');

const productFields = textileQuerySchema.extend({
  materials: z
    .array(
      materialEntrySchema.extend({
        id: identifier('un identifiant de matière', 'the id of a material'),
        country: country.nullish().default(null),
      }),
      expecting('une liste de matières', 'a list of materials'),
    )
    .min(1, expecting('au moins une matière', 'at least one material'))
    .max(50, expecting('50 matières au plus', 'at most 50 materials')),
  product: identifier('un identifiant de produit', 'the id of a product'),
  countrySpinning: country.nullish(),
  countryFabric: country.nullish(),
  countryDyeing: country.nullish(),
  countryMaking: country.nullish(),
  fabricProcess: fabricProcess.nullish(),
});

/**
 * A product of a file: what the method needs, with every further field of the textile query as an optional extra. Absent
 * extras stay absent, since only what was given is part of the identity; a material's missing `country` becomes `null`, as
 * the original wrote it. Numbers may be written as text, as the original took them.
 */
export const fileProductSchema = readingNumbersFromText(productFields).meta({ id: 'FileProduct' });
export type FileProduct = z.output<typeof fileProductSchema>;

/** Body of `POST /product`: a product with the fields that the product model of the original needs. */
export const productRequestSchema = readingNumbersFromText(
  productFields.extend({
    countrySpinning: country,
    countryFabric: country,
    countryDyeing: country,
    countryMaking: country,
    fabricProcess,
  }),
);

/** Names of the fields that describe a garment: whatever else is told of a product is no part of its identity. */
export const PRODUCT_FIELDS: ReadonlySet<string> = new Set(Object.keys(productFields.shape));

export type ProductRequest = z.output<typeof productRequestSchema>;
