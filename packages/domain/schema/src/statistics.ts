import { z } from 'zod';
import { COST_PARTS, IMPACT_TYPES } from './vocabulary.js';

/** Collections that the statistics task writes, and the routes that serve them (CONTRACT, "Collections"; issue 6). */

const productId = z.string().meta({ description: 'Product type', example: 'tshirt' });
const productScope = z.string().meta({ description: 'Product type, or all for the whole base', example: 'all' });
const impactTypeField = z.string().meta({ description: 'Impact code, with _ for -', example: 'etf_c' });
const count = z.number().int();
const byName = z.record(z.string(), z.number().nullable());

export const countryStatisticSchema = z
  .object({
    product_id: productId,
    country_name: z.string().meta({ example: 'Bangladesh' }),
    countryFabric_count: count.meta({ description: 'Documents whose fabric comes from the country' }),
    countryMaking_count: count.meta({ description: 'Documents made in the country' }),
    count: count.meta({ description: 'Documents of the product type' }),
  })
  .meta({ id: 'CountryStatistic' });
export type CountryStatistic = z.output<typeof countryStatisticSchema>;

export const daysOfWearStatisticSchema = z
  .object({
    product_id: productId,
    Q1: z.number(),
    mediane: z.number(),
    Q3: z.number(),
    min: z.number(),
    max: z.number(),
    moyenne: z.number(),
  })
  .meta({ id: 'DaysOfWearStatistic' });
export type DaysOfWearStatistic = z.output<typeof daysOfWearStatisticSchema>;

export const impactStatisticSchema = z
  .object({
    product_id: productId,
    impact_type: impactTypeField,
    Q1: z.number(),
    median: z.number(),
    Q3: z.number(),
    mean: z.number(),
    min: z.number(),
    max: z.number(),
    seuil_min: z.number().meta({ description: 'Q1 - 1.5 (Q3 - Q1)' }),
    seuil_max: z.number().meta({ description: 'Q3 + 1.5 (Q3 - Q1)' }),
  })
  .meta({ id: 'ImpactStatistic' });
export type ImpactStatistic = z.output<typeof impactStatisticSchema>;

const named = z.looseObject({ id: z.string(), name: z.string() });
const place = z.looseObject({ code: z.string() });

/** An outlier: its identity, the impact, and the fields of `inputs`. */
export const outlierSchema = z
  .looseObject({
    md5_id: z.string(),
    impact_type: impactTypeField,
    product: named.nullish(),
    mass: z.number().nullish(),
    materials: z.array(z.looseObject({ material: named, share: z.number() })).nullish(),
    countryFabric: place.nullish(),
    countryMaking: place.nullish(),
  })
  .meta({ id: 'Outlier' });
export type Outlier = z.output<typeof outlierSchema>;

/** A document of highest or lowest cost: the fields of `inputs.product`, and which of the two it is. */
export const rankingSchema = z
  .looseObject({ id: z.string(), name: z.string(), ranking: z.enum(['highest_impact', 'lowest_impact']) })
  .meta({ id: 'RankingEntry' });
export type RankingEntry = z.output<typeof rankingSchema>;

export const stageStatisticSchema = z
  .object({
    product_id: productScope,
    stage: z.enum(COST_PARTS),
    documents: count,
    mean: z.number().meta({ description: 'Pts' }),
    median: z.number(),
    Q1: z.number(),
    Q3: z.number(),
    share: z.number().nullable().meta({ description: 'Part of the mean ecs, 0 to 1' }),
    deviation: z.number().meta({ description: 'Standard deviation (population)' }),
    variation: z.number().nullable().meta({ description: 'Deviation over mean; null when the mean is 0' }),
  })
  .meta({ id: 'StageStatistic' });
export type StageStatistic = z.output<typeof stageStatisticSchema>;

export const DRIVER_FACTORS = ['product', 'main_material', 'country', 'fabric_process', 'mass', 'scenario'] as const;

export const driverStatisticSchema = z
  .object({
    product_id: productScope,
    factor: z.enum(DRIVER_FACTORS),
    documents: count,
    groups: count.meta({ description: 'Distinct values of the factor' }),
    eta_squared: z.number().meta({ description: 'Share of the variance of ecs that the factor alone explains' }),
    shapley: z.number().meta({ description: 'Its part of r_squared, over every order of the factors' }),
    shapley_share: z.number().nullable().meta({ description: 'shapley over r_squared' }),
    r_squared: z.number().meta({ description: 'Share of the variance that all factors explain together' }),
  })
  .meta({ id: 'DriverStatistic' });
export type DriverStatistic = z.output<typeof driverStatisticSchema>;

export const correlationRowSchema = z
  .object({
    method: z.enum(['pearson', 'spearman']),
    variable: z.string(),
    documents: count,
    coefficients: byName.meta({ description: 'One row of the matrix; null where a variable is constant' }),
  })
  .meta({ id: 'CorrelationRow' });
export type CorrelationRow = z.output<typeof correlationRowSchema>;

export const componentSchema = z
  .object({
    component: count,
    documents: count,
    eigenvalue: z.number(),
    explained_variance: z.number(),
    cumulative_variance: z.number(),
    weights: byName.meta({ description: 'Unit eigenvector over the standardised costs' }),
    loadings: byName.meta({ description: 'Correlation of the component with each cost' }),
    means: byName,
    deviations: byName,
    centroids: byName.meta({ description: 'Mean score of each product type' }),
  })
  .meta({ id: 'Component' });
export type Component = z.output<typeof componentSchema>;

export const segmentSchema = z
  .object({
    segment: count,
    documents: count,
    share: z.number(),
    mean_cost: z.number(),
    median_cost: z.number(),
    typical_product: z.string().meta({ description: 'Most frequent product type' }),
    typical_product_share: z.number(),
    typical_document: z
      .looseObject({ md5_id: z.string(), product_id: z.string(), mass: z.number().nullable(), ecs: z.number() })
      .partial()
      .meta({ description: 'The document nearest to the centre' }),
    centre: byName.meta({ description: 'Scores on the components that were used' }),
    mean_parts: byName.meta({ description: 'Mean cost of each part, Pts' }),
    silhouette: z.number().meta({ description: 'Mean silhouette of the chosen number of segments' }),
    silhouettes: byName.meta({ description: 'The same for each number of segments that was tried' }),
  })
  .meta({ id: 'Segment' });
export type Segment = z.output<typeof segmentSchema>;

/** A statistic: where it is kept, how it is described, and what its documents can be filtered by. */
export interface StatisticDefinition<Collection extends string = string, Document extends z.ZodType = z.ZodType> {
  readonly collection: Collection;
  readonly title: string;
  readonly about: string;
  readonly document: Document;
  /** Field that holds the product type, or null when documents are not of one type. */
  readonly productField: string | null;
  readonly hasImpactType: boolean;
  /** Documents answered when the request does not say; null is all of them. */
  readonly defaultLimit: number | null;
}

const define = <Collection extends string, Document extends z.ZodType>(
  collection: Collection,
  document: Document,
  title: string,
  about: string,
  filters: Partial<Pick<StatisticDefinition, 'productField' | 'hasImpactType' | 'defaultLimit'>> = {},
): StatisticDefinition<Collection, Document> => ({
  collection,
  document,
  title,
  about,
  productField: 'product_id',
  hasImpactType: false,
  defaultLimit: null,
  ...filters,
});

/** Every statistic by the name it has in the API. */
export const STATISTICS = {
  countries: define(
    'stats_countries',
    countryStatisticSchema,
    'Countries of fabric and of making, by product type',
    'A row for each country that appears as either; the other count is then 0.',
  ),
  days_of_wear: define(
    'stats_days_of_wear',
    daysOfWearStatisticSchema,
    'Days of wear, by product type',
    'Discrete quantiles: the smallest value whose rank is at least ceil(p n).',
  ),
  impacts: define(
    'stats_impacts',
    impactStatisticSchema,
    'Distribution of each impact, by product type',
    'Discrete quantiles and the bounds beyond which a document is an outlier (1.5 interquartile ranges). An impact ' +
      'that no document covers has no row.',
    { hasImpactType: true },
  ),
  outliers: define(
    'stats_outliers',
    outlierSchema,
    'Documents beyond the bounds of an impact',
    'Documents of every product type with an impact at or beyond seuil_min or seuil_max, unless the impact is the same ' +
      'for the whole type. 200 unless `limit` asks for another number; the exports have them all.',
    { productField: 'product.id', hasImpactType: true, defaultLimit: 200 },
  ),
  ranking: define(
    'stats_ranking',
    rankingSchema,
    'Products of highest and lowest environmental cost',
    'The 10 documents of highest ecs, then the 20 of lowest.',
    { productField: 'id' },
  ),
  stages: define(
    'stats_stages',
    stageStatisticSchema,
    'What makes up the cost, by product type',
    'Mean, median, share and dispersion of each life-cycle stage, of transport, trims and complements, in Pts and ' +
      'divided by the durability: the means add up to the mean ecs.',
  ),
  drivers: define(
    'stats_drivers',
    driverStatisticSchema,
    'What explains the differences of cost',
    'Share of the variance of ecs that each factor explains: alone (eta squared), and as its part of an additive model ' +
      'of all factors (Shapley value of R squared), for the whole base and within each product type.',
  ),
  correlations: define(
    'stats_correlations',
    correlationRowSchema,
    'Correlations between features and costs',
    'Pearson and Spearman matrices, one row of a matrix in each document.',
    { productField: null },
  ),
  components: define(
    'stats_components',
    componentSchema,
    'Principal components of the costs',
    'Principal components of the standardised costs of the parts: variance, weights, loadings, and where each product ' +
      'type lies.',
    { productField: null },
  ),
  segments: define(
    'stats_segments',
    segmentSchema,
    'Segments of products of a like cost structure',
    'k-means over the components; the number of segments is the one with the best silhouette.',
    { productField: null },
  ),
} as const satisfies Record<string, StatisticDefinition>;

export type StatisticName = keyof typeof STATISTICS;
export type StatisticDocument<Name extends StatisticName = StatisticName> = z.output<
  (typeof STATISTICS)[Name]['document']
>;
export const STATISTIC_NAMES = Object.keys(STATISTICS) as StatisticName[];

/** Collection of the one document that describes the last run. */
export const STATISTICS_SUMMARY_COLLECTION = 'stats_summary';

/** A kind of fault that documents had, how many had it, and one of them. */
export const valueFaultSchema = z.object({ field: z.string(), documents: count, example: z.string() });
export type ValueFault = z.output<typeof valueFaultSchema>;

/** What the last run of the statistics did. */
export const statisticsSummarySchema = z
  .object({
    finishedAt: z.iso.datetime(),
    method_version: z.string().nullish().meta({ description: 'Version of the method that all figures are by' }),
    read: count.meta({ description: 'Documents read' }),
    documents: count.meta({ description: 'Distinct garments that were counted' }),
    duplicates: count.meta({ description: 'Documents left out because another one has the same content' }),
    skippedDocuments: count.meta({ description: 'Documents without an identity or a product type' }),
    incompleteDocuments: count.meta({ description: 'Documents with a missing or non-numeric value' }),
    faults: z.array(valueFaultSchema).meta({ description: 'Those values, by field' }),
    coverage: z.record(z.string(), count).meta({
      description: 'Documents that cover each impact',
      example: Object.fromEntries(IMPACT_TYPES.map((t) => [t, 0])),
    }),
    collections: z.record(z.string(), count).meta({ description: 'Documents of each collection' }),
    columns: z
      .record(z.string(), z.array(z.object({ name: z.string(), kind: z.enum(['text', 'number']) })))
      .meta({ description: 'Flat columns of each collection, for its exports' }),
    milliseconds: z.record(z.string(), z.number()),
    notes: z.array(z.string()),
  })
  .meta({ id: 'StatisticsSummary' });
export type StatisticsSummary = z.output<typeof statisticsSummarySchema>;
