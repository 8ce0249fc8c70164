import { createHttpService, type FailureAnswer, type HttpService, healthRoutes, meRoutes } from '@ecobalyse/http-kit';
import { isQueueAway } from '@ecobalyse/pipeline';
import { PlatformError } from '@ecobalyse/service-kit';
import { dashboardRoutes, openKeyRecords, STORE_FAILURES } from '@ecobalyse/service-parts';
import cookie from '@fastify/cookie';
import type { Chore, OrchestratorDependencies } from './dependencies.js';
import { alertRoutes } from './routes/alerts.js';
import { boardRoutes } from './routes/board.js';
import { pipelineRoutes } from './routes/pipelines.js';
import { runRoutes } from './routes/runs.js';
import { sessionRoutes } from './routes/session.js';
import { requireKeyOrSession } from './session.js';

const DASHBOARD = new URL('../../../dashboard/dist/', import.meta.url);
/** What people open here, as users of the original opened Airflow. */
const PAGE = '/dashboard/pipelines';

const FAILURES: readonly FailureAnswer[] = [{ when: isQueueAway, code: 'queues_away' }, ...STORE_FAILURES];

/** Builds the orchestrator's REST, page and queue board without listening. */
export async function buildOrchestrator(dependencies: OrchestratorDependencies): Promise<HttpService> {
  const { logger, store, pingRedis, redisKeepsKeys, troubles, access, counter, protection } = dependencies;
  const records = openKeyRecords({ store, logger, auditKeepDays: null });
  const app = await createHttpService({
    logger,
    title: 'Ecobalyse pipelines',
    description: 'Schedules, runs and shows the pipelines: extraction, product ingest, statistics, training.',
    access,
    failures: FAILURES,
    keepAudit: records.keepAudit,
    ...(counter && { counter }),
    ...(protection && { protection }),
  });
  // What the API passes on is counted there.
  records.follow(app, { countsUse: false });
  await app.register(cookie);
  app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect(PAGE, 302));
  const meta = {
    'api-key-header': access.shownHeaderName,
    'served-by': 'orchestrator',
    'api-address': dependencies.apiAddress,
  } as const;
  await app.register(dashboardRoutes(DASHBOARD, meta));
  await app.register(meRoutes(access));
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
    await locked.register(pipelineRoutes(dependencies));
    await locked.register(runRoutes(dependencies));
    await locked.register(alertRoutes(dependencies));
    await locked.register(boardRoutes(dependencies));
  });
  return app;
}
