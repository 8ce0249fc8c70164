import { PIPELINES } from '@ecobalyse/pipeline';
import { PIPELINE_NAMES, PIPELINE_ROUTES, type PipelineName, type PipelineView } from '@ecobalyse/schema';
import { findRun, listRuns, type PipelineRun, pausedPipelines, setPaused } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { starterOf, startRun } from '../runs.js';
import { applySchedules } from '../schedules.js';
import { DESCRIPTIONS, runView } from '../views.js';

const RUNS_SHOWN = 10;

/** `/pipelines…`: what there is, when it runs next, run now, pause and resume. */
export function pipelineRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const { store, scheduler, schedules } = dependencies;

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
      runs: runs.map((run) => runView(run)),
    };
  }

  return async (app) => {
    app.route({ ...PIPELINE_ROUTES.listPipelines, handler: async () => Promise.all(PIPELINE_NAMES.map(view)) });
    app.route({ ...PIPELINE_ROUTES.getPipeline, handler: async (request) => view(request.params.name) });

    app.route({
      ...PIPELINE_ROUTES.startRun,
      handler: async (request, reply) => {
        const { name } = request.params;
        const runId = await startRun(dependencies, name, request.body?.parameters ?? {}, starterOf(request));
        request.log.info({ pipeline: name, runId }, 'run started by a user');
        return reply.code(202).send(runView((await findRun(store, runId)) as PipelineRun));
      },
    });

    for (const [route, paused] of [
      [PIPELINE_ROUTES.pausePipeline, true],
      [PIPELINE_ROUTES.resumePipeline, false],
    ] as const) {
      app.route({
        ...route,
        handler: async (request) => {
          const { name } = request.params;
          await setPaused(store, name, paused);
          await applySchedules(dependencies);
          request.log.info({ pipeline: name, paused }, 'schedule changed by a user');
          return view(name);
        },
      });
    }
  };
}
