import type { AuditLine } from '@ecobalyse/schema';
import type { Logger } from '@ecobalyse/service-kit';
import { measureRequests, metricsRoutes, traceRequests } from '@ecobalyse/telemetry';
import cors from '@fastify/cors';
import fastify, { type FastifyBaseLogger, type FastifySchemaValidationError, LogController } from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { type Access, requireRole } from './access.js';
import { auditWrites } from './audit-log.js';
import { readBodyHeaders } from './body-headers.js';
import { compiledBy } from './compilers.js';
import { inflateBodies } from './compressed-bodies.js';
import type { AnswerExamples } from './documented-answers.js';
import { drainOnClose } from './drain-on-close.js';
import {
  answerErrors,
  answerUnreadableRequest,
  answerUnreadableUrl,
  type FailureAnswer,
  nameErrors,
} from './error-answers.js';
import type { HttpService } from './http-service-type.js';
import { readJsonBodies } from './json-bodies.js';
import { type LimitCounter, openLocalCounter } from './limit-counter.js';
import { lingerOnRefusal } from './lingering-close.js';
import { loadWhenAsked } from './load-when-asked.js';
import { documentRoutes } from './openapi-document.js';
import { answerOtherPaths } from './other-paths.js';
import { protectFromOverload } from './overload-protection.js';
import { openProductQuota } from './product-quota.js';
import type { Protection } from './protection.js';
import { RefusedError } from './refused-error.js';
import { requestId } from './request-id.js';
import { limitRequests } from './request-limits.js';
import { secureAnswers } from './security-headers.js';
import { limitSlowBodies } from './slow-bodies.js';
import { refuseUnknownParameters } from './unknown-parameters.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route of the original (docs/contract.md): parameters that it does not know are ignored, errors are told as it told them. */
    ofContract?: boolean;
    /** Whoever the request is passed on to says which parameters there are. */
    isPassedOn?: boolean;
  }
}

const KIBIBYTE = 1024;

export interface HttpServiceOptions {
  logger: Logger;
  title: string;
  description: string;
  access: Access;
  /** What the service answers to errors of what it works with. */
  failures?: readonly FailureAnswer[];
  /** Counts what is limited; in this process when it is not given. */
  counter?: LimitCounter;
  protection?: Protection;
  /** Keeps the line of each write; it is logged in any case. */
  keepAudit?: (line: AuditLine) => void;
  /** Answers that the documentation shows. */
  answerExamples?: AnswerExamples;
}

/** For services that are told nothing else: bounded, but out of the way, however slow the machine. */
const USUAL_PROTECTION: Protection = {
  limits: { perKey: 0, perAddress: 3000 },
  load: { maxConnections: 4096, maxRequests: 2048, maxEventLoopDelayMs: 0 },
  corsOrigins: [],
  trustedProxies: [],
};
const LONGEST_URL = 8192;
const LONGEST_PARAM = 300;

/** Faults of one request that are told: a body of 256 KB may have 100,000, whose answer would hold up all others. */
const MOST_FAULTS = 100;

const firstFaultsOnly: typeof validatorCompiler = (route) => {
  const check = validatorCompiler(route);
  return (data: unknown) => {
    const result = check(data) as { error: FastifySchemaValidationError[] } | { value: unknown };
    return 'error' in result ? { error: result.error.slice(0, MOST_FAULTS) } : result;
  };
};

/**
 * A service's HTTP side before its routes: zod validation, answers to errors, security headers, limits, overload
 * protection, audit log, metrics and traces, `/docs` and `/openapi.json` made from the routes' schemas. It never listens by itself.
 */
export async function createHttpService(options: HttpServiceOptions): Promise<HttpService> {
  const { access, counter = openLocalCounter(), protection = USUAL_PROTECTION } = options;
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * KIBIBYTE,
    // That of an upload; other bodies have less time.
    requestTimeout: 600_000,
    return503OnClosing: false,
    // Reading a page's files takes its time on a busy machine.
    pluginTimeout: 60_000,
    connectionTimeout: 60_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * KIBIBYTE },
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    genReqId: requestId,
    trustProxy: protection.trustedProxies.length > 0 && [...protection.trustedProxies],
    frameworkErrors: answerUnreadableUrl,
    clientErrorHandler: answerUnreadableRequest,
    schemaController: compiledBy(firstFaultsOnly),
  }).withTypeProvider<ZodTypeProvider>();
  answerErrors(app, options.failures);
  readJsonBodies(app as never);
  inflateBodies(app);
  lingerOnRefusal(app);
  readBodyHeaders(app);
  // First, so that what the other hooks refuse is seen too.
  traceRequests(app);
  measureRequests(app);
  secureAnswers(app);
  nameErrors(app);
  app.addHook('onRequest', (request, _reply, done) => {
    const isTooLong = (request.raw.url?.length ?? 0) > LONGEST_URL;
    done(isTooLong ? new RefusedError('url_too_long', { most: LONGEST_URL }) : undefined);
  });
  await protectFromOverload(app, protection.load);
  limitSlowBodies(app);
  drainOnClose(app);
  if (protection.corsOrigins.length > 0) {
    const origin = protection.corsOrigins.includes('*') ? '*' : [...protection.corsOrigins];
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    const exposedHeaders = [
      'allow',
      'etag',
      'location',
      'retry-after',
      'x-error-code',
      'x-nb-doc-limit',
      'x-request-id',
    ];
    await app.register(cors, {
      delegator: ({ headers }, told) => {
        // Any other OPTIONS is a method that no path has.
        const preflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
        told(null, { origin, methods, exposedHeaders, maxAge: 600, preflight });
      },
    });
  }
  limitRequests(app, access, counter, protection.limits);
  app.decorate('takeProducts', openProductQuota(counter));
  answerOtherPaths(app as never, LONGEST_PARAM);
  refuseUnknownParameters(app as never);
  auditWrites(app, access, options.keepAudit);
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const fields = { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log.debug(fields, 'answered');
  });

  const openapi = documentRoutes(
    app,
    {
      openapi: '3.1.0',
      info: { title: options.title, description: options.description, version: '0.1.0', license: { name: 'MIT' } },
      components: {
        securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: access.shownHeaderName } },
      },
    },
    options.answerExamples,
  );
  loadWhenAsked(app as never, '/docs', async () => {
    const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
      import('@fastify/swagger'),
      import('@fastify/swagger-ui'),
    ]);
    const pages = fastify();
    await pages.register(swagger, { mode: 'static', specification: { document: (await openapi()) as never } });
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { persistAuthorization: true, docExpansion: 'list' },
    });
    return pages;
  });
  const metricsAccess = { guard: requireRole(access, 'reader'), nearbyToo: protection.metricsNeedKey };
  await app.register(metricsRoutes(metricsAccess));
  // Where the original had a second documentation.
  app.get('/redoc', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'));
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.send(await openapi()));
  return app;
}

/** Already serialised JSON, sent as it is: parsing and writing it again would cost more than the rest of the request. */
export function sendJson(reply: { type(contentType: string): { send(payload: never): unknown } }, text: string) {
  return reply.type('application/json; charset=utf-8').send(text as never) as never;
}
