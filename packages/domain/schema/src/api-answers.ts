import { z } from 'zod';

/** Bodies of the REST API, as the contract (docs/contract.md) gives them. */

export const messageSchema = z.object({ message: z.string() });

/** Any refusal whose reason is one sentence. */
export const errorDetailSchema = z.object({ detail: z.string() });

/** An invalid request: each fault with its place (`body`, `query` or `path` first), reason and kind. */
export const validationErrorSchema = z.object({
  detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() })),
});

/** A product that upstream refused or could not score. */
export const notPossibleSchema = z.object({
  message: z.literal('Not possible'),
  detail: z.union([z.string(), z.record(z.string(), z.string())]),
});

/** A row of the good and bad product routes. */
export const rankedProductSchema = z.object({
  inputs: z.record(z.string(), z.unknown()),
  average_impacts: z
    .number()
    .meta({ description: 'Mean of the 21 impact values, those of impacts without a figure as 0' }),
  covered_impacts: z.int().meta({
    description: 'How many of the 21 impacts have a figure: averages of different numbers cannot be compared',
  }),
});

export const livenessSchema = z.object({ status: z.literal('live') });

/** `degraded`: answers are right but slower (no cache). `unavailable`: no answer can be given (no database). */
export const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z.record(z.string(), z.object({ status: z.enum(['up', 'down']), detail: z.string().optional() })),
});
export type Readiness = z.output<typeof readinessSchema>;
