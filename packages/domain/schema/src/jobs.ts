import { z } from 'zod';
import { scenarioSchema } from './documents.js';
import { EXTRACTED_PRODUCTS } from './vocabulary.js';

/** Which part of the extraction grid a run simulates: nothing set is all of it. */
export const extractionScopeSchema = z.object({
  /** Only garments of this product type. */
  product: z.string().optional(),
  /** Only the first so many simulations of the grid. */
  limit: z.number().int().positive().optional(),
});
export type ExtractionScope = z.output<typeof extractionScopeSchema>;

/** Parameters of a run; each task takes those that it knows. */
export const runParametersSchema = extractionScopeSchema.extend({
  /** Do the work even when nothing has changed since the last time. */
  force: z.boolean().optional(),
  /** Score anew only when upstream has this version of the method, such as `8.5.0`. */
  methodVersion: z.string().min(1).max(50).optional(),
  /** Cross-validate the best model with so many folds; without it training tests on one split only. */
  folds: z.number().int().min(2).max(20).optional(),
});
export type RunParameters = z.output<typeof runParametersSchema>;

/** Parameters that a run may be started with; what an older run was started with is shown as it was. */
export const newRunParametersSchema = z.strictObject({
  ...runParametersSchema.shape,
  product: z.enum(EXTRACTED_PRODUCTS).optional(),
});

/** For which retry of its run a job was added; 0, or nothing, for its start. */
const retry = z.number().int().min(0).optional();

/** Payload of each task of a pipeline run. */
export const taskPayloadSchema = z.object({
  runId: z.string(),
  retry,
  pipeline: z.string(),
  parameters: runParametersSchema.default({}),
});
export type TaskPayload = z.output<typeof taskPayloadSchema>;

/** Payload of one batch of simulations: a slice of the grid, which every worker can build by itself. */
export const simulationBatchPayloadSchema = z.object({
  runId: z.string(),
  retry,
  /** Attempt at the task that it belongs to; batches of earlier versions do not tell. */
  attempt: z.number().int().min(1).optional(),
  scope: extractionScopeSchema,
  /** Position of the first simulation of the slice in the grid of the scope. */
  offset: z.number().int().min(0),
  count: z.number().int().positive(),
});
export type SimulationBatchPayload = z.output<typeof simulationBatchPayloadSchema>;

/** A simulation that upstream refused. */
export const refusalSchema = z.object({
  md5_id: z.string(),
  product: z.string(),
  country: z.string(),
  scenario: scenarioSchema,
  /** Reasons by query field, as upstream gave them. */
  reasons: z.record(z.string(), z.string()),
});
export type Refusal = z.output<typeof refusalSchema>;

/** Number of refused simulations with the same reasons, and one of them. */
export const refusalGroupSchema = z.object({ count: z.number(), example: refusalSchema });
export type RefusalGroup = z.output<typeof refusalGroupSchema>;

/** What each task of the pipelines returns, by task: counts and ids, never documents. */
export const taskResultSchemas = {
  'reference-data': z.object({
    countries: z.number(),
    materials: z.number(),
    products: z.number(),
    fabricProcesses: z.number(),
    garments: z.number(),
  }),
  simulations: z.object({ planned: z.number(), answered: z.number(), refused: z.array(refusalGroupSchema) }),
  load: z.object({
    planned: z.number(),
    /** Distinct products among the planned simulations: as many documents. */
    products: z.number(),
    inserted: z.number(),
    updated: z.number(),
    /** Simulations whose document was there with the same content, written by an earlier run or earlier in this one. */
    unchanged: z.number(),
    refused: z.number(),
    refusals: z.array(refusalGroupSchema),
    indexes: z.number(),
  }),
  'impact-documentation': z.object({ impacts: z.number() }),
  'clear-cache': z.object({ cleared: z.number() }),
  'add-products': z.object({
    files: z.number(),
    added: z.number(),
    alreadyThere: z.number(),
    refused: z.number(),
    leftForNextRun: z.number(),
    /** Files that were left alone, could not be read or hold no product, with the reason. */
    notes: z.array(z.string()).optional(),
  }),
  rescore: z.object({
    /** What products are scored by now. */
    methodVersion: z.string(),
    /** Products that were by another version. */
    planned: z.number(),
    rescored: z.number(),
    /** Of these, products of catalogues; runs of earlier versions did not touch them. */
    inCatalogues: z.number().optional(),
    /** Those that upstream refused, or answered in a form that is not known; they stay as they were. */
    refused: z.number(),
    examples: z.array(z.object({ md5_id: z.string(), reasons: z.record(z.string(), z.string()) })),
  }),
  statistics: z.object({
    read: z.number(),
    /** Distinct garments that were counted. */
    documents: z.number(),
    duplicates: z.number(),
    /** Documents without an identity or a product type. */
    skippedDocuments: z.number(),
    /** Documents with a missing or non-numeric value, which only the statistics of that value leave out. */
    incompleteDocuments: z.number(),
    collections: z.record(z.string(), z.number()),
    milliseconds: z.record(z.string(), z.number()),
    notes: z.array(z.string()),
  }),
  train: z.object({
    skipped: z.boolean(),
    reason: z.string(),
    family: z.string().nullable(),
    version: z.number().nullable(),
    promoted: z.boolean(),
    metrics: z.record(z.string(), z.number()),
  }),
} as const;

export type TaskName = keyof typeof taskResultSchemas;

/** An attempt at a task of a run. */
export interface TaskAttemptRef {
  runId: string;
  task: TaskName;
  /** Retry of the run; 0 for its start. */
  retry: number;
  /** From 1 in each of them. */
  attempt: number;
}

export type TaskResult<Name extends TaskName = TaskName> = z.output<(typeof taskResultSchemas)[Name]>;

/** What one batch of simulations returns. */
export const simulationBatchResultSchema = z.object({
  offset: z.number(),
  planned: z.number(),
  answered: z.number(),
  refused: z.array(refusalSchema),
});
export type SimulationBatchResult = z.output<typeof simulationBatchResultSchema>;

/** What became of the simulations of a batch so far, by their place in it: answered and stored, or refused. */
export const simulationOutcomesSchema = z.record(z.string(), z.union([z.literal('stored'), refusalSchema]));

/** Progress of a task, as its job reports it. */
export const taskProgressSchema = z.object({ done: z.number(), planned: z.number() });
export type TaskProgress = z.output<typeof taskProgressSchema>;
