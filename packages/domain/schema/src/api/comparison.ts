import { z } from 'zod';
import { expected, wordsSchema } from '../languages.js';
import { COST_PARTS, MEASURES } from '../vocabulary.js';
import { warningsSchema } from '../warnings.js';
import { catalogueParameter } from './catalogue-names.js';
import { EXAMPLE_SIMULATION } from './examples.js';
import { languageParameter } from './files.js';
import { integerParameter, oneOf, textParameter } from './parameters.js';
import { simulationRequestSchema } from './simulate.js';

/** Requests and answers of `/compare` and of explanations. Costs are in Pts; words are told in every language. */

/** Products that are compared at once. */
export const COMPARED = { least: 2, most: 8 } as const;
/** Characters of a product that is written in an address, and of the JSON of a query that is compared. */
export const MOST_ITEM_CHARACTERS = 8000;

export const COMPARISON_FORMATS = ['json', 'csv', 'csv-fr', 'xlsx'] as const;

const id = (en: string, fr: string) => textParameter(en, fr).optional();
const item = expected(
  'a product: its md5_id, or catalogue and product, or query',
  'un produit : son md5_id, ou catalogue et product, ou query',
);
const comparedItem = z
  .object(
    {
      md5_id: id('the md5_id of a product', 'le md5_id d’un produit').meta({
        description: 'Of a document of the grid, or added without a catalogue',
      }),
      catalogue: catalogueParameter.optional(),
      product: id('the id of a product', 'l’identifiant d’un produit').meta({
        description: 'Of a product of the catalogue',
      }),
      query: simulationRequestSchema.optional().meta({ description: 'Any garment, as /simulate takes it' }),
      name: textParameter('a name', 'un nom', 200).optional().meta({ description: 'What the query is called' }),
    },
    item,
  )
  .refine(({ md5_id, catalogue, product, query }) => {
    const isHalf = (catalogue === undefined) !== (product === undefined);
    return !isHalf && [md5_id, catalogue, query].filter((way) => way !== undefined).length === 1;
  }, item);
export type ComparedItem = z.output<typeof comparedItem>;

const count = expected(
  `${COMPARED.least} to ${COMPARED.most} products`,
  `de ${COMPARED.least} à ${COMPARED.most} produits`,
);
const items = z.array(comparedItem, count).min(COMPARED.least, count).max(COMPARED.most, count);
const base = integerParameter(0, COMPARED.most - 1)
  .default(0)
  .meta({ description: 'Which of them the others are compared to, from 0' });
const within = expected(
  'the number of a product that is compared, from 0',
  'le rang d’un produit comparé, à partir de 0',
);
const isWithin = ({ items: list, base: rank }: { items: readonly unknown[]; base: number }) => rank < list.length;

const EXAMPLE_ITEMS = [
  { name: 'France', query: EXAMPLE_SIMULATION },
  { name: 'Bangladesh', query: { ...EXAMPLE_SIMULATION, mass: 0.2, countryMaking: 'BD' } },
];

export const comparisonRequest = z
  .object({ items, base })
  .refine(isWithin, { ...within, path: ['base'] })
  .meta({ id: 'ComparisonRequest', examples: [{ items: EXAMPLE_ITEMS, base: 0 }] });

/** A product as an address writes it: an md5_id, CATALOGUE/PRODUCT, or the JSON that the body of POST has. */
function itemOfText(text: string): unknown {
  if (text.startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  const [catalogue = '', ...product] = text.split('/');
  return product.length === 0 ? { md5_id: text } : { catalogue, product: product.join('/') };
}

const written = expected(
  'an md5_id, CATALOGUE/PRODUCT or the JSON of a product',
  'un md5_id, CATALOGUE/PRODUIT ou le JSON d’un produit',
);
const itemText = z.string(written).min(1, written).max(MOST_ITEM_CHARACTERS, written);

export const comparisonForm = z.object({
  format: oneOf(COMPARISON_FORMATS).default('json').meta({ description: 'A table has a row for each product' }),
  language: languageParameter,
});
export const comparisonQuery = comparisonForm.extend({
  item: z
    .union([itemText, z.array(itemText)], written)
    .transform((given) => [given].flat().map(itemOfText))
    .pipe(items)
    .meta({
      description:
        'A product: an md5_id, CATALOGUE/PRODUCT, or JSON as in the body of POST; given several times for several products',
      example: EXAMPLE_ITEMS.map((one) => JSON.stringify(one)),
    }),
  base,
});

const figures = Object.fromEntries(MEASURES.map((measure) => [measure, z.number()])) as Record<
  (typeof MEASURES)[number],
  z.ZodNumber
>;
const measures = z.object(figures);

export const comparedProductSchema = z
  .object({
    name: z.string().nullable(),
    md5_id: z.string().nullable().meta({ description: 'Of a document; null for all others' }),
    catalogue: z.string().nullable(),
    product: z.string().nullable().meta({ description: 'Id in its catalogue' }),
    product_id: z.string().meta({ description: 'Type of garment' }),
    mass: z.number().meta({ description: 'kg' }),
    durability: z.number(),
    days_of_wear: z.number(),
    ecs: z.number().meta({ description: 'Environmental cost by the method of this platform' }),
    stored_ecs: z
      .number()
      .nullable()
      .meta({ description: 'The cost that is stored of it; another when upstream or its version computed otherwise' }),
    costs: measures.meta({ description: 'Cost of the item, of 100 g of it and of a day of wear, to six decimals' }),
    parts: z.record(z.enum(COST_PARTS), z.number()).meta({ description: 'What makes up ecs' }),
    warnings: warningsSchema,
    query: z.record(z.string(), z.unknown()).meta({ description: 'The garment, as /simulate takes it' }),
  })
  .meta({ id: 'ComparedProduct' });
export type ComparedProduct = z.output<typeof comparedProductSchema>;

const effectSchema = z
  .object({
    id: z.string().meta({ description: 'Field, or the group that several fields come to' }),
    fields: z.array(z.string()),
    label: wordsSchema,
    ...figures,
  })
  .meta({ id: 'Effect' });
export type EffectView = z.output<typeof effectSchema>;
const attribution = {
  difference: measures.meta({ description: 'Cost less that of the other' }),
  effects: z
    .array(effectSchema)
    .meta({ description: 'Shapley value of each field that differs; they add up to the difference to the last digit' }),
};

export const comparisonSchema = z
  .object({
    method_version: z.string(),
    base: z.int(),
    products: z.array(comparedProductSchema),
    fields: z
      .array(
        z.object({
          id: z.string(),
          label: wordsSchema,
          values: z.array(
            z.object({
              value: z.unknown().meta({ description: 'As it was told; null when it was not' }),
              text: wordsSchema,
            }),
          ),
        }),
      )
      .meta({
        description: 'Fields in which any product is told otherwise than another, with the value of each product',
      }),
    attributions: z.array(
      z.object({ product: z.int().meta({ description: 'Which of the products, from 0' }), ...attribution }),
    ),
  })
  .meta({ id: 'Comparison' });
export type ComparisonAnswer = z.output<typeof comparisonSchema>;

export const explanationQuery = z.object({
  against: catalogueParameter
    .default('reference-grid')
    .meta({ description: 'Catalogue with the garments of its type that it is compared to' }),
});

export const explanationSchema = z
  .object({
    sentence: wordsSchema,
    product: comparedProductSchema,
    cause: z
      .object({ part: z.enum(COST_PARTS), label: wordsSchema, ecs: z.number(), share: z.number() })
      .meta({ description: 'What makes up most of the cost' }),
    against: z
      .object({
        catalogue: z.string(),
        count: z.int().meta({ description: 'Garments of its type there that count' }),
        place: z
          .enum(['dearest', 'cheapest'])
          .nullable()
          .meta({ description: 'Whether it costs more or less than all of them' }),
        median: comparedProductSchema.meta({ description: 'The garment in the middle by its cost' }),
        ...attribution,
      })
      .nullable()
      .meta({ description: 'What makes it stand above or below the median; null when there are fewer than three' }),
    levers: z
      .array(
        z.object({
          field: z.string(),
          label: wordsSchema,
          from: wordsSchema,
          to: wordsSchema,
          ecs: z.number().meta({ description: 'Cost that it leads to' }),
          saves: z.number(),
          change: z.record(z.string(), z.unknown()).meta({ description: 'The change, as /simulate takes it' }),
        }),
      )
      .meta({
        description: 'Changes of one field that lower the cost, the best of each field, those that save most first',
      }),
  })
  .meta({ id: 'Explanation' });
export type ExplanationAnswer = z.output<typeof explanationSchema>;
