import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { ApiDependencies } from './dependencies.js';
import { answerErrors } from './error-answers.js';
import { cacheRoutes } from './routes/cache.js';
import { healthRoutes } from './routes/health.js';
import { productRoutes } from './routes/product.js';
import { rootRoutes } from './routes/root.js';
import { startPageRoutes } from './routes/start-page.js';

const KIBIBYTE = 1024;

/** Builds the API without listening. */
export async function buildApi(dependencies: ApiDependencies): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: dependencies.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 256 * KIBIBYTE,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 300 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app as unknown as FastifyInstance);
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const fields = { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    request.log.debug(fields, 'answered');
  });

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ecobalyse platform',
        description: 'Environmental cost of textile products: score them, keep them, compare them.',
        version: '0.1.0',
        license: { name: 'MIT' },
      },
      components: {
        securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: dependencies.apiKeyName } },
      },
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

  await app.register(rootRoutes);
  await app.register(startPageRoutes);
  await app.register(healthRoutes(dependencies));
  await app.register(cacheRoutes(dependencies));
  await app.register(productRoutes(dependencies));
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => reply.send(app.swagger()));
  return app as unknown as FastifyInstance;
}
