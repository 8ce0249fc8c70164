import type { Readable } from 'node:stream';
import { PASSED_ON_HEADER, RefusedError, requireRole } from '@ecobalyse/http-kit';
import { errorDetailSchema, expected, failures, PIPELINE_ROUTES, readinessSchema } from '@ecobalyse/schema';
import type { FastifyReplyFromOptions } from '@fastify/reply-from';
import type { FastifyInstance, FastifyReply, FastifySchema } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.js';

const PREFIX = '/orchestrator';
/** More than the orchestrator has streams of events: followers must not keep other requests from being passed on. */
const MAX_CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 2000;
/** Longest wait for the first byte of an answer; a stream of events may then last as long as its run. */
const ANSWER_TIMEOUT_MS = 10_000;

const READINESS = {
  method: 'GET',
  url: '/health/ready',
  schema: {
    tags: ['Pipelines'],
    security: [{ apiKey: [] }],
    operationId: 'isOrchestratorReady',
    summary: 'Can the orchestrator answer?',
    response: {
      200: readinessSchema,
      ...failures(403, 422),
      503: z.union([errorDetailSchema, readinessSchema]).describe('The database or Redis is away'),
    },
  },
} as const;

/** What of the orchestrator's REST is passed on: its page, its sessions and the queue board are not. */
const ROUTES: readonly PassedRoute[] = [...Object.values(PIPELINE_ROUTES), READINESS];

interface PassedRoute {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly schema: FastifySchema & { readonly response: object };
}

type From = FastifyReply['from'];

const outOfReach = {
  502: errorDetailSchema.describe('The orchestrator is out of reach'),
  504: errorDetailSchema.describe('The orchestrator did not answer in time'),
};

const nameExpected = expected(
  'the name of a pipeline or the id of a run',
  'le nom d’une chaîne ou l’id d’une exécution',
);
const paramSchema = z.string().regex(/^[\w:-][\w:.-]{0,199}$/, nameExpected);
const paramsOf = (path: string) =>
  z.object(Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, paramSchema])));
/** Made of checked parts: what a client wrote into its path goes nowhere else. */
const pathOf = (path: string, params: Record<string, string>) =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

/**
 * `reply.from` of @fastify/reply-from, loaded when it is first called: its undici, a megabyte, would make every start longer.
 * The plugin decorates what exists before the service listens, so it is handed what it asks of an application.
 */
function loadedWhenAsked(app: Pick<FastifyInstance, 'addHook'>, options: FastifyReplyFromOptions): () => Promise<From> {
  let loading: Promise<From> | undefined;
  let close = (_app: unknown, done: () => void) => done();
  app.addHook('onClose', (_app, done) => close(undefined, done));
  return () => {
    loading ??= import('@fastify/reply-from').then(
      ({ default: replyFrom }) =>
        new Promise<From>((resolve) => {
          const application = {
            decorateReply: (_name: string, from: From) => resolve(from),
            addHook: () => undefined,
            onClose: (hook: typeof close) => {
              close = hook;
            },
          };
          replyFrom(application as never, options as never, () => undefined);
        }),
    );
    return loading;
  };
}

/**
 * `/orchestrator/*`: the REST of the orchestrator under the API's own address, so that the dashboard needs neither another
 * address nor CORS. The key is checked here and passed on; cookies are not, since a browser sends them without being asked.
 */
export function orchestratorRoutes(
  { access, orchestratorUrl }: Pick<ApiDependencies, 'access' | 'orchestratorUrl'>,
  answerTimeoutMs = ANSWER_TIMEOUT_MS,
): FastifyPluginAsyncZod {
  return async (app) => {
    if (orchestratorUrl === undefined) return;
    app.addHook('onRequest', requireRole(access, 'reader', 'admin'));
    const streams = new Set<Readable>();
    app.addHook('preClose', async () => {
      // Streams of events would keep the service from stopping; their readers come back.
      for (const stream of streams) stream.destroy();
    });
    const loadFrom = loadedWhenAsked(app, {
      base: orchestratorUrl,
      undici: {
        connections: MAX_CONNECTIONS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        headersTimeout: answerTimeoutMs,
        bodyTimeout: 0,
      },
      // A request that was passed on may have had its effect.
      retryMethods: [],
      disableRequestLogging: true,
    });

    for (const { method, url, schema } of ROUTES) {
      const paramsValidator = validatorCompiler({ schema: paramsOf(url), method, url, httpPart: 'params' });
      app.route({
        method,
        url: `${PREFIX}${url}`,
        // Its own routes refuse what they do not know.
        config: { isPassedOn: true },
        schema: { ...schema, response: { ...outOfReach, ...schema.response } },
        validatorCompiler: ({ httpPart }) =>
          httpPart === 'params' ? paramsValidator : (value: unknown) => ({ value }),
        handler: async (request, reply) => {
          const from = await loadFrom();
          return from.call(reply as never, pathOf(url, request.params as Record<string, string>), {
            // As it was read: null is a request without a body.
            ...(method === 'POST' && { body: request.body ?? null }),
            rewriteRequestHeaders: (_request, { cookie: _cookie, ...headers }) => ({
              ...headers,
              'x-request-id': request.id,
              [PASSED_ON_HEADER]: access.vouchFor(request.id),
            }),
            onResponse: (_request, answered, { stream }) => {
              streams.add(stream);
              stream.once('close', () => streams.delete(stream));
              answered.send(stream);
            },
            onError: (failed, { error }) => {
              request.log.warn({ err: error }, 'the orchestrator did not answer');
              const late = 'code' in error && error.code === 'FST_REPLY_FROM_GATEWAY_TIMEOUT';
              failed.send(new RefusedError(late ? 'orchestrator_slow' : 'orchestrator_away'));
            },
            // Answered later, by what the orchestrator sends: the types expect it here.
          }) as never;
        },
      });
    }
  };
}
