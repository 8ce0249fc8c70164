import type { Logger } from '@ecobalyse/service-kit';
import { measureRequests, metricsRoutes } from '@ecobalyse/telemetry';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { compiledBy } from './compilers.js';
import { answerErrors } from './error-answers.js';
import { type Dependencies, healthRoutes } from './health-routes.js';
import type { HttpService } from './http-service-type.js';

const KIBIBYTE = 1024;

/** The HTTP side of a process that serves nobody: `/health/live`, `/health/ready`, `/metrics`. It never listens by itself. */
export async function createObservationServer(logger: Logger, dependencies: Dependencies): Promise<HttpService> {
  const app = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: KIBIBYTE,
    requestTimeout: 10_000,
    connectionTimeout: 60_000,
    schemaController: compiledBy(),
  }).withTypeProvider<ZodTypeProvider>();
  answerErrors(app);
  measureRequests(app);
  await app.register(healthRoutes(dependencies));
  await app.register(metricsRoutes());
  return app;
}
