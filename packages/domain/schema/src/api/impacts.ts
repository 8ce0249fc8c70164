import { z } from 'zod';
import { COST_PARTS, IMPACT_CODES, IMPACT_GROUPINGS, IMPACT_TYPES, type ImpactCode } from '../vocabulary.js';
import { checkStateSchema, warningsSchema } from '../warnings.js';
import { impactFilterQuery } from './impact-filters.js';
import { pageQuery } from './pages.js';
import { integerParameter, oneOf } from './parameters.js';
import { orderParameter } from './products.js';

/** Requests and answers of `/impacts…`: searches over all products, for tables and charts. */

const text = z.string().nullable();
const figure = z.number().nullable();

/** A line of a table of products. What a document does not have is null. */
export const impactItemSchema = z
  .object({
    md5_id: text,
    product_id: text,
    product_name: text,
    mass: figure.meta({ description: 'kg' }),
    materials: z.array(z.object({ id: text, name: text, share: figure, country: text })),
    country_spinning: text,
    country_fabric: text,
    country_dyeing: text,
    country_making: text,
    fabric_process: text,
    scenario: text,
    ecs: figure.meta({ description: 'Environmental cost, Pts' }),
    pef: figure.meta({ description: 'PEF single score, Pts' }),
    durability: figure,
    days_of_wear: figure,
    air_transport_ratio: figure,
    stages: z
      .record(z.enum(COST_PARTS), figure)
      .meta({ description: 'What makes up ecs, Pts: the eight stages, transport, trims and complements' }),
    method_version: text.meta({
      description: 'Version of the method that the cost is by; null where it does not tell',
    }),
    created_at: text,
    state: checkStateSchema,
    warnings: warningsSchema,
  })
  .meta({ id: 'ProductItem' });
export type ImpactItem = z.output<typeof impactItemSchema>;

export const searchQuery = impactFilterQuery.extend({
  sort: orderParameter,
  ...pageQuery.shape,
});
export const impactSearchSchema = z
  .object({
    total: z.int().meta({ description: 'Products found, on all pages' }),
    offset: z.int(),
    limit: z.int(),
    items: z.array(impactItemSchema),
  })
  .meta({ id: 'ProductSearch' });
export type ImpactSearch = z.output<typeof impactSearchSchema>;

const impactNames = [...new Set<string>([...IMPACT_CODES, ...IMPACT_TYPES])];
const impactParameter = oneOf(impactNames, IMPACT_CODES)
  .default('ecs')
  .meta({ description: 'Impact' })
  .transform((name) => name.replace('_', '-') as ImpactCode);

export const distributionQuery = impactFilterQuery.extend({
  impact: impactParameter,
  bins: integerParameter(1, 200).default(40).meta({ description: 'Bins of the histogram' }),
});
export const distributionSchema = z
  .object({
    impact: z.string(),
    unit: z.string(),
    count: z.int().meta({ description: 'Products found that have a figure for the impact' }),
    method_version: text.meta({ description: 'Version of the method that the figures are by' }),
    min: figure,
    max: figure,
    mean: figure,
    quartiles: z.array(z.number()).length(3).nullable().meta({ description: 'Q1, median, Q3: elements of the data' }),
    bins: z
      .array(z.object({ from: z.number(), to: z.number(), count: z.int() }))
      .meta({ description: 'From inclusive, to exclusive but for the last bin' }),
    below: z.int().meta({ description: 'Products so far below the first bin that they would flatten the others' }),
    above: z.int().meta({ description: 'The same above the last bin' }),
  })
  .meta({ id: 'Distribution' });
export type Distribution = z.output<typeof distributionSchema>;

export const groupsQuery = impactFilterQuery.extend({
  by: oneOf(IMPACT_GROUPINGS).meta({
    description: 'What to group by; a garment counts for each of its materials',
    example: 'country_making',
  }),
  impact: impactParameter,
});
export const impactGroupSchema = z
  .object({
    key: text.meta({ description: 'Null for products that do not have it' }),
    name: z.string(),
    count: z.int().meta({ description: 'Products that have a figure for the impact' }),
    method_version: text.meta({ description: 'Version of the method that the figures are by' }),
    mean: z.number().meta({ description: 'Mean of the impact, by default the environmental cost in Pts' }),
    min: z.number(),
    max: z.number(),
  })
  .meta({ id: 'ProductGroup' });
export type ImpactGroup = z.output<typeof impactGroupSchema>;

export const impactsSummarySchema = z
  .object({
    documents: z.int(),
    products: z.int().meta({ description: 'Product types' }),
    first_at: text,
    last_at: text,
    method_versions: z.array(z.string()),
    sources: z.record(z.string(), z.int()).meta({ description: 'Products by where they come from' }),
    to_check: z.int().meta({ description: 'Doubtful products that nobody has confirmed' }),
  })
  .meta({ id: 'ProductsSummary' });
export type ImpactsSummary = z.output<typeof impactsSummarySchema>;
