import type { Readable } from 'node:stream';
import { requireRole } from '@ecobalyse/http-kit';
import {
  errorDetailSchema,
  pipelineViewSchema,
  readinessSchema,
  runViewSchema,
  validationErrorSchema,
} from '@ecobalyse/schema';
import replyFrom from '@fastify/reply-from';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';

const PREFIX = '/orchestrator';
/** More than the orchestrator has streams of events: followers must not keep other requests from being passed on. */
const MAX_CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 2000;
/** Longest wait for the first byte of an answer; a stream of events may then last as long as its run. */
const ANSWER_TIMEOUT_MS = 10_000;

const events = {
  description: 'Events `run` and `end`',
  content: { 'text/event-stream': { schema: z.object({ event: z.string(), data: z.string() }) } },
};

/** What of the orchestrator's REST is passed on: its page, its sessions and the queue board are not. */
const ROUTES = [
  ['GET', '/pipelines', 200, z.array(pipelineViewSchema), 'The pipelines, their schedules and newest runs'],
  ['GET', '/pipelines/:name', 200, pipelineViewSchema, 'One pipeline'],
  ['POST', '/pipelines/:name/runs', 202, runViewSchema, 'Start a run now'],
  ['POST', '/pipelines/:name/pause', 200, pipelineViewSchema, 'Stop starting runs on schedule'],
  ['POST', '/pipelines/:name/resume', 200, pipelineViewSchema, 'Start runs on schedule again'],
  ['GET', '/runs', 200, z.array(runViewSchema), 'History of runs, newest first'],
  ['GET', '/runs/:id', 200, runViewSchema, 'One run'],
  ['GET', '/runs/:id/events', 200, events, 'A run as it happens, as server-sent events'],
  ['POST', '/runs/:id/retry', 202, runViewSchema, 'Go on from the task that failed'],
  ['POST', '/runs/:id/cancel', 202, runViewSchema, 'End a run that goes on'],
  ['GET', '/health/ready', 200, readinessSchema, 'Can the orchestrator answer?'],
] as const;

const failures = {
  403: errorDetailSchema.describe('Missing or wrong key'),
  404: errorDetailSchema.describe('No such run'),
  409: errorDetailSchema.describe('The run, or the pipeline, is not in a state that allows this'),
  422: validationErrorSchema.describe('Invalid request'),
  502: errorDetailSchema.describe('The orchestrator is out of reach'),
  503: z.union([errorDetailSchema, readinessSchema]).describe('The database or Redis is away'),
  504: errorDetailSchema.describe('The orchestrator did not answer in time'),
};

const startOfRun = z.looseObject({}).nullish().describe('Parameters of the run, if any');
const paramSchema = z.string().regex(/^[\w:-][\w:.-]{0,199}$/, 'expected the name of a pipeline or the id of a run');
const paramsOf = (path: string) =>
  z.object(Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, paramSchema])));
/** Made of checked parts: what a client wrote into its path goes nowhere else. */
const pathOf = (path: string, params: Record<string, string>) =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

/**
 * `/orchestrator/*`: the REST of the orchestrator under the API's own address, so that the dashboard needs neither another
 * address nor CORS. The key is checked here and passed on; cookies are not, since a browser sends them without being asked.
 */
export function orchestratorRoutes({ access, orchestratorUrl }: ApiDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    if (orchestratorUrl === undefined) return;
    app.addHook('onRequest', requireRole(access, 'reader', 'admin'));
    const streams = new Set<Readable>();
    app.addHook('preClose', async () => {
      // Streams of events would keep the service from stopping; their readers come back.
      for (const stream of streams) stream.destroy();
    });
    await app.register(replyFrom, {
      base: orchestratorUrl,
      undici: {
        connections: MAX_CONNECTIONS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        headersTimeout: ANSWER_TIMEOUT_MS,
        bodyTimeout: 0,
      },
      // A request that was passed on may have had its effect.
      retryMethods: [],
      disableRequestLogging: true,
    });

    for (const [method, path, status, answer, summary] of ROUTES) {
      app.route({
        method,
        url: `${PREFIX}${path}`,
        // Its own routes refuse what they do not know.
        config: { ignoresUnknownParameters: true },
        schema: {
          tags: ['Pipelines'],
          summary,
          description: 'Passed on to the orchestrator, whose own documentation tells parameters and bodies.',
          security: [{ apiKey: [] }],
          params: paramsOf(path),
          ...(method === 'POST' && path.endsWith('/runs') && { body: startOfRun }),
          response: { [status]: answer, ...failures },
        },
        handler: (request, reply) =>
          reply.from(pathOf(path, request.params as Record<string, string>), {
            // As it was read: null is a request without a body.
            ...(method === 'POST' && { body: request.body ?? null }),
            rewriteRequestHeaders: (_request, { cookie: _cookie, ...headers }) => ({
              ...headers,
              'x-request-id': request.id,
            }),
            onResponse: (_request, answered, { stream }) => {
              streams.add(stream);
              stream.once('close', () => streams.delete(stream));
              answered.send(stream);
            },
            onError: (failed, { error }) => {
              request.log.warn({ err: error }, 'the orchestrator did not answer');
              const late = 'code' in error && error.code === 'FST_REPLY_FROM_GATEWAY_TIMEOUT';
              const what = late ? 'did not answer in time' : 'cannot be reached';
              failed.code(late ? 504 : 502).send({ detail: `The orchestrator ${what}, try again later` });
            },
          }) as never,
      });
    }
  };
}
