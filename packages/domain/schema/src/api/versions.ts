import { z } from 'zod';
import { ANSWER_FORMS } from '../documents.js';
import { COST_PARTS } from '../vocabulary.js';
import { pageQuery } from './pages.js';
import { textParameter } from './parameters.js';

/** Requests and answers of `/versions…`: by which version of the method products are scored, and what a change of it made of them. */

const version = z
  .string()
  .meta({ description: 'Version of the method; unknown for what does not tell it', example: '7.0.0' });
const time = z.iso.datetime().nullable();

export const methodVersionSchema = z
  .object({
    version,
    documents: z.int().meta({ description: 'Products whose cost is by it now' }),
    kept: z.int().meta({ description: 'Answers that those of another version took the place of' }),
    first_at: time.meta({ description: 'When the first answer by it came' }),
    last_at: time,
    is_regulatory: z.boolean().meta({ description: 'Whether it is the version of the regulation, as of October 2026' }),
    update_from: time.meta({
      description: 'Three months after the last answer by it: a published cost may be updated no sooner',
    }),
    apply_by: time.meta({
      description:
        'Twelve months after the first answer by it: by then a changed method has to be applied to what was published before, once it is that of the regulation',
    }),
  })
  .meta({ id: 'MethodVersion' });

export const versionsSchema = z
  .object({
    reference: z.string().nullable().meta({
      description:
        'The version that statistics, models and figures over many products are of: that of the most products',
    }),
    versions: z.array(methodVersionSchema),
  })
  .meta({ id: 'MethodVersions' });
export type MethodVersions = z.output<typeof versionsSchema>;

const costs = z
  .record(z.enum(['ecs', ...COST_PARTS]), z.number().nullable())
  .meta({ id: 'Costs', description: 'Pts: the cost, and what makes it up' });

export const changesQuery = z.object({
  from: textParameter('a version of the method', 'une version de la méthode')
    .optional()
    .meta({ description: 'Only changes from this version', example: '7.0.0' }),
  to: textParameter('a version of the method', 'une version de la méthode')
    .optional()
    .meta({ description: 'Only changes to this version', example: '8.5.0' }),
  product: textParameter('a product type', 'un type de produit')
    .optional()
    .meta({ description: 'Only this product type', example: 'jean' }),
  catalogue: textParameter('the id of a catalogue', 'l’identifiant d’un catalogue')
    .optional()
    .meta({ description: 'Products of this catalogue, in place of those without one' }),
  ...pageQuery.shape,
});

export const versionChangesSchema = z
  .object({
    products: z
      .array(
        z.object({ from: version, to: version, product_id: z.string(), count: z.int(), before: costs, after: costs }),
      )
      .meta({ description: 'By product type: how many changed, and the means of their costs' }),
    total: z.int().meta({ description: 'Products that changed, on all pages' }),
    offset: z.int(),
    limit: z.int(),
    items: z.array(
      z.object({
        md5_id: z.string(),
        product_id: z.string(),
        product: z.string().nullable().meta({ description: 'Id of the product in its catalogue' }),
        reference: z.string().nullable(),
        from: version,
        to: version,
        before: costs,
        after: costs,
        at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'MethodChanges' });
export type VersionChanges = z.output<typeof versionChangesSchema>;

export const productVersionsSchema = z
  .array(
    z
      .object({
        version,
        figures: z
          .string()
          .nullable()
          .meta({ description: 'Hash of the figures that it is by, where upstream tells it' }),
        form: z
          .enum(ANSWER_FORMS)
          .meta({ description: 'Of the answer: those of version 8 lack pef and three other indicators' }),
        is_current: z.boolean().meta({ description: 'Whether it is the one that counts' }),
        costs,
        pef: z.number().nullable(),
        stored_at: z.string().nullable(),
      })
      .meta({ id: 'ProductVersion' }),
  )
  .meta({ description: 'The one that counts first' });
export type ProductVersion = z.output<typeof productVersionsSchema>[number];
