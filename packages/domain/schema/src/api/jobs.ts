import { z } from 'zod';
import { expected } from '../languages.js';
import { fileProductSchema } from '../product-request.js';
import { warningsSchema } from '../warnings.js';
import { errorDetailSchema } from './answers.js';
import { catalogueParameter } from './catalogue-names.js';
import { percentileSchema } from './catalogues.js';
import { EXAMPLE_CSV, EXAMPLE_PRODUCT } from './examples.js';
import { languageParameter, mappingParameter, PRODUCT_FILE_FORMATS, RESULT_FORMATS } from './files.js';
import { pageOf, pageQuery } from './pages.js';
import { integerParameter, oneOf, sortParameter } from './parameters.js';

/** Requests and answers of `POST /product/batch` and `/jobs…`. Times are ISO 8601 in UTC. */

/** Most products of one job. */
export const MAX_JOB_PRODUCTS = 100_000;

export const PRODUCT_JOB_STATUSES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export const productJobStatusSchema = z.enum(PRODUCT_JOB_STATUSES);

/** Characters of the name of a file. */
export const MOST_NAME_CHARACTERS = 200;

export const jobParams = z.object({
  id: z.uuid(expected('the id of a job', 'l’id d’un travail')).meta({ description: 'Job' }),
});
export const jobResultQuery = z.object({
  format: oneOf(RESULT_FORMATS)
    .default('ndjson')
    .meta({ description: 'ndjson and json: a line for each product; the others: a table with what makes up its cost' }),
  language: languageParameter,
});
export const jobRefusedQuery = z.object({
  format: oneOf(['xlsx', 'csv', 'csv-fr']).default('xlsx'),
  language: languageParameter,
});
export const jobNotFound = { 404: errorDetailSchema.describe('No such job') };

export const productBatchQuery = z.object({
  name: z
    .string()
    .min(1)
    .max(MOST_NAME_CHARACTERS)
    .optional()
    .meta({ description: 'Name of the file, to know it again', example: 'spring.csv' }),
  mapping: mappingParameter,
  catalogue: catalogueParameter.optional(),
});

const productOfBatchSchema = z.union([
  fileProductSchema,
  z.unknown().describe('Anything else is refused in the result, on its own line'),
]);

/** Bodies of `POST /product/batch` by their type. They are streams, of which each product is checked when it comes. */
export const productBatchBody = {
  content: {
    'application/json': {
      schema: z
        .union([z.array(productOfBatchSchema), productOfBatchSchema.describe('One product alone')])
        .meta({ examples: [[EXAMPLE_PRODUCT]] }),
    },
    // Whatever is sent under these types is text: no value could be of another type.
    'application/x-ndjson': { schema: z.unknown().describe('A product per line') },
    'text/csv': {
      schema: z.unknown().meta({
        description: 'A line of column names, then a product per line',
        examples: [EXAMPLE_CSV],
      }),
    },
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
      schema: z
        .unknown()
        .meta({ type: 'string', format: 'binary', description: 'A workbook (.xlsx) with a sheet of products' }),
    },
    'multipart/form-data': {
      schema: z
        .object({
          mapping: z.string().optional().describe('A FileMapping as JSON, before the file'),
          file: z.unknown().meta({ type: 'string', format: 'binary', description: 'A file of any of these forms' }),
        })
        .meta({ examples: [{ file: EXAMPLE_CSV }] }),
    },
  },
};

const lines = (what: string) => z.number().int().min(0).meta({ description: what });

export const productJobSchema = z
  .object({
    id: z.string(),
    status: productJobStatusSchema,
    file: z.object({
      name: z.string().nullable(),
      format: z.enum(PRODUCT_FILE_FORMATS),
      bytes: z.number().int().min(0),
    }),
    planned: lines('Products of the file'),
    done: lines('Products whose outcome is known'),
    added: lines('Scored and added'),
    changed: lines('Were in the catalogue under the same reference, and are described otherwise now'),
    existing: lines('Were there already, or stand in the file a second time'),
    refused: lines('Cannot be read, are invalid, or were refused by the method'),
    failed: lines('Could not be scored after all tries'),
    unread_columns: z.array(z.string()).meta({
      description:
        'Headers of columns that mean nothing to us, or what another says more surely: none of their cells is read',
    }),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
    created_by: z.string().nullable().meta({ description: 'Name of the key that asked' }),
    catalogue: z.string().nullable().meta({ description: 'Catalogue that the products are added to' }),
    error: z.string().nullable().meta({ description: 'Why the job failed, or what it waits for' }),
  })
  .meta({ id: 'Job' });
export type ProductJobView = z.output<typeof productJobSchema>;

/** Answer of `POST /product/batch`: the job, and where to follow it. */
export const productJobsAnswer = pageOf('ProductJobs', productJobSchema);
export type ProductJobs = z.output<typeof productJobsAnswer>;

export const acceptedProductJobSchema = z
  .object({
    id: z.string(),
    status: productJobStatusSchema,
    url: z.string(),
    events: z.string(),
    result: z.string(),
  })
  .meta({ id: 'AcceptedJob' });
export type AcceptedProductJob = z.output<typeof acceptedProductJobSchema>;

export const PRODUCT_OUTCOMES = ['added', 'changed', 'existing', 'refused', 'failed'] as const;
export type ProductOutcome = (typeof PRODUCT_OUTCOMES)[number];

/** One line of the result: what became of one product of the file. */
export const productResultLineSchema = z.object({
  line: z.number().int().min(1).meta({ description: 'Line of the file on which the product begins' }),
  index: z.number().int().min(0).meta({ description: 'Position of the product in the file, from 0' }),
  status: z.enum(PRODUCT_OUTCOMES),
  reference: z.string().optional().meta({ description: 'What the file calls the product' }),
  md5_id: z.string().optional(),
  ecs: z.number().optional().meta({ description: 'Environmental cost in Pts' }),
  method_version: z
    .string()
    .nullish()
    .meta({ description: 'Version of the method that the cost is by; null where upstream does not tell it' }),
  detail: z.string().optional().meta({ description: 'Why it was refused or failed' }),
  warnings: warningsSchema.optional(),
});
export type ProductResultLine = z.output<typeof productResultLineSchema>;

/** What the products of a job can be sorted by. */
export const JOB_SORTS = ['line', 'reference', 'ecs'] as const;
export const JOB_OUTCOMES = ['scored', 'refused'] as const;
export const jobProductsQuery = pageQuery.extend({
  limit: integerParameter(0, 200).default(50).meta({ description: 'How many at most', example: 50 }),
  outcome: oneOf(JOB_OUTCOMES)
    .optional()
    .meta({ description: 'scored: those that have a cost; refused: those that were refused or failed' }),
  sort: sortParameter(JOB_SORTS)
    .default({ by: 'line', descending: false })
    .meta({ description: 'Column to sort by; - before it begins with the greatest', example: '-ecs' }),
});
export type JobProductsQuery = z.output<typeof jobProductsQuery>;

const figure = z.number().nullable();
const text = z.string().nullable();
export const jobProductsAnswer = pageOf(
  'JobProducts',
  productResultLineSchema
    .extend({
      reference: text.meta({ description: 'What the file calls the product' }),
      name: text,
      product: text.meta({ description: 'Its id in the catalogue that the job adds to' }),
      md5_id: text,
      product_id: text.meta({ description: 'Type' }),
      mass: figure.meta({ description: 'kg' }),
      ecs: figure.meta({ description: 'Environmental cost in Pts' }),
      ecs_per_100g: figure.meta({ description: 'Cost of 100 g, in Pts' }),
      percentile: percentileSchema,
      main_cause: text.meta({ description: 'What adds most to its cost, in words' }),
      warnings: warningsSchema,
      detail: text.meta({ description: 'Why it was refused or failed' }),
    })
    .meta({ id: 'JobProduct' }),
);
export type JobProducts = z.output<typeof jobProductsAnswer>;

/** One event of `/jobs/{id}/events`. */
export const jobEventSchema = z
  .object({ id: z.string(), event: z.enum(['progress', 'end']), data: z.string().describe('The job, as JSON') })
  .describe('One event of the stream');

/** Payload of the queue: everything else is in the database. */
export const productJobPayloadSchema = z.object({
  id: z.string(),
  /** Where the request came from, so that its trace and its log lines go on in the worker. */
  requestId: z.string().optional(),
  traceparent: z.string().optional(),
});
export type ProductJobPayload = z.output<typeof productJobPayloadSchema>;
