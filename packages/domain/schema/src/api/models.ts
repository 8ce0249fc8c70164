import { z } from 'zod';
import { expected } from '../languages.js';
import { errorDetailSchema, failures } from './answers.js';
import { pageOf } from './pages.js';

/** Versions of the prediction model: `/models…`. */

const version = expected('the number of a version, from 1', 'le numéro d’une version, à partir de 1');
export const modelParams = z.object({
  version: z.coerce
    .number(version)
    .int(version)
    .min(1, version)
    .meta({ description: 'Number of the version', example: 1 }),
});

export const modelFailures = {
  ...failures(403),
  404: errorDetailSchema.describe('No model is registered, or no such version'),
  503: errorDetailSchema.describe('The registry of models is away; Retry-After tells when to try again'),
};

/** A registered version of the model, as `GET /models` shows it. */
export const modelVersionSchema = z
  .object({
    version: z.number(),
    family: z.string(),
    trainedAt: z.string(),
    production: z.boolean(),
    runId: z.string(),
    backend: z
      .string()
      .nullable()
      .describe('What TensorFlow.js computed with: tensorflow (native) or wasm; null where it is not known'),
    /** Why it was promoted, or was not. */
    decision: z.string(),
    metrics: z.record(z.string(), z.number()),
  })
  .meta({ id: 'ModelVersion' });

export type ModelVersion = z.output<typeof modelVersionSchema>;

export const modelVersionsAnswer = pageOf('ModelVersions', modelVersionSchema);
export type ModelVersions = z.output<typeof modelVersionsAnswer>;

const metricsSchema = z.looseObject({
  r2: z.number(),
  rmse: z.number(),
  mae: z.number(),
  mape: z.number(),
  bias: z.number(),
});

/** What a family reached on the garments of one stratum. */
export const stratumReportSchema = metricsSchema
  .extend({
    stratum: z.string(),
    count: z.number(),
    medianApe: z.number().describe('Median absolute error in percent of the cost'),
    p95Ape: z.number().describe('95th percentile of the absolute error in percent of the cost'),
    coverage: z.number().describe('Share of the costs inside the intervals'),
    width: z.number().describe('Median half-width of the intervals as a share of the prediction'),
  })
  .meta({ id: 'StratumReport' });
export type StratumReport = z.output<typeof stratumReportSchema>;

/** What one family reached in a training. */
export const familyReportSchema = z
  .looseObject({
    family: z.string(),
    seconds: z.number(),
    metrics: metricsSchema,
    biasByProduct: z.record(z.string(), z.number()),
    worst: z.array(
      z.looseObject({
        id: z.string(),
        product: z.string(),
        massKg: z.number(),
        cost: z.number(),
        prediction: z.number(),
        materials: z.string().optional(),
        countryMaking: z.string().optional(),
        fabricProcess: z.string().optional(),
      }),
    ),
    coverage: z.number(),
    intervalWidth: z.number().describe('Median half-width of the intervals as a share of the prediction'),
    error: z.number().optional().describe('Mean over the strata of the median absolute error, in percent'),
    widthRank: z.number().optional().describe('Rank correlation of the width of the intervals and the error'),
    strata: z.array(stratumReportSchema).optional().describe('Garments unlike those in training, by what is unlike'),
    interpolation: metricsSchema
      .nullish()
      .describe('Garments of the products, processes and mixes in training: how well it interpolates'),
  })
  .meta({ id: 'FamilyReport' });
export type FamilyReport = z.output<typeof familyReportSchema>;

/**
 * What a training found out, as its run keeps it; the order of the fields is that of the file. What is optional is absent in
 * versions that were trained before it was kept.
 */
export const evaluationSchema = z
  .looseObject({
    reports: z.array(familyReportSchema),
    importance: z.array(z.looseObject({ field: z.string(), rmseIncrease: z.number() })),
    counts: z.looseObject({ train: z.number(), calibration: z.number(), test: z.number() }).optional(),
    decision: z.unknown().optional(),
    crossValidation: z.unknown().optional(),
    interval: z.looseObject({ level: z.number() }).optional(),
    test: z.array(z.tuple([z.number(), z.number()])).optional(),
  })
  .meta({ id: 'Evaluation', description: 'Metrics, bias by product, worst cases and importance by family' });
export type Evaluation = z.output<typeof evaluationSchema>;

/** One version with everything that its run recorded. */
export const modelDetailsSchema = modelVersionSchema
  .extend({ evaluation: evaluationSchema.nullable() })
  .meta({ id: 'ModelDetails' });
export type ModelDetails = z.output<typeof modelDetailsSchema>;

/** How a version predicts the products that arrived since it was trained. */
export const modelChecksSchema = z
  .object({
    version: z.number(),
    level: z.number().nullable().meta({
      description:
        'Share of the costs that its intervals promise to hold; null for a version that was not in production yet',
    }),
    checked: z.int().meta({ description: 'Products that it was checked by: the last ones, 500 at most' }),
    outside: z.int().meta({ description: 'Of these, whose cost lies outside of the interval' }),
    drifts_from: z
      .int()
      .nullable()
      .meta({ description: 'So many outside are more than luck explains; null while too few were checked' }),
    drifts: z.boolean().meta({ description: 'Whether it is an incident' }),
    median_error: z.number().nullable().meta({ description: 'Median absolute error in percent of the cost' }),
    items: z
      .array(
        z.object({
          at: z.iso.datetime().meta({ description: 'When the product arrived' }),
          md5_id: z.string().nullable().meta({
            description: 'Null, as all about it, of a product of a catalogue that the key does not see',
          }),
          product_id: z.string().nullable(),
          catalogue: z.string().nullable().meta({ description: 'Null for a product without one' }),
          ecs: z.number().nullable().meta({ description: 'What it costs, in Pts' }),
          prediction: z.number().nullable(),
          inside: z.boolean().meta({ description: 'Whether the cost lies within the interval' }),
        }),
      )
      .meta({ description: 'The last arrival first' }),
  })
  .meta({ id: 'ModelChecks' });
export type ModelChecks = z.output<typeof modelChecksSchema>;
