import { z } from 'zod';
import { EXAMPLE_PRODUCT } from './api/examples.js';
import { readingNumbersFromText } from './numbers-as-text.js';
import { materialEntrySchema, textileQuerySchema } from './textile-query.js';

/** A text of 1 to 100 characters: whether it is known is for upstream to say. */
const identifier = (what: string) => {
  const error = `attendu : ${what} (texte de 1 à 100 caractères)`;
  return z.string(error).min(1, error).max(100, error);
};

/**
 * Body of `POST /product`: the product model of the original, with every further field of the textile query as an
 * optional extra. Absent extras stay absent, since only what was given is part of the identity; a material's missing
 * `country` becomes `null`, as the original wrote it. Numbers may be written as text, as the original took them.
 */
export const productRequestSchema = readingNumbersFromText(
  textileQuerySchema.extend({
    materials: z
      .array(
        materialEntrySchema.extend({
          id: identifier('un identifiant de matière'),
          country: identifier('un code de pays').nullish().default(null),
        }),
        'attendu : une liste de matières',
      )
      .min(1, 'attendu : au moins une matière')
      .max(50, 'attendu : 50 matières au plus'),
    product: identifier('un identifiant de produit'),
    countrySpinning: identifier('un code de pays'),
    countryFabric: identifier('un code de pays'),
    countryDyeing: identifier('un code de pays'),
    countryMaking: identifier('un code de pays'),
    fabricProcess: identifier('un identifiant de procédé de tissage ou de tricotage'),
  }),
).meta({ id: 'ProductRequest', examples: [EXAMPLE_PRODUCT] });

export type ProductRequest = z.output<typeof productRequestSchema>;
