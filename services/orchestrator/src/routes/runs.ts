import { setTimeout as wait } from 'node:timers/promises';
import { DocumentNotFoundError } from '@ecobalyse/http-kit';
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

const EVENT_POLL_MS = 300;
const HEARTBEAT_MS = 15_000;

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
  /** Aborted when the service stops: streams end instead of keeping it from stopping. */
  const stopping = new AbortController();

  async function existing(id: string): Promise<PipelineRun> {
    const run = await findRun(store, id);
    if (!run) throw new DocumentNotFoundError();
    return run;
  }

  /** The run as server-sent events: one whenever it changed, until it has ended. */
  async function* events(id: string, closed: AbortSignal): AsyncGenerator<string> {
    let before = '';
    let lastSent = Date.now();
    while (!closed.aborted && !stopping.signal.aborted) {
      const run = await existing(id);
      const data = JSON.stringify(runView(run));
      if (data !== before) {
        before = data;
        lastSent = Date.now();
        yield `event: run\ndata: ${data}\n\n`;
      } else if (Date.now() - lastSent > HEARTBEAT_MS) {
        lastSent = Date.now();
        yield ': still here\n\n';
      }
      if (run.state !== 'running') return;
      const signal = AbortSignal.any([closed, stopping.signal]);
      await wait(EVENT_POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return async (app) => {
    app.addHook('preClose', async () => stopping.abort());

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
          description: 'An event `run` whose data is the run, whenever it changed; the stream ends with the run.',
          params,
          querystring: noQuery,
          response: { 200: z.string().describe('text/event-stream'), ...failures, ...notFound },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        await existing(id);
        const closed = new AbortController();
        reply.raw.once('close', () => closed.abort());
        reply.hijack();
        reply.raw.writeHead(200, {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
        try {
          for await (const event of events(id, closed.signal)) reply.raw.write(event);
        } catch (err) {
          request.log.warn({ err }, 'a stream of events broke off');
        }
        reply.raw.end();
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
