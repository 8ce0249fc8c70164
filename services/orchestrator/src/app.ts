import { createHttpService, type HttpService, healthRoutes } from '@ecobalyse/http-kit';
import { isQueueAway } from '@ecobalyse/pipeline';
import { PlatformError } from '@ecobalyse/service-kit';
import cookie from '@fastify/cookie';
import type { Chore, OrchestratorDependencies } from './dependencies.js';
import { boardRoutes } from './routes/board.js';
import { pageRoutes } from './routes/page.js';
import { pipelineRoutes } from './routes/pipelines.js';
import { runRoutes } from './routes/runs.js';
import { sessionRoutes } from './routes/session.js';
import { requireKeyOrSession } from './session.js';

const RETRY_AFTER_SECONDS = 5;

/** Builds the orchestrator's REST, page and queue board without listening. */
export async function buildOrchestrator(dependencies: OrchestratorDependencies): Promise<HttpService> {
  const { logger, store, pingRedis, redisKeepsKeys, troubles, access, counter, protection } = dependencies;
  const app = await createHttpService({
    logger,
    title: 'Ecobalyse pipelines',
    description: 'Schedules, runs and shows the pipelines: extraction, product ingest, statistics, training.',
    access,
    ...(counter && { counter }),
    ...(protection && { protection }),
  });
  await app.register(cookie);
  await app.register(pageRoutes);
  const done = (chore: Chore) => async () => {
    const trouble = troubles.get(chore);
    if (trouble !== undefined) throw new PlatformError('NOT_DONE', trouble);
  };
  const needed = { mongodb: store.ping, redis: pingRedis };
  const useful = { schedules: done('schedules'), runs: done('runs'), 'redis memory': redisKeepsKeys };
  await app.register(healthRoutes({ needed, useful }));
  await app.register(sessionRoutes(dependencies));
  await app.register(async (locked) => {
    locked.addHook('onRequest', requireKeyOrSession(dependencies));
    locked.setErrorHandler((error, request, reply) => {
      if (!isQueueAway(error)) throw error;
      request.log.warn({ err: error }, 'Redis away');
      return reply
        .code(503)
        .header('retry-after', RETRY_AFTER_SECONDS)
        .send({ detail: 'Redis cannot be reached, try again in a few seconds' });
    });
    await locked.register(pipelineRoutes(dependencies));
    await locked.register(runRoutes(dependencies));
    await locked.register(boardRoutes(dependencies));
  });
  return app;
}
