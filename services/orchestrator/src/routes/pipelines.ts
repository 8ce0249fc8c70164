import { PIPELINES, type PipelineName } from '@ecobalyse/pipeline';
import {
  errorDetailSchema,
  newRunParametersSchema,
  type PipelineView,
  pipelineViewSchema,
  runViewSchema,
  validationErrorSchema,
} from '@ecobalyse/schema';
import { findRun, listRuns, type PipelineRun, pausedPipelines, setPaused } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { startRun } from '../runs.js';
import { applySchedules } from '../schedules.js';
import { DESCRIPTIONS, runView } from '../views.js';

const RUNS_SHOWN = 10;
export const names = Object.keys(PIPELINES) as [PipelineName, ...PipelineName[]];
/** Of routes that know no parameters: a misspelt one must not be taken for none. */
export const noQuery = z.strictObject({});
const params = z.object({ name: z.enum(names).meta({ description: 'Pipeline', example: 'ecobalyse_extract' }) });

/** Answers that every route behind the key may give. */
export const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  422: validationErrorSchema.describe('Invalid request'),
  503: errorDetailSchema.describe('The database or Redis is away'),
};
export const conflict = { 409: errorDetailSchema.describe('The run is not in a state that allows this') };

/** `/pipelines…`: what there is, when it runs next, run now, pause and resume. */
export function pipelineRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const { store, scheduler, schedules } = dependencies;
  const common = { tags: ['Pipelines'], security: [{ apiKey: [] }] };

  async function view(name: PipelineName): Promise<PipelineView> {
    const [paused, ticks, runs] = await Promise.all([
      pausedPipelines(store),
      // The readiness tells that Redis is away; the history can be shown nevertheless.
      scheduler.nextTicks().catch(() => new Map<PipelineName, Date>()),
      listRuns(store, { pipeline: name }, RUNS_SHOWN),
    ]);
    const schedule = schedules.get(name);
    return {
      name,
      description: DESCRIPTIONS[name],
      tasks: [...PIPELINES[name]],
      schedule: schedule?.text ?? 'off',
      timeZone: schedule?.timeZone ?? 'UTC',
      paused: paused.has(name),
      nextTick: ticks.get(name)?.toISOString() ?? null,
      runs: runs.map(runView),
    };
  }

  return async (app) => {
    app.get(
      '/pipelines',
      {
        schema: {
          ...common,
          summary: 'The pipelines, their schedules and newest runs',
          querystring: noQuery,
          response: { 200: z.array(pipelineViewSchema), ...failures },
        },
      },
      async () => Promise.all(names.map(view)),
    );

    app.get(
      '/pipelines/:name',
      {
        schema: {
          ...common,
          summary: 'One pipeline',
          params,
          querystring: noQuery,
          response: { 200: pipelineViewSchema, ...failures },
        },
      },
      async (request) => view(request.params.name),
    );

    app.post(
      '/pipelines/:name/runs',
      {
        schema: {
          ...common,
          summary: 'Start a run now',
          params,
          querystring: noQuery,
          body: z
            .strictObject({ parameters: newRunParametersSchema.default({}) })
            .nullish()
            .meta({ examples: [{ parameters: { product: 'tshirt', limit: 300 } }] }),
          response: { 202: runViewSchema, ...failures, ...conflict },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const runId = await startRun(dependencies, name, request.body?.parameters ?? {}, 'user');
        request.log.info({ pipeline: name, runId }, 'run started by a user');
        return reply.code(202).send(runView((await findRun(store, runId)) as PipelineRun));
      },
    );

    for (const [action, paused, summary] of [
      ['pause', true, 'Stop starting runs on schedule'],
      ['resume', false, 'Start runs on schedule again'],
    ] as const) {
      app.post(
        `/pipelines/:name/${action}`,
        {
          schema: {
            ...common,
            summary,
            params,
            querystring: noQuery,
            response: { 200: pipelineViewSchema, ...failures },
          },
        },
        async (request) => {
          const { name } = request.params;
          await setPaused(store, name, paused);
          await applySchedules(dependencies);
          request.log.info({ pipeline: name, paused }, 'schedule changed by a user');
          return view(name);
        },
      );
    }
  };
}
