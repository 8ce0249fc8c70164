import { z } from 'zod';
import { newRunParametersSchema, runParametersSchema, taskProgressSchema } from '../jobs.js';
import { wordsSchema } from '../languages.js';
import { PIPELINE_NAMES } from '../vocabulary.js';
import { errorDetailSchema, failures, messageSchema, streamed } from './answers.js';
import { EXAMPLE_RUN } from './examples.js';

/** The orchestrator's REST: requests and answers of `/pipelines…` and `/runs…`. Times are ISO 8601 in UTC. */

export const runStateSchema = z.enum(['running', 'succeeded', 'failed', 'cancelled', 'skipped']);

const taskStateSchema = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']);

/** One attempt at a task, with the last lines of its log. */
const taskAttemptSchema = z
  .object({
    retry: z.number().int().meta({ description: 'Retry of the run that it belongs to; 0 for its start' }),
    attempt: z.number().int().meta({ description: 'From 1 in each of them' }),
    state: taskStateSchema,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    error: z.string().nullable(),
    log: z
      .array(z.object({ at: z.iso.datetime().nullable(), text: z.string() }))
      .meta({ description: 'The last lines; those of runs of earlier versions have no time' }),
    cut: z.number().int().meta({ description: 'How many lines came before these and were cut' }),
  })
  .meta({ id: 'TaskAttempt' });
export type TaskAttemptView = z.output<typeof taskAttemptSchema>;

/** One task of a run; `waiting` until its turn comes. */
export const taskViewSchema = z
  .object({
    task: z.string(),
    state: taskStateSchema,
    attempts: z.number().int(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    progress: taskProgressSchema.nullable(),
    /** Summary that the task returned. */
    result: z.unknown(),
    error: z.string().nullable(),
    history: z
      .array(taskAttemptSchema)
      .optional()
      .meta({ description: 'Every attempt, oldest first; where one run is asked for or followed' }),
  })
  .meta({ id: 'Task' });
export type TaskView = z.output<typeof taskViewSchema>;

/** How a run came to start: a tick, a person on the dashboard, `npm start`, or another program that asked the API. */
export const startedViaSchema = z.enum(['schedule', 'page', 'command', 'api']);
export type StartedVia = z.output<typeof startedViaSchema>;

const runStartSchema = z
  .object({
    retry: z.number().int().meta({ description: '0 for the start, n for the nth retry' }),
    at: z.iso.datetime(),
    key: z.string().nullable().meta({ description: 'Name of the key; null for the schedule' }),
    via: startedViaSchema,
  })
  .meta({ id: 'RunStart' });

export const runViewSchema = z
  .object({
    id: z.string(),
    pipeline: z.string(),
    trigger: z.string(),
    starts: z
      .array(runStartSchema)
      .meta({ description: 'Who started it and retried it; nobody where an earlier version did not tell' }),
    parameters: runParametersSchema,
    state: runStateSchema,
    reason: z.string().nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    retries: z.number().int(),
    tasks: z.array(taskViewSchema),
  })
  .meta({ id: 'Run' });
export type RunView = z.output<typeof runViewSchema>;

export const pipelineViewSchema = z
  .object({
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
  })
  .meta({ id: 'Pipeline' });
export type PipelineView = z.output<typeof pipelineViewSchema>;

/** Of routes that know no parameters: a misspelt one must not be taken for none. */
const noQuery = z.strictObject({});
const pipelineParams = z.object({
  name: z.enum(PIPELINE_NAMES).meta({ description: 'Pipeline', example: 'ecobalyse_extract' }),
});
const runParams = z.object({ id: z.string().min(1).max(200).meta({ description: 'Run' }) });
const runsQuery = z.strictObject({
  pipeline: z.enum(PIPELINE_NAMES).optional().meta({ description: 'Only runs of this pipeline' }),
  state: runStateSchema.optional().meta({ description: 'Only runs in this state' }),
  before: z.iso
    .datetime()
    .optional()
    .meta({ description: 'Only runs that were created before this time: the createdAt of the last one of a page' }),
  limit: z.coerce.number().int().min(1).max(200).default(20).meta({ description: 'Number of runs' }),
});
const newRunSchema = z
  .strictObject({ parameters: newRunParametersSchema.default({}) })
  .meta({ id: 'NewRun' })
  .nullish()
  .meta({ examples: [EXAMPLE_RUN] });

const incidentSchema = z
  .object({
    id: z.string().meta({ description: 'What it is about, such as run_failed:ecobalyse' }),
    message: wordsSchema,
    since: z.iso.datetime(),
    ended_at: z.iso.datetime().nullable().meta({ description: 'Null while it goes on' }),
    told_at: z.iso.datetime().nullable().meta({ description: 'When the webhook took it' }),
    error: z.string().nullable().meta({ description: 'Why the webhook did not take it last' }),
  })
  .meta({ id: 'Incident' });
const alertsSchema = z
  .object({
    webhook: z.boolean().meta({ description: 'Whether ALERT_WEBHOOK_URL is set' }),
    incidents: z.array(incidentSchema),
  })
  .meta({ id: 'Alerts' });
export type AlertsView = z.output<typeof alertsSchema>;

const runEventSchema = z.object({
  id: z.string(),
  event: z.enum(['run', 'end']),
  data: z.string().describe('The run, as JSON'),
});

const answers = { ...failures(403, 422), 503: errorDetailSchema.describe('The database or Redis is away') };
const notFound = { 404: errorDetailSchema.describe('No such run') };
const conflict = { 409: errorDetailSchema.describe('The run, or the pipeline, is not in a state that allows this') };
const common = { security: [{ apiKey: [] }], querystring: noQuery };
const ofPipelines = { ...common, tags: ['Pipelines'] };
const ofPipeline = { ...ofPipelines, params: pipelineParams };
const ofAlerts = { ...common, tags: ['Alerts'] };
const ofRuns = { ...common, tags: ['Runs'] };
const ofRun = { ...ofRuns, params: runParams };

const get = <Schema>(url: string, schema: Schema) => ({ method: 'GET' as const, url, schema });
const post = <Schema>(url: string, schema: Schema) => ({ method: 'POST' as const, url, schema });

/** The routes: the orchestrator serves them, and the API passes them on to it. */
export const PIPELINE_ROUTES = {
  listPipelines: get('/pipelines', {
    ...ofPipelines,
    operationId: 'listPipelines',
    summary: 'The pipelines, their schedules and newest runs',
    response: { 200: z.array(pipelineViewSchema), ...answers },
  }),
  getPipeline: get('/pipelines/:name', {
    ...ofPipeline,
    operationId: 'getPipeline',
    summary: 'One pipeline',
    response: { 200: pipelineViewSchema, ...answers },
  }),
  startRun: post('/pipelines/:name/runs', {
    ...ofPipeline,
    operationId: 'startRun',
    summary: 'Start a run now',
    body: newRunSchema,
    response: { 202: runViewSchema, ...answers, ...conflict },
  }),
  pausePipeline: post('/pipelines/:name/pause', {
    ...ofPipeline,
    operationId: 'pausePipeline',
    summary: 'Stop starting runs on schedule',
    response: { 200: pipelineViewSchema, ...answers },
  }),
  resumePipeline: post('/pipelines/:name/resume', {
    ...ofPipeline,
    operationId: 'resumePipeline',
    summary: 'Start runs on schedule again',
    response: { 200: pipelineViewSchema, ...answers },
  }),
  listAlerts: get('/alerts', {
    ...ofAlerts,
    operationId: 'listAlerts',
    summary: 'Incidents: those that go on first, then those of the last 30 days',
    response: { 200: alertsSchema, ...answers },
  }),
  testAlert: post('/alerts/test', {
    ...ofAlerts,
    operationId: 'testAlert',
    summary: 'Send a trial to the webhook',
    response: {
      200: messageSchema,
      ...answers,
      409: errorDetailSchema.describe('No webhook is set'),
      502: errorDetailSchema.describe('The webhook did not take it, or the orchestrator is out of reach'),
    },
  }),
  listRuns: get('/runs', {
    ...ofRuns,
    operationId: 'listRuns',
    summary: 'History of runs, newest first',
    querystring: runsQuery,
    response: { 200: z.array(runViewSchema), ...answers },
  }),
  getRun: get('/runs/:id', {
    ...ofRun,
    operationId: 'getRun',
    summary: 'One run',
    response: { 200: runViewSchema, ...answers, ...notFound },
  }),
  followRun: get('/runs/:id/events', {
    ...ofRun,
    operationId: 'followRun',
    summary: 'A run as it happens, as server-sent events',
    description:
      'An event `run` whose data is the run, whenever it changed, and `end` with the same at the end, which ends the ' +
      'stream. A client that comes back with Last-Event-ID hears only what is new.',
    response: {
      200: streamed('text/event-stream', 'Events `run` and `end`', runEventSchema),
      ...answers,
      ...notFound,
    },
  }),
  retryRun: post('/runs/:id/retry', {
    ...ofRun,
    operationId: 'retryRun',
    summary: 'Go on from the task that failed',
    response: { 202: runViewSchema, ...answers, ...notFound, ...conflict },
  }),
  cancelRun: post('/runs/:id/cancel', {
    ...ofRun,
    operationId: 'cancelRun',
    summary: 'End a run that goes on',
    response: { 202: runViewSchema, ...answers, ...notFound, ...conflict },
  }),
};
