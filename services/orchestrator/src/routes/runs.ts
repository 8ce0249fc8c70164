import { openEventStreams, RefusedError } from '@ecobalyse/http-kit';
import { PIPELINE_ROUTES } from '@ecobalyse/schema';
import { findRun, listRuns, type PipelineRun } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { cancelRun, retryRun } from '../runs.js';
import { runView } from '../views.js';

/** `/runs…`: the history, retry, cancel, and the progress of a run as it happens. */
export function runRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const { store } = dependencies;

  async function existing(id: string): Promise<PipelineRun> {
    const run = await findRun(store, id);
    if (!run) throw new RefusedError('run_unknown');
    return run;
  }

  return async (app) => {
    const follow = openEventStreams<PipelineRun>(app, {
      read: (id) => findRun(store, id),
      view: runView,
      isOver: ({ state }) => state !== 'running',
      changed: 'run',
      ended: 'end',
    });

    app.route({
      ...PIPELINE_ROUTES.listRuns,
      handler: async ({ query: { pipeline, state, before, limit } }) => {
        const filter = {
          ...(pipeline !== undefined && { pipeline }),
          ...(state !== undefined && { states: [state] }),
          ...(before !== undefined && { before: new Date(before) }),
        };
        return (await listRuns(store, filter, limit)).map(runView);
      },
    });

    app.route({
      ...PIPELINE_ROUTES.getRun,
      handler: async (request) => runView(await existing(request.params.id)),
    });

    app.route({
      ...PIPELINE_ROUTES.followRun,
      handler: async (request, reply) => {
        const { id } = request.params;
        return follow(id, await existing(id), request as never, reply as never) as never;
      },
    });

    for (const [route, action, act] of [
      [PIPELINE_ROUTES.retryRun, 'retry', retryRun],
      [PIPELINE_ROUTES.cancelRun, 'cancel', cancelRun],
    ] as const) {
      app.route({
        ...route,
        handler: async (request, reply) => {
          const { id } = request.params;
          await act(dependencies, await existing(id));
          request.log.info({ runId: id, action }, 'run changed by a user');
          return reply.code(202).send(runView(await existing(id)));
        },
      });
    }
  };
}
