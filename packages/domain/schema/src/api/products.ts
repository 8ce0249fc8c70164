import { z } from 'zod';
import { expected } from '../languages.js';
import { detailedSimulationSchema } from '../simulation.js';
import { IMPACT_SORTS } from '../vocabulary.js';
import {
  fieldsParameter,
  integerParameter,
  lastGiven,
  listParameter,
  offsetParameter,
  sortParameter,
  textParameter,
} from './parameters.js';

/** Requests and answers of `/product…`; the body of `POST /product` is the `productRequestSchema`. */

/** Documents of one answer at most; further ones come with `offset`. */
export const MAX_DOCUMENTS = 1000;

export const productParams = z.object({
  id: textParameter('a product type', 'un type de produit').meta({ description: 'Product type', example: 'tshirt' }),
});
export const productCountryParams = productParams.extend({
  country: textParameter('the code of a country', 'le code d’un pays').meta({
    description: 'Code of the country of fabric',
    example: 'FR',
  }),
});
const identity = { description: 'Identity of the product', example: '15a853d8fc6bee14a946559190111f51' };
export const documentParams = z.object({
  md5_id: textParameter('the md5_id of a product', 'le md5_id d’un produit', 64).meta(identity),
});
export const deletionQuery = z.object({
  md5_id: lastGiven(z.string(expected('the md5_id of a product', 'le md5_id d’un produit'))).meta(identity),
});

export const rankedProductsQuery = z.object({
  nb_doc: lastGiven(integerParameter(1))
    .default(5)
    .meta({
      description:
        `Number of documents. At most ${MAX_DOCUMENTS} come in one answer: one that was asked for more says so in the header ` +
        'x-nb-doc-limit, and offset gives the next ones',
      example: 5,
    }),
  offset: offsetParameter.default(0).meta({ description: 'Documents to pass over' }),
  fields: fieldsParameter.optional().meta({
    description: 'Fields to answer, separated by commas, also inner ones; md5_id and product_id always come with them',
    example: 'impacts.ecs,inputs.mass',
  }),
  material: listParameter('a material', 'une matière').optional().meta({
    description: 'Materials, of which the garment has one: repeated, or separated by commas',
    example: 'ei-coton',
  }),
  country: textParameter('the code of a country', 'le code d’un pays')
    .optional()
    .meta({ description: 'Code of the country of fabric or making', example: 'FR' }),
  process: textParameter('a fabric process', 'un procédé de tissage ou de tricotage')
    .optional()
    .meta({ description: 'Fabric process', example: 'weaving' }),
});
export type RankedProductsQuery = z.output<typeof rankedProductsQuery>;

/** Order of products, by their identity unless it is asked for another. */
export const orderParameter = sortParameter(IMPACT_SORTS)
  .default({ by: 'md5_id', descending: false })
  .meta({ description: 'Column to sort by; - before it begins with the greatest', example: '-ecs' });

export const productsQuery = rankedProductsQuery.extend({ sort: orderParameter });
export type ProductsQuery = z.output<typeof productsQuery>;

const identified = { md5_id: z.string(), product_id: z.string() };
export const publicDocumentSchema = detailedSimulationSchema.extend(identified).meta({ id: 'ProductDocument' });
export type PublicDocument = z.output<typeof publicDocumentSchema>;
const someFields = z
  .array(z.looseObject(identified).meta({ id: 'SomeFields' }))
  .describe('With the fields that were asked for');
export const productsAnswer = z.union([z.array(publicDocumentSchema), someFields]);

/** A product that upstream refused or could not score. */
export const notPossibleSchema = z
  .object({
    message: z.literal('Not possible'),
    detail: z.union([z.string(), z.record(z.string(), z.string())]),
  })
  .meta({ id: 'NotPossible' });

/** A row of the good and bad product routes. */
export const rankedProductSchema = z
  .object({
    inputs: z.record(z.string(), z.unknown()),
    average_impacts: z
      .number()
      .meta({ description: 'Mean of the 21 impact values, those of impacts without a figure as 0' }),
    covered_impacts: z.int().meta({
      description: 'How many of the 21 impacts have a figure: averages of different numbers cannot be compared',
    }),
  })
  .meta({ id: 'RankedProduct' });
export const rankedProductsAnswer = z.union([z.array(rankedProductSchema), someFields]);
export const productTypesAnswer = z.array(z.string());
