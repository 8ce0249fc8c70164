import { z } from 'zod';
import { errorCodeSchema } from './errors.js';

/** Bodies that routes of every subject answer, as the contract (docs/contract.md) gives them. */

export const messageSchema = z.object({ message: z.string() }).meta({ id: 'Message' });
export type Message = z.output<typeof messageSchema>;

const code = errorCodeSchema
  .optional()
  .describe('Absent from the bodies that the contract fixes; the header x-error-code names those too');

/** Any refusal whose reason is one sentence, in the language that was asked for. */
export const errorDetailSchema = z.object({ detail: z.string(), code }).meta({ id: 'Error' });

/** An invalid request: each fault with its place (`body`, `query` or `path` first), reason and kind. */
export const validationErrorSchema = z
  .object({
    detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string(), type: z.string() })),
    code,
  })
  .meta({ id: 'InvalidRequest' });

/** What answers a request of a batch that was refused. */
export type RefusedAnswer = z.output<typeof validationErrorSchema> | z.output<typeof errorDetailSchema>;

/** The answer to one request of a batch: what was asked for, or why not. */
export const orRefused = <Answer extends z.ZodType>(answer: Answer) =>
  z.union([answer, validationErrorSchema, errorDetailSchema]);

export const livenessSchema = z.object({ status: z.literal('live') }).meta({ id: 'Liveness' });

/** `degraded`: answers are right but slower (no cache). `unavailable`: no answer can be given (no database). */
export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'degraded', 'unavailable']),
    checks: z.record(z.string(), z.object({ status: z.enum(['up', 'down']), detail: z.string().optional() })),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.output<typeof readinessSchema>;

/** Answers of routes that hold no JSON, by their type. */
export const streamed = (contentType: string, description: string, schema: z.ZodType = z.string()) => ({
  description,
  content: { [contentType]: { schema } },
});

/** The answer to a request whose `If-None-Match` names the present answer. */
export const unchanged = { 304: z.void().describe('Not changed since the answer with this ETag') };

/** Failures that many routes document alike, by status; an answer of a route's own replaces one. */
export const FAILURES = {
  403: errorDetailSchema.describe('Missing or wrong key, or a key without the role that this needs'),
  404: errorDetailSchema.describe('Nothing found'),
  422: validationErrorSchema.describe('Invalid request'),
  429: errorDetailSchema.describe('The key has reached a limit; Retry-After tells when to try again'),
  503: errorDetailSchema.describe('The database is away; Retry-After tells when to try again'),
} as const;

/** Some of the {@link FAILURES}, as answers of a route. */
export const failures = <Status extends keyof typeof FAILURES>(...statuses: Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, FAILURES[status]])) as Pick<typeof FAILURES, Status>;
