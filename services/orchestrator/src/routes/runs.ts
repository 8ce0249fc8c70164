import { DocumentNotFoundError, openEventStreams } from '@ecobalyse/http-kit';
import { errorDetailSchema, runStateSchema, runViewSchema } from '@ecobalyse/schema';
import { findRun, listRuns, type PipelineRun } from '@ecobalyse/store';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { OrchestratorDependencies } from '../dependencies.js';
import { cancelRun, retryRun } from '../runs.js';
import { runView } from '../views.js';
import { conflict, failures, names, noQuery } from './pipelines.js';

const params = z.object({ id: z.string().min(1).max(200).meta({ description: 'Run' }) });
const notFound = { 404: errorDetailSchema.describe('No such run') };

const listQuery = z.strictObject({
  pipeline: z.enum(names).optional().meta({ description: 'Only runs of this pipeline' }),
  state: runStateSchema.optional().meta({ description: 'Only runs in this state' }),
  before: z.iso
    .datetime()
    .optional()
    .meta({ description: 'Only runs that were created before this time: the createdAt of the last one of a page' }),
  limit: z.coerce.number().int().min(1).max(200).default(20).meta({ description: 'Number of runs' }),
});

/** `/runs…`: the history, retry, cancel, and the progress of a run as it happens. */
export function runRoutes(dependencies: OrchestratorDependencies): FastifyPluginAsyncZod {
  const { store } = dependencies;
  const common = { tags: ['Runs'], security: [{ apiKey: [] }] };

  async function existing(id: string): Promise<PipelineRun> {
    const run = await findRun(store, id);
    if (!run) throw new DocumentNotFoundError('No such run');
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

    app.get(
      '/runs',
      {
        schema: {
          ...common,
          summary: 'History of runs, newest first',
          querystring: listQuery,
          response: { 200: z.array(runViewSchema), ...failures },
        },
      },
      async ({ query: { pipeline, state, before, limit } }) => {
        const filter = {
          ...(pipeline !== undefined && { pipeline }),
          ...(state !== undefined && { states: [state] }),
          ...(before !== undefined && { before: new Date(before) }),
        };
        return (await listRuns(store, filter, limit)).map(runView);
      },
    );

    app.get(
      '/runs/:id',
      {
        schema: {
          ...common,
          summary: 'One run',
          params,
          querystring: noQuery,
          response: { 200: runViewSchema, ...failures, ...notFound },
        },
      },
      async (request) => runView(await existing(request.params.id)),
    );

    app.get(
      '/runs/:id/events',
      {
        schema: {
          ...common,
          summary: 'A run as it happens, as server-sent events',
          description:
            'An event `run` whose data is the run, whenever it changed, and `end` with the same at the end, which ends the ' +
            'stream. A client that comes back with Last-Event-ID hears only what is new.',
          params,
          querystring: noQuery,
          response: {
            200: { description: 'Events `run` and `end`', content: { 'text/event-stream': { schema: z.string() } } },
            ...failures,
            ...notFound,
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        return follow(id, await existing(id), request as never, reply as never) as never;
      },
    );

    for (const [action, act, summary] of [
      ['retry', retryRun, 'Go on from the task that failed'],
      ['cancel', cancelRun, 'End a run that goes on'],
    ] as const) {
      app.post(
        `/runs/:id/${action}`,
        {
          schema: {
            ...common,
            summary,
            params,
            querystring: noQuery,
            response: { 202: runViewSchema, ...failures, ...notFound, ...conflict },
          },
        },
        async (request, reply) => {
          const { id } = request.params;
          await act(dependencies, await existing(id));
          request.log.info({ runId: id, action }, 'run changed by a user');
          return reply.code(202).send(runView(await existing(id)));
        },
      );
    }
  };
}
