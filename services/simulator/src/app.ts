import { compiledBy, drainOnClose, healthRoutes } from '@ecobalyse/http-kit/observation';
import { measureRequests, metricsRoutes, traceRequests } from '@ecobalyse/telemetry';
import { type AnswerOptions, DEFAULT_WEB_BASE_URL, methodVersion } from '@ecobalyse/textile-method';
import cors from '@fastify/cors';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, LogController } from 'fastify';
import {
  AnswerableError,
  documentationUrl,
  type ErrorBody,
  notFound,
  toAnswerable,
  tooLarge,
} from './error-answers.js';
import { batchRoute } from './routes/batch.js';
import { documentationRoute } from './routes/documentation.js';
import { listRoutes } from './routes/lists.js';
import { redirectRoutes } from './routes/redirects.js';
import { simulationRoutes } from './routes/simulations.js';

/** What a simulator needs to know; every value has a default. */
export interface SimulatorOptions {
  /** Receives unexpected errors; request bodies are never logged. Silent by default. */
  logger?: FastifyBaseLogger;
  /** Base address of the web simulator, for `webUrl` and `documentation` (METHOD §15.2). */
  webBaseUrl?: string;
  /** Whether answers for upcycled garments show the stages that do not count; shown by default. */
  upcycledStages?: AnswerOptions['upcycledStages'];
  /** Largest body of a one-query route, and largest query of a batch, in bytes. */
  bodyLimitBytes?: number;
  /** Largest body of a batch, in bytes. A batch is streamed: this bounds the work, not the memory. */
  batchLimitBytes?: number;
}

export const DEFAULT_BODY_LIMIT_BYTES = 256 * 1024;
export const DEFAULT_BATCH_LIMIT_BYTES = 1024 ** 3;

/** A large batch takes its time; a socket on which nothing moves does not deserve to stay open. */
const BATCH_TIMEOUT_MS = 3_600_000;
const IDLE_SOCKET_TIMEOUT_MS = 60_000;

/**
 * Builds the offline, Ecobalyse-compatible API for textiles (METHOD §15) under `/api` and under the address that the official API
 * has for this version, with the redirects of its former addresses, `/health/live`,
 * `/health/ready` and `/metrics`. The application never listens by itself.
 */
export function buildSimulator(options: SimulatorOptions = {}): FastifyInstance {
  const { upcycledStages } = options;
  const webBaseUrl = options.webBaseUrl ?? DEFAULT_WEB_BASE_URL;
  const bodyLimitBytes = options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES;
  const batchLimitBytes = options.batchLimitBytes ?? DEFAULT_BATCH_LIMIT_BYTES;
  const documentation = documentationUrl(webBaseUrl);

  const app = Fastify({
    ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
    // Two lines for each of thousands of requests a second would cost more than the simulations.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: BATCH_TIMEOUT_MS,
    connectionTimeout: IDLE_SOCKET_TIMEOUT_MS,
    return503OnClosing: false,
    schemaController: compiledBy(),
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (_error, request, reply: FastifyReply) => {
      const { status, errors } = notFound(request.method, request.url);
      void reply.code(status).send({ error: errors, documentation } satisfies ErrorBody);
    },
  });

  app.setNotFoundHandler((request) => {
    throw notFound(request.method, request.url);
  });
  app.setErrorHandler((error, request, reply) => {
    const answerable = asFrameworkRefusal(error, bodyLimitBytes) ?? toAnswerable(error);
    if (answerable.status >= 500) request.log.error({ err: error, url: request.url }, 'unexpected error');
    return reply.code(answerable.status).send({ error: answerable.errors, documentation } satisfies ErrorBody);
  });

  // The routes that take a body read it themselves; nobody reads, or judges, one that was sent elsewhere.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', (request, _reply, done) => {
    // A type that is none is as good as no type; Fastify would refuse the request for it.
    if (request.mediaType === undefined) delete request.headers['content-type'];
    done();
  });
  traceRequests(app);
  measureRequests(app);
  drainOnClose(app as never);
  app.register(cors, { origin: '*', methods: ['GET', 'HEAD', 'POST'], strictPreflight: false });
  app.register(healthRoutes({ needed: {} }));
  app.register(metricsRoutes());
  const api = async (routes: FastifyInstance) => {
    routes.register(documentationRoute, { webBaseUrl });
    routes.register(listRoutes, { prefix: '/textile' });
    routes.register(simulationRoutes, { prefix: '/textile', webBaseUrl, upcycledStages });
    routes.register(batchRoute, {
      prefix: '/textile',
      webBaseUrl,
      upcycledStages,
      itemLimitBytes: bodyLimitBytes,
      batchLimitBytes,
    });
  };
  app.register(api, { prefix: '/api' });
  app.register(api, { prefix: `/versions/v${methodVersion}/api` });
  app.register(redirectRoutes, { prefix: '/api' });
  return app;
}

/** Fastify's own refusals (body too large, unreadable headers, aborted body) in the shape of ours. */
function asFrameworkRefusal(error: unknown, bodyLimitBytes: number): AnswerableError | undefined {
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message: string };
  if (code === undefined || statusCode === undefined || statusCode >= 500) return undefined;
  if (statusCode === 413) return tooLarge('Le corps de la requête', bodyLimitBytes);
  return new AnswerableError(statusCode, { general: message });
}
