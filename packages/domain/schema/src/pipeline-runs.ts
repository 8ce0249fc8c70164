import { z } from 'zod';
import { runParametersSchema, taskProgressSchema } from './jobs.js';

/** What the orchestrator's REST tells of pipelines and runs. Times are ISO 8601 in UTC. */

export const runStateSchema = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'skipped']);

/** One task of a run; `waiting` until its turn comes. */
export const taskViewSchema = z.object({
  task: z.string(),
  state: z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']),
  attempts: z.number().int(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  progress: taskProgressSchema.nullable(),
  /** Summary that the task returned. */
  result: z.unknown(),
  error: z.string().nullable(),
  /** Last lines of its log. */
  log: z.array(z.string()),
});
export type TaskView = z.output<typeof taskViewSchema>;

export const runViewSchema = z.object({
  id: z.string(),
  pipeline: z.string(),
  trigger: z.string(),
  parameters: runParametersSchema,
  state: runStateSchema,
  reason: z.string().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  retries: z.number().int(),
  tasks: z.array(taskViewSchema),
});
export type RunView = z.output<typeof runViewSchema>;

export const pipelineViewSchema = z.object({
  name: z.string(),
  description: z.string(),
  tasks: z.array(z.string()),
  /** Cron pattern, interval or `off`, as set. */
  schedule: z.string(),
  timeZone: z.string(),
  paused: z.boolean(),
  nextTick: z.iso.datetime().nullable(),
  /** Newest runs, newest first. */
  runs: z.array(runViewSchema),
});
export type PipelineView = z.output<typeof pipelineViewSchema>;
