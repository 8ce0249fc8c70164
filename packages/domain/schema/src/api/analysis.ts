import { z } from 'zod';
import { expected, wordsSchema } from '../languages.js';
import {
  COST_PARTS,
  COST_UNITS,
  EFFECT_FACTORS,
  SCENARIOS,
  SEGMENT_FEATURES,
  STRATUM_GROUPINGS,
} from '../vocabulary.js';
import { catalogueParameter } from './catalogue-names.js';
import { catalogueProductsQuery } from './catalogues.js';
import { integerParameter, listParameter, oneOf, textParameter } from './parameters.js';

/** Requests and answers of `/analysis…`: statistics of catalogues, side by side, computed when they are asked for. */

/** Catalogues that are put side by side at most. */
const MOST_CATALOGUES = 5;
const catalogues = expected(`1 to ${MOST_CATALOGUES} catalogues`, `1 à ${MOST_CATALOGUES} catalogues`);

const perParameter = oneOf(COST_UNITS)
  .default('item')
  .meta({ description: 'What costs are told for: a garment, 100 g of it, a day of wear' });
const seedParameter = integerParameter(0, 2 ** 32 - 1)
  .default(1)
  .meta({ description: 'Of what is drawn' });

/** Which products an analysis is of. Those to check are never among them. */
export const analysisQuery = z.object({
  catalogue: listParameter('the id of a catalogue', 'l’identifiant d’un catalogue')
    .pipe(z.array(catalogueParameter).min(1, catalogues).max(MOST_CATALOGUES, catalogues))
    .default(['reference-grid'])
    .meta({
      description: 'Catalogues, side by side: repeated, or separated by commas; the reference grid by default',
      example: 'reference-grid',
    }),
  per: perParameter,
  scenario: oneOf(SCENARIOS).default('regular').meta({
    description:
      'Garments are compared within one system boundary: regular are those of which every stage counts, of the grid and of users; low-cost those of the grid’s second scenario, which leaves the use stage out and flies more',
  }),
  main_material: textParameter('a material', 'une matière')
    .optional()
    .meta({ description: 'Material of the greatest share', example: 'ei-coton' }),
  ...catalogueProductsQuery.pick({
    product: true,
    material: true,
    country_spinning: true,
    country_fabric: true,
    country_dyeing: true,
    country_making: true,
    country: true,
    process: true,
    brand: true,
    tag: true,
    collection: true,
    season: true,
  }).shape,
});
export type AnalysisQuery = z.output<typeof analysisQuery>;

const count = z.int();
const figure = z.number().nullable();
const named = { name: wordsSchema };
const productId = z.string().nullable().meta({ description: 'Product type; null for all of them together' });

/** A catalogue that was read: what is said of it stands beside these fields. */
const readCatalogue = {
  id: z.string(),
  ...named,
  method_version: z.string().nullable().meta({
    description: 'Version of the method that their costs are by; null where no product tells one',
  }),
  products: count.meta({ description: 'Products that count' }),
  left_out: z
    .object({
      to_check: count.meta({ description: 'Doubtful products that nobody has confirmed' }),
      other_version: count.meta({
        description: 'By another version of the method: it is that of most products without a catalogue',
      }),
      other_scenario: count.meta({
        description: 'Of another system boundary: another scenario, or stages that are left out',
      }),
      without_figures: count.meta({ description: 'Without a cost above 0, mass or days of wear' }),
    })
    .meta({ description: 'What the filters find and does not count' }),
};
const notes = z.array(wordsSchema).meta({ description: 'What a reader has to know of the figures' });
const per = z.enum(COST_UNITS);
const scenario = z.enum(SCENARIOS);

export const stratumSchema = z
  .object({
    count,
    mean: z.number().meta({ description: 'Pts' }),
    mean_low: figure.meta({ description: '95 % interval of the mean, by Student’s t; null below 2 products' }),
    mean_high: figure,
    deviation: figure.meta({ description: 'Standard deviation (n - 1); null below 2 products' }),
    median: z.number(),
    median_low: figure.meta({
      description: '95 % interval of the median, by order statistics (exact, whatever the distribution); null below 6',
    }),
    median_high: figure,
    q1: z.number(),
    q3: z.number(),
    p5: z.number(),
    p95: z.number(),
    min: z.number(),
    max: z.number(),
    constant: z.boolean().meta({ description: 'Whether all products have one value: it says nothing then' }),
  })
  .meta({ id: 'Stratum', description: 'Costs of the products of a group; quantiles are interpolated linearly' });
export type Stratum = z.output<typeof stratumSchema>;

export const strataQuery = analysisQuery.extend({
  by: oneOf(STRATUM_GROUPINGS)
    .default('product')
    .meta({ description: 'What to group by; by scenario, all scenarios are told, apart' }),
});
export const strataSchema = z
  .object({
    per,
    scenario: scenario.nullable().meta({ description: 'Null when they are told apart' }),
    by: z.enum(STRATUM_GROUPINGS),
    catalogues: z.array(
      z.object({
        ...readCatalogue,
        all: stratumSchema
          .nullable()
          .meta({ description: 'Null when there are none, and by scenario: scenarios are never pooled' }),
        groups: z.array(z.object({ key: z.string().nullable(), ...named, ...stratumSchema.shape })),
      }),
    ),
    notes,
  })
  .meta({ id: 'Strata' });
export type Strata = z.output<typeof strataSchema>;

/** Levels of the share of air transport that effects are told for. */
export const AIR_LEVELS = ['0', '0.25', '0.5', '0.75', '1'] as const;

export const effectsQuery = analysisQuery.extend({
  factor: oneOf(EFFECT_FACTORS)
    .default('country')
    .meta({ description: 'What is changed of each garment; country: that of all four stages at once' }),
  reference: textParameter('a value of the factor', 'une valeur du facteur').optional().meta({
    description:
      'Level that others are compared with; by default FR, weaving, ei-coton, no air transport, or the regular scenario',
    example: 'FR',
  }),
});
const changeSchema = z
  .object({ median: z.number(), p5: z.number(), p95: z.number(), mean: z.number() })
  .meta({ id: 'EffectRange' });
export const effectsSchema = z
  .object({
    per,
    scenario: scenario.nullable().meta({ description: 'Null for the effect of the scenario itself' }),
    factor: z.enum(EFFECT_FACTORS),
    reference: z.object({ level: z.string(), ...named }),
    catalogues: z.array(
      z.object({
        ...readCatalogue,
        how: z.enum(['paired', 'computed']).meta({
          description:
            'paired: stored garments that differ in this field only; computed: each garment scored again by the exact method with this field changed',
        }),
        garments: count.meta({
          description: 'Garments that were compared; of more than can be computed at once, a draw by their identity',
        }),
        types: z.array(
          z.object({
            product_id: productId,
            ...named,
            levels: z.array(
              z.object({
                level: z.string(),
                ...named,
                count: count.meta({ description: 'Garments that have both levels' }),
                points: changeSchema.meta({ description: 'Change against the reference, Pts' }),
                percent: changeSchema.meta({ description: 'The same, percent of the cost at the reference' }),
                cheaper: z.number().meta({ description: 'Share of the garments that cost less than at the reference' }),
              }),
            ),
          }),
        ),
      }),
    ),
    notes,
  })
  .meta({ id: 'Effects' });
export type Effects = z.output<typeof effectsSchema>;

export const MOST_SOBOL_SAMPLES = 8192;
export const sensitivityQuery = z.object({
  product: textParameter('a product type', 'un type de produit')
    .optional()
    .meta({ description: 'Product type; without it the type is an input like the others', example: 'tshirt' }),
  per: perParameter,
  n: integerParameter(64, MOST_SOBOL_SAMPLES)
    .default(2048)
    .meta({ description: 'Base samples: n (2 d + 2) garments are scored for d inputs' }),
  seed: seedParameter,
});
export const sensitivitySchema = z
  .object({
    product_id: productId,
    per,
    distribution: z.object({ name: z.string(), version: z.number(), about: wordsSchema }),
    n: count,
    seed: z.number(),
    evaluations: count.meta({ description: 'Garments that were scored' }),
    mean: z.number().meta({ description: 'Pts' }),
    deviation: z.number(),
    inputs: z.array(
      z.object({
        input: z.string(),
        ...named,
        first: z.number().meta({ description: 'First order: share of the variance that the input explains alone' }),
        first_error: z.number().meta({ description: 'Half of its 95 % interval, by bootstrap' }),
        total: z.number().meta({ description: 'Total order: with all its interactions' }),
        total_error: z.number(),
      }),
    ),
    pairs: z
      .array(z.object({ inputs: z.array(z.string()).length(2), second: z.number(), second_error: z.number() }))
      .meta({ description: 'Second order: interactions of two inputs, the greatest first' }),
    interactions: z.number().meta({ description: 'Share of the variance that no input explains alone' }),
    notes,
  })
  .meta({ id: 'Sensitivity' });
export type Sensitivity = z.output<typeof sensitivitySchema>;

const whichProduct = {
  id: z.string(),
  reference: z.string(),
  label: z.string().nullable().meta({ description: 'Name that its owner gives it' }),
  product_id: z.string(),
};

export const segmentsQuery = analysisQuery.omit({ per: true }).extend({
  of: oneOf(SEGMENT_FEATURES).default('shares').meta({
    description:
      'What garments are told apart by: shares of the parts of the cost, or the logarithm of the cost of 100 g',
  }),
  seed: seedParameter,
});
export const segmentsSchema = z
  .object({
    scenario,
    of: z.enum(SEGMENT_FEATURES),
    catalogues: z.array(
      z.object({
        ...readCatalogue,
        silhouette: figure.meta({ description: 'Mean silhouette of the number of segments that was chosen' }),
        silhouettes: z.record(z.string(), z.number()).meta({ description: 'By number of segments' }),
        stability: z
          .object({
            mean: z.number(),
            p5: z.number(),
            resamples: count,
            stable: z.boolean().meta({ description: 'Whether the mean is at least 0.8, and p5 0.6' }),
          })
          .nullable()
          .meta({
            description:
              'Adjusted Rand index between these segments and those of seeded bootstraps: 1 is the same, 0 chance',
          }),
        segments: z.array(
          z.object({
            segment: count,
            ...named,
            count,
            share: z.number(),
            cost_per_100g: z.object({ median: z.number(), p5: z.number(), p95: z.number() }),
            shares: z.record(z.enum(COST_PARTS), z.number()).meta({ description: 'Mean shares of the parts' }),
            types: z.array(z.object({ product_id: z.string(), ...named, share: z.number() })),
            typical: z.object(whichProduct).meta({ description: 'The product nearest to the centre' }),
          }),
        ),
      }),
    ),
    notes,
  })
  .meta({ id: 'Segments' });
export type Segments = z.output<typeof segmentsSchema>;

const limit = (most: number, usual: number) =>
  integerParameter(1, most).default(usual).meta({ description: 'How many at most' });

/** Why a product costs what it costs beside others. */
const reasoned = {
  part: z
    .enum(COST_PARTS)
    .nullable()
    .meta({ description: 'Part of the cost that differs most from the median of what it is compared with' }),
  field: z.string().nullable().meta({
    description:
      'Field that explains most: with the usual value of its kind, by the exact method, the cost comes nearest to the median',
  }),
  reason: wordsSchema,
};
export const catalogueOutliersQuery = analysisQuery.extend({ limit: limit(500, 50) });
export const catalogueOutliersSchema = z
  .object({
    per,
    scenario,
    catalogues: z.array(
      z.object({
        ...readCatalogue,
        judged: count.meta({ description: 'Products of kinds with at least 8 of them' }),
        total: count.meta({ description: 'Outliers, also those beyond the limit' }),
        outliers: z.array(
          z.object({
            ...whichProduct,
            family: z.string().meta({ description: 'Family of the fibres of its main material' }),
            cost: z.number(),
            median: z.number().meta({ description: 'Of its kind: product type and family of fibres' }),
            ratio: z.number().meta({ description: 'Cost over median' }),
            low: z.number().meta({ description: 'Bounds of its kind: 1.5 interquartile ranges of the logarithms' }),
            high: z.number(),
            ...reasoned,
          }),
        ),
      }),
    ),
    notes,
  })
  .meta({ id: 'CatalogueOutliers' });
export type CatalogueOutliers = z.output<typeof catalogueOutliersSchema>;

/** What stands for the medians that the declaration portal publishes, among catalogues to compare with. */
export const PORTAL = 'portal';
const MOST_ASKED = 50;
const placed = expected(`at most ${MOST_ASKED} ids of products`, `${MOST_ASKED} identifiants de produits au plus`);
export const standingQuery = analysisQuery.extend({
  per: perParameter.default('100g'),
  against: z
    .union([catalogueParameter, z.enum([PORTAL])], expected('a catalogue, or portal', 'un catalogue, ou portal'))
    .default('reference-grid')
    .meta({
      description: 'Catalogue to compare with, or portal: the medians that the declaration portal publishes, per 100 g',
    }),
  id: listParameter('the id of a product', 'l’identifiant d’un produit')
    .pipe(z.array(z.string()).max(MOST_ASKED, placed).optional())
    .optional()
    .meta({ description: 'Products of the catalogues that are told whatever their place' }),
  limit: limit(50, 3),
});
const placedSchema = z
  .object({
    ...whichProduct,
    cost: z.number(),
    percentile: figure.meta({
      description: 'Of 100 products of its type there, how many cost less; null where only a median is known',
    }),
    ratio: z.number().meta({ description: 'Cost over the median of its type there' }),
    ...reasoned,
  })
  .meta({ id: 'PlacedProduct' });
export type PlacedProduct = z.output<typeof placedSchema>;
export const standingSchema = z
  .object({
    per,
    scenario,
    against: z.object({
      id: z.string(),
      ...named,
      source: z.string().nullable().meta({ description: 'Where published figures are from' }),
    }),
    catalogues: z.array(
      z.object({
        ...readCatalogue,
        placed: count.meta({ description: 'Products of types that can be compared' }),
        percentile: figure.meta({ description: 'Median of the percentiles of its products' }),
        ratio: figure.meta({ description: 'Median of the ratios of its products' }),
        cheaper: figure.meta({ description: 'Share of its products below the median of their type there' }),
        types: z.array(
          z.object({
            product_id: z.string(),
            ...named,
            count,
            median: z.number(),
            against_count: count.nullable(),
            against_median: z.number(),
            percentile: figure.meta({ description: 'Place of its median among the costs there' }),
            ratio: z.number(),
            cheaper: z.number(),
          }),
        ),
        best: z.array(placedSchema).meta({ description: 'Lowest ratio first' }),
        worst: z.array(placedSchema).meta({ description: 'Highest ratio first' }),
        asked: z.array(placedSchema).meta({ description: 'Products that the request names' }),
      }),
    ),
    notes,
  })
  .meta({ id: 'Standing' });
export type Standing = z.output<typeof standingSchema>;
