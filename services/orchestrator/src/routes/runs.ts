import { openEventStreams, RefusedError } from '@ecobalyse/http-kit';
import { PIPELINE_ROUTES } from '@ecobalyse/schema';
import { findRun, listAttempts, listRuns, type PipelineRun, type TaskAttempt } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { cancelRun, retryRun, starterOf } from '../runs.js';
import { runView } from '../views.js';

/** `/runs…`: the history, retry, cancel, and the progress of a run as it happens. */
export function runRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const { store } = dependencies;

  async function existing(id: string): Promise<PipelineRun> {
    const run = await findRun(store, id);
    if (!run) throw new RefusedError('run_unknown');
    return run;
  }

  /** With its attempts, which are read after it: one that has ended tells the end of each. */
  async function withAttempts(run: PipelineRun): Promise<[PipelineRun, TaskAttempt[]]> {
    return [run, await listAttempts(store, run._id)];
  }
  const whole = async (id: string) => runView(...(await withAttempts(await existing(id))));

  return async (app) => {
    const follow = openEventStreams<[PipelineRun, TaskAttempt[]]>(app, {
      async read(id) {
        const run = await findRun(store, id);
        return run && withAttempts(run);
      },
      view: ([run, attempts]) => runView(run, attempts),
      isOver: ([{ state }]) => state !== 'running',
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
        return (await listRuns(store, filter, limit)).map((run) => runView(run));
      },
    });

    app.route({
      ...PIPELINE_ROUTES.getRun,
      handler: async (request) => whole(request.params.id),
    });

    app.route({
      ...PIPELINE_ROUTES.followRun,
      handler: async (request, reply) => {
        const { id } = request.params;
        return follow(id, await withAttempts(await existing(id)), request as never, reply as never) as never;
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
          await act(dependencies, await existing(id), starterOf(request));
          request.log.info({ runId: id, action }, 'run changed by a user');
          return reply.code(202).send(await whole(id));
        },
      });
    }
  };
}
