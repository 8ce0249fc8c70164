import type { Logger } from '@ecobalyse/service-kit';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { answerErrors } from './error-answers.js';

const KIBIBYTE = 1024;

/** A Fastify application whose routes are typed and validated by zod schemas. */
export type HttpService = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface HttpServiceOptions {
  logger: Logger;
  title: string;
  description: string;
  /** Header that carries the key, for the documentation. */
  apiKeyName: string;
}

/**
 * A service's HTTP side before its routes: zod validation, answers to errors, `/docs` and `/openapi.json` made from the
 * routes' schemas, rate limits for the routes that ask for one. It never listens by itself.
 */
export async function createHttpService(options: HttpServiceOptions): Promise<HttpService> {
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * KIBIBYTE,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 300 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app);
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const fields = { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log.debug(fields, 'answered');
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, description: options.description, version: '0.1.0', license: { name: 'MIT' } },
      components: { securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: options.apiKeyName } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { persistAuthorization: true, docExpansion: 'list' },
  });
  await app.register(rateLimit, {
    global: false,
    errorResponseBuilder: (_request, { after }) =>
      Object.assign(new Error(`Too many requests, try again in ${after}`), { statusCode: 429 }),
  });
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.send(app.swagger()));
  return app;
}

/** Already serialised JSON, sent as it is: parsing and writing it again would cost more than the rest of the request. */
export function sendJson(reply: { type(contentType: string): { send(payload: never): unknown } }, text: string) {
  return reply.type('application/json; charset=utf-8').send(text as never) as never;
}
